package foreign

import (
	"regexp"
	"strings"
	"sync"

	"github.com/mongotls/mongotls/matrix/dependency/manifest/document"
	"github.com/mongotls/mongotls/matrix/dependency/packages"
)

// Lines of a build script, or of a lock file that is none of the usual formats, are taken as they stand: one that has
// MongoDB in it names a driver, and a number that looks like one is its version.
var (
	scriptName    = regexp.MustCompile(`(?i)[\w./:-]*(?:mongo|morphia)[\w./:-]*`)
	scriptVersion = regexp.MustCompile(`([~<>=!^]*\s*)\b(v?\d+(?:\.\d+)+[\w.+-]*)`)
	scriptComment = regexp.MustCompile(`^\s*(#|//|%|\*).*|\s(#|//)\s.*$`)
	// scriptManaged decides about versions that a dependency leaves out.
	scriptManaged = regexp.MustCompile(`(?i)springframework|spring.boot|quarkus|micronaut|\bplatform\b|\bbom\b`)
)

// Lines reads a text line by line. Of a lock file, line is what an entry looks like: its name, its version.
func Lines(line *regexp.Regexp) reader {
	return func(s document.Source) ([]packages.Entry, error) {
		var all []packages.Entry
		managed := ""
		lines := strings.SplitAfter(string(s.Content), "\n")
		set := sync.OnceValue(func() map[string]string { return settings(lines) })
		for i, text := range lines {
			if line != nil {
				if m := line.FindStringSubmatch(strings.TrimRight(text, "\r\n")); m != nil {
					if e, ok := s.Named(m[1]); ok {
						all = append(all, e.At(m[2]))
					}
				}
				continue
			}
			text = uncommented(text)
			name := namedIn(text)
			if name == "" {
				if scriptManaged.MatchString(text) {
					managed += text + "\n"
				}
				continue
			}
			name, version := reference(strings.Trim(name, ".:/-"))
			if version == "" {
				text = completed(name, text, lines[i+1:], set)
			}
			e, _ := s.Named(packages.Clean(name))
			e.Version, e.Rest = version, text
			if version == "" { // a guess: what is asked for, or good enough for a sentence
				m := scriptVersion.FindStringSubmatch(strings.Replace(text, name, "", 1))
				switch {
				case m == nil:
					e.Range = "*"
				case e.Driver != "":
					e.Range = strings.TrimSpace(m[1] + m[2])
				default:
					e.Version = m[2]
				}
			}
			all = append(all, e)
		}
		for i := range all {
			if all[i].Version == "" {
				all[i].Rest += "\n" + managed
			}
		}
		return all, nil
	}
}

func uncommented(line string) string {
	return strings.TrimSpace(scriptComment.ReplaceAllString(line, ""))
}

var (
	goesOn     = regexp.MustCompile(`[,(\[{%]$`)
	identifier = regexp.MustCompile(`[A-Za-z_]\w*`)
	setting    = regexp.MustCompile(`\b([A-Za-z_]\w*)["']?\s*=[^=]*\b\d+\.\d`)
)

// completed is a line with what may say the version that it leaves out: those of the lines after it that it goes on
// with, and that which sets what it refers to.
func completed(name, text string, after []string, set func() map[string]string) string {
	rest := func() string { return strings.Replace(text, name, "", 1) }
	for n := 0; n < min(len(after), 4) && goesOn.MatchString(text) && !scriptVersion.MatchString(rest()); n++ {
		text += " " + uncommented(after[n])
	}
	if scriptVersion.MatchString(rest()) {
		return text
	}
	for _, word := range identifier.FindAllString(rest(), -1) {
		text += set()[word]
	}
	return text
}

// settings are the lines that set a name to a version, by the name.
func settings(lines []string) map[string]string {
	all := map[string]string{}
	for _, line := range lines {
		if m := setting.FindStringSubmatch(line); m != nil && all[m[1]] == "" {
			all[m[1]] = "\n" + uncommented(line)
		}
	}
	return all
}

// namedIn is the first name in a line, "" if there is none. A connection string is none, and may hold a password; of an
// address it is the repository.
func namedIn(text string) string {
	for _, name := range scriptName.FindAllString(text, -1) {
		_, at, address := strings.Cut(name, "://")
		if !address {
			return name
		}
		repository := strings.TrimSuffix(at[strings.LastIndex(at, "/")+1:], ".git")
		if strings.Contains(at, "/") && scriptName.MatchString(repository) {
			return repository
		}
	}
	return ""
}

// Unknown looks for MongoDB in a lock file of a format that nobody here knows. Anything in it may decide about a
// version.
func Unknown(s document.Source) ([]packages.Entry, error) {
	if !packages.Mongo.Match(s.Content) {
		return nil, nil
	}
	e, _ := s.Named("MongoDB")
	e.Range, e.Rest = "*", string(s.Content)
	return []packages.Entry{e}, nil
}
