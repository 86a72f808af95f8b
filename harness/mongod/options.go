package mongod

// A kind is what the value of an option is.
type kind int

const (
	text     kind = iota
	toggle        // true, or false in a file; the flag alone is true
	boolean       // true or false, in a file and behind the flag
	whole         // a number
	fraction      // a number
	list          // texts; a flag gives one, and may be repeated
	mapping       // names with texts; a flag gives NAME=VALUE, and may be repeated
)

// An option is one of a mongod's, with its names and what becomes of its value.
type option struct {
	path   string // in a configuration file, and in getCmdLineOpts
	flag   string // on the command line, "" for none
	letter string // the flag's short form
	old    []name // names of before, which count as this one's
	kind   kind
	field  func(*Config) any // where the value is; nil: in Config.Other, for it has no effect here
	help   string

	since    string // the first series that has it; "" for 4.4
	until    string // the first series that has it no more; "" for none
	flagOnly bool   // no configuration file holds it
	lone     bool   // the flag may go without an argument, which then is bare
	bare     string // see lone
	reads    bool   // it names a file that the mongod reads
	secret   bool   // getCmdLineOpts does not show it
	needsTLS bool   // it is refused where TLS is off

	enterprise bool // only MongoDB Enterprise has it

	// of is the path of the option that this is another way to give; gives, what values of this one are there. Others stay
	// as they are; a toggle that is false gives nothing.
	of    string
	gives map[string]string
}

// in reports whether a release has the option; none has one that is not there (MongoDB manual, configuration file
// settings and command-line options mapping).
func (o *option) in(r Release) bool {
	return o != nil && r.Has(o.since, o.until) && (r.Enterprise || !o.enterprise)
}

// A name is one of before: flag and path, "" for none.
type name struct{ flag, path string }

