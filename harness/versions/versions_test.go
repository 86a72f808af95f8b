package versions

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{"v2.9.3": "v2.9.3", "6.20.0": "v6.20.0", "4.10": "v4.10.0", "9": "v9.0.0",
		"4.18.0.dev0": "v4.18.0-dev0", "5.0b1": "v5.0.0-b1", "7.0.0-beta.1+x": "v7.0.0-beta.1",
		"v2.9.4-0.20260102030405-abcdefabcdef": "v2.9.4-0.20260102030405-abcdefabcdef",
		"devel":                                "", "": "", "1.2.3.4": "", "v1.2.3\t": "", "abc1234": "", "1.2.3-": ""} {
		require.Equal(t, want, Canonical(text), text)
	}
}

// Whatever is a version is the same one to those who take more.
func TestLenient(t *testing.T) {
	for text, want := range map[string]string{"1.2.3.4": "v1.2.3", "1.2.3_4": "v1.2.3-4",
		"1.30.4-0ubuntu1": "v1.30.4-0ubuntu1", "7.0.0-beta.1+x": "v7.0.0-beta.1",
		"1.2-": "v1.2.0", "4.18.0.dev0": "v4.18.0-dev0", "5.0b1": "v5.0.0-b1", "9": "v9.0.0",
		"": "", "devel": ""} {
		require.Equal(t, want, Lenient(text), text)
		if strict := Canonical(text); strict != "" {
			require.Equal(t, strict, Lenient(text), text)
		}
	}
}

// The order is that of numbers, whatever is written before and after them.
func TestCompare(t *testing.T) {
	inOrder := []string{"", "devel", "1.9.0.1", "1.10.0.1", "3.7.4", "4.10.1", "4.18.0.dev0", "4.18.0", "5.9.2",
		"v10.0.0-rc.1", "v10.0.0"}
	for i, a := range inOrder {
		for j, b := range inOrder {
			require.Equal(t, i < j, Compare(a, b) < 0, "%q, %q", a, b)
			require.Equal(t, i == j, Compare(a, b) == 0, "%q, %q", a, b)
		}
	}
	require.Zero(t, Compare("v2.9.3", "2.9.3"))
	require.Zero(t, Compare("8.0", "8.0.0"))
}

// It is an order of whatever there is.
func FuzzCompare(f *testing.F) {
	f.Add("v2.9.3", "4.18.0.dev0", "devel")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		require.Zero(t, Compare(a, a))
		require.Equal(t, Compare(a, b), -Compare(b, a))
		if Compare(a, b) <= 0 && Compare(b, c) <= 0 {
			require.LessOrEqual(t, Compare(a, c), 0)
		}
	})
}
