package known

import (
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/harness/driver/registry"
)

// references are the forms in which entries and rows name what can be read in public, each with the address of it. The
// names of specifications are matched whatever their case.
var references = append(guides(), []reference{
	{regexp.MustCompile(`RFC (\d+) section (\d+(?:\.\d+)*)`), "https://www.rfc-editor.org/rfc/rfc$1#section-$2"},
	{regexp.MustCompile(`RFC (\d+)`), "https://www.rfc-editor.org/rfc/rfc$1"},
	{regexp.MustCompile(`CWE-(\d+)`), "https://cwe.mitre.org/data/definitions/$1.html"},
	{regexp.MustCompile(`CVE-\d{4}-\d+`), "https://www.cve.org/CVERecord?id=$0"},
	{tracked, "https://jira.mongodb.org/browse/$0"},
	{numbered, "https://github.com/$1/issues/$2"},
	specification("URI options", "uri-options/uri-options"),
	specification("connection string", "connection-string/connection-string-spec"),
	specification("auth(?:entication)?", "auth/auth"),
	specification("handshake", "mongodb-handshake/handshake"),
	specification("CMAP", "connection-monitoring-and-pooling/connection-monitoring-and-pooling"),
	specification("OCSP support", "ocsp-support/ocsp-support"),
	specification("SDAM", "server-discovery-and-monitoring/server-discovery-and-monitoring"),
	specification("server monitoring", "server-discovery-and-monitoring/server-monitoring"),
	specification("server selection", "server-selection/server-selection"),
	specification("initial DNS seedlist discovery", "initial-dns-seedlist-discovery/initial-dns-seedlist-discovery"),
	specification("polling SRV records for mongos discovery",
		"polling-srv-records-for-mongos-discovery/polling-srv-records-for-mongos-discovery"),
	specification("retryable reads", "retryable-reads/retryable-reads"),
	specification("client backpressure", "client-backpressure/client-backpressure"),
	specification("sessions", "sessions/driver-sessions"),
	{regexp.MustCompile(`MongoDB manual`), "https://www.mongodb.com/docs/manual/"},
	{regexp.MustCompile(`OpenSSL manual`), "https://docs.openssl.org/master/"},
	{regexp.MustCompile(`Node\.js documentation`), "https://nodejs.org/api/tls.html"},
	{regexp.MustCompile(`denoland/deno`), "https://github.com/denoland/deno"},
	{regexp.MustCompile(`Python documentation`), "https://docs.python.org/3/library/ssl.html"},
}...)

// guides are what the makers of drivers have written.
func guides() (all []reference) {
	for _, row := range registry.Rows {
		if row.Guide != "" {
			all = append(all, reference{regexp.MustCompile(`(?i)\b` + row.Name + ` guide`), row.Guide})
		}
	}
	return all
}

// tracked is a key of MongoDB's tracker, numbered a number of a repository, issue the address of one.
var (
	tracked = regexp.MustCompile(
		`\b(?:C?DRIVERS?|GODRIVER|NODE|PYTHON|JAVA|CXX|PHPC|RUBY|RUST|PERL|SERVER|SPEC|TOOLS|MONGOSH)-\d+\b`)
	issue    = regexp.MustCompile(`https://github\.com/\S+/(?:issues|pull)/\d+`)
	numbered = regexp.MustCompile(`\b([A-Za-z0-9-]+/[A-Za-z0-9_.-]+)#(\d+)\b`)
)

// A reference is one of the forms. In to, $0 is the whole of it, $1 its first part.
type reference struct {
	form *regexp.Regexp
	to   string
}

func specification(name, path string) reference {
	return reference{regexp.MustCompile(`(?i)\b` + name + ` spec(?:ification)?\b`),
		"https://github.com/mongodb/specifications/blob/master/source/" + path + ".md"}
}

// linked is a text as Markdown, whose references are links.
func linked(text string) string {
	var out strings.Builder
	for text != "" {
		start, end, to := len(text), len(text), ""
		for _, r := range references {
			if at := r.form.FindStringSubmatchIndex(text); at != nil && at[0] < start {
				start, end, to = at[0], at[1], string(r.form.ExpandString(nil, r.to, text, at))
			}
		}
		if at := strings.Index(text, "https://"); at >= 0 && at <= start { // is a link already
			start, end, to = at, at+len(strings.Fields(text[at:])[0]), ""
			out.WriteString(text[:start] + "<" + strings.TrimRight(text[start:end], ".,;") + ">")
			end -= len(text[start:end]) - len(strings.TrimRight(text[start:end], ".,;"))
		} else if out.WriteString(text[:start]); to != "" {
			out.WriteString("[" + text[start:end] + "](" + to + ")")
		}
		text = text[end:]
	}
	return out.String()
}

// reported says whether the makers know of a deviation, as far as its entry does.
func reported(k Entry) string {
	if k.Report != "" {
		return "Reported: " + linked(k.Report)
	}
	var named []string
	for _, form := range []*regexp.Regexp{tracked, numbered, issue} {
		named = append(named, form.FindAllString(k.See, -1)...)
	}
	if len(named) == 0 {
		return "Reported: nobody has looked"
	}
	return "Reported: " + linked(strings.Join(named, ", "))
}
