# frozen_string_literal: true

# The options of a client in code, by their names in a URI.
module Options
  NAMES = { 'tls' => :ssl, 'ssl' => :ssl, 'tlsCAFile' => :ssl_ca_cert, 'tlsCertificateKeyFilePassword' => :ssl_key_pass_phrase,
            'username' => :user, 'authSource' => :auth_source }.freeze
  NEGATED = { 'tlsInsecure' => :ssl_verify, 'tlsAllowInvalidCertificates' => :ssl_verify_certificate,
              'tlsAllowInvalidHostnames' => :ssl_verify_hostname, 'tlsDisableOCSPEndpointCheck' => :ssl_verify_ocsp_endpoint }.freeze
  MECHANISMS = { 'MONGODB-X509' => :mongodb_x509, 'SCRAM-SHA-1' => :scram, 'SCRAM-SHA-256' => :scram256, 'PLAIN' => :plain }.freeze
  VERSIONS = { 'tlsMinVersion' => :min_version=, 'tlsMaxVersion' => :max_version= }.freeze

  # Those of a client, of what a request says.
  def self.of(code)
    code.each_with_object({}) do |(name, value), options|
      value = { 'true' => true, 'false' => false }.fetch(value, value)
      if NAMES.key?(name) then options[NAMES[name]] = value
      elsif NEGATED.key?(name) then options[NEGATED[name]] = !value
      elsif VERSIONS.key?(name) then version(VERSIONS[name], value)
      elsif name == 'tlsCertificateKeyFile' then options[:ssl_cert] = options[:ssl_key] = value
      elsif name == 'authMechanism' then options[:auth_mech] = MECHANISMS.fetch(value)
      elsif name != 'tlsForceClientCertificate' # that is what it always does
        raise ArgumentError, "the driver's options cannot say #{name}"
      end
    end
  end

  # Versions of TLS are given as applications do, by a hook.
  def self.version(setter, value)
    raise ArgumentError, 'the driver has no hooks' unless Mongo.respond_to?(:tls_context_hooks)

    Mongo.tls_context_hooks << ->(context) { context.public_send(setter, "TLS#{value.tr('.', '_').sub(/_0\z/, '')}".to_sym) }
  end
end
