package reports

import (
	"regexp"
	"strings"

	"github.com/mongotls/mongotls/reports/form"
)

const hidden = "***"

var (
	optionsStart = regexp.MustCompile(`\?[A-Za-z]+=`)
	// tlsCertificateKeyFilePassword, its older names, proxyPassword; and the token in authMechanismProperties.
	secretOption = regexp.MustCompile(`(?i)([a-z]*password=|aws_session_token(?::|%3a))[^&]+`)
	uriInText    = regexp.MustCompile(`(?i)mongodb(?:\+srv)?://[^\s"<>]+`)
	// the password of createUser and updateUser
	pwdField = regexp.MustCompile(`("pwd"\s*:\s*")(?:[^"\\]|\\.)+"`)
)

// MaskURI replaces the secrets of a MongoDB connection string by ***: the password of the user, those of key files and
// proxies, and session tokens. It takes any text, however malformed; in doubt it hides more. Empty secrets stay.
func MaskURI(uri string) string {
	start := 0
	if i := strings.Index(uri, "://"); i >= 0 {
		start = i + len("://")
	}
	head, rest := uri[:start], uri[start:]
	// A password may hold '/', '?' and '@' that were not escaped: the user information ends at the last '@' before the
	// options.
	end := len(rest)
	if at := optionsStart.FindStringIndex(rest); at != nil {
		end = at[0]
	}
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		if user, password, _ := strings.Cut(rest[:at], ":"); password != "" {
			rest = user + ":" + hidden + rest[at:]
		}
	}
	return head + secretOption.ReplaceAllString(rest, "${1}"+hidden)
}

// WithoutSecrets returns a copy without secrets: in requests by their place, in texts wherever a connection string or a
// createUser command is quoted. Every writer starts with it.
func (r Report) WithoutSecrets() Report {
	r = form.MapTexts(r, HideSecrets)
	for _, c := range r.Cases {
		c.hideSecrets()
	}
	return r
}

// HideSecrets hides the secrets of a text that quotes a connection string or a createUser command.
func HideSecrets(s string) string {
	if strings.Contains(s, "://") { // which is found sooner than the pattern
		s = uriInText.ReplaceAllStringFunc(s, MaskURI)
	}
	if strings.Contains(s, `"pwd"`) {
		s = pwdField.ReplaceAllString(s, "${1}"+hidden+`"`)
	}
	return s
}

// Without returns a copy in which no text holds any of these secrets.
func Without[T any](v T, secrets []string) T {
	return form.MapTexts(v, func(text string) string {
		for _, s := range secrets {
			if len(s) > 2 { // a shorter one would tear holes into every word
				text = strings.ReplaceAll(text, s, hidden)
			}
		}
		return text
	})
}

// hideSecrets hides those of the requests, in place.
func (c Case) hideSecrets() {
	for i := range c.Attempts {
		q := &c.Attempts[i].Request
		q.URI = MaskURI(q.URI)
		for name, value := range q.Code {
			if strings.Contains(strings.ToLower(name), "password") && value != "" {
				q.Code[name] = hidden
			}
		}
	}
}
