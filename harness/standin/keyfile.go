package standin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.yaml.in/yaml/v3"

	"github.com/mongotls/mongotls/harness/mongod"
	"github.com/mongotls/mongotls/harness/standin/status"
)

// Bounds of a key, in bytes without white space, and of their number.
const shortestKey, longestKey, mostKeys = 6, 1024, 2

// readable looks at security.keyFile as a mongod does, and logs why it does not start with it; false if it does not.
// Members that know each other by certificate only need none. The texts are those of
// src/mongo/db/auth/security_file.cpp and security_key.cpp (read, not measured).
func (l *serverLog) readable(c mongod.Config, r mongod.Release) bool {
	if c.KeyFile == "" || c.ClusterAuthMode == "x509" || l.hasKeys(c.KeyFile) {
		return true
	}
	if r.Series != mongod.Default.Series {
		l.Line("F", "CONTROL", 20575, "main", "Error creating service context",
			bson.D{{Key: "error", Value: "Location5579201: Unable to acquire security key[s]"}})
	}
	return false
}

// hasKeys reports whether a file has keys that members can log in with, and logs why not.
func (l *serverLog) hasKeys(path string) bool {
	keys, err := readKeys(path)
	var why status.Error
	if errors.As(err, &why) {
		l.Line("I", "ACCESS", 20254, "main", "Read security file failed", bson.D{{Key: "error", Value: why.Logged()}})
		return false
	}
	if len(keys) > mostKeys {
		l.Line("E", "ACCESS", 20258, "main", "Only two keys are supported in the security key file",
			bson.D{{Key: "numKeys", Value: int64(len(keys))}, {Key: "filename", Value: path}})
		return false
	}
	for _, key := range keys {
		if len(key) < shortestKey || len(key) > longestKey {
			l.Line("E", "ACCESS", 20255, "main", "Security key size is out range",
				bson.D{{Key: "filename", Value: path}, {Key: "size", Value: int64(len(key))},
					{Key: "minimumLength", Value: int64(shortestKey)}, {Key: "maximumLength", Value: int64(longestKey)}})
			return false
		}
	}
	return true
}

// readKeys are the keys of a file, which is YAML: one text, or a list of them. An error is a status.Error.
func readKeys(path string) (keys []string, err error) {
	is, err := os.Stat(path)
	if err != nil {
		return nil, status.Errorf(status.InvalidPath, "Error reading file %s: %s", path, errno(err))
	}
	const others = fs.FileMode(0o077)
	if is.Mode()&others != 0 {
		return nil, status.Errorf(status.InvalidPath, "permissions on %s are too open", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, status.Errorf(status.InvalidPath, "error opening file: %s: bad file: %s", path, path)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, status.Errorf(status.UnsupportedFormat, "error reading file: %s: %s", path, err)
	}
	if len(document.Content) == 0 {
		return nil, errNoKeys
	}
	list := document.Content[:1]
	if list[0].Kind == yaml.SequenceNode {
		list = list[0].Content
	}
	for _, one := range list {
		if one.Kind != yaml.ScalarNode || one.Tag == "!!null" {
			return nil, errNoKeys
		}
		key := strings.Join(strings.Fields(one.Value), "")
		if strings.Trim(key, base64Alphabet) != "" {
			return nil, status.Errorf(status.UnsupportedFormat, "invalid char in key file %s: %s", path, one.Value)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, status.Errorf(50981, "Security key file %s does not contain any valid keys", path)
	}
	return keys, nil
}

var errNoKeys = status.Errorf(status.UnsupportedFormat, "Only strings and sequences are supported for YAML key files")

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// errno is the system's reason of an error, in the words of strerror.
func errno(err error) string {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return fmt.Sprint(err)
	}
	text := number.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

// stored looks for storage.dbPath, where one is given, and logs that a mongod does not start without it.
func (l *serverLog) stored(c mongod.Config, r mongod.Release) bool {
	path := c.Other[mongod.DBPath]
	if path == "" {
		return true
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return true
	}
	component := "CONTROL"
	if r.Series == mongod.Default.Series {
		component = "STORAGE"
	}
	l.Line("E", component, 20557, "initandlisten", "DBException in initAndListen, terminating",
		bson.D{{Key: "error", Value: "NonExistentPath: Data directory " + path + " not found. Create the missing directory " +
			"or specify another path using (1) the --dbpath command line option, or (2) by adding the 'storage.dbPath' " +
			"option in the configuration file."}})
	l.exiting("initandlisten", exitUncaught)
	return false
}
