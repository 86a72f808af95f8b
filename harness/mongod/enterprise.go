package mongod

import (
	"maps"
	"slices"
	"strings"
)

// enterprise are the options in files that MongoDB Enterprise has beyond those of all (MongoDB manual, configuration
// file options), by what stands before their names.
var enterprise = map[string]string{
	"auditLog": "auditEncryptionHeaderMetadataFile auditEncryptionKeyIdentifier auditEncryptionKeyUID compressionMode " +
		"destination filter format localAuditKeyFile path runtimeConfiguration schema",
	"security": "enableEncryption encryptionCipherMode encryptionKeyFile redactClientLogData",
	"security.kmip": "activateKeys clientCertificateFile clientCertificatePassword clientCertificateSelector " +
		"connectRetries connectTimeoutMS keyIdentifier keyStatePollingSeconds port rotateMasterKey serverCAFile serverName " +
		"useLegacyProtocol",
	"security.ldap": "authz.queryTemplate bind.method bind.queryPassword bind.queryUser bind.saslMechanisms " +
		"bind.useOSDefaults retryCount servers timeoutMS transportSecurity userToDNMapping validateLDAPServerConfig",
	"security.sasl":                 "hostName saslauthdSocketPath serviceName",
	"snmp":                          "disabled master subagent",
	"storage.inMemory.engineConfig": "inMemorySizeGB",
}

// Enterprise reports whether only MongoDB Enterprise has an option.
func Enterprise(path string) bool {
	o := optionOf(path)
	return o != nil && o.enterprise
}

func ofEnterprise() (all []option) {
	for _, at := range slices.Sorted(maps.Keys(enterprise)) {
		for name := range strings.FieldsSeq(enterprise[at]) {
			all = append(all, option{path: at + "." + name, enterprise: true})
		}
	}
	return all
}
