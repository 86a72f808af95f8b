# frozen_string_literal: true

# Why the driver failed: the reasons of docs/adapters.md, of plain data.
module Reason
  # The first row says the reason whose key is the class of an error of the chain or, in lower case, a part of the text. The driver
  # puts errors of OpenSSL and of the system into the text of its own. The texts of OpenSSL are those of
  # X509_verify_cert_error_string, and of its reason codes.
  REASONS = [
    ['alert certificate required', 'client-cert-required'],
    ['alert bad certificate', 'client-cert-rejected'],
    ['alert unsupported certificate', 'client-cert-rejected'],
    ['alert certificate revoked', 'client-cert-rejected'],
    ['alert certificate expired', 'client-cert-rejected'],
    ['alert certificate unknown', 'client-cert-rejected'],
    ['alert unknown ca', 'client-cert-rejected'],
    ['alert access denied', 'client-cert-rejected'],
    ['alert protocol version', 'protocol-mismatch'],
    ['alert insufficient security', 'protocol-mismatch'],
    [' alert ', 'remote-alert'], # also handshake_failure, by which a TLS 1.2 server asks for a certificate

    ['hostname mismatch', 'name-mismatch'],
    ['ip address mismatch', 'name-mismatch'],
    ['certificate has expired', 'expired'],
    ['certificate is not yet valid', 'not-yet-valid'],
    ['Mongo::Error::ServerCertificateRevoked', 'revoked'],
    ['certificate revoked', 'revoked'],
    ['crl has expired', 'revocation-unavailable'],
    ['unable to get certificate crl', 'revocation-unavailable'],
    ['unsuitable certificate purpose', 'bad-usage'], ['unsupported certificate purpose', 'bad-usage'],
    ['certificate key too weak', 'weak'], ['signature digest algorithm too weak', 'weak'],
    ['key too small', 'weak'], ['md too weak', 'weak'],
    ['unable to get issuer certificate', 'untrusted'],
    ['self-signed certificate', 'untrusted'], ['self signed certificate', 'untrusted'],
    ['unable to get local issuer certificate', 'untrusted'],
    ['unable to verify the first certificate', 'untrusted'],
    ['certificate verify failed', 'bad-cert'], # for whatever else
    ['provider signature failure', 'bad-cert'], ['evp lib', 'bad-cert'],

    ['unsupported protocol', 'protocol-mismatch'],
    ['no protocols available', 'protocol-mismatch'],
    ['wrong ssl version', 'protocol-mismatch'],
    ['legacy sigalg disallowed', 'protocol-mismatch'], # what TLS 1.1 signs with
    ['wrong cipher returned', 'protocol-mismatch'],
    ['inappropriate fallback', 'protocol-mismatch'],
    ['unrecognized name', 'remote-alert'],
    ['wrong version number', 'not-tls'],
    ['record layer failure', 'not-tls'],
    ['packet length too long', 'not-tls'],
    ['data length too long', 'not-tls'],
    ['http request', 'not-tls'],
    ['bad signature', 'bad-cert'],
    ['wrong signature type', 'bad-cert'],

    ['OpenSSL::X509::CertificateError', 'key-load-error'], ['OpenSSL::X509::StoreError', 'key-load-error'],
    ['OpenSSL::PKey::PKeyError', 'key-load-error'], ['key values mismatch', 'key-load-error'],
    ['Errno::ENOENT', 'key-load-error'], ['Errno::EISDIR', 'key-load-error'], ['Errno::EACCES', 'key-load-error'],

    [':0 ([', 'parse-error'], # of the address, which got port 0
    ['getaddrinfo', 'dns-error'], ['name or service not known', 'dns-error'],
    ['econnrefused', 'unreachable'], ['connection refused', 'unreachable'], ['no route to host', 'unreachable'],
    ['econnreset', 'peer-closed'], ['connection reset', 'peer-closed'], ['epipe', 'peer-closed'], ['broken pipe', 'peer-closed'],
    ['unexpected eof', 'peer-closed'], ['eoferror', 'peer-closed'], ['end of file', 'peer-closed'], ['errno=0 state=', 'peer-closed'],
    ['closed stream', 'peer-closed'], ['tls_retry_write_records failure', 'peer-closed'],
    ['Mongo::Error::NoServerAvailable', 'timeout'], # no check had failed by then
    ['Mongo::Error::SocketTimeoutError', 'timeout'], ['Mongo::Error::TimeoutError', 'timeout'], ['Timeout::Error', 'timeout'], ['timed out', 'timeout'], ['etimedout', 'timeout'],
    ['NoMethodError', 'crashed'], # which hides what had happened
    ['Mongo::Auth::Unauthorized', 'auth-failed'], ['Mongo::Error::AuthError', 'auth-failed']
  ].freeze

  # Why a client could not be made, if it is not the URI or an option.
  CONFIGURING = [
    ['Mongo::Error::NoSRVRecords', 'dns-error'], ['Mongo::Error::MismatchedDomain', 'dns-error'],
    ['Mongo::Error::InvalidTXTRecord', 'dns-error'], ['Resolv::ResolvError', 'dns-error'], ['Resolv::ResolvTimeout', 'dns-error'],
    ['OpenSSL::X509::CertificateError', 'key-load-error'], ['OpenSSL::PKey::PKeyError', 'key-load-error'],
    ['Errno::ENOENT', 'key-load-error'], ['Errno::EISDIR', 'key-load-error'], ['Errno::EACCES', 'key-load-error'],
    ['Mongo::', 'parse-error'], ['ArgumentError', 'parse-error']
  ].freeze

  UNAUTHORIZED, AUTHENTICATION_FAILED = 13, 18

  # The reason of an error: the code of the server's reply, if that is what it was, the classes of the chain, and its text.
  def self.of(stage:, text:, chain:, code: nil)
    return 'auth-failed' if code == AUTHENTICATION_FAILED || chain.include?('Mongo::Auth::Unauthorized')
    return 'unauthorized' if code == UNAUTHORIZED
    return 'server-refused' if code

    said = text.downcase
    rows = stage == 'configure' ? CONFIGURING : REASONS
    _, reason = rows.find { |key, _| chain.any? { |c| key.end_with?('::') ? c.start_with?(key) : c == key } || said.include?(key) }
    reason || 'unclassified'
  end
end
