package godriver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sort"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/mongotls/mongotls/harness/evidence"
)

// configure builds a client's options as an application would. refused is the driver's error; err is ours: the request
// asks for what cannot be said to this driver.
func configure(r evidence.Request) (opts *options.ClientOptions, refused, err error) {
	opts = options.Client().ApplyURI(r.URI)
	if refused = opts.Validate(); refused != nil {
		return nil, refused, nil
	}
	if !r.Streams {
		// Disconnect can miss a stream's check that has just begun, whose connection stays open for heartbeatFrequencyMS;
		// and whether the stream or the pool meets a failure first is chance. The URI option is parsed, without effect.
		opts.SetServerMonitoringMode("poll")
	}
	if r.Dial != "" {
		opts.SetDialer(dialer(r.Dial))
	}
	if len(r.Code) > 0 {
		refused, err = inCode(opts, r.Code)
	}
	return opts, refused, err
}

// A dialer connects to this IP address, whatever the host is called.
type dialer string

func (ip dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if network != "unix" {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		addr = net.JoinHostPort(string(ip), port)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12,
	"1.3": tls.VersionTLS13}

// inCode lays options in code over those of the URI. SetTLSConfig replaces what the URI said, so, as an application
// that wants both does, it starts from the tls.Config that the URI made.
func inCode(opts *options.ClientOptions, code map[string]string) (refused, err error) {
	config := &tls.Config{}
	if opts.TLSConfig != nil {
		config = opts.TLSConfig.Clone()
	}
	files := map[string]any{}
	var off, force bool
	var credential options.Credential
	if opts.Auth != nil {
		credential = *opts.Auth
	}
	useTLS := opts.TLSConfig != nil
	for _, name := range sorted(code) {
		value := code[name]
		// OCSP and authentication are no part of a tls.Config.
		useTLS = useTLS || !strings.HasPrefix(name, "tlsDisable") && !strings.HasPrefix(name, "auth")
		flag, wrong := strconv.ParseBool(value)
		switch name {
		case "tls", "ssl":
			off = !flag
		case "tlsInsecure":
			config.InsecureSkipVerify = flag
		case "tlsForceClientCertificate":
			force = flag
		case "tlsDisableOCSPEndpointCheck":
			opts.SetDisableOCSPEndpointCheck(flag)
		case "tlsDisableCertificateRevocationCheck":
			wrong = disableRevocationCheck(opts, flag, wrong)
		case "authMechanism":
			credential.AuthMechanism, wrong = value, nil
		case "username":
			credential.Username, wrong = value, nil
		case "authSource":
			credential.AuthSource, wrong = value, nil
		case "tlsCAFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword":
			files[name], wrong = value, nil
		case "tlsMinVersion":
			config.MinVersion, wrong = tlsVersion(value)
		case "tlsMaxVersion":
			config.MaxVersion, wrong = tlsVersion(value)
		default:
			wrong = errors.New("no such option")
		}
		if wrong != nil {
			return nil, fmt.Errorf("the Go driver's types cannot say %s: %w", name, wrong)
		}
	}
	if refused = read(files, config); refused != nil {
		return refused, nil
	}
	if force {
		if len(config.Certificates) == 0 {
			return nil, errors.New("tlsForceClientCertificate without a client certificate")
		}
		// crypto/tls presents a certificate of its own accord only if the server's list of authorities covers it.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &config.Certificates[0], nil
		}
	}
	if credential.AuthMechanism != "" {
		opts.SetAuth(credential)
	}
	if off || !useTLS {
		config = nil
	}
	opts.SetTLSConfig(config)
	return nil, nil
}

// sorted are the keys in order, so that of several errors it is always the same that is told.
func sorted(code map[string]string) []string {
	var names []string
	for name := range code {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// disableRevocationCheck says what only newer versions of the driver can be told.
func disableRevocationCheck(opts *options.ClientOptions, off bool, wrong error) error {
	newer, ok := any(opts).(interface {
		SetDisableCertificateRevocationCheck(bool) *options.ClientOptions
	})
	if !ok {
		return errors.New("no such option")
	}
	newer.SetDisableCertificateRevocationCheck(off)
	return wrong
}

func tlsVersion(value string) (uint16, error) {
	v, ok := versions[value]
	if !ok {
		return 0, fmt.Errorf("no TLS version %q", value)
	}
	return v, nil
}

// read adds what the files hold to config.
func read(files map[string]any, config *tls.Config) error {
	built, err := options.BuildTLSConfig(files)
	if err != nil {
		return err
	}
	if built.RootCAs != nil {
		config.RootCAs = built.RootCAs
	}
	if built.Certificates != nil {
		config.Certificates = built.Certificates
	}
	return nil
}
