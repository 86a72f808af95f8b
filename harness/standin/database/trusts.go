package database

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/harness/standin/status"
)

// Trusts are the roles that authorities may grant by certificate: tlsCATrusts, by the SHA-256 of the authority in
// capitals. A name or database of "" stands for any.
type Trusts map[string][]Role

// parseTrusts reads tlsCATrusts. The refusals are mongod's (measured on mongod 4.4.5, but for those of single roles).
func parseTrusts(text string) (Trusts, error) {
	refuse := func(format string, a ...any) (Trusts, error) {
		return nil, status.Errorf(status.BadValue, format, a...)
	}
	var value struct {
		List any `bson:"list"`
	}
	if strings.IndexAny(text, "[{") != 0 { // as mongod's parser of JSON has it; read in its source, not measured
		return refuse("code FailedToParse: FailedToParse: Expecting '{': offset:0 of:%s", text)
	}
	if !json.Valid([]byte(text)) || readJSON(`{"list": `+text+`}`, &value) != nil {
		return refuse("Value must be an array")
	}
	list, ok := value.List.(bson.A)
	if !ok {
		return refuse("Value must be an array")
	}
	trusts := Trusts{}
	for _, one := range list {
		d, ok := one.(bson.D)
		if !ok {
			return refuse("Value must be an array of trust definitions")
		}
		for _, e := range d {
			if e.Key != "sha256" && e.Key != "roles" {
				return refuse("BSON field 'tlsCATrusts.%s' is an unknown field.", e.Key)
			}
		}
		for _, required := range []string{"sha256", "roles"} {
			if Field(d, required) == nil {
				return refuse("BSON field 'tlsCATrusts.%s' is missing but a required field", required)
			}
		}
		thumbprint, _ := Field(d, "sha256").(string)
		sum, err := hex.DecodeString(thumbprint)
		if err != nil {
			return refuse("Hash input is not a hex string")
		}
		const size = 32
		if len(sum) != size {
			return refuse("Unsupported SHA256Block hash length: %d", len(sum))
		}
		roles, err := parseRoles(request{body: d})
		if err != nil {
			return nil, err
		}
		thumbprint = strings.ToUpper(thumbprint)
		if _, twice := trusts[thumbprint]; twice {
			return refuse("Duplicate thumbprint: %s", base64.StdEncoding.EncodeToString(sum))
		}
		trusts[thumbprint] = roles
	}
	return trusts, nil
}

// readJSON reads a document of extended JSON. What is not JSON at all never gets to the driver's parser, which goes
// round for ever over some of it.
func readJSON(text string, into any) error {
	if !json.Valid([]byte(text)) {
		return errors.New("not valid JSON")
	}
	return bson.UnmarshalExtJSON([]byte(text), false, into)
}
