'use strict';

// Why a client could not connect or a command failed, of the closed list of reasons. Codes come before texts.

// Alerts of the peer that say why it ended the handshake: the number, the end of Node's code, and the reason. Whatever other alert
// there is, is a remote-alert.
const ALERTS = [
  [116, 'CERTIFICATE_REQUIRED', 'client-cert-required'],
  [42, 'BAD_CERTIFICATE', 'client-cert-rejected'],
  [43, 'UNSUPPORTED_CERTIFICATE', 'client-cert-rejected'],
  [44, 'CERTIFICATE_REVOKED', 'client-cert-rejected'],
  [45, 'CERTIFICATE_EXPIRED', 'client-cert-rejected'],
  [46, 'CERTIFICATE_UNKNOWN', 'client-cert-rejected'],
  [48, 'UNKNOWN_CA', 'client-cert-rejected'],
  [49, 'ACCESS_DENIED', 'client-cert-rejected'],
  [70, 'PROTOCOL_VERSION', 'protocol-mismatch'],
  [71, 'INSUFFICIENT_SECURITY', 'protocol-mismatch'],
];

// Codes of Node: of OpenSSL's verification and other errors, of the system and of DNS.
const CODES = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'name-mismatch',
  HOSTNAME_MISMATCH: 'name-mismatch',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  INVALID_PURPOSE: 'bad-usage',
  CERT_REJECTED: 'bad-usage',
  INVALID_CA: 'bad-cert',
  PATH_LENGTH_EXCEEDED: 'bad-cert',
  CERT_CHAIN_TOO_LONG: 'bad-cert',
  CERT_SIGNATURE_FAILURE: 'bad-cert',
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: 'bad-cert',
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: 'bad-cert',
  ERROR_IN_CERT_NOT_BEFORE_FIELD: 'bad-cert',
  ERROR_IN_CERT_NOT_AFTER_FIELD: 'bad-cert',
  CERT_REVOKED: 'revoked',
  UNABLE_TO_GET_CRL: 'revocation-unavailable',
  UNABLE_TO_DECRYPT_CRL_SIGNATURE: 'revocation-unavailable',
  CRL_SIGNATURE_FAILURE: 'revocation-unavailable',
  CRL_NOT_YET_VALID: 'revocation-unavailable',
  CRL_HAS_EXPIRED: 'revocation-unavailable',
  ERROR_IN_CRL_LAST_UPDATE_FIELD: 'revocation-unavailable',
  ERROR_IN_CRL_NEXT_UPDATE_FIELD: 'revocation-unavailable',

  ERR_SSL_UNSUPPORTED_PROTOCOL: 'protocol-mismatch',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'protocol-mismatch',
  ERR_SSL_WRONG_SSL_VERSION: 'protocol-mismatch',
  ERR_SSL_VERSION_TOO_LOW: 'protocol-mismatch',
  ERR_SSL_NO_CIPHERS_AVAILABLE: 'protocol-mismatch',
  ERR_SSL_WRONG_CIPHER_RETURNED: 'protocol-mismatch',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_DATA_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
  ERR_SSL_EE_KEY_TOO_SMALL: 'weak',
  ERR_SSL_CA_MD_TOO_WEAK: 'weak',
  ERR_SSL_DH_KEY_TOO_SMALL: 'weak',

  ECONNRESET: 'peer-closed',
  ECONNABORTED: 'peer-closed',
  EPIPE: 'peer-closed',
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',

  ENOTFOUND: 'dns-error',
  ENODATA: 'dns-error',
  ESERVFAIL: 'dns-error',
  EREFUSED: 'dns-error',
  EBADNAME: 'dns-error',
  EBADRESP: 'dns-error',
  ETIMEOUT: 'dns-error',
  EAI_AGAIN: 'dns-error',

  ENOENT: 'key-load-error',
  EISDIR: 'key-load-error',
  EACCES: 'key-load-error',
  ERR_CRYPTO_OPERATION_FAILED: 'key-load-error',
  ERR_CRYPTO_INVALID_KEYTYPE: 'key-load-error',
};