// options is every option of a mongod that this package knows. One that is another way to give an option stands
// before it; of several ways, the last in this order counts.
var options = append([]option{
	{path: "help", flag: "help", letter: "h", kind: toggle, flagOnly: true, help: "print this text"},
	{path: "version", flag: "version", kind: toggle, flagOnly: true, help: "print the version"},
	{path: configFile, flag: "config", letter: "f", flagOnly: true, help: "configuration file, YAML"},
	{path: "configExpand", flag: "configExpand", flagOnly: true},
	{path: Repair, flag: "repair", kind: toggle, flagOnly: true, help: "end once that is done, which is at once"},
	{path: Stop, flag: "shutdown", kind: toggle, flagOnly: true,
		help: "end the server of --dbpath, of which there is none"},

	{path: "net.port", flag: "port", kind: whole, field: func(c *Config) any { return &c.Port },
		help: "port to listen on"},
	{path: "net.bindIpAll", flag: "bind_ip_all", kind: toggle, of: "net.bindIp", gives: always("*"),
		help: "listen on every address"},
	{path: "net.bindIp", flag: "bind_ip", field: func(c *Config) any { return &c.BindIP },
		help: "comma-separated addresses to listen on"},
	{path: "net.ipv6", flag: "ipv6", kind: toggle},
	{path: "net.listenBacklog", flag: "listenBacklog", kind: whole},
	{path: "net.maxIncomingConnections", flag: "maxConns", kind: whole},
	{path: "net.transportLayer", flag: "transportLayer"},
	{path: "net.serviceExecutor", flag: "serviceExecutor", until: "5.0"},
	{path: "net.compression.compressors", flag: "networkMessageCompressors"},
	{path: "objcheck", flag: "objcheck", kind: toggle, flagOnly: true, of: "net.wireObjectCheck", gives: always("true")},
	{path: "noobjcheck", flag: "noobjcheck", kind: toggle, flagOnly: true, of: "net.wireObjectCheck",
		gives: always("false")},
	{path: "net.wireObjectCheck", kind: boolean},
	{path: "nounixsocket", flag: "nounixsocket", kind: toggle, flagOnly: true, of: UnixSocket, gives: always("false")},
	{path: UnixSocket, kind: boolean},
	{path: "net.unixDomainSocket.pathPrefix", flag: "unixSocketPrefix"},
	{path: "net.unixDomainSocket.filePermissions", flag: "filePermissions", kind: whole},

	{path: onNormalPorts, flag: "tlsOnNormalPorts", old: []name{{flag: "sslOnNormalPorts"}}, kind: toggle, flagOnly: true,
		of:    tlsMode,
		gives: always("requireTLS"), help: "as --tlsMode requireTLS"},
	{path: sslMode, flag: "sslMode", of: tlsMode, help: "as --tlsMode; disabled, allowSSL, preferSSL or requireSSL",
		gives: map[string]string{"allowSSL": "allowTLS", "preferSSL": "preferTLS", "requireSSL": "requireTLS"}},
	{path: tlsMode, flag: "tlsMode", field: func(c *Config) any { return &c.Mode },
		help: "disabled, allowTLS, preferTLS or requireTLS"},
	{path: "net.tls.certificateKeyFile", flag: "tlsCertificateKeyFile", old: []name{{"sslPEMKeyFile",
		"net.ssl.PEMKeyFile"}},
		field: func(c *Config) any { return &c.CertificateKeyFile }, reads: true, needsTLS: true,
		help: "PEM file of certificate and key"},
	{path: "net.tls.certificateKeyFilePassword", flag: "tlsCertificateKeyFilePassword", lone: true, secret: true,
		needsTLS: true,
		old:      []name{{"sslPEMKeyPassword", "net.ssl.PEMKeyPassword"}},
		field:    func(c *Config) any { return &c.CertificateKeyFilePassword },
		help:     "password of the key"},
	{path: "net.tls.clusterFile", flag: "tlsClusterFile", old: []name{{"sslClusterFile", "net.ssl.clusterFile"}},
		reads: true,
		field: func(c *Config) any { return &c.ClusterFile }, needsTLS: true,
		help: "PEM file of certificate and key towards other members"},
	{path: "net.tls.clusterPassword", flag: "tlsClusterPassword", old: []name{{"sslClusterPassword",
		"net.ssl.clusterPassword"}},
		lone: true, secret: true, needsTLS: true, field: func(c *Config) any { return &c.ClusterPassword },
		help: "password of that key"},
	{path: "net.tls.CAFile", flag: "tlsCAFile", old: []name{{"sslCAFile", "net.ssl.CAFile"}}, reads: true, needsTLS: true,
		field: func(c *Config) any { return &c.CAFile }, help: "PEM file of authorities"},
	{path: "net.tls.clusterCAFile", flag: "tlsClusterCAFile", old: []name{{"sslClusterCAFile", "net.ssl.clusterCAFile"}},
		reads: true,
		field: func(c *Config) any { return &c.ClusterCAFile },
		help:  "PEM file of the authorities of clients, in place of those"},
	{path: "net.tls.CRLFile", flag: "tlsCRLFile", old: []name{{"sslCRLFile", "net.ssl.CRLFile"}}, reads: true,
		needsTLS: true,
		field:    func(c *Config) any { return &c.CRLFile }, help: "PEM file of revocation lists"},
	{path: "net.tls.tlsCipherConfig", flag: "tlsCipherConfig", old: []name{{"sslCipherConfig",
		"net.ssl.sslCipherConfig"}}, needsTLS: true,
		field: func(c *Config) any { return &c.CipherConfig },
		help:  "OpenSSL's list of cipher suites up to TLS 1.2; what Go does not have is left out"},
	{path: "net.tls.disabledProtocols", flag: "tlsDisabledProtocols", old: []name{{"sslDisabledProtocols",
		"net.ssl.disabledProtocols"}},
		needsTLS: true, field: func(c *Config) any { return &c.DisabledProtocols },
		help: "TLS1_0, TLS1_1, TLS1_2, TLS1_3, comma-separated, or none"},
	{path: "net.tls.allowConnectionsWithoutCertificates", flag: "tlsAllowConnectionsWithoutCertificates", kind: toggle,
		old: []name{{"tlsWeakCertificateValidation", "net.tls.weakCertificateValidation"},
			{"sslWeakCertificateValidation", "net.ssl.weakCertificateValidation"},
			{"sslAllowConnectionsWithoutCertificates", "net.ssl.allowConnectionsWithoutCertificates"}}, needsTLS: true,
		field: func(c *Config) any { return &c.AllowConnectionsWithoutCertificates },
		help:  "let clients in that have no certificate"},
	{path: "net.tls.allowInvalidHostnames", flag: "tlsAllowInvalidHostnames", kind: toggle,
		old:   []name{{"sslAllowInvalidHostnames", "net.ssl.allowInvalidHostnames"}},
		field: func(c *Config) any { return &c.AllowInvalidHostnames },
		help:  "write a warning at the start: no names are checked here"},
	{path: "net.tls.allowInvalidCertificates", flag: "tlsAllowInvalidCertificates", kind: toggle,
		old:   []name{{"sslAllowInvalidCertificates", "net.ssl.allowInvalidCertificates"}},
		field: func(c *Config) any { return &c.AllowInvalidCertificates },
		help:  "let clients in whose certificate is not valid"},
	{path: "net.tls.FIPSMode", flag: "tlsFIPSMode", old: []name{{"sslFIPSMode", "net.ssl.FIPSMode"}}, kind: toggle,
		field: func(c *Config) any { return &c.FIPSMode }, help: "ends the start: there is no such mode"},
	{path: memberAttributes, flag: "tlsClusterAuthX509Attributes", since: "7.0",
		field: func(c *Config) any { return &c.ClusterAuthX509Attributes }, help: "attributes of a member's name; 7.0"},
	{path: memberExtension, flag: "tlsClusterAuthX509ExtensionValue", since: "7.0",
		field: func(c *Config) any { return &c.ClusterAuthX509ExtensionValue },
		help:  "value of a member's extension; 7.0"},
	{path: "net.tls.logVersions", flag: "tlsLogVersions", field: func(c *Config) any { return &c.LogVersions },
		help: "TLS1_0 to TLS1_3, comma-separated: log connections of those"},

	{path: "auth", flag: "auth", kind: toggle, flagOnly: true, of: authorization, gives: always("enabled"),
		help: "ask clients who they are"},
	{path: "noauth", flag: "noauth", kind: toggle, flagOnly: true, of: authorization, gives: always("disabled"),
		help: "do not ask"},
	{path: authorization, field: func(c *Config) any { return &c.Authorization }, help: "enabled, or disabled"},
	{path: "security.keyFile", flag: "keyFile", reads: true, field: func(c *Config) any { return &c.KeyFile },
		help: "key of the members of a cluster; clients are asked who they are"},
	{path: "security.clusterAuthMode", flag: "clusterAuthMode", field: func(c *Config) any { return &c.ClusterAuthMode },
		help: "keyFile, sendKeyFile, sendX509 or x509; clients are asked who they are"},
	{path: "security.transitionToAuth", flag: "transitionToAuth", kind: toggle,
		field: func(c *Config) any { return &c.TransitionToAuth },
		help:  "with either of these: do not ask yet"},
	{path: "security.clusterIpSourceWhitelist", flag: "clusterIpSourceWhitelist", kind: list},
	{path: "security.clusterIpSourceAllowlist", flag: "clusterIpSourceAllowlist", kind: list, since: "5.0"},
	{path: "noscripting", flag: "noscripting", kind: toggle, flagOnly: true, of: "security.javascriptEnabled",
		gives: always("false")},
	{path: "security.javascriptEnabled", kind: boolean},

	{path: ReplSet, flag: "replSet", flagOnly: true,
		help: "name of the replica set, which replSetInitiate makes of stand-ins"},
	{path: ReplSetName, help: "as --replSet"},
	{path: "replication.oplogSizeMB", flag: "oplogSize", kind: whole},
	{path: "storage.oplogMinRetentionHours", flag: "oplogMinRetentionHours", kind: fraction},
	{path: "replication.enableMajorityReadConcern", flag: "enableMajorityReadConcern", kind: boolean, lone: true,
		bare: "true"},
	{path: "configsvr", flag: "configsvr", kind: toggle, flagOnly: true, of: clusterRole, gives: always("configsvr"),
		help: "the port is 27019 unless it is given"},
	{path: "shardsvr", flag: "shardsvr", kind: toggle, flagOnly: true, of: clusterRole, gives: always("shardsvr"),
		help: "the port is 27018 unless it is given"},
	{path: clusterRole, help: "configsvr or shardsvr: the port"},
	{path: "noMoveParanoia", flag: "noMoveParanoia", kind: toggle, flagOnly: true, of: "sharding.archiveMovedChunks",
		gives: always("false")},
	{path: "moveParanoia", flag: "moveParanoia", kind: toggle, flagOnly: true, of: "sharding.archiveMovedChunks",
		gives: always("true")},
	{path: "sharding.archiveMovedChunks", kind: boolean},

	{path: DBPath, flag: "dbpath", help: "directory that must be there; nothing is kept in it"},
	{path: "storage.engine", flag: "storageEngine"},
	{path: "storage.directoryPerDB", flag: "directoryperdb", kind: toggle},
	{path: "storage.syncPeriodSecs", flag: "syncdelay", kind: fraction},
	{path: "noIndexBuildRetry", flag: "noIndexBuildRetry", kind: toggle, flagOnly: true, of: "storage.indexBuildRetry",
		gives: always("false")},
	{path: "storage.indexBuildRetry", kind: toggle},
	{path: "nojournal", flag: "nojournal", old: []name{{flag: "nodur"}}, kind: toggle, flagOnly: true, of: journal,
		gives: always("false"), until: "7.0"},
	{path: journal, flag: "journal", old: []name{{flag: "dur"}}, kind: toggle, until: "7.0"}, // 6.1 has no switch
	{path: "storage.journal.commitIntervalMs", flag: "journalCommitInterval", kind: whole},
	{path: CacheSize, flag: "wiredTigerCacheSizeGB", kind: fraction},
	{path: "storage.wiredTiger.engineConfig.statisticsLogDelaySecs", flag: "wiredTigerStatisticsLogDelaySecs",
		kind: whole},
	{path: "storage.wiredTiger.engineConfig.journalCompressor", flag: "wiredTigerJournalCompressor"},
	{path: "storage.wiredTiger.engineConfig.directoryForIndexes", flag: "wiredTigerDirectoryForIndexes", kind: toggle},
	{path: "storage.wiredTiger.engineConfig.maxCacheOverflowFileSizeGB", flag: "wiredTigerMaxCacheOverflowFileSizeGB",
		kind: fraction},
	{path: "storage.wiredTiger.engineConfig.configString", flag: "wiredTigerEngineConfigString"},
	{path: "storage.wiredTiger.collectionConfig.blockCompressor", flag: "wiredTigerCollectionBlockCompressor"},
	{path: "storage.wiredTiger.collectionConfig.configString", flag: "wiredTigerCollectionConfigString"},
	{path: "storage.wiredTiger.indexConfig.prefixCompression", flag: "wiredTigerIndexPrefixCompression", kind: boolean},
	{path: "storage.wiredTiger.indexConfig.configString", flag: "wiredTigerIndexConfigString"},

	{path: "profile", flag: "profile", kind: whole, flagOnly: true, of: "operationProfiling.mode",
		gives: map[string]string{"0": "off", "1": "slowOp", "2": "all"}},
	{path: "operationProfiling.mode"},
	{path: "operationProfiling.slowOpThresholdMs", flag: "slowms", kind: whole},
	{path: "operationProfiling.slowOpSampleRate", flag: "slowOpSampleRate", kind: fraction},

	{path: "verbose", flag: "verbose", letter: "v", flagOnly: true, lone: true, bare: "v", of: verbosity,
		help:  "log more: v to vvvvv, for levels D1 to D5",
		gives: map[string]string{"v": "1", "vv": "2", "vvv": "3", "vvvv": "4", "vvvvv": "5"}},
	{path: "vv", flag: "vv", kind: toggle, flagOnly: true, of: verbosity, gives: always("2"),
		help: "as --verbose vv"},
	{path: "vvv", flag: "vvv", kind: toggle, flagOnly: true, of: verbosity, gives: always("3"),
		help: "as --verbose vvv"},
	{path: "vvvv", flag: "vvvv", kind: toggle, flagOnly: true, of: verbosity, gives: always("4"),
		help: "as --verbose vvvv"},
	{path: "vvvvv", flag: "vvvvv", kind: toggle, flagOnly: true, of: verbosity, gives: always("5"),
		help: "as --verbose vvvvv"},
	{path: verbosity, kind: whole, help: "which of the levels D1 to D5 the log has"},
	ofComponent("accessControl"), ofComponent("command"), ofComponent("control"), ofComponent("ftdc"),
	ofComponent("geo"), ofComponent("index"), ofComponent("network"), ofComponent("network.asio"),
	ofComponent("network.bridge"), ofComponent("network.connectionPool"), ofComponent("query"),
	ofComponent("replication"), ofComponent("replication.election"), ofComponent("replication.heartbeats"),
	ofComponent("replication.initialSync"), ofComponent("replication.rollback"), ofComponent("sharding"),
	ofComponent("sharding.rangeDeleter"), ofComponent("sharding.shardingCatalogRefresh"), ofComponent("storage"),
	ofComponent("storage.recovery"), ofComponent("storage.journal"), ofComponent("transaction"), ofComponent("write"),
	{path: "systemLog.quiet", flag: "quiet", kind: toggle},
	{path: "syslog", flag: "syslog", kind: toggle, flagOnly: true, of: destination, gives: always("syslog")},
	{path: destination},
	{path: "logpath", flag: "logpath", flagOnly: true, of: logPath, help: "file for the log; default standard output"},
	{path: logPath, field: func(c *Config) any { return &c.LogPath }, help: "as --logpath"},
	{path: "systemLog.syslogFacility", flag: "syslogFacility"},
	{path: "systemLog.logAppend", flag: "logappend", kind: toggle, field: func(c *Config) any { return &c.LogAppend },
		help: "go on with the file of --logpath"},
	{path: "systemLog.logRotate", flag: "logRotate", field: func(c *Config) any { return &c.LogRotate },
		help: "rename the file of --logpath, or reopen it"},
	{path: "systemLog.timeStampFormat", flag: "timeStampFormat"},
	{path: "systemLog.traceAllExceptions", flag: "traceExceptions", kind: toggle},

	{path: "processManagement.fork", flag: "fork", kind: toggle},
	{path: "processManagement.pidFilePath", flag: "pidfilepath"},
	{path: "processManagement.timeZoneInfo", flag: "timeZoneInfo"},
	{path: "cloud.monitoring.free.state", flag: "enableFreeMonitoring"},

	{path: parameters, flag: "setParameter", kind: mapping, field: func(c *Config) any { return &c.SetParameter },
		help: "NAME=VALUE; may be repeated"},
}, ofEnterprise()...)

