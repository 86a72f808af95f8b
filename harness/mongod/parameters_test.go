package mongod

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A release takes at its start what it has, but for what only a running one takes, and what is for tests.
func TestParametersOfAStart(t *testing.T) {
	r50, _ := ReleaseOf("5.0")
	for name, row := range map[string]struct {
		name         string
		r            Release
		is, starts   bool
		underTesting bool
	}{
		"always":          {"ocspEnabled", Default, true, true, true},
		"by its old name": {"sslWithholdClientCertificate", Default, true, true, true},
		"later":           {"tlsUseSystemCA", Default, false, false, false},
		"since":           {"tlsUseSystemCA", r50, true, true, true},
		"no more":         {"connPoolMaxShardedConnsPerHost", r50, false, false, false},
		"of a running":    {"tlsMode", Default, true, false, false},
		"for tests":       {"failpoint.disableStapling", Default, true, false, true},
		"unknown":         {"nosuch", Default, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := ParameterOf(row.name)
			require.Equal(t, row.is, p.In(row.r))
			require.Equal(t, row.starts, p.Starts(row.r, false))
			require.Equal(t, row.underTesting, p.Starts(row.r, true))
		})
	}
}

// A value has the type of the default, or there is a reason why it is none.
func TestValuesOfParameters(t *testing.T) {
	for name, row := range map[string]struct {
		name, text string
		want       any
		refused    string
	}{
		"boolean":       {"ocspEnabled", "0", false, ""},
		"no boolean":    {"ocspEnabled", "no", nil, "Value is not a valid boolean"},
		"text":          {"saslHostName", "0", "0", ""},
		"whole":         {"scramIterationCount", "5000", int32(5000), ""},
		"too small":     {"scramIterationCount", "4999", nil, "4999 is not greater than or equal to 5000"},
		"at the bound":  {"ocspCacheSize", "0", nil, "0 is not greater than 0"},
		"long":          {"cursorTimeoutMillis", "9999999999", int64(9999999999), ""},
		"too large":     {"scramIterationCount", "9999999999", nil, "Overflow"},
		"no number":     {"logLevel", "1x", nil, `Bad digit "x" while parsing 1x`},
		"no digits":     {"logLevel", "", nil, "No digits"},
		"of a document": {"tlsCATrusts", "{}", "{}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParameterOf(row.name).Value(row.text)
			if row.refused != "" {
				require.ErrorContains(t, err, row.refused)
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}
