package standin

import (
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/mongotls/mongotls/scenarios"
)

// commandLine is what getCmdLineOpts says of a start.
func commandLine(c Config) bson.D {
	argv := bson.A{"mongod"}
	options := bson.D{}
	add := func(name string, value any) { options = append(options, bson.E{Key: name, Value: value}) }
	flag := func(set bool, flag, name string, value any) {
		if !set {
			return
		}
		argv = append(argv, "--"+flag)
		if text, ok := value.(string); ok {
			argv = append(argv, text)
		}
		add(name, value)
	}
	text := func(option, name, value string) { flag(value != "", option, name, value) }
	mode := c.Mode
	if mode == "" {
		mode = scenarios.Disabled
	}
	text("tlsMode", "mode", string(mode))
	text("tlsCertificateKeyFile", "certificateKeyFile", c.CertificateKeyFile)
	flag(c.CertificateKeyFilePassword != "", "tlsCertificateKeyFilePassword", "certificateKeyFilePassword", "<password>")
	text("tlsCAFile", "CAFile", c.CAFile)
	text("tlsCRLFile", "CRLFile", c.CRLFile)
	flag(c.AllowConnectionsWithoutCertificates, "tlsAllowConnectionsWithoutCertificates",
		"allowConnectionsWithoutCertificates", true)
	flag(c.AllowInvalidCertificates, "tlsAllowInvalidCertificates", "allowInvalidCertificates", true)
	text("tlsDisabledProtocols", "disabledProtocols", c.DisabledProtocols)
	parsed := bson.D{{Key: "net", Value: bson.D{{Key: "port", Value: int32(c.Port)}, {Key: "tls", Value: options}}}}
	options = bson.D{}
	if c.Authorization {
		argv = append(argv, "--auth")
		add("authorization", "enabled")
	}
	text("clusterAuthMode", "clusterAuthMode", c.ClusterAuthMode)
	if len(options) > 0 {
		parsed = append(parsed, bson.E{Key: "security", Value: options})
	}
	options = bson.D{}
	for _, name := range slices.Sorted(maps.Keys(c.SetParameter)) {
		argv = append(argv, "--setParameter", name+"="+c.SetParameter[name])
		add(name, c.SetParameter[name])
	}
	if len(options) > 0 {
		parsed = append(parsed, bson.E{Key: "setParameter", Value: options})
	}
	return bson.D{{Key: "argv", Value: argv}, {Key: "parsed", Value: parsed}}
}
