package standin

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"github.com/mongotls/mongotls/fixtures/pki"
)

// memberTypes make a member.
var memberTypes = []string{"O", "OU", "DC"}

// member says whether a raw subject is that of a member of the server's cluster: its O, OU and DC, as a multiset, are not
// empty and equal to the server's or, where overrides count, to tlsX509ClusterAuthDNOverride (MongoDB manual, x.509 member
// certificates). Without TLS nobody is.
func (s *Server) member(raw []byte, overrides bool) bool {
	own := s.subject()
	if own == nil {
		return false
	}
	is := attributes(raw)
	if len(is) == 0 {
		return false
	}
	return slices.Equal(is, attributes(own.RawSubject)) || overrides && slices.Equal(is, attributes(s.parameter.overrideSubject()))
}

// attributes are the sorted "type=value" of every O, OU and DC of a raw subject.
func attributes(raw []byte) (list []string) {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &rdns); err != nil {
		return nil
	}
	for _, rdn := range rdns {
		for _, a := range rdn {
			if name := pki.AttributeName(a.Type); slices.Contains(memberTypes, name) {
				list = append(list, fmt.Sprintf("%s=%v", name, a.Value))
			}
		}
	}
	slices.Sort(list)
	return list
}

// subjectOf parses the name of a user as RFC 4514 into a raw subject, in the order of DER.
func subjectOf(name string) ([]byte, error) {
	if name == "" {
		return nil, errors.New("Cannot parse empty DN") //nolint:staticcheck // mongod's text
	}
	raw, err := pki.ParseDN(name)
	if errors.Is(err, pki.ErrAttributeType) {
		return nil, errors.New("DN contained an unknown OID (None)")
	}
	return raw, err
}
