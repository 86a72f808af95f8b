# frozen_string_literal: true

# Names: the driver asks the resolver of the harness for SRV and TXT and, as everything here does, for addresses.
module Names
  RESOLVER = ENV.fetch('MONGOTLS_RESOLVER', nil)

  class << self
    attr_accessor :dial # the IP address behind every name, or nil

    # What to look up in place of a host.
    def address(host)
      return dial if dial && !dial.empty?
      return host if RESOLVER.nil? || !host.is_a?(String) || host == 'localhost' || literal?(host)

      Resolv::DNS.open { |dns| dns.getaddress(host).to_s }
    rescue Resolv::ResolvError
      raise SocketError, 'getaddrinfo: Name or service not known'
    end

    def literal?(host) = host.include?(':') || host.match?(/\A\d+(\.\d+){3}\z/)

    # What Resolv is configured with: only this server, and names as they are.
    def configuration
      ip, _, port = RESOLVER.rpartition(':')
      { nameserver_port: [[ip.delete('[]'), port.to_i]], search: [], ndots: 1 }
    end
  end

  # The addresses of a name.
  module Lookup
    def getaddrinfo(host, service, family = nil, *rest)
      to = Names.address(host)
      super(to, service, to == host ? family : nil, *rest)
    end
  end

  # The server that is asked.
  module Asking
    def initialize(configuration = nil) = super(configuration || Names.configuration)
  end

  Socket.singleton_class.prepend(Lookup)
  Resolv::DNS.prepend(Asking) if RESOLVER
end
