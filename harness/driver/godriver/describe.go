package godriver

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	xdriver "go.mongodb.org/mongo-driver/v2/x/mongo/driver"

	"github.com/mongotls/mongotls/harness/evidence"
)

// describe turns an error into data. The application got surface, because of decisive.
func describe(decisive, surface error) *evidence.Error {
	e := &evidence.Error{
		Text:    decisive.Error(),
		Surface: surface.Error(),
		Network: mongo.IsNetworkError(decisive),
		Timeout: mongo.IsTimeout(decisive),
	}
	for err := decisive; err != nil; err = unwrap(err) {
		e.Chain = append(e.Chain, fmt.Sprintf("%T", err))
	}
	e.Code, e.CodeName, e.Labels = code(decisive)
	return e
}

// code finds what the server said, or the labels that the driver itself put on the error.
func code(err error) (code int, name string, labels []string) {
	if c := (mongo.CommandError{}); errors.As(err, &c) {
		return int(c.Code), c.Name, c.Labels
	}
	// Errors of a heartbeat, and of authentication in it, have not passed package mongo.
	if c := (xdriver.Error{}); errors.As(err, &c) {
		return int(c.Code), c.Name, c.Labels
	}
	if w := (mongo.WriteException{}); errors.As(err, &w) {
		if len(w.WriteErrors) > 0 {
			return w.WriteErrors[0].Code, "", w.Labels
		}
		if w.WriteConcernError != nil {
			return w.WriteConcernError.Code, w.WriteConcernError.Name, w.Labels
		}
	}
	return 0, "", nil
}

// unwrap is errors.Unwrap that follows the first of several.
func unwrap(err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		if all := many.Unwrap(); len(all) > 0 {
			return all[0]
		}
		return nil
	}
	return errors.Unwrap(err)
}
