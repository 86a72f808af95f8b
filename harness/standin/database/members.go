package database

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// typeIDs are the attribute types that mongod knows by a short name.
var typeIDs = map[string]string{"CN": "2.5.4.3", "SN": "2.5.4.4", "serialNumber": "2.5.4.5", "C": "2.5.4.6",
	"L": "2.5.4.7", "ST": "2.5.4.8", "street": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "title": "2.5.4.12",
	"description":      "2.5.4.13",
	"businessCategory": "2.5.4.15", "postalCode": "2.5.4.17", "name": "2.5.4.41", "GN": "2.5.4.42", "initials": "2.5.4.43",
	"generationQualifier": "2.5.4.44", "x500UniqueIdentifier": "2.5.4.45", "dnQualifier": "2.5.4.46",
	"pseudonym": "2.5.4.65",
	"role":      "2.5.4.72", "emailAddress": "1.2.840.113549.1.9.1", "UID": "0.9.2342.19200300.100.1.1",
	"DC": "0.9.2342.19200300.100.1.25"}

// memberTypes make a member: O, OU and DC.
var memberTypes = []string{typeIDs["O"], typeIDs["OU"], typeIDs["DC"]}

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
			if id := a.Type.String(); slices.Contains(memberTypes, id) {
				list = append(list, fmt.Sprintf("%s=%v", id, a.Value))
			}
		}
	}
	slices.Sort(list)
	return list
}

// subjectOf parses the name of a user as RFC 4514 into a subject in DER, in the order of DER.
func subjectOf(name string) ([]byte, error) {
	if name == "" {
		return nil, errors.New("Cannot parse empty DN") //nolint:staticcheck // mongod's text
	}
	dn, err := ldap.ParseDN(name)
	if err != nil {
		return nil, err
	}
	var rdns pkix.RDNSequence
	for _, parsed := range slices.Backward(dn.RDNs) {
		var rdn pkix.RelativeDistinguishedNameSET
		for _, a := range parsed.Attributes {
			id, err := typeID(a.Type)
			if err != nil {
				return nil, err
			}
			rdn = append(rdn, pkix.AttributeTypeAndValue{Type: id, Value: a.Value})
		}
		rdns = append(rdns, rdn)
	}
	return asn1.Marshal(rdns)
}

func typeID(name string) (asn1.ObjectIdentifier, error) {
	dotted, ok := typeIDs[name]
	if !ok {
		dotted = name
	}
	var id asn1.ObjectIdentifier
	for arc := range strings.SplitSeq(dotted, ".") {
		n, err := strconv.ParseUint(arc, 10, 31)
		if err != nil {
			return nil, errors.New("DN contained an unknown OID (None)")
		}
		id = append(id, int(n))
	}
	return id, nil
}
