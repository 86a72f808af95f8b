// Package status has mongod's error codes with their names, and the errors made of them.
package status

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A Code is one of mongod's, src/mongo/base/error_codes.yml. The zero value is none: some refusals, those of
// parameters, have neither a code nor a name.
type Code int32

// The codes that are used by name.
const (
	BadValue                Code = 2
	NoSuchKey               Code = 4
	HostUnreachable         Code = 6
	UnknownError            Code = 8
	FailedToParse           Code = 9
	UserNotFound            Code = 11
	UnsupportedFormat       Code = 12
	Unauthorized            Code = 13
	TypeMismatch            Code = 14
	Overflow                Code = 15
	ProtocolError           Code = 17
	AuthenticationFailed    Code = 18
	InvalidBSON             Code = 22
	NamespaceNotFound       Code = 26
	InvalidPath             Code = 30
	RoleNotFound            Code = 31
	FileNotOpen             Code = 38
	CursorNotFound          Code = 43
	CommandNotFound         Code = 59
	InvalidNamespace        Code = 73
	NodeNotFound            Code = 74
	NoReplicationEnabled    Code = 76
	InvalidSSLConfiguration Code = 140
	SSLHandshakeFailed      Code = 141
	CollectionIsEmpty       Code = 162

	// Of replica sets.
	AlreadyInitialized                     Code = 23
	InvalidReplicaSetConfig                Code = 93
	NotYetInitialized                      Code = 94
	NewReplicaSetConfigurationIncompatible Code = 103
	InconsistentReplicaSetNames            Code = 89
	CommandFailed                          Code = 125
	ExceededTimeLimit                      Code = 262
	UnsupportedOpQueryCommand              Code = 352

	SocketException         Code = 9001
	NotWritablePrimary      Code = 10107
	NotPrimaryNoSecondaryOk Code = 13435
	PreflightNormalization  Code = 50692 // which has no name
)

var names = map[Code]string{
	BadValue:                               "BadValue",
	NoSuchKey:                              "NoSuchKey",
	HostUnreachable:                        "HostUnreachable",
	UnknownError:                           "UnknownError",
	FailedToParse:                          "FailedToParse",
	UserNotFound:                           "UserNotFound",
	UnsupportedFormat:                      "UnsupportedFormat",
	Unauthorized:                           "Unauthorized",
	TypeMismatch:                           "TypeMismatch",
	Overflow:                               "Overflow",
	ProtocolError:                          "ProtocolError",
	AuthenticationFailed:                   "AuthenticationFailed",
	InvalidBSON:                            "InvalidBSON",
	NamespaceNotFound:                      "NamespaceNotFound",
	InvalidPath:                            "InvalidPath",
	RoleNotFound:                           "RoleNotFound",
	CursorNotFound:                         "CursorNotFound",
	CommandNotFound:                        "CommandNotFound",
	InvalidNamespace:                       "InvalidNamespace",
	NoReplicationEnabled:                   "NoReplicationEnabled",
	NodeNotFound:                           "NodeNotFound",
	AlreadyInitialized:                     "AlreadyInitialized",
	InvalidReplicaSetConfig:                "InvalidReplicaSetConfig",
	NotYetInitialized:                      "NotYetInitialized",
	NewReplicaSetConfigurationIncompatible: "NewReplicaSetConfigurationIncompatible",
	InconsistentReplicaSetNames:            "InconsistentReplicaSetNames",
	CommandFailed:                          "CommandFailed",
	ExceededTimeLimit:                      "ExceededTimeLimit",
	UnsupportedOpQueryCommand:              "UnsupportedOpQueryCommand",
	InvalidSSLConfiguration:                "InvalidSSLConfiguration",
	SSLHandshakeFailed:                     "SSLHandshakeFailed",
	SocketException:                        "SocketException",
	NotWritablePrimary:                     "NotWritablePrimary",
	NotPrimaryNoSecondaryOk:                "NotPrimaryNoSecondaryOk",
	FileNotOpen:                            "FileNotOpen",
	CollectionIsEmpty:                      "CollectionIsEmpty",
}

// String is the code's name, "Location51003" for one that has none.
func (c Code) String() string {
	if name, ok := names[c]; ok {
		return name
	}
	return fmt.Sprintf("Location%d", int32(c))
}

// NotPrimary reports whether the code is of mongod's category NotMasterError.
func (c Code) NotPrimary() bool { return c == NotWritablePrimary || c == NotPrimaryNoSecondaryOk }

// An Error is a code with what there is to say.
type Error struct {
	Code Code
	Text string
}

// Errorf makes an Error.
func Errorf(code Code, format string, args ...any) Error {
	return Error{code, fmt.Sprintf(format, args...)}
}

func (e Error) Error() string { return e.Text }

// Logged is how an error stands in the log.
func (e Error) Logged() bson.D {
	return bson.D{{Key: "code", Value: int32(e.Code)}, {Key: "codeName", Value: e.Code.String()},
		{Key: "errmsg", Value: e.Text}}
}

// Reply is how an error answers a command.
func (e Error) Reply() bson.D {
	d := bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: e.Text}}
	if e.Code != 0 {
		d = append(d, bson.E{Key: "code", Value: int32(e.Code)}, bson.E{Key: "codeName", Value: e.Code.String()})
	}
	return d
}
