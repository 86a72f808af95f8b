"""Why PyMongo failed: the reasons of docs/adapters.md, of plain data."""

# The first row says the reason whose key is the number of a verification error of OpenSSL (X509_V_ERR_...), the class of an error
# of the chain, or, in lower case, a part of the text. PyMongo 4 keeps of a failed handshake nothing but the text, and
# pyOpenSSL has no more to begin with. The texts of OpenSSL are those of X509_verify_cert_error_string, and of its reason codes.
REASONS = [
    ("alert certificate required", "client-cert-required"),
    ("alert bad certificate", "client-cert-rejected"),
    ("alert unsupported certificate", "client-cert-rejected"),
    ("alert certificate revoked", "client-cert-rejected"),
    ("alert certificate expired", "client-cert-rejected"),
    ("alert certificate unknown", "client-cert-rejected"),
    ("alert unknown ca", "client-cert-rejected"),
    ("alert access denied", "client-cert-rejected"),
    ("alert protocol version", "protocol-mismatch"),
    ("alert insufficient security", "protocol-mismatch"),
    (" alert ", "remote-alert"),  # also handshake_failure, by which a TLS 1.2 server asks for a certificate

    ("has no attribute sicertificateerror", "cert-refused"),  # PyMongo 4.10 with service-identity 24.2, on a wrong name
    (62, "name-mismatch"), ("hostname mismatch", "name-mismatch"),
    (64, "name-mismatch"), ("ip address mismatch", "name-mismatch"),
    ("service_identity.exceptions.VerificationError", "name-mismatch"), ("verificationerror(errors=", "name-mismatch"),
    ("service_identity.exceptions.CertificateError", "name-mismatch"), ("invalid dns pattern", "name-mismatch"),
    ("has a wildcard outside", "name-mismatch"), ("does not contain any `subjectaltname`s", "name-mismatch"),  # CertificateError is about names, too
    (10, "expired"), ("certificate has expired", "expired"),
    (9, "not-yet-valid"), ("certificate is not yet valid", "not-yet-valid"),
    (23, "revoked"), ("certificate revoked", "revoked"),
    (3, "revocation-unavailable"), ("unable to get certificate crl", "revocation-unavailable"),
    (8, "revocation-unavailable"), ("crl signature failure", "revocation-unavailable"),
    (11, "revocation-unavailable"), ("crl is not yet valid", "revocation-unavailable"),
    (12, "revocation-unavailable"), ("crl has expired", "revocation-unavailable"),
    (26, "bad-usage"), ("unsuitable certificate purpose", "bad-usage"), ("unsupported certificate purpose", "bad-usage"),
    (66, "weak"), ("ee certificate key too weak", "weak"),
    (67, "weak"), ("ca certificate key too weak", "weak"),
    (68, "weak"), ("ca signature digest algorithm too weak", "weak"),
    ("key too small", "weak"), ("md too weak", "weak"), ("legacy sigalg disallowed", "weak"),
    (2, "untrusted"), ("unable to get issuer certificate", "untrusted"),
    (18, "untrusted"), (19, "untrusted"), ("self-signed certificate", "untrusted"), ("self signed certificate", "untrusted"),
    (20, "untrusted"), ("unable to get local issuer certificate", "untrusted"),
    (21, "untrusted"), ("unable to verify the first certificate", "untrusted"),
    ("certificate verify failed: ", "bad-cert"),  # for whatever else
    ("provider signature failure", "bad-cert"), ("'asn1 encoding routines', '', 'evp lib'", "bad-cert"),
    ("certificate verify failed", "cert-refused"),  # all that pyOpenSSL says

    # What PyMongo refuses for its status, OpenSSL calls an invalid status response. The log of PyMongo tells more.
    ("must-staple cert with no stapled response", "must-staple-missing"),
    ("ocspcertstatus.revoked", "revoked"),
    ("invalid status response", "ocsp-invalid"),
    ("error parsing asn1 value", "ocsp-invalid"),  # cryptography

    ("unsupported protocol", "protocol-mismatch"),
    ("no protocols available", "protocol-mismatch"),
    ("wrong ssl version", "protocol-mismatch"),
    ("version too low", "protocol-mismatch"),
    ("wrong cipher returned", "protocol-mismatch"),
    ("unknown cipher returned", "protocol-mismatch"),
    ("inappropriate fallback", "protocol-mismatch"),
    ("unrecognized name", "remote-alert"),
    ("wrong version number", "not-tls"),
    ("record layer failure", "not-tls"),
    ("packet length too long", "not-tls"),
    ("data length too long", "not-tls"),
    ("http request", "not-tls"),
    ("bad signature", "bad-cert"),
    ("wrong signature type", "bad-cert"),

    ("socket.gaierror", "dns-error"), ("name or service not known", "dns-error"), ("nodename nor servname", "dns-error"),
    ("temporary failure in name resolution", "dns-error"), ("no address associated with hostname", "dns-error"),
    ("ConnectionRefusedError", "unreachable"), ("connection refused", "unreachable"), ("econnrefused", "unreachable"),
    ("no route to host", "unreachable"), ("network is unreachable", "unreachable"),
    ("ConnectionResetError", "peer-closed"), ("connection reset", "peer-closed"), ("econnreset", "peer-closed"),
    ("BrokenPipeError", "peer-closed"), ("broken pipe", "peer-closed"), ("epipe", "peer-closed"),
    ("OpenSSL.SSL.ZeroReturnError", "peer-closed"), ("connection closed", "peer-closed"), ("unexpected eof", "peer-closed"), ("unexpected_eof", "peer-closed"),
    ("eof occurred in violation", "peer-closed"), ("connection has been closed", "peer-closed"),
    # Of asyncio: in the handshake the error for it has no text, and PyMongo keeps nothing else.
    ("connection is already closed", "peer-closed"), (":  (configured timeouts: ", "peer-closed"),
    ("pymongo.errors.NetworkTimeout", "timeout"), ("TimeoutError", "timeout"), ("socket.timeout", "timeout"),
    ("timed out", "timeout"), ("timeout: ", "timeout"),
]

