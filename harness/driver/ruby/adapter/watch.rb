# frozen_string_literal: true

# What is seen of the one client of a process: its events, and what it logs.
class Watch
  HANDSHAKE = %w[hello ismaster authenticate saslstart saslcontinue].freeze
  POOL = { 'PoolCleared' => 'pool-cleared', 'ConnectionCreated' => 'connection-created', 'ConnectionClosed' => 'connection-closed',
           'ConnectionCheckOutFailed' => 'checkout-failed' }.freeze

  attr_reader :events, :warnings
  attr_accessor :sent # the command that is under way has left

  def initialize
    @began = now
    @mutex = Mutex.new
    @events = []
    @warnings = []
    @known = [] # the addresses of the topology
    @failed = {} # by address: the first failure of a check
    @succeeded = []
    subscribe
    Mongo::Logger.logger = logger
  end

  def elapsed = (1000 * (now - @began)).to_i

  # Every server has failed a check, and none has ever succeeded.
  def hopeless? = !@known.empty? && @known.all? { |a| @failed[a] && !@succeeded.include?(a) }

  # Why there is no server: the failure of the first one of the connection string.
  def cause = @known.filter_map { |a| @failed[a] unless @succeeded.include?(a) }.first

  # The last failure of a check.
  attr_reader :latest

  # What follows is the noise of closing.
  def end! = @over = true

  def checked(address, error)
    if error
      @failed[address] ||= error
      @latest = error
      note('heartbeat-failed', address, error.message)
    else
      @succeeded |= [address]
      note('heartbeat-succeeded', address)
    end
  end

  private

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def note(kind, server, text = '')
    @mutex.synchronize { @events << { 'Kind' => kind, 'Server' => server, 'Text' => text.to_s, 'AtMS' => elapsed } unless @over }
  end

  # What the driver says with a level of warning or above, each once.
  def logger
    log = Logger.new(IO::NULL, level: Logger::WARN)
    watch = self
    log.define_singleton_method(:add) do |level, message = nil, name = nil|
      watch.warn(message || name) if level.to_i >= Logger::WARN
      true
    end
    log
  end

  public

  def warn(text)
    @mutex.synchronize { @warnings |= [text.to_s] unless @over }
  end

  private

  # A subscriber calls a block with each event of some kinds.
  def on(topic, *kinds, &block)
    return unless Mongo::Monitoring.const_defined?(topic)

    subscriber = Object.new
    %i[started succeeded failed published].each do |kind|
      subscriber.define_singleton_method(kind) { |event| block.call(kind, event) if kinds.include?(kind) }
    end
    Mongo::Monitoring::Global.subscribe(Mongo::Monitoring.const_get(topic), subscriber)
  end

  def subscribe
    on(:SERVER_OPENING, :succeeded) { |_, e| @known |= [e.address.to_s] }
    on(:SERVER_CLOSED, :succeeded) { |_, e| @known -= [e.address.to_s] }
    on(:SERVER_HEARTBEAT, :succeeded, :failed) { |kind, e| checked(e.address.to_s, kind == :failed ? e.error : nil) }
    on(:COMMAND, :started) { |_, e| @sent ||= !HANDSHAKE.include?(e.command_name.to_s.downcase) }
    on(:CONNECTION_POOL, :published) do |_, e|
      kind = POOL[e.class.name.split('::').last]
      note(kind, e.address.to_s, e.respond_to?(:reason) ? e.reason.to_s : '') if kind
    end
  end
end

# The wait of an application for a server is over once there is no hope, as if its time had run out: the driver makes the error.
module Hope
  class << self
    attr_accessor :watch, :over

    def gone? = self.over ||= watch&.hopeless?
  end

  # Since 2.7.
  module Waiting
    def wait_for_server_selection(cluster, time_remaining)
      Hope.gone? || super(cluster, [time_remaining, 0.005].min)
    end
  end

  # Before, it was a loop of checks.
  module Scanning
    def scan!(*) = super.tap { Hope.gone? }
  end

  module Clock
    def monotonic_time = Hope.over && Thread.current[:application] ? Float::INFINITY : super
  end

  module Calendar
    def now(...) = Hope.over && Thread.current[:application] ? super + 86_400 : super
  end

  # Before 2.7 a failed check was told of to nobody.
  module Checking
    def ismaster
      super.tap { Hope.watch&.checked(@address.to_s, nil) }
    rescue Exception => e # rubocop:disable Lint/RescueException
      Hope.watch&.checked(@address.to_s, e)
      raise
    end
  end

  selecting = %i[Base Selectable].find { |name| Mongo::ServerSelector.const_defined?(name) }
  selecting = Mongo::ServerSelector.const_get(selecting)
  if selecting.private_method_defined?(:wait_for_server_selection) || selecting.method_defined?(:wait_for_server_selection)
    selecting.prepend(Waiting)
    Mongo::Utils.singleton_class.prepend(Clock)
  else
    Mongo::Cluster.prepend(Scanning)
    Time.singleton_class.prepend(Calendar)
  end
  Mongo::Server::Monitor::Connection.prepend(Checking) unless Mongo::Monitoring.const_defined?(:SERVER_HEARTBEAT)
end
