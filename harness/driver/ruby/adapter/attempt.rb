# frozen_string_literal: true

# One attempt, in a process of its own: a client, its commands, and the end of both.
class Attempt
  CLOSING = 2 # seconds that a client has to close
  LOGIN = [11, 18].freeze # UserNotFound, AuthenticationFailed

  def initialize(request)
    @request = request
    @watch = Hope.watch = Watch.new
    @replies = []
    @failures = []
    @command = 0
    @stage = 'configure'
    Names.dial = request['Dial']
  end

  def answer
    user = Thread.new { use }
    user.report_on_exception = false
    limit = @request['LimitMS'].to_i
    stopped = user.join(limit.positive? ? limit / 1000.0 : nil) ? 'returned' : 'limit'
    user.value if stopped == 'returned' # a fault of ours
    @watch.end!
    stopped = 'all-servers-failed' if stopped == 'returned' && Hope.over && @error
    a = { 'ID' => @request['ID'], 'OK' => stopped == 'returned' && @error.nil?, 'ElapsedMS' => @watch.elapsed, 'Stopped' => stopped,
          'Replies' => @replies, 'Failures' => @failures, 'Warnings' => @watch.warnings, 'Events' => @watch.events }
    a.update('Stage' => @watch.sent ? 'command' : @stage, 'Command' => @command, 'Error' => describe(stopped)) unless a['OK']
    began = @watch.elapsed
    Thread.new { @client&.close }.join(CLOSING)
    a['CloseMS'] = @watch.elapsed - began
    { 'Answer' => a }
  end

  private

  def use
    Thread.current[:application] = true
    options = Options.of(@request['Code'] || {})
    @client = driving { Mongo::Client.new(@request['URI'], options) } || return
    @stage = 'connect'
    (@request['Do'] || [{ 'DB' => 'admin', 'JSON' => '{"ping": 1}' }]).each_with_index do |todo, i|
      @command = i
      @watch.sent = false
      @error = nil
      reply = driving { run(todo) }
      next @replies << reply unless @error
      return unless @request['GoOn'] && !Hope.over

      @failures << { 'Command' => i, 'Reason' => describe('returned')['Reason'] }
    end
  end

  # What a block of the driver returns; nil if it raises, which stays in @error.
  def driving
    yield
  rescue Exception => e # rubocop:disable Lint/RescueException
    @error = e
    nil
  end

  # One command, and its reply. A find is the driver's own read, which it tries again where the specification says so.
  def run(todo)
    command = BSON::ExtJSON.parse(todo['JSON'])
    client = @client.use(todo['DB'])
    return BSON::Document.new('found' => client[command['find']].find.to_a).to_extended_json if command.keys == ['find']

    BSON::Document.new(client.database.command(command).documents.first).to_extended_json
  end

  # What the answer says of what went wrong.
  def describe(stopped)
    surface = @error || Timeout::Error.new('the limit of the attempt ran out')
    decisive = surface
    if stopped == 'limit' || surface.is_a?(Mongo::Error::NoServerAvailable)
      decisive = @watch.cause || surface
    elsif surface.message.include?('later retry failed: Mongo::Error::NoServerAvailable') # it had been there
      decisive = @watch.latest || surface
    end
    chain = chain(decisive)
    e = { 'Text' => text(decisive), 'Surface' => text(surface), 'Chain' => chain.map { |link| link.class.name },
          'Labels' => surface.respond_to?(:labels) ? surface.labels.to_a : [],
          'Network' => decisive.is_a?(Mongo::Error::SocketError), 'Timeout' => decisive.is_a?(Mongo::Error::SocketTimeoutError) }
    reply = chain.find do |link| # that of a refused login however deep it is wrapped
      link.is_a?(Mongo::Error::OperationFailure) && link.code && (link.equal?(decisive) || LOGIN.include?(link.code))
    end
    if reply
      e['Code'] = reply.code
      e['CodeName'] = reply.respond_to?(:code_name) ? reply.code_name.to_s : ''
    end
    e.merge('Reason' => Reason.of(stage: @stage, code: e['Code'], chain: e['Chain'], text: chain.map { |link| text(link) }.join('; ')))
  end

  def text(error)
    said = error.message.to_s.dup.force_encoding(Encoding::UTF_8).scrub
    said.empty? ? error.class.name : said
  end

  def chain(error)
    found = []
    while error && !found.include?(error)
      found << error
      error = error.cause
    end
    found
  end
end