// Families of codes. OpenSSL and BoringSSL put SSLV3, TLSV1 or TLSV13 before an alert.
const FAMILIES = [
  ...ALERTS.map(([, name, why]) => [new RegExp(`^ERR_SSL_[A-Z0-9]+_ALERT_${name}$`), why]),
  [/^ERR_SSL_.*_ALERT_/, 'remote-alert'],
  [/^ERR_SSL_reason\(1\d{3}\)$/, 'remote-alert'], // 1000 and its number, where BoringSSL has no name for it
  [/^ERR_OSSL_/, 'key-load-error'],
];

// Classes, where Node's errors have no code.
const CLASSES = {
  MongoNetworkTimeoutError: 'timeout',
  MongoOperationTimeoutError: 'timeout',
  Limit: 'timeout',
  Uncaught: 'crashed',
  RangeError: 'crashed', // the stack is exhausted: version 3 tries again and again within itself
};

// Texts, where nothing else tells: UNSPECIFIED stands for most of OpenSSL's verification errors, and version 3 keeps only the
// text of what happened on a connection.
const TEXTS = [
  [/connect ECONNREFUSED/, 'unreachable'],
  [/getaddrinfo E|query\w* E/, 'dns-error'],
  [/^connection .* closed$|socket disconnected before secure TLS connection|read ECONNRESET|write EPIPE/m, 'peer-closed'],
  [/^connection .* timed out$|timed out after \d+ms \(connectTimeoutMS|^Server selection timed out/m, 'timeout'],
  [/certificate's altnames|is not in the cert's list/, 'name-mismatch'],
  [/certificate has expired/, 'expired'],
  [/certificate is not yet valid/, 'not-yet-valid'],
  [/unable to verify the first certificate|unable to get (local )?issuer certificate|self[- ]signed certificate/, 'untrusted'],
  [/unsuitable certificate purpose/, 'bad-usage'],
  [/key too (small|weak)|(md|digest algorithm) too weak/, 'weak'],
  [/certificate revoked/, 'revoked'],
  [/get certificate CRL|CRL has expired|CRL is not yet valid/, 'revocation-unavailable'],
  [/critical extension|subtree violation|name constraint|path length|certificate signing|signature failure/, 'bad-cert'],
  ...ALERTS.map(([number, , why]) => [new RegExp(`alert number ${number}\\b`), why]),
  [/unsupported protocol|no protocols available/, 'protocol-mismatch'],
  [/alert number \d+/, 'remote-alert'],
  [/wrong version number|packet length too long|ENCRYPTED_LENGTH_TOO_LONG|data length too long|http request/, 'not-tls'],
];

// Texts about a client that could not be configured; what is none of these is the URI or an option.
const CONFIGURE = [
  [/share hostname|server record|SRV record|No addresses found|text record|TXT record/i, 'dns-error'],
  [/PEM|DECODER|bad decrypt|asn1|key values mismatch|KEY_USAGE_BIT_INCORRECT|^Invalid CA$|^Failed to parse CRL$/m, 'key-load-error'],
];

function reason(chain, stage) {
  for (const e of chain) {
    if (Number.isInteger(e.code) && e.code > 0) return byReply(e);
    const known = CODES[e.code] ?? FAMILIES.find(([family]) => family.test(e.code))?.[1] ?? CLASSES[e.constructor.name];
    if (known) return known;
  }
  const text = chain.map((e) => e.message).join('\n');
  const by = (texts) => texts.find(([part]) => part.test(text))?.[1];
  return by(TEXTS) ?? (stage === 'configure' ? by(CONFIGURE) ?? 'parse-error' : 'unclassified');
}

// byReply knows what the server answered to a command, or to authentication while connecting.
function byReply(e) {
  if (e.code === 13) return 'unauthorized';
  if (e.code === 18 || e.code === 11) return 'auth-failed';
  return 'server-refused';
}

module.exports = { reason };
