# Why the driver failed: the reasons of docs/adapters.md, of plain data.
package Reason;
use strict;
use warnings;

# The first row says the reason whose key is the class of the error or, in lower case, a part of the text. The texts of OpenSSL are
# those of its reason codes: IO::Socket::SSL passes on no more.
my @REASONS = (
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
    [' alert ', 'remote-alert'],    # also handshake_failure, by which a TLS 1.2 server asks for a certificate

    ['hostname verification failed', 'name-mismatch'],
    ['certificate status is revoked', 'revoked'], ['certificate revoked', 'revoked'],
    ['certificate status is unknown', 'revocation-unavailable'],
    ['ocsp', 'ocsp-invalid'],
    ['certificate verify failed', 'cert-refused'],    # all that IO::Socket::SSL says
    ['provider signature failure', 'bad-cert'], ['bad signature', 'bad-cert'], ['wrong signature type', 'bad-cert'], ['evp lib', 'bad-cert'],
    ['ca md too weak', 'weak'], ['key too small', 'weak'],

    ['unsupported protocol', 'protocol-mismatch'], ['no protocols available', 'protocol-mismatch'],
    ['wrong ssl version', 'protocol-mismatch'], ['legacy sigalg disallowed', 'protocol-mismatch'],
    ['wrong cipher returned', 'protocol-mismatch'], ['inappropriate fallback', 'protocol-mismatch'],
    ['unrecognized name', 'remote-alert'],
    ['wrong version number', 'not-tls'], ['record layer failure', 'not-tls'], ['packet length too long', 'not-tls'], ['data length too long', 'not-tls'],
    ['http request', 'not-tls'],

    ['key values mismatch', 'key-load-error'], ['bad decrypt', 'key-load-error'], ['no start line', 'key-load-error'],
    ['pem lib', 'key-load-error'], ['bad base64', 'key-load-error'], ['no certificate or crl found', 'key-load-error'],
    ['ssl_cert_file', 'key-load-error'], ['ssl_key_file', 'key-load-error'], ['ssl_ca_file', 'key-load-error'],
    ['failed to load', 'key-load-error'], ['does not exist', 'key-load-error'],

    ['name or service not known', 'dns-error'], ['does not return any', 'dns-error'],
    ['connection refused', 'unreachable'], ['no route to host', 'unreachable'], ['network is unreachable', 'unreachable'],
    ['connection reset', 'peer-closed'], ['broken pipe', 'peer-closed'], ['unexpected eof', 'peer-closed'],
    ['unexpected end of stream', 'peer-closed'], ['ssl connect attempt failed because of handshake problems', 'peer-closed'],
    ['ssl connect attempt failed', 'peer-closed', qr/ssl connect attempt failed\)?$/m],    # of which OpenSSL says nothing
    ['ssl wants a read first', 'timeout'],    # that is what it makes of its Timeout
    ['connection timed out', 'timeout'], ['timed out', 'timeout'], ['the limit of the attempt ran out', 'timeout'],
    ['MongoDB::NetworkTimeout', 'timeout'], ['MongoDB::ExecutionTimeout', 'timeout'],
    ['MongoDB::AuthError', 'auth-failed'], ['databaseerror: auth failed', 'auth-failed'],
);

# Why a client could not be made, if it is not the URI or an option.
my @CONFIGURING = (
    ['does not return any', 'dns-error'], ['which does not match domain name', 'dns-error'], ['more than one txt', 'dns-error'],
    ['for txt record', 'dns-error'], ["can't use string", 'crashed'],    # an error of Perl, which hides what had happened
    ['', 'parse-error'],
);

my ($UNAUTHORIZED, $AUTHENTICATION_FAILED) = (13, 18);

# The reason of an error: the code of the server's reply, if that is what it was, its class, and its text.
sub of {
    my ($stage, $code, $class, $text) = @_;
    if ($code) {
        return $code == $UNAUTHORIZED ? 'unauthorized' : $code == $AUTHENTICATION_FAILED ? 'auth-failed' : 'server-refused';
    }
    my $said = lc $text;
    for my $row ($stage eq 'configure' ? @CONFIGURING : @REASONS) {
        my ($key, $reason, $form) = @$row;
        return $reason if $form ? $said =~ $form : $key eq $class || index($said, $key) >= 0;
    }
    return 'unclassified';
}

1;
