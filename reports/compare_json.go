package reports

import (
	"encoding/json"
	"io"
)

// WriteComparison writes c as indented JSON. Equal comparisons are equal byte for byte.
func WriteComparison(w io.Writer, c Comparison) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}
