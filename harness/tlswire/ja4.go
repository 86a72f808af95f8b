package tlswire

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// ja4 is the fingerprint of a ClientHello as others print it, over TCP:
// https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md. It holds neither the order of ciphers and
// extensions nor the groups.
func (o *offered) ja4() string {
	ciphers, extensions := withoutGrease(o.ciphers), withoutGrease(o.extensions)
	version, name := "00", "i"
	if supported := withoutGrease(o.supported()); len(supported) > 0 {
		if text := VersionName(slices.Max(supported)); text != "" {
			version = strings.ReplaceAll(text, ".", "")
		}
	}
	if slices.Contains(extensions, extensionServerName) {
		name = "d"
	}
	protocol := "00"
	if len(o.alpn) > 0 && o.alpn[0] != "" {
		protocol = ends(o.alpn[0])
	}
	start := fmt.Sprintf("t%s%s%02d%02d%s", version, name, min(len(ciphers), 99), min(len(extensions), 99), protocol)
	slices.Sort(ciphers)
	extensions = slices.DeleteFunc(extensions, func(id uint16) bool {
		return id == extensionServerName || id == extensionALPN
	})
	slices.Sort(extensions)
	signatures := ""
	if list := withoutGrease(o.signatures); len(list) > 0 {
		signatures = "_" + hexadecimal(list)
	}
	return start + "_" + digest(hexadecimal(ciphers)) + "_" + digest(hexadecimal(extensions)+signatures)
}

// ends are the first and the last character of a protocol's name, or of its bytes in hexadecimal.
func ends(protocol string) string {
	plain := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	first, last := protocol[0], protocol[len(protocol)-1]
	if !plain(first) || !plain(last) {
		return fmt.Sprintf("%02x", first)[:1] + fmt.Sprintf("%02x", last)[1:]
	}
	return string([]byte{first, last})
}

// withoutGrease is a copy of a list without what is there by chance.
func withoutGrease(list []uint16) []uint16 { return slices.DeleteFunc(slices.Clone(list), isGrease) }

func hexadecimal(list []uint16) string {
	return strings.Join(names(list, func(number uint16) string { return fmt.Sprintf("%04x", number) }), ",")
}

func digest(text string) string {
	if text == "" {
		return "000000000000"
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:12]
}
