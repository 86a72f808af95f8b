<?php
/* Why the driver failed: the reasons of docs/adapters.md, of plain data. The errors are libmongoc's, whose domain the class of an
 * exception tells in part. The number of OpenSSL's verification counts first, then OpenSSL's codes, then what was logged where
 * the errors do not tell, then class and code, and texts last. */

const SELECTION = 13053; // MONGOC_ERROR_SERVER_SELECTION_FAILURE
const LOGIN = [11, 18]; // UserNotFound, AuthenticationFailed

/* X509_V_ERR_..., of x509_vfy.h. What is not here is a certificate that breaks a rule. */
const VERIFICATION = [
    2 => 'untrusted',
    3 => 'revocation-unavailable', // UNABLE_TO_GET_CRL
    8 => 'revocation-unavailable', // CRL_SIGNATURE_FAILURE
    9 => 'not-yet-valid',
    10 => 'expired',
    11 => 'revocation-unavailable', // CRL_NOT_YET_VALID
    12 => 'revocation-unavailable', // CRL_HAS_EXPIRED
    18 => 'untrusted', // DEPTH_ZERO_SELF_SIGNED_CERT
    19 => 'untrusted', // SELF_SIGNED_CERT_IN_CHAIN
    20 => 'untrusted', // UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    21 => 'untrusted', // UNABLE_TO_VERIFY_LEAF_SIGNATURE
    23 => 'revoked',
    26 => 'bad-usage', // INVALID_PURPOSE
    27 => 'untrusted',
    33 => 'revocation-unavailable', // UNABLE_TO_GET_CRL_ISSUER
    62 => 'name-mismatch', // HOSTNAME_MISMATCH
    64 => 'name-mismatch', // IP_ADDRESS_MISMATCH
    66 => 'weak', // EE_KEY_TOO_SMALL
    67 => 'weak', // CA_KEY_TOO_SMALL
    68 => 'weak', // CA_MD_TOO_WEAK
];

/* SSL_R_..., of sslerr.h; alerts are 1000 and their number. handshake_failure stays what it is: a TLS 1.2 server asks for a client
 * certificate with it, too. */
const HANDSHAKE = [
    252 => 'protocol-mismatch', // UNKNOWN_SSL_VERSION
    258 => 'protocol-mismatch', // UNSUPPORTED_PROTOCOL
    146 => 'not-tls', // DATA_LENGTH_TOO_LONG
    198 => 'not-tls', // PACKET_LENGTH_TOO_LONG
    267 => 'not-tls', // WRONG_VERSION_NUMBER
    294 => 'peer-closed', // UNEXPECTED_EOF_WHILE_READING
    333 => 'protocol-mismatch', // LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED: what TLS 1.1 signs with
    397 => 'weak', // CA_KEY_TOO_SMALL
    398 => 'weak', // CA_MD_TOO_WEAK
    399 => 'weak', // EE_KEY_TOO_SMALL
    1042 => 'client-cert-rejected', // bad_certificate
    1043 => 'client-cert-rejected', // unsupported_certificate
    1044 => 'client-cert-rejected', // certificate_revoked
    1045 => 'client-cert-rejected', // certificate_expired
    1046 => 'client-cert-rejected', // certificate_unknown
    1048 => 'client-cert-rejected', // unknown_ca
    1049 => 'client-cert-rejected', // access_denied
    1070 => 'protocol-mismatch', // protocol_version
    1071 => 'protocol-mismatch', // insufficient_security
    1116 => 'client-cert-required', // certificate_required
];

/* What is logged of OCSP and of files, where the error only says that it failed. */
const LOGS = [
    'OCSP Certificate Status: Revoked' => 'revoked',
    'Server must contain a stapled response' => 'must-staple-missing',
    'OCSP response' => 'ocsp-invalid',
    'BasicOCSPResponse' => 'ocsp-invalid',
    'Cannot find certificate in' => 'key-load-error',
    'Cannot find private key in' => 'key-load-error',
    'Cannot load' => 'key-load-error',
];

const TEXTS = [
    'Failed initialize TLS state' => 'key-load-error', // for which only files are the cause: the log says what is wrong with them
    'TLS handshake timed out' => 'timeout',
    'TLS handshake failed: Connection reset by peer' => 'peer-closed',
    'TLS handshake failed: Broken pipe' => 'peer-closed',
    'TLS handshake failed: Connection timed out' => 'peer-closed', // that is what it makes of the end of the stream
    'TLS handshake failed.' => 'timeout', // without a word more: nothing came
    'ASN1_item_verify' => 'bad-cert',
    'socket timeout calling' => 'timeout',
    'connection timeout calling' => 'timeout',
    'connection refused calling' => 'unreachable',
    'connection closed calling' => 'peer-closed',
    'Server closed connection.' => 'peer-closed',
    'Failed to receive length header from server.' => 'peer-closed',
    'Failed to send' => 'peer-closed',
    'TXT record' => 'dns-error',
    'Failed to look up SRV record' => 'dns-error',
    'returned for service' => 'dns-error',
];

const EXCEPTIONS = [ // by class, and by code where that tells more
    'MongoDB\Driver\Exception\AuthenticationException' => 'auth-failed',
    'MongoDB\Driver\Exception\InvalidArgumentException' => 'parse-error',
    'MongoDB\Driver\Exception\ConnectionException 3' => 'dns-error', // MONGOC_ERROR_STREAM_NAME_RESOLUTION
    'MongoDB\Driver\Exception\ConnectionException 5' => 'unreachable', // MONGOC_ERROR_STREAM_CONNECT
];

/** The code of a server's reply. */
function ofReply(int $code): ?string
{
    return [0 => null, 13 => 'unauthorized', 18 => 'auth-failed'][$code] ?? ($code ? 'server-refused' : null);
}

/** The numbers that stand in a text: "certificate verify failed (20)", "error:0A00045C:SSL routines". */
function ofOpenSSL(string $text): ?string
{
    if (preg_match('/certificate verify failed \((\d+)\)/', $text, $match)) {
        return VERIFICATION[(int) $match[1]] ?? 'bad-cert';
    }
    if (preg_match('/error:([0-9A-F]{8})/', $text, $match) && (hexdec($match[1]) >> 23) === 20) { // of libssl, in OpenSSL 3
        $code = hexdec($match[1]) & 0xfff;
        return HANDSHAKE[$code] ?? ($code > 1000 ? 'remote-alert' : null);
    }
    return null;
}

function ofText(array $in, string $text): ?string
{
    foreach ($in as $part => $says) {
        if (str_contains($text, $part)) {
            return $says;
        }
    }
    return null;
}

/** The reason of a failure: Class, Code and Text of an exception, Reply, the code of the server's reply, if that is what it was,
 * Logged, the first error that was logged, Late: it took as long as the driver waits for a connection, Resolving: a client
 * was made of what DNS says. */
function reason(array $f): string
{
    $text = $f['Text'];
    $ambiguous = str_contains($text, 'socket error or timeout'); // which of the two, it does not say
    return ofReply($f['Reply'] ?? 0)
        ?? ofOpenSSL($text)
        ?? ($ambiguous ? (($f['Late'] ?? false) ? 'timeout' : 'peer-closed') : null)
        ?? ofText(LOGS, $f['Logged'] ?? '')
        ?? ofText(TEXTS, $text)
        ?? (($f['Resolving'] ?? false) && str_starts_with($text, 'Failed to parse URI options') ? 'dns-error' : null)
        ?? EXCEPTIONS[$f['Class'] . ' ' . $f['Code']]
        ?? EXCEPTIONS[$f['Class']]
        ?? 'unclassified';
}
