package standin

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/standin/database"
	"github.com/mongotls/mongotls/harness/standin/status"
)

func tlv(tag byte, parts ...string) string {
	value := strings.Join(parts, "")
	return string([]byte{tag, byte(len(value))}) + value
}

// The role extension is read as a mongod 4.4.5 was measured to read it: malformed ones end the connection.
func TestRoleExtension(t *testing.T) {
	role := func(name, db string) string { return tlv(0x30, tlv(12, name), tlv(12, db)) }
	for name, row := range map[string]struct {
		der  string
		want []database.Role
		code status.Code
		says string
	}{
		"two": {tlv(0x31, role("a", "x"), role("b", "y")),
			[]database.Role{{Name: "a", DB: "x"}, {Name: "b", DB: "y"}}, 0, ""},
		"one, twice":       {tlv(0x31, role("a", "x"), role("a", "x")), []database.Role{{Name: "a", DB: "x"}}, 0, ""},
		"something after":  {tlv(0x31, role("a", "x")) + "\x05\x00", []database.Role{{Name: "a", DB: "x"}}, 0, ""},
		"empty":            {tlv(0x31), nil, 140, "Invalid DER length"},
		"a sequence":       {tlv(0x30, role("a", "x")), nil, 140, "Unexpected DER Tag, Got \x10, Expected SET"},
		"another string":   {tlv(0x31, tlv(0x30, tlv(19, "a"), tlv(12, "x"))), nil, 140, "Unknown DER tag"},
		"garbage":          {"garbage", nil, 140, "Unsupported tag class"},
		"too long":         {"\x31\x7f\x30", nil, 140, "Invalid DER length"},
		"a long length":    {"\x31\x89123456789", nil, 140, "Invalid DER length"},
		"no database":      {tlv(0x31, tlv(0x30, tlv(12, "a"))), nil, 15, "buffer size too small"},
		"nothing":          {"", nil, 15, "buffer size too small"},
		"a primitive list": {"\x11\x02\x00\x00", nil, 140, "Unknown DER tag"},
	} {
		got, err := parseRoles([]byte(row.der))
		require.Equal(t, row.want, got, name)
		if row.says == "" {
			require.NoError(t, err, name)
			continue
		}
		var refused status.Error
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, row.code, refused.Code, name)
		require.Contains(t, refused.Text, row.says, name)
	}
}

func FuzzRoleExtension(f *testing.F) {
	f.Add([]byte(tlv(0x31, tlv(0x30, tlv(12, "a"), tlv(12, "b")))))
	f.Add([]byte("\x31\x88\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, der []byte) {
		if roles, err := parseRoles(der); err != nil {
			require.Empty(t, roles)
		}
	})
}

// An authority grants what tlsCATrusts lets it grant.
func TestTrusts(t *testing.T) {
	root := &x509.Certificate{Raw: []byte("root")}
	sum := sha256.Sum256(root.Raw)
	own := strings.ToUpper(hex.EncodeToString(sum[:]))
	granted := []database.Role{{Name: "read", DB: "test"}}
	for name, row := range map[string]struct {
		trusts database.Trusts
		says   string
	}{
		"not limited":      {nil, ""},
		"nobody":           {database.Trusts{}, "prohibits role based authorization"},
		"somebody else":    {database.Trusts{"00": granted}, "not authorized to grant any roles"},
		"another role":     {database.Trusts{own: {{Name: "write", DB: "test"}}}, "not authorized to grant role read@test"},
		"the role":         {database.Trusts{own: granted}, ""},
		"any role there":   {database.Trusts{own: {{DB: "test"}}}, ""},
		"it, wherever":     {database.Trusts{own: {{Name: "read"}}}, ""},
		"whatever it says": {database.Trusts{own: {{}}}, ""},
	} {
		err := mayGrant(row.trusts, granted, root)
		require.NoError(t, mayGrant(row.trusts, nil, root), "a certificate without roles is not looked at")
		if row.says == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, row.says, name)
		}
	}
}
