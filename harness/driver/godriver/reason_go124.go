//go:build go1.24

package godriver

import (
	"crypto/x509"

	"github.com/mongotls/mongotls/harness/evidence"
)

func init() { invalid[x509.NoValidChains] = evidence.BadCertificate } // policies