// ofComponent is the option of a single component of the log. One inside another is told by a dot.
func ofComponent(name string) option {
	return option{path: logComponent + name + ".verbosity", kind: whole, help: "as systemLog.verbosity, for a component"}
}

// Paths of options without a field that others look for.
const (
	CacheSize   = "storage.wiredTiger.engineConfig.cacheSizeGB"
	DBPath      = "storage.dbPath"
	Repair      = "repair"
	ReplSet     = "replication.replSet" // on a command line
	ReplSetName = "replication.replSetName"
	Stop        = "shutdown"
	UnixSocket  = "net.unixDomainSocket.enabled"
)

// Paths that more than their row speaks of.
const (
	configFile    = "config"
	tlsMode       = "net.tls.mode"
	sslMode       = "net.ssl.mode"
	onNormalPorts = "net.tls.tlsOnNormalPorts"
	authorization = "security.authorization"
	clusterRole   = "sharding.clusterRole"
	journal       = "storage.journal.enabled"
	verbosity     = "systemLog.verbosity"
	logComponent  = "systemLog.component."
	destination   = "systemLog.destination"
	logPath       = "systemLog.path"
	parameters    = "setParameter"

	memberAttributes = "net.tls.clusterAuthX509.attributes"
	memberExtension  = "net.tls.clusterAuthX509.extensionValue"
)

// always is what a toggle gives.
func always(value string) map[string]string { return map[string]string{"true": value} }
