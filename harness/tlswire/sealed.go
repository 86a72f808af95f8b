package tlswire

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
)

// Secrets are what a server of crypto/tls encrypts with: it is a tls.Config.KeyLogWriter, and hears what the server
// sends. With them an alert can be sent that crypto/tls has no way to send.
type Secrets struct {
	random  []byte // of the ServerHello
	traffic []byte // of the server, in TLS 1.3
	client  []byte // its random
	master  []byte // in TLS 1.2
}

// Write takes a line of a key log, in NSS's form: a label, the client's random and a secret, in hexadecimal.
func (s *Secrets) Write(line []byte) (int, error) {
	words := bytes.Fields(line)
	if len(words) != 3 {
		return len(line), nil
	}
	switch string(words[0]) {
	case "SERVER_TRAFFIC_SECRET_0":
		s.traffic, _ = hex.DecodeString(string(words[2]))
	case "CLIENT_RANDOM":
		s.client, _ = hex.DecodeString(string(words[1]))
		s.master, _ = hex.DecodeString(string(words[2]))
	}
	return len(line), nil
}

// Sent hears what the server sends: its first record begins with the ServerHello, RFC 8446 section 4.1.3.
func (s *Secrets) Sent(p []byte) {
	const at, size = headerSize + messageHead + 2, 32
	if s.random == nil && len(p) >= at+size && p[0] == RecordHandshake {
		s.random = bytes.Clone(p[at : at+size])
	}
}

// Alert is the record with a fatal alert that follows the server's Finished. No session ticket may have been sent in
// TLS 1.3. In TLS 1.2 the cipher suite must be of AES-128-GCM and SHA-256: others are an error.
func (s *Secrets) Alert(state tls.ConnectionState, number int) ([]byte, error) {
	const fatal = 2
	alert := []byte{fatal, byte(number)}
	if state.Version == tls.VersionTLS13 && s.traffic != nil {
		return s.alert13(state.CipherSuite, alert)
	}
	if state.Version == tls.VersionTLS12 && s.master != nil {
		return s.alert12(state.CipherSuite, alert)
	}
	return nil, errors.New("nothing is known of the keys of this connection")
}

// alert13 is RFC 8446, sections 5.2, 5.3 and 7.3, for the first record of the server's application data.
func (s *Secrets) alert13(suite uint16, alert []byte) ([]byte, error) {
	h, size, open := sha256.New, 16, gcm
	switch suite {
	case tls.TLS_AES_256_GCM_SHA384:
		h, size = sha512.New384, 32
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		size, open = 32, chacha20poly1305.New
	}
	key, err := expand(h, s.traffic, "key", size)
	if err != nil {
		return nil, err
	}
	nonce, err := expand(h, s.traffic, "iv", 12)
	if err != nil {
		return nil, err
	}
	aead, err := open(key)
	if err != nil {
		return nil, err
	}
	inner := slices.Concat(alert, []byte{RecordAlert})
	head := []byte{RecordApplication, 3, 3, 0, byte(len(inner) + aead.Overhead())}
	return aead.Seal(head, nonce, inner, head), nil
}

// expand is HKDF-Expand-Label of RFC 8446 section 7.1, without a context.
func expand(h func() hash.Hash, secret []byte, label string, size int) ([]byte, error) {
	label = "tls13 " + label
	info := binary.BigEndian.AppendUint16(nil, uint16(size))
	info = append(append(append(info, byte(len(label))), label...), 0)
	return hkdf.Expand(h, secret, string(info), size)
}

// alert12 is RFC 5288 section 3, for the record after the server's Finished.
func (s *Secrets) alert12(suite uint16, alert []byte) ([]byte, error) {
	if suite != tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 && suite != tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 {
		return nil, fmt.Errorf("no alert can be made for %s in TLS 1.2", tls.CipherSuiteName(suite))
	}
	const key, salt = 16, 4
	block := prf(s.master, "key expansion", append(bytes.Clone(s.random), s.client...), 2*key+2*salt)
	aead, err := gcm(block[key : 2*key])
	if err != nil {
		return nil, err
	}
	sequence := binary.BigEndian.AppendUint64(nil, 1)
	head := []byte{RecordAlert, 3, 3, 0, byte(len(sequence) + len(alert) + aead.Overhead())}
	nonce := append(bytes.Clone(block[2*key+salt:]), sequence...)
	additional := append(bytes.Clone(sequence), RecordAlert, 3, 3, 0, byte(len(alert)))
	return aead.Seal(append(head, sequence...), nonce, alert, additional), nil
}

// prf is that of TLS 1.2, RFC 5246 section 5, with SHA-256.
func prf(secret []byte, label string, seed []byte, size int) (out []byte) {
	sum := func(parts ...[]byte) []byte {
		m := hmac.New(sha256.New, secret)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	seed = append([]byte(label), seed...)
	for a := sum(seed); len(out) < size; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:size]
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
