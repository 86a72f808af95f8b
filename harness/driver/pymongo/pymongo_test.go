package pymongo

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mongotls/mongotls/harness/driver"
	"github.com/mongotls/mongotls/harness/driver/install"
	"github.com/mongotls/mongotls/internal/required"
	"github.com/mongotls/mongotls/internal/usage"
)

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	for name, row := range map[string]struct {
		version, path, says string
		usage               bool
	}{
		"no version": {"four", os.Getenv("PATH"), "that is no version", true},
		"nothing": {filepath.Join(dir, "nothing"), os.Getenv("PATH"),
			"is neither an interpreter, nor a virtual environment, nor a checkout", true},
		"no checkout": {dir, os.Getenv("PATH"), "is neither an interpreter, nor a virtual environment, nor a checkout", true},
		"no Python": {"4.9.1", "", "the program python3 is needed to install this driver, and there is none on the PATH",
			false},
		"no apt": {newest, "", "the program apt-get is needed", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("MONGOTLS_CACHE", t.TempDir())
			t.Setenv("PATH", row.path)
			_, err := Open(t.Context(), spec(row.version), driver.Isolation{})
			require.ErrorContains(t, err, row.says)
			require.Equal(t, row.usage, usage.Is(err))
		})
	}
}

// A Python that there is not, or that a version cannot be had for, is one sentence.
func TestPythonsThatThereAreNot(t *testing.T) {
	t.Setenv("MONGOTLS_CACHE", t.TempDir())
	interpreter := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(interpreter, nil, 0o700))
	for _, row := range []struct{ version, python, says string }{
		{
			"4.10.1", "3.12",
			"there is no Python 3.12 here: there are 3.9, 3.11, 3.13, 3.14, or one of your own as +python@/PATH",
		},
		{"4.10.1", "/no/such/python", "/no/such/python is no Python: give the path of one, such as /usr/bin/python3"},
		{"4.10.1", "/bin/true", "/bin/true is no Python: give the path of one, such as /usr/bin/python3"},
		{interpreter, "3.13", interpreter + " is a Python, and cannot run on python3.13"},
	} {
		_, err := Open(t.Context(), spec(row.version, driver.Component{Name: Python, Version: row.python}),
			driver.Isolation{})
		require.EqualError(t, err, row.says)
		require.True(t, usage.Is(err))
	}
}

// A virtual environment is made, and pip, which reaches no index, ends in a sentence.
func TestNoIndex(t *testing.T) {
	required.Asked(t, "python", "virtual environments of Python, which take seconds")
	cache := t.TempDir()
	t.Setenv("MONGOTLS_CACHE", cache)
	t.Setenv("PIP_INDEX_URL", "http://127.0.0.1:1/")
	t.Setenv("PIP_RETRIES", "0")
	on := driver.Component{Name: Python, Version: "3.13"}
	for _, s := range []driver.Spec{spec("4.9.1", driver.Component{Name: PyOpenSSL}), spec("4"), spec("4.9", on),
		spec("4", on)} {
		_, err := Open(t.Context(), s, driver.Isolation{})
		require.EqualError(t, err, "the version is not in the cache, and pip reaches no package index that has PyMongo; "+
			"Debian has 3.11.0, 4.10.1, 4.19.0")
		require.False(t, usage.Is(err))
	}
	left, err := filepath.Glob(filepath.Join(cache, "pymongo", "*[^k]"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// Errors of real handshakes, as runs of the matrix recorded them, have the reasons that they had.
func TestReasons(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		required.OrSkip(t, "python", "there is no python3 on the PATH")
	}
	out, err := exec.Command("python3", "-B", "-c", `
import json
from reason import reason
for row in json.load(open("testdata/errors.json")):
    got = reason(row["Stage"], row["Code"], [], row["Chain"], row["Text"])
    if got != row["Reason"]:
        print("%s of %s: %s, not %s: %s" % (row["Case"], row["Build"], got, row["Reason"], row["Text"]))
    if got == "unclassified":
        print("unclassified: %s" % row)
for number, says in ((20, "untrusted"), (62, "name-mismatch"), (10, "expired"), (23, "revoked")):  # before any text
    got = reason("connect", 0, [None, number], ["ssl.SSLCertVerificationError"], "certificate verify failed")
    if got != says:
        print("%d: %s, not %s" % (number, got, says))
`).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Empty(t, string(out))
}

// The code of a refused login is found however deep it is wrapped; that of an earlier reply is not the error's.
func TestReplied(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		required.OrSkip(t, "python", "there is no python3 on the PATH")
	}
	out, err := exec.Command("python3", "-B", "-c", `
from reason import replied
class Driver(Exception):
    def __init__(self, code=None, name=""):
        self.code, self.details = code, {"code": code, "codeName": name} if code else None
login, other, plain = Driver(18, "AuthenticationFailed"), Driver(10107, "NotWritablePrimary"), Driver()
stranger = Exception()
stranger.code = 7
for found, want in (
        ([login], (18, "AuthenticationFailed")),
        ([plain, stranger, login], (18, "AuthenticationFailed")),
        ([other], (10107, "NotWritablePrimary")),
        ([plain, other], (0, "")),
        ([stranger], (0, ""))):
    if replied(found, Driver) != want:
        print(found, replied(found, Driver))
`).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Empty(t, string(out))
}

// What pip says, in a sentence; and whose fault it is.
func TestExplain(t *testing.T) {
	err := explain("9.9",
		&install.Complaint{Text: "ERROR: Could not find a version that satisfies the requirement pymongo==9.9 " +
			"(from versions: 3.0, 4.10.1)\nERROR: No matching distribution found for pymongo==9.9"})
	require.EqualError(t, err, "the package index has no PyMongo 9.9 for this Python")
	require.True(t, usage.Is(err))
}
