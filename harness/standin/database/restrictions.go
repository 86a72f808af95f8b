package database

import (
	"net/netip"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// unmet is why a user may not log in from where it is. The wording was not measured.
const unmet = "No restriction of the user's is met"

// restrictionFields are those of one authentication restriction: address ranges of the client and of the server.
var restrictionFields = []string{"clientSource", "serverAddress"}

// parseRestrictions reads authenticationRestrictions; nil for none. The refusals are those of
// src/mongo/db/auth/address_restriction.cpp, 4.4 (read, not measured).
func parseRestrictions(value any) (bson.A, error) {
	if value == nil {
		return nil, nil
	}
	list, ok := value.(bson.A)
	if !ok {
		return nil, wrongType("authenticationRestrictions", "array", value)
	}
	for _, one := range list {
		d, ok := one.(bson.D)
		if !ok {
			return nil, status.Errorf(status.UnsupportedFormat,
				"'authenticationRestrictions' array sub-documents must be address_restriction objects")
		}
		for _, e := range d {
			if !slices.Contains(restrictionFields, e.Key) {
				return nil, status.Errorf(40415, "BSON field 'address restriction.%s' is an unknown field.", e.Key)
			}
			if _, err := ranges(e.Value); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// ranges are the addresses and CIDR ranges of a list, or of one.
func ranges(value any) (list []netip.Prefix, err error) {
	texts, ok := value.(bson.A)
	if !ok {
		texts = bson.A{value}
	}
	for _, one := range texts {
		text, _ := one.(string)
		prefix, err := netip.ParsePrefix(text)
		if address, e := netip.ParseAddr(text); err != nil && e == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return nil, status.Errorf(status.BadValue, "Invalid address or CIDR range: %s", text)
		}
		list = append(list, prefix)
	}
	return list, nil
}

// mayComeFrom reports whether one of a user's restrictions is met by a client's address. Clients are on this machine,
// and so is the server: its address is taken to be the same.
func (u user) mayComeFrom(remote string) bool {
	from, err := netip.ParseAddrPort(remote)
	if len(u.restrictions) == 0 || err != nil {
		return true
	}
	return slices.ContainsFunc(u.restrictions, func(one any) bool {
		for _, e := range one.(bson.D) { // it has been parsed
			list, _ := ranges(e.Value)
			if !slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(from.Addr()) }) {
				return false
			}
		}
		return true
	})
}
