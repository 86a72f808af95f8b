package compare

import "encoding/json"

// key is equal for equal values.
func key(v any) string {
	b, _ := json.Marshal(v) // the model holds nothing that cannot be encoded
	return string(b)
}
