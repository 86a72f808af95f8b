# frozen_string_literal: true

# The adapter of the Ruby driver, of 2.5 and later. docs/adapters.md says what an adapter must do.
#
# It reads requests, and makes each attempt in a child of its own, for the driver keeps answers of OCSP responders.

require 'json'
require 'logger'
require 'openssl'
require 'socket'
require 'resolv'
require 'timeout'

require_relative 'reason'

if ARGV[0] == 'reasons' # of the recorded failures on standard input
  $stdin.each_line { |line| puts Reason.of(**JSON.parse(line, symbolize_names: true).slice(:stage, :code, :chain, :text)) }
  exit
end

begin
  require 'mongo'
rescue Exception => e # rubocop:disable Lint/RescueException
  abort "the driver does not load on Ruby #{RUBY_VERSION}: #{e.class}: #{e.message}"
end

require_relative 'names'
require_relative 'watch'
require_relative 'options'
require_relative 'attempt'
require_relative 'info'

LONGEST = 16 << 20 # bytes of a request

# Reads requests and answers them.
class Adapter
  def initialize
    @in = IO.new(3, 'rb')
    @out = $stdout.dup
    @writing = Mutex.new
    @running = {} # process ids by request ids
    $stdout.reopen($stderr) # where everybody else prints
    $stdin.reopen(File::NULL) # where OpenSSL asks for a pass phrase
  end

  def serve
    info = Info.all
    while (line = @in.gets("\n", LONGEST + 1))
      rest = line
      rest = @in.gets("\n", LONGEST) until rest.nil? || rest.end_with?("\n")
      one(line, info)
    end
    @running.each_value { |pid| kill(pid) }
    exit!(0)
  end

  private

  def one(line, info)
    q = JSON.parse(line)
    request = q['Request']
    case q['Op']
    when 'info' then reply('Info' => info)
    when 'do' then request.is_a?(Hash) && request['ID'] ? start(request) : reply('ID' => q['ID'].to_s, 'Error' => 'unsupported')
    when 'cancel' then @running[q['ID']]&.then { |pid| kill(pid) }
    else reply('ID' => q['ID'].to_s, 'Error' => 'unsupported')
    end
  rescue StandardError => e
    reply('Error' => "no request: #{e.class}")
  end

  def start(request)
    from, to = IO.pipe(binmode: true)
    pid = Process.fork do
      from.close
      @in.close
      to.write(JSON.generate(Attempt.new(request).answer))
      to.close
      exit!(0)
    rescue Exception => e # rubocop:disable Lint/RescueException
      to.write(JSON.generate('ID' => request['ID'], 'Error' => "#{e.class}: #{e.message}: #{e.backtrace&.first}"))
      exit!(1)
    end
    to.close
    @running[request['ID']] = pid
    Thread.new { finish(request['ID'], pid, from) }
  end

  # Passes on the answer of a child that has closed its end, or how it ended.
  def finish(id, pid, from)
    answer = from.read
    _, status = Process.wait2(pid)
    @running.delete(id)
    if !answer.empty?
      write(answer)
    elsif status.signaled? && status.termsig != 9
      text = "the driver crashed: signal #{status.termsig}"
      reply('Answer' => { 'ID' => id, 'OK' => false, 'Stage' => 'connect', 'Stopped' => 'returned',
                          'Error' => { 'Reason' => 'crashed', 'Text' => text, 'Surface' => text, 'Chain' => [text] } })
    else
      reply('ID' => id, 'Error' => 'the attempt ended without an answer')
    end
  end

  def kill(pid)
    Process.kill(:KILL, pid)
  rescue Errno::ESRCH
    nil # it has ended
  end

  def reply(reply) = write(JSON.generate(reply))

  def write(text)
    @writing.synchronize do
      @out.write(text, "\n")
      @out.flush
    end
  rescue Errno::EPIPE
    exit!(1) # nobody listens
  end
end

Adapter.new.serve
