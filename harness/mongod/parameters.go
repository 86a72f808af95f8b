package mongod

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// A Parameter is a server parameter: what --setParameter, setParameter and getParameter are about.
type Parameter struct {
	Name    string
	Default any // its type is that of all values; nil: what reads the value says what it is
	// Running: setParameter changes it.
	Running bool
	// Hidden: getParameter does not show it.
	Hidden bool

	old   string // its name of before, which counts as this one
	least *int64 // of numbers
	above *int64 // likewise, and it is not itself one of them
	test  bool   // with enableTestCommands only
	late  bool   // no start sets it
	idle  bool   // it has no effect here
	since string // the first series that has it; "" for 4.4
	until string // the first series that has it no more; "" for none
}

// Parameters that others set, or look for.
const (
	LogComponentVerbosity = "logComponentVerbosity"
	OCSPEnabled           = "ocspEnabled"
	UseSystemCA           = "tlsUseSystemCA"
)

// SessionMinutes is how long a logical session lives.
const SessionMinutes = int32(30)

// serverParameters is every parameter that this package knows: a mongod has hundreds.
var serverParameters = []Parameter{
	{Name: "allowRolesFromX509Certificates", Default: true},
	{Name: "authenticationMechanisms", Default: "MONGODB-X509,SCRAM-SHA-1,SCRAM-SHA-256"},
	{Name: "clusterAuthMode", Running: true, late: true},
	{Name: "disableNonTLSConnectionLogging", old: "disableNonSSLConnectionLogging", Default: false},
	{Name: "enableLocalhostAuthBypass", Default: true},
	{Name: "enableTestCommands", Default: false},
	{Name: "enforceUserClusterSeparation", Default: true},
	{Name: "failpoint.disableStapling", Default: "", test: true, Hidden: true},
	{Name: "ocspCacheSize", Default: int32(300), above: bound(0), idle: true},
	{Name: OCSPEnabled, Default: true},
	{Name: "ocspStaplingRefreshPeriodSecs", Default: int64(-1), least: bound(1), idle: true},
	{Name: "ocspValidationRefreshPeriodSecs", Default: int64(-1), least: bound(1), idle: true},
	{Name: "opensslCipherConfig", Default: ""},
	{Name: "opensslCipherSuiteConfig", Default: "", since: "5.0", idle: true},
	{Name: "opensslDiffieHellmanParameters", Default: ""},
	{Name: "saslHostName", Default: "", idle: true},
	{Name: "saslServiceName", Default: "mongodb", idle: true},
	{Name: "scramIterationCount", Default: int32(10000), least: bound(5000), Running: true},
	{Name: "scramSHA256IterationCount", Default: int32(15000), least: bound(5000), Running: true},
	{Name: "sslMode", Running: true, late: true},
	{Name: "suppressNoTLSPeerCertificateWarning", Default: false},
	{Name: "tlsCATrusts", Hidden: true},
	{Name: "tlsClusterAuthX509Override", Hidden: true, since: "7.0"},
	{Name: "tlsMode", Running: true, late: true},
	{Name: "tlsOCSPStaplingTimeoutSecs", Default: int32(-1), least: bound(1), idle: true},
	{Name: "tlsOCSPVerifyTimeoutSecs", Default: int32(5), least: bound(1), idle: true},
	{Name: UseSystemCA, Default: false, since: "5.0"}, // with the rule about chains of trust
	{Name: "tlsWithholdClientCertificate", old: "sslWithholdClientCertificate", Default: false, idle: true},
	{Name: "tlsX509ClusterAuthDNOverride", Running: true},
	{Name: "tlsX509ExpirationWarningThresholdDays", Default: int32(30), least: bound(0)},

	// What configurations have besides.
	{Name: "connPoolMaxConnsPerHost", Default: int32(200), idle: true},
	{Name: "connPoolMaxShardedConnsPerHost", Default: int32(200), until: "5.0", idle: true},
	{Name: "cursorTimeoutMillis", Default: int64(600000), Running: true, idle: true},
	{Name: "diagnosticDataCollectionEnabled", Default: true, Running: true, idle: true},
	{Name: "flowControlTargetLagSeconds", Default: int32(10), Running: true, idle: true},
	{Name: "internalQueryExecMaxBlockingSortBytes", Default: int32(104857600), Running: true, idle: true},
	{Name: "localLogicalSessionTimeoutMinutes", Default: SessionMinutes, idle: true},
	{Name: LogComponentVerbosity, Running: true, Hidden: true},
	{Name: "logLevel", Default: int32(0), least: bound(0), Running: true},
	{Name: "maxIndexBuildMemoryUsageMegabytes", Default: int32(200), Running: true, idle: true},
	{Name: "maxLogSizeKB", Default: int32(10), least: bound(0), Running: true, idle: true},
	{Name: "maxSessions", Default: int32(1000000), idle: true},
	{Name: "notablescan", Default: false, Running: true, idle: true},
	{Name: "quiet", Default: false, Running: true, idle: true},
	{Name: "replWriterThreadCount", Default: int32(16), idle: true},
	{Name: "tcpFastOpenClient", Default: true, idle: true},
	{Name: "tcpFastOpenQueueSize", Default: int32(1024), idle: true},
	{Name: "tcpFastOpenServer", Default: true, idle: true},
	{Name: "transactionLifetimeLimitSeconds", Default: int32(60), least: bound(1), Running: true, idle: true},
	{Name: "ttlMonitorEnabled", Default: true, Running: true, idle: true},
	{Name: "ttlMonitorSleepSecs", Default: int32(60), least: bound(1), idle: true},
}