# Why a client could not be made, if it is not the URI or an option.
CONFIGURING = [
    ("dns quer", "dns-error"), ("dns response", "dns-error"), ("dns operation", "dns-error"),  # dnspython
    ("resolution lifetime", "dns-error"), ("nameservers failed to answer", "dns-error"),
    ("invalid srv host", "dns-error"), ("txt record", "dns-error"), ("supported from dns", "dns-error"),
    ("private key doesn't match certificate", "key-load-error"),
    ("ssl.SSLError", "key-load-error"), ("OpenSSL.SSL.Error", "key-load-error"), ("OSError", "key-load-error"),
    ("FileNotFoundError", "key-load-error"), ("PermissionError", "key-load-error"), ("IsADirectoryError", "key-load-error"),
    ("", "parse-error"),
]

# Codes of a server's replies.
UNAUTHORIZED, AUTHENTICATION_FAILED, USER_NOT_FOUND = 13, 18, 11
LOGIN = (USER_NOT_FOUND, AUTHENTICATION_FAILED)


def replied(found, kind):
    """The code of the server's reply and its name, that of a refused login however deep it is wrapped; 0 for no reply.

    found is an error and what it came from, kind the class of the driver's own."""
    for depth, e in enumerate(found):
        reply = getattr(e, "details", None)  # of an OperationFailure, and of an AutoReconnect for "not primary"
        reply = reply if isinstance(reply, dict) else {}
        code = isinstance(e, kind) and getattr(e, "code", None) or reply.get("code")
        if code and (depth == 0 or code in LOGIN):
            return code, reply.get("codeName", "")
    return 0, ""


def reason(stage, code, numbers, classes, text):
    """The reason of an error: the code of the server's reply, if that is what it was; of the chain of errors, the numbers of
    verification errors and the names of the classes; and its text."""
    if code == UNAUTHORIZED:
        return "unauthorized"
    if code == AUTHENTICATION_FAILED or code == USER_NOT_FOUND and stage == "connect":
        return "auth-failed"
    if code:
        return "server-refused"
    text = text.lower()
    for key, says in CONFIGURING if stage == "configure" else REASONS:
        if key in numbers or key in classes or isinstance(key, str) and key in text:
            return says
    return "unclassified"
