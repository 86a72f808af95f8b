package standin

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"time"

	"golang.org/x/crypto/ocsp"
)

// fetchStaple asks the leaf's responders, as a mongod does once at its start, for what to staple. A mongod passes on a
// good or revoked answer, even one of the future or for another certificate; it staples nothing that is expired, has no
// end, is unknown or is not signed by whom it should be (measured on mongod 4.4.5). The issuer is looked for in the CA
// file only.
func (s *Server) fetchStaple(f *files) []byte {
	if len(f.leaf.OCSPServer) == 0 || !s.parameters.Bool("ocspEnabled") || !s.parameters.Staples() {
		return nil
	}
	issuer := f.issuer(f.leaf)
	if issuer == nil {
		return nil
	}
	for _, url := range f.leaf.OCSPServer {
		if der := askResponder(url, f.leaf, issuer); der != nil {
			return der
		}
	}
	for range 2 { // for clients, and for members
		s.log.Line("W", "NETWORK", 23233, "OCSPManagerHTTP", "Could not staple OCSP response to outgoing certificate.", nil)
	}
	return nil
}

// askResponder returns a responder's answer if a mongod would pass it on, else nil.
func askResponder(url string, leaf, issuer *x509.Certificate) []byte {
	request, err := ocsp.CreateRequest(leaf, issuer, nil) // SHA-1, as mongod's
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(request))
	if err != nil {
		return nil
	}
	q.Header.Set("Content-Type", "application/ocsp-request")
	q.Close = true
	reply, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil
	}
	defer reply.Body.Close()
	der, err := io.ReadAll(io.LimitReader(reply.Body, 64<<10))
	if err != nil || reply.StatusCode != http.StatusOK {
		return nil
	}
	answer, err := ocsp.ParseResponse(der, issuer)
	if err != nil || answer.Status == ocsp.Unknown || answer.NextUpdate.Before(time.Now()) ||
		!maySign(answer.Certificate) {
		return nil
	}
	return der
}

// maySign reports whether a response is signed by the issuer itself, for which delegate is nil, or by one with the
// usage for it.
func maySign(delegate *x509.Certificate) bool {
	if delegate == nil {
		return true
	}
	for _, usage := range delegate.ExtKeyUsage {
		if usage == x509.ExtKeyUsageOCSPSigning {
			return true
		}
	}
	return false
}
