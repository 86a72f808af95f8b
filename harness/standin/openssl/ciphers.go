package openssl

import (
	"cmp"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"sync"
)

// A cipher is a suite that crypto/tls has, under OpenSSL's name and with the words that choose it in a cipher list.
type cipher struct {
	id    uint16
	name  string
	words string
}

// ciphers are those up to TLS 1.2, in the order of OpenSSL's lists. What a list chooses besides, crypto/tls does not
// have: DHE, CCM, Camellia, ARIA, PSK, SRP, and CBC with SHA-384.
var ciphers = []cipher{
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		"ECDHE-ECDSA-AES256-GCM-SHA384", "HIGH ECDHE ECDSA AES AES256 AESGCM SHA384"},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		"ECDHE-RSA-AES256-GCM-SHA384", "HIGH ECDHE RSA AES AES256 AESGCM SHA384"},
	{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		"ECDHE-ECDSA-CHACHA20-POLY1305", "HIGH ECDHE ECDSA CHACHA20"},
	{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		"ECDHE-RSA-CHACHA20-POLY1305", "HIGH ECDHE RSA CHACHA20"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		"ECDHE-ECDSA-AES128-GCM-SHA256", "HIGH ECDHE ECDSA AES AES128 AESGCM SHA256"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		"ECDHE-RSA-AES128-GCM-SHA256", "HIGH ECDHE RSA AES AES128 AESGCM SHA256"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
		"ECDHE-ECDSA-AES128-SHA256", "HIGH ECDHE ECDSA AES AES128 SHA256"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
		"ECDHE-RSA-AES128-SHA256", "HIGH ECDHE RSA AES AES128 SHA256"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
		"ECDHE-ECDSA-AES256-SHA", "HIGH ECDHE ECDSA AES AES256 SHA SHA1"},
	{tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
		"ECDHE-RSA-AES256-SHA", "HIGH ECDHE RSA AES AES256 SHA SHA1"},
	{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
		"ECDHE-ECDSA-AES128-SHA", "HIGH ECDHE ECDSA AES AES128 SHA SHA1"},
	{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		"ECDHE-RSA-AES128-SHA", "HIGH ECDHE RSA AES AES128 SHA SHA1"},
	{tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		"AES256-GCM-SHA384", "HIGH kRSA RSA AES AES256 AESGCM SHA384"},
	{tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
		"AES128-GCM-SHA256", "HIGH kRSA RSA AES AES128 AESGCM SHA256"},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
		"AES128-SHA256", "HIGH kRSA RSA AES AES128 SHA256"},
	{tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		"AES256-SHA", "HIGH kRSA RSA AES AES256 SHA SHA1"},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA,
		"AES128-SHA", "HIGH kRSA RSA AES AES128 SHA SHA1"},
}

// aliases are other words for the same.
var aliases = map[string]string{"EECDH": "ECDHE", "kEECDH": "ECDHE", "kECDHE": "ECDHE", "ECDH": "ECDHE", "aRSA": "RSA",
	"aECDSA": "ECDSA"}

// foreign are names of OpenSSL's, by their beginnings and ends, of what crypto/tls does not have. A list of nothing
// else is one that OpenSSL takes.
var foreign = []string{"DHE-", "ADH-", "AECDH-", "PSK-", "SRP-", "CAMELLIA", "ARIA", "NULL-", "-SHA384",
	"AES256-SHA256", "-CCM", "-CCM8"}

// errNoCipher is that of a list without a known name.
var errNoCipher = errors.New("error:1410D0B9:SSL routines:SSL_CTX_set_cipher_list:no cipher match")

// CipherSuites are the suites up to TLS 1.2 that a list of OpenSSL's chooses, and that crypto/tls has. "" is what a
// mongod sets without one: HIGH:!EXPORT:!aNULL@STRENGTH. The error is OpenSSL's where no name of the list is known. The
// order is crypto/tls's own, whatever the list says.
func CipherSuites(list string) ([]uint16, error) {
	if list == "" {
		list = "HIGH:!EXPORT:!aNULL@STRENGTH"
	}
	var chosen []uint16
	banned := map[uint16]bool{}
	taken := false // something of the list is known to OpenSSL
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(":,; ", r) }) {
		word, _, _ = strings.Cut(word, "@") // @STRENGTH and @SECLEVEL
		name := strings.TrimLeft(word, "!-+")
		matching := choose(name)
		switch operator := strings.TrimSuffix(word, name); operator {
		case "":
			taken = taken || len(matching) > 0 || slices.ContainsFunc(foreign, func(part string) bool {
				return strings.HasPrefix(name, part) || strings.HasSuffix(name, part)
			})
			for _, id := range matching {
				if !banned[id] && !slices.Contains(chosen, id) {
					chosen = append(chosen, id)
				}
			}
		case "!", "-":
			for _, id := range matching {
				banned[id] = banned[id] || operator == "!"
			}
			chosen = slices.DeleteFunc(chosen, func(id uint16) bool { return slices.Contains(matching, id) })
		}
	}
	if !taken {
		return nil, errNoCipher
	}
	return chosen, nil
}

// words are those of each cipher, by its index.
var words = sync.OnceValue(func() (all [][]string) {
	for _, c := range ciphers {
		all = append(all, append(strings.Fields(c.words), "ALL", "DEFAULT", c.name))
	}
	return all
})

// choose are the suites of a name, or of words that are joined by plus signs.
func choose(name string) (ids []uint16) {
	for i, c := range ciphers {
		fits := name != ""
		for word := range strings.SplitSeq(name, "+") {
			fits = fits && slices.Contains(words()[i], cmp.Or(aliases[word], word))
		}
		if fits {
			ids = append(ids, c.id)
		}
	}
	return ids
}
