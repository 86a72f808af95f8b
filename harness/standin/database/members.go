package database

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"

	"github.com/mongotls/mongotls/fixtures/pki/dn"
)

// memberTypes make a member.
var memberTypes = []string{"O", "OU", "DC"}

// isMember reports whether a subject is that of a member of the server's cluster: its O, OU and DC, as a multiset, are
// not empty and equal to the server's or, where overrides count, to tlsX509ClusterAuthDNOverride (MongoDB manual, x.509
// member certificates). Without TLS nobody is.
func (d *Database) isMember(subject []byte, overrides bool) bool {
	if d.config.Certificate == nil {
		return false
	}
	is := memberAttributes(subject)
	if len(is) == 0 {
		return false
	}
	return slices.Equal(is, memberAttributes(d.config.Certificate.Subject)) ||
		overrides && slices.Equal(is, memberAttributes(d.config.Parameters.overrideSubject()))
}

// memberAttributes are the sorted "type=value" of every O, OU and DC of a subject in DER.
func memberAttributes(raw []byte) (list []string) {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &rdns); err != nil {
		return nil
	}
	for _, rdn := range rdns {
		for _, a := range rdn {
			if name := dn.AttributeName(a.Type); slices.Contains(memberTypes, name) {
				list = append(list, fmt.Sprintf("%s=%v", name, a.Value))
			}
		}
	}
	slices.Sort(list)
	return list
}
