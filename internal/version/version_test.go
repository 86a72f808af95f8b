package version

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCanonical(t *testing.T) {
	for version, want := range map[string]string{"v2.9.3": "v2.9.3", "6.20.0": "v6.20.0", "4.10": "v4.10.0", "9": "v9.0.0",
		"4.18.0.dev0": "v4.18.0-dev0", "5.0b1": "v5.0.0-b1", "v2.9.4-0.20260102030405-abcdefabcdef": "v2.9.4-0.20260102030405-abcdefabcdef",
		"7.0.0-beta.1+x": "v7.0.0-beta.1", "devel": "", "": "", "1.2.3.4": "", "v1.2.3\t": "", "abc1234": "", "1.2.3-": ""} {
		require.Equal(t, want, Canonical(version), version)
	}
}
