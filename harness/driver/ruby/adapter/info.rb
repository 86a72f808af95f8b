# frozen_string_literal: true

# What the adapter drives, and what that does not have: found by asking it.
module Info
  URI = %w[tls ssl tlsInsecure tlsAllowInvalidCertificates tlsAllowInvalidHostnames tlsCAFile tlsCertificateKeyFile
           tlsCertificateKeyFilePassword tlsDisableOCSPEndpointCheck tlsDisableCertificateRevocationCheck tlsCRLFile loadBalanced].freeze

  class << self
    def all
      machine = RbConfig::CONFIG['host_os'].split('-').first
      machine += "/#{{ 'x86_64' => 'amd64', 'aarch64' => 'arm64' }.fetch(RbConfig::CONFIG['host_cpu'], RbConfig::CONFIG['host_cpu'])}"
      tls = OpenSSL::OPENSSL_LIBRARY_VERSION
      { 'Driver' => 'ruby', 'Version' => Mongo::VERSION, 'Build' => "Ruby #{RUBY_VERSION} #{machine}, bson #{BSON::VERSION}", 'TLS' => tls,
        'Components' => [{ 'Name' => 'ruby', 'Version' => RUBY_VERSION, 'Role' => 'runtime', 'Detail' => machine },
                         { 'Name' => tls.split[0].downcase, 'Version' => tls.split[1], 'Role' => 'TLS library',
                           'Detail' => "security level #{OpenSSL::SSL::SSLContext.new.security_level}" },
                         { 'Name' => 'bson', 'Version' => BSON::VERSION }],
        'Lacks' => lacks, 'Cannot' => cannot }
    end

    private

    def lacks
      found = URI.each_with_object({}) do |option, all|
        what = instead(option)
        all[option] = what if what
      end
      Options::VERSIONS.each_key { |name| found[name] = 'it has no hooks for contexts of TLS' } unless Mongo.respond_to?(:tls_context_hooks)
      found
    end

    # What the driver does with an option that it does not have, nil if it has it.
    def instead(option)
      said = []
      log = Logger.new(IO::NULL)
      log.define_singleton_method(:add) { |_, message = nil, name = nil| said << (message || name).to_s }
      before = Mongo::Logger.logger
      Mongo::Logger.logger = log
      tls = %w[tls ssl loadBalanced].include?(option) ? '' : 'tls=true&'
      Mongo::URI.get("mongodb://localhost/?#{tls}#{option}=#{option.include?('File') ? __FILE__ : 'true'}")
      'ignored, with a warning' if said.any? { |text| text.include?('Unsupported URI option') && text.downcase.include?("'#{option.downcase}'") }
    rescue Mongo::Error
      'refused'
    ensure
      Mongo::Logger.logger = before
    end

    def cannot
      found = {}
      found['ocsp'] = 'ignored' unless Mongo::Socket.const_defined?(:OcspVerifier)
      found['poolEvents'] = 'it tells nothing of its pools' unless Mongo::Monitoring.const_defined?(:CONNECTION_POOL)
      found['dns'] = 'no resolver was given' unless Names::RESOLVER
      found['systemRoots'] = 'no roots were given' unless ENV['SSL_CERT_FILE']
      found
    end
  end
end
