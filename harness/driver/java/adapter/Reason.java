import java.util.List;
import java.util.Locale;

/** Why the driver failed: the reasons of docs/adapters.md, of plain data. */
final class Reason {
    private static final int UNAUTHORIZED = 13;
    private static final int AUTHENTICATION_FAILED = 18;
    private static final int USER_NOT_FOUND = 11;

    /**
     * The first row says the reason whose key is a class of the chain, or, in lower case, a part of the text of one of its
     * links. The texts are those of JSSE: its exceptions are of few classes.
     */
    private static final String[][] REASONS = {
        {Files.Unusable.class.getName(), "key-load-error"},

        {"fatal alert: certificate_required", "client-cert-required"},
        {"fatal alert: bad_certificate", "client-cert-rejected"},
        {"fatal alert: unsupported_certificate", "client-cert-rejected"},
        {"fatal alert: certificate_revoked", "client-cert-rejected"},
        {"fatal alert: certificate_expired", "client-cert-rejected"},
        {"fatal alert: certificate_unknown", "client-cert-rejected"},
        {"fatal alert: unknown_ca", "client-cert-rejected"},
        {"fatal alert: access_denied", "client-cert-rejected"},
        {"fatal alert: protocol_version", "protocol-mismatch"},
        {"fatal alert: insufficient_security", "protocol-mismatch"},
        {"received handshake warning", "remote-alert"}, // which JSSE takes for an end
        {"received fatal alert", "remote-alert"}, // also handshake_failure, by which a TLS 1.2 server asks for a certificate

        {"java.security.cert.CertificateExpiredException", "expired"},
        {"java.security.cert.CertificateNotYetValidException", "not-yet-valid"},
        {"java.security.cert.CertificateRevokedException", "revoked"},
        {"no subject alternative", "name-mismatch"}, {"no name matching", "name-mismatch"},
        {"illegal given domain name", "name-mismatch"},
        {"exceeds the maximum allowed length", "bad-cert"},
        {"algorithm constraints", "weak"}, {"key size", "weak"},
        {"extended key usage does not permit", "bad-usage"}, {"keyusage does not allow", "bad-usage"},
        {"netscape cert type does not permit", "bad-usage"},
        {"unable to find valid certification path", "untrusted"}, {"path does not chain with any of the trust anchors", "untrusted"},
        {"trustanchors parameter must be non-empty", "untrusted"},
        {"java.security.cert.CertPathValidatorException", "bad-cert"}, {"sun.security.validator.ValidatorException", "bad-cert"},
        {"java.security.cert.CertificateParsingException", "bad-cert"}, {"java.security.cert.CertificateException", "bad-cert"},
        {"invalid certificateverify", "bad-cert"}, {"java.security.SignatureException", "bad-cert"},
        {"java.security.InvalidKeyException", "bad-cert"}, {"signature verification failed", "bad-cert"},

        {"is not accepted by client preferences", "protocol-mismatch"}, {"no appropriate protocol", "protocol-mismatch"},
        {"protocol is disabled", "protocol-mismatch"}, {"unsupported protocol", "protocol-mismatch"},
        {"server chose", "protocol-mismatch"}, {"ciphersuite", "protocol-mismatch"}, {"cipher suite", "protocol-mismatch"},
        {"unsupported or unrecognized ssl message", "not-tls"}, {"unsupported record", "not-tls"},
        {"invalid sslv2", "not-tls"}, {"inappropriate tls record", "not-tls"},

        {"com.mongodb.MongoNotPrimaryException", "server-refused"}, // which has no code in 3.6
        {"com.mongodb.MongoNodeIsRecoveringException", "server-refused"},
        {"srv record", "dns-error"}, {"txt record", "dns-error"}, {"resolved to a host", "dns-error"}, {"javax.naming.", "dns-error"},
        {"no such interface", "parse-error"}, // of an address whose zone is not decoded
        {"java.net.UnknownHostException", "dns-error"},
        {"java.net.ConnectException", "unreachable"}, {"java.net.NoRouteToHostException", "unreachable"},
        {"java.net.SocketTimeoutException", "timeout"}, {"com.mongodb.MongoSocketReadTimeoutException", "timeout"},
        {"com.mongodb.MongoTimeoutException", "timeout"}, {"com.mongodb.MongoExecutionTimeoutException", "timeout"},
        {"the limit of the attempt ran out", "timeout"},
        {"java.io.EOFException", "peer-closed"}, {"remote host terminated the handshake", "peer-closed"},
        {"prematurely reached end of stream", "peer-closed"}, {"connection reset", "peer-closed"},
        {"broken pipe", "peer-closed"}, {"connection closed", "peer-closed"},
        {"com.mongodb.MongoSecurityException", "auth-failed"},
        {"java.lang.NullPointerException", "crashed"}, {"java.lang.ClassCastException", "crashed"},
        {"java.lang.IndexOutOfBoundsException", "crashed"}, {"java.lang.Error", "crashed"},
    };

    /** Why a client could not be made, if it is not the connection string or an option. */
    private static final String[][] CONFIGURING = {
        {"the limit of the attempt ran out", "timeout"},
        {Files.Unusable.class.getName(), "key-load-error"},
        {"srv record", "dns-error"}, {"txt record", "dns-error"}, {"resolved to a host", "dns-error"},
        {"javax.naming.", "dns-error"},
        {"java.lang.NullPointerException", "crashed"}, {"java.lang.ClassCastException", "crashed"},
        {"java.lang.IndexOutOfBoundsException", "crashed"}, {"java.lang.Error", "crashed"},
        {"", "parse-error"},
    };

    private Reason() {
    }

    /** The reason of an error: the code of the server's reply, if that is what it was, its classes, and their texts. */
    static String of(String stage, int code, List<String> chain, String text) {
        if (code == UNAUTHORIZED) {
            return "unauthorized";
        }
        if (code == AUTHENTICATION_FAILED || code == USER_NOT_FOUND && stage.equals("connect")) {
            return "auth-failed";
        }
        if (code != 0) {
            return "server-refused";
        }
        String said = text.toLowerCase(Locale.ROOT);
        for (String[] row : stage.equals("configure") ? CONFIGURING : REASONS) {
            if (chain.contains(row[0]) || said.contains(row[0])) {
                return row[1];
            }
        }
        return "unclassified";
    }
}
