package database

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// restrictionFields are those of one authentication restriction: address ranges of the client and of the server.
var restrictionFields = []string{"clientSource", "serverAddress"}

// parseRestrictions reads authenticationRestrictions; nil for none. The refusals are those of
// src/mongo/db/auth/address_restriction.cpp and src/mongo/util/net/cidr.cpp, 4.4 (read, not measured).
func parseRestrictions(value any) (bson.A, error) {
	if value == nil {
		return nil, nil
	}
	given, ok := value.(bson.A)
	if !ok {
		return nil, wrongType("authenticationRestrictions", "array", value)
	}
	for _, one := range given {
		d, ok := one.(bson.D)
		if !ok {
			return nil, status.Errorf(status.UnsupportedFormat,
				"'authenticationRestrictions' array sub-documents must be address restriction objects")
		}
		if len(d) == 0 {
			return nil, status.Errorf(status.CollectionIsEmpty,
				"At least one of 'clientSource' and/or 'serverAddress' must be set")
		}
		for _, e := range d {
			if !slices.Contains(restrictionFields, e.Key) {
				return nil, status.Errorf(status.BadValue, "BSON field 'address restriction.%s' is an unknown field.", e.Key)
			}
			if _, err := ranges(e.Value); err != nil {
				return nil, err
			}
		}
	}
	return given, nil
}

// ranges are the addresses and CIDR ranges of a list, or of one.
func ranges(value any) (all []netip.Prefix, err error) {
	texts, ok := value.(bson.A)
	if !ok {
		texts = bson.A{value}
	}
	for _, one := range texts {
		text, _ := one.(string)
		ip, size, sized := strings.Cut(text, "/")
		address, err := netip.ParseAddr(ip)
		if err != nil || address.Zone() != "" {
			return nil, status.Errorf(status.BadValue, "Invalid IP address in CIDR string")
		}
		length := address.BitLen()
		if sized {
			if length, err = strconv.Atoi(size); err != nil {
				return nil, status.Errorf(status.BadValue, "Non-numeric length in CIDR string")
			}
		}
		if length < 0 || length > address.BitLen() {
			return nil, status.Errorf(status.BadValue, "Invalid length in CIDR string")
		}
		all = append(all, netip.PrefixFrom(address, length))
	}
	return all, nil
}

// unmet says why a user may not log in on a connection, "" if it may. The words are those of
// src/mongo/db/auth/restriction_set.h (read, not measured).
func (u user) unmet(p Peer) string {
	if len(u.restrictions) == 0 {
		return ""
	}
	var sets []string
	for _, one := range u.restrictions {
		var fields []string
		met := true
		for _, e := range one.(bson.D) { // it has been parsed
			prefixes, _ := ranges(e.Value)
			end, err := netip.ParseAddrPort(map[string]string{"clientSource": p.Remote, "serverAddress": p.Local}[e.Key])
			met = met && err == nil && slices.ContainsFunc(prefixes, func(r netip.Prefix) bool {
				return r.Contains(end.Addr().Unmap())
			})
			var texts []string
			for _, p := range prefixes {
				texts = append(texts, strconv.Quote(p.String()))
			}
			fields = append(fields, fmt.Sprintf("{%q: [%s]}", e.Key, strings.Join(texts, ", ")))
		}
		if met {
			return ""
		}
		sets = append(sets, "{allOf: ["+strings.Join(fields, ", ")+"]}")
	}
	document := "{anyOf: [" + strings.Join(sets, ", ") + "]}"
	return fmt.Sprintf("Restriction '%s' in '{allOf: [%s]}' unmet", document, document)
}

// barred reports whether a user may not log in here, and logs why.
func (s *Session) barred(u user) bool {
	why := u.unmet(s.peer)
	if why != "" {
		s.line("I", "ACCESS", 20240, "Failed to acquire user because of unmet authentication restrictions",
			bson.D{{Key: "user", Value: u.identity().full()}, {Key: "reason", Value: why}})
	}
	return why != ""
}