func bound(n int64) *int64 { return &n }

// parameterOf has each parameter under its name and its old one.
var parameterOf = func() map[string]*Parameter {
	all := map[string]*Parameter{}
	for i := range serverParameters {
		p := &serverParameters[i]
		all[p.Name] = p
		if p.old != "" {
			all[p.old] = p
		}
	}
	return all
}()

// ParameterOf is the parameter of a name, which may be an old one; nil for none.
func ParameterOf(name string) *Parameter { return parameterOf[name] }

// Parameters are the names of all parameters, old ones too, in their order.
func Parameters() []string { return slices.Sorted(maps.Keys(parameterOf)) }

// IdleParameters are those that are taken, shown, and have no effect.
func IdleParameters() []string {
	return slices.DeleteFunc(Parameters(), func(name string) bool { return !parameterOf[name].idle })
}

// In reports whether a release has the parameter; none has one that is not there.
func (p *Parameter) In(r Release) bool { return p != nil && r.Has(p.since, p.until) }

// Starts reports whether a start of the release takes the parameter, with enableTestCommands or without it.
func (p *Parameter) Starts(r Release, testing bool) bool {
	return p.In(r) && !p.late && (testing || !p.test)
}

// Value reads a value of the parameter. The error is mongod's reason why it is none.
func (p *Parameter) Value(text string) (any, error) {
	switch p.Default.(type) {
	case bool:
		switch text {
		case "1", "true":
			return true, nil
		case "0", "false":
			return false, nil
		}
		return nil, errors.New("Value is not a valid boolean")
	case int32:
		n, err := p.number(text, 32)
		return int32(n), err
	case int64:
		return p.number(text, 64)
	}
	return text, nil
}

// number reads a whole number, and refuses one that is too small.
func (p *Parameter) number(text string, bits int) (int64, error) {
	n, err := strconv.ParseInt(text, 10, bits)
	is := ""
	switch {
	case err != nil:
		return 0, errors.New(NotANumber(text))
	case p.least != nil && n < *p.least:
		is = fmt.Sprintf("greater than or equal to %d", *p.least)
	case p.above != nil && n <= *p.above:
		is = fmt.Sprintf("greater than %d", *p.above)
	default:
		return n, nil
	}
	return 0, fmt.Errorf("Invalid value for parameter %s: %d is not %s", p.Name, n, is) //nolint:staticcheck // words of a mongod
}
