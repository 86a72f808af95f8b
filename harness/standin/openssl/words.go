package openssl

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
)

// alerts are what it says of those that a peer sent, by crypto/tls's words for them (ssl/ssl_err.c).
var alerts = map[string]string{
	"unexpected message":              "sslv3 alert unexpected message",
	"bad record MAC":                  "sslv3 alert bad record mac",
	"decryption failed":               "tlsv1 alert decryption failed",
	"record overflow":                 "tlsv1 alert record overflow",
	"decompression failure":           "sslv3 alert decompression failure",
	"handshake failure":               "sslv3 alert handshake failure",
	"bad certificate":                 "sslv3 alert bad certificate",
	"unsupported certificate":         "sslv3 alert unsupported certificate",
	"revoked certificate":             "sslv3 alert certificate revoked",
	"expired certificate":             "sslv3 alert certificate expired",
	"unknown certificate":             "sslv3 alert certificate unknown",
	"illegal parameter":               "sslv3 alert illegal parameter",
	"unknown certificate authority":   "tlsv1 alert unknown ca",
	"access denied":                   "tlsv1 alert access denied",
	"error decoding message":          "tlsv1 alert decode error",
	"error decrypting message":        "tlsv1 alert decrypt error",
	"export restriction":              "tlsv1 alert export restriction",
	"protocol version not supported":  "tlsv1 alert protocol version",
	"insufficient security level":     "tlsv1 alert insufficient security",
	"internal error":                  "tlsv1 alert internal error",
	"inappropriate fallback":          "tlsv1 alert inappropriate fallback",
	"user canceled":                   "tlsv1 alert user cancelled",
	"no renegotiation":                "tlsv1 alert no renegotiation",
	"missing extension":               "tlsv13 alert missing extension",
	"unsupported extension":           "tlsv1 unsupported extension",
	"certificate unobtainable":        "tlsv1 certificate unobtainable",
	"unrecognized name":               "tlsv1 unrecognized name",
	"bad certificate status response": "tlsv1 bad certificate status response",
	"bad certificate hash value":      "tlsv1 bad certificate hash value",
	"certificate required":            "tlsv13 alert certificate required",
	"no application protocol":         "tlsv1 alert no application protocol",
	"unknown PSK identity":            "tlsv1 alert unknown psk identity",
}

// Failure says how a handshake failed that began with these 16 bytes, or what followed it.
func Failure(err error, head []byte) string {
	text := err.Error()
	begins := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return bytes.HasPrefix(head, []byte(w)) })
	}
	_, alert, alerted := strings.Cut(text, "remote error: tls: ")
	switch {
	case begins("GET ", "POST ", "HEAD ", "PUT "): // as OpenSSL looks for them
		return "http request"
	case begins("CONNE"):
		return "https proxy request"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "stream truncated"
	case errors.Is(err, syscall.ECONNRESET):
		return "Connection reset by peer"
	case begins("\x16\x03") && len(head) > 10 && head[9] == 3 && head[10] == 0: // no more than SSL 3.0 is offered
		return "version too low"
	case len(head) > 2 && head[0]&0x80 != 0 && head[2] == 1: // the ClientHello of SSL 2.0
		return "unknown protocol"
	case strings.Contains(text, "unsupported versions"), strings.Contains(text, "protocol version"):
		return "unsupported protocol"
	case strings.Contains(text, "no cipher suite supported"):
		return "no shared cipher"
	case alerted && alerts[alert] != "":
		return alerts[alert]
	case strings.Contains(text, "does not look like a TLS handshake"),
		strings.Contains(text, "unsupported SSLv2 handshake"), strings.Contains(text, "unknown record type"),
		strings.Contains(text, "received record with version"):
		return "wrong version number"
	}
	return text
}
