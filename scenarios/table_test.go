package scenarios

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/fixtures/pki"
)

func TestTableIsSound(t *testing.T) {
	require.NoError(t, Check(All()))
	require.NoError(t, CheckQuestions(Questions, All()))
}

func TestTableIsInOrderOfAreas(t *testing.T) {
	var order []string
	for _, s := range All() {
		area, _, _ := strings.Cut(s.ID, "/")
		if len(order) == 0 || order[len(order)-1] != area {
			order = append(order, area)
		}
	}
	require.Equal(t, Areas, order)
}

func TestTableIsOneSentenceEach(t *testing.T) {
	for _, s := range All() {
		require.Regexp(t, `^[A-Z].*[.?]$`, s.Says, s.ID)
		require.NotContains(t, s.Says+s.Because, "\n", s.ID)
		require.Equal(
			t,
			s.Expect.Outcome == Unspecified,
			strings.HasSuffix(s.Says, "?"),
			"%s: only an open question has no norm",
			s.ID,
		)
	}
}

func TestVariantsDoNotShareData(t *testing.T) {
	s := Scenario{
		ID: "key/shared",
		Server: Server{
			CAFile:       names("a"),
			CRL:          &pki.CRL{Serials: []int64{1}},
			SetParameter: map[string]string{"a": "1"},
			Users:        []User{{Roles: []string{}}},
		},
		Client: Client{
			Cert:  &pki.Leaf{DNS: names("a")},
			Files: map[string]pki.File{"f": {Parts: []pki.Part{{Leaf: &pki.Leaf{}}}}},
		},
	}
	before := clone(s)
	common := map[string]string{"tls": "true"}
	s.Variants = []Variant{{"other", func(s *Scenario) {
		s.Client.Code = common
		s.Server.CAFile[0], s.Server.CRL.Serials[0], s.Server.SetParameter["a"] = "b", 2, "2"
		s.Client.Cert.DNS[0], s.Client.Files["f"].Parts[0].Leaf.Serial = "b", 2
	}}}
	rows := Expand(s)
	require.Len(t, rows, 2)
	require.Equal(t, before, rows[0], "the row itself stays as it was, empty roles included")
	require.Equal(t, "key/shared@other", rows[1].ID)
	require.Equal(t, names("b"), rows[1].Client.Cert.DNS)
	rows[1].Client.Code["tls"] = "false"
	require.Equal(t, "true", common["tls"])
	s.Variants = nil
	require.Equal(t, before, s, "and so does the table")
}

// Every row of the table stands after its expansion as it stood before, whatever its variants do.
func TestExpandLeavesTheTableAlone(t *testing.T) {
	for _, s := range All() {
		before := clone(withoutVariants(s))
		Expand(s)
		require.Equal(t, before, withoutVariants(s), s.ID)
	}
}

func withoutVariants(s Scenario) Scenario {
	s.Variants = nil
	return s
}

// A search for a server that there is ends late, or a busy machine turns a row red.
func TestWhoMustConnectSearchesLong(t *testing.T) {
	search := regexp.MustCompile(`serverSelectionTimeoutMS=(\d+)`)
	for _, row := range All() {
		for _, s := range Expand(row) {
			for _, m := range search.FindAllStringSubmatch(s.Client.URI+s.Client.Options+s.Client.Add, -1) {
				ms, err := strconv.Atoi(m[1])
				require.NoError(t, err)
				require.False(t, s.Expect.Positive() && ms < 8000, "%s: %s", s.ID, m[0])
			}
		}
	}
}
