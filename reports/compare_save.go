package reports

import "io"

// The files that SaveComparison writes.
const (
	ComparisonJSONFile     = "compare.json"
	ComparisonJUnitFile    = "compare.xml"
	ComparisonMarkdownFile = "compare.md"
	ComparisonHTMLFile     = "compare.html"
)

// SaveComparison writes c into dir, like Save. In JUnit what chosen names fails.
func SaveComparison(dir string, c Comparison, chosen Choice) error {
	asJUnit := func(w io.Writer, c Comparison) error { return WriteComparisonJUnit(w, c, chosen) }
	return save(dir, c, file[Comparison]{ComparisonJUnitFile, asJUnit},
		file[Comparison]{ComparisonMarkdownFile, WriteComparisonMarkdown}, file[Comparison]{ComparisonHTMLFile, WriteComparisonHTML},
		file[Comparison]{ComparisonJSONFile, WriteComparison})
}
