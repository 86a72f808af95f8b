package scenarios

import (
	"github.com/mongotls/mongotls/fixtures/pki"
	"github.com/mongotls/mongotls/fixtures/pki/dn"
	"github.com/mongotls/mongotls/fixtures/pki/key"
	"github.com/mongotls/mongotls/fixtures/pki/pemfile"
)

func (d *defects) leaves(list ...pki.Leaf) {
	for _, l := range list {
		if l.Issuer != pki.Self {
			d.authorities([]string{l.Issuer})
		}
		known(d, "algorithm of a key", key.Algorithms, l.Key)
		known(d, "type of strings", dn.StringTypes, l.Strings)
		known(d, "signature", pki.Signatures, l.Signature)
	}
}

func (d *defects) form(f pki.KeyForm) {
	known(d, "format of a key", key.Formats, f.Format)
	known(d, "encryption of a key", key.Encryptions, f.Encrypt)
	known(d, "encoding of a file", pemfile.Encodings, f.As)
	d.authorities(f.Chain)
	d.parts(f.Parts)
}

func (d *defects) files(files map[string]pki.File) {
	for _, f := range files {
		known(d, "encoding of a file", pemfile.Encodings, f.As)
		d.parts(f.Parts)
	}
}

func (d *defects) parts(list []pki.Part) {
	for _, p := range list {
		known(d, "encoding of a file", pemfile.Encodings, p.As)
		d.authorities([]string{p.CA})
		if p.Leaf != nil {
			d.leaves(*p.Leaf)
		}
		if p.CRL != nil {
			d.authorities([]string{p.CRL.Issuer})
		}
	}
}

func (d *defects) authorities(list []string) {
	var there []string
	for _, a := range pki.Authorities {
		there = append(there, a.Name)
	}
	known(d, "authority", there, list...)
}
