package form

import (
	"encoding/json"
	"io"
)

// WriteJSON writes v as indented JSON, in which connection strings stay readable.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
