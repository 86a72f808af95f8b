package standin

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// rolesExtension is mongoRolesOID of src/mongo/util/net/ssl_manager.h: a SET OF SEQUENCE { role, database UTF8String }.
var rolesExtension = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 34601, 2, 1, 1}

// membershipExtension is mongoClusterMembership (7.0): an UTF8String.
var membershipExtension = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 34601, 2, 1, 2}

// membership is the value of that extension, "" without one.
func membership(leaf *x509.Certificate) (value string) {
	for _, e := range leaf.Extensions {
		if e.Id.Equal(membershipExtension) {
			if _, err := asn1.UnmarshalWithParams(e.Value, &value, "utf8"); err != nil {
				return ""
			}
		}
	}
	return value
}

// rolesOf are the roles that a certificate grants. The error ends the connection.
func rolesOf(leaf *x509.Certificate) ([]database.Role, error) {
	for _, e := range leaf.Extensions {
		if e.Id.Equal(rolesExtension) {
			return parseRoles(e.Value)
		}
	}
	return nil, nil
}

// Tags that mongod's parser of DER knows.
const (
	tagUTF8String byte = 12
	tagSequence   byte = 16
	tagSet        byte = 17
)

// parseRoles is parsePeerRoles of src/mongo/util/net/ssl_manager.cpp: what follows the SET is not looked at.
func parseRoles(der []byte) (roles []database.Role, err error) {
	set, _, err := token(der, tagSet, "SET")
	for len(set) > 0 && err == nil {
		var sequence, name, db []byte
		if sequence, set, err = token(set, tagSequence, "SEQUENCE"); err != nil {
			break
		}
		if name, sequence, err = token(sequence, tagUTF8String, "UTF8String"); err != nil {
			break
		}
		if db, _, err = token(sequence, tagUTF8String, "UTF8String"); err != nil {
			break
		}
		if r := (database.Role{Name: string(name), DB: string(db)}); !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	if err != nil {
		return nil, err
	}
	return roles, nil
}

// token reads one value of DER as mongod's DERToken::parse does: it wants two bytes after the tag, so that nothing
// may be empty at the end (measured on mongod 4.4.5).
func token(der []byte, want byte, name string) (value, rest []byte, err error) {
	refuse := func(format string, a ...any) ([]byte, []byte, error) {
		return nil, nil, status.Errorf(status.InvalidSSLConfiguration, format, a...)
	}
	if len(der) == 0 {
		return nil, nil, status.Errorf(status.Overflow,
			"buffer size too small to read (1) bytes out of buffer[0] at offset: 0")
	}
	const class, constructed, number = 0xc0, 0x20, 0x1f
	tag := der[0] & number
	switch {
	case der[0]&class != 0:
		return refuse("Unsupported tag class")
	case tag == tagUTF8String && der[0]&constructed == 0:
	case (tag == tagSequence || tag == tagSet) && der[0]&constructed != 0:
	default:
		return refuse("Unknown DER tag")
	}
	const least = 2
	if len(der)-1 < least {
		return refuse("Invalid DER length")
	}
	size, at := uint64(der[1]), 2
	if n := int(der[1] & 0x7f); der[1]&0x80 != 0 {
		if n > 8 || len(der) < 2+n {
			return refuse("Invalid DER length")
		}
		size, at = 0, 2+n
		for _, b := range der[2:at] {
			size = size<<8 | uint64(b)
		}
	}
	if size > uint64(len(der)-at) {
		return refuse("Invalid DER length")
	}
	if tag != want {
		return refuse("Unexpected DER Tag, Got %c, Expected %s", tag, name)
	}
	end := at + int(size)
	return der[at:end], der[end:], nil
}

// mayGrant is _validatePeerRoles of src/mongo/util/net/ssl_manager_openssl.cpp: what tlsCATrusts lets the root of a
// chain grant.
func mayGrant(trusts database.Trusts, roles []database.Role, root *x509.Certificate) error {
	if len(roles) == 0 || trusts == nil {
		return nil
	}
	if len(trusts) == 0 {
		return status.Errorf(status.BadValue,
			"tlsCATrusts parameter prohibits role based authorization via X509 certificates")
	}
	sum := sha256.Sum256(root.Raw)
	thumbprint := strings.ToUpper(hex.EncodeToString(sum[:]))
	allowed, known := trusts[thumbprint]
	if !known {
		return status.Errorf(status.BadValue,
			"CA: %s is not authorized to grant any roles due to tlsCATrusts parameter", thumbprint)
	}
	for _, r := range roles {
		if !slices.ContainsFunc(allowed, func(a database.Role) bool {
			return (a.Name == "" || a.Name == r.Name) && (a.DB == "" || a.DB == r.DB)
		}) {
			return status.Errorf(status.BadValue, "CA: %s is not authorized to grant role %s due to tlsCATrusts parameter",
				thumbprint, fmt.Sprintf("%s@%s", r.Name, r.DB))
		}
	}
	return nil
}
