/* Why a call of libmongoc failed: the number of OpenSSL's verification first, then OpenSSL's codes, then what libmongoc logged where
 * its errors do not tell, its own codes, and texts last. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
   long number;
   const char *reason;
} numbered;

/* X509_V_ERR_..., of x509_vfy.h. What is not here is a certificate that breaks a rule. */
static const numbered verification[] = {
   {2, "untrusted"},
   {3, "revocation-unavailable"}, /* UNABLE_TO_GET_CRL */
   {8, "revocation-unavailable"}, /* CRL_SIGNATURE_FAILURE */
   {9, "not-yet-valid"},
   {10, "expired"},
   {11, "revocation-unavailable"}, /* CRL_NOT_YET_VALID */
   {12, "revocation-unavailable"}, /* CRL_HAS_EXPIRED */
   {18, "untrusted"},              /* DEPTH_ZERO_SELF_SIGNED_CERT */
   {19, "untrusted"},              /* SELF_SIGNED_CERT_IN_CHAIN */
   {20, "untrusted"},              /* UNABLE_TO_GET_ISSUER_CERT_LOCALLY */
   {21, "untrusted"},              /* UNABLE_TO_VERIFY_LEAF_SIGNATURE */
   {23, "revoked"},
   {26, "bad-usage"}, /* INVALID_PURPOSE */
   {27, "untrusted"},
   {33, "revocation-unavailable"}, /* UNABLE_TO_GET_CRL_ISSUER */
   {62, "name-mismatch"},          /* HOSTNAME_MISMATCH */
   {64, "name-mismatch"},          /* IP_ADDRESS_MISMATCH */
   {66, "weak"},                   /* EE_KEY_TOO_SMALL */
   {67, "weak"},                   /* CA_KEY_TOO_SMALL */
   {68, "weak"},                   /* CA_MD_TOO_WEAK */
   {0, "bad-cert"},
};

/* SSL_R_..., of sslerr.h; alerts are 1000 and their number. handshake_failure stays what it is: a TLS 1.2 server asks for a client
 * certificate with it, too. */
static const numbered handshake[] = {
   {134, "cert-refused"},      /* CERTIFICATE_VERIFY_FAILED, of a libmongoc that does not say why */
   {252, "protocol-mismatch"}, /* UNKNOWN_SSL_VERSION */
   {258, "protocol-mismatch"}, /* UNSUPPORTED_PROTOCOL */
   {146, "not-tls"},           /* DATA_LENGTH_TOO_LONG */
   {198, "not-tls"},           /* PACKET_LENGTH_TOO_LONG */
   {267, "not-tls"},           /* WRONG_VERSION_NUMBER */
   {294, "peer-closed"},       /* UNEXPECTED_EOF_WHILE_READING */
   {333, "protocol-mismatch"}, /* LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED: what TLS 1.1 signs with */
   {397, "weak"},              /* CA_KEY_TOO_SMALL */
   {398, "weak"},              /* CA_MD_TOO_WEAK */
   {399, "weak"},              /* EE_KEY_TOO_SMALL */
   {1042, "client-cert-rejected"}, /* bad_certificate */
   {1043, "client-cert-rejected"}, /* unsupported_certificate */
   {1044, "client-cert-rejected"}, /* certificate_revoked */
   {1045, "client-cert-rejected"}, /* certificate_expired */
   {1046, "client-cert-rejected"}, /* certificate_unknown */
   {1048, "client-cert-rejected"}, /* unknown_ca */
   {1049, "client-cert-rejected"}, /* access_denied */
   {1070, "protocol-mismatch"},    /* protocol_version */
   {1071, "protocol-mismatch"},    /* insufficient_security */
   {1116, "client-cert-required"}, /* certificate_required */
   {0, NULL},
};

static const char *by_number(const numbered *in, long number) {
   for (; in->number && in->number != number; in++) {
   }
   return in->reason;
}

typedef struct {
   const char *part, *reason;
} text;

static const char *by_text(const text *in, const char *message) {
   for (; in->part && !strstr(message, in->part); in++) {
   }
   return in->reason;
}

/* What libmongoc logs of OCSP, where its error only says that it failed. */
static const text logs[] = {
   {"OCSP Certificate Status: Revoked", "revoked"},
   {"Server must contain a stapled response", "must-staple-missing"},
   {"OCSP response", "ocsp-invalid"},
   {"BasicOCSPResponse", "ocsp-invalid"},
   {NULL, NULL},
};

static const text texts[] = {
   {"Failed initialize TLS state", "key-load-error"}, /* for which only files are the cause: the log says what is wrong with them */
   {"TLS handshake timed out", "timeout"},
   {"TLS handshake failed.", "timeout"}, /* without a word more: nothing came */
   {"TLS handshake failed: Connection reset by peer", "peer-closed"},
   {"TLS handshake failed: error:00000000", "peer-closed"}, /* OpenSSL 1.1 has nothing to say of it */
   {"ASN1_item_verify", "bad-cert"},
   {"TLS handshake failed: Broken pipe", "peer-closed"},
   {"TLS handshake failed: Connection timed out", "peer-closed"}, /* that is what it makes of the end of the stream */
   {"Failed to send", "peer-closed"},
   {"Failure during socket delivery: Broken pipe", "peer-closed"}, /* of a greeting: the server ended it in the handshake */
   {"Failure during socket delivery: Connection reset by peer", "peer-closed"},
   {"Failed OCSP verification", "cert-refused"}, /* of a check whose log is not that of the error */
   {"`serverSelectionTimeoutMS` expired", "timeout"},
   {"TXT record", "dns-error"},
   {"Failed to look up SRV record", "dns-error"}, /* while servers are selected, as older versions do */
   {"returned for service", "dns-error"},
   {NULL, NULL},
};

/* domains are those of libmongoc's errors, from 1. */
static const char *const domains[] = {"",
                                      "MONGOC_ERROR_CLIENT",
                                      "MONGOC_ERROR_STREAM",
                                      "MONGOC_ERROR_PROTOCOL",
                                      "MONGOC_ERROR_CURSOR",
                                      "MONGOC_ERROR_QUERY",
                                      "MONGOC_ERROR_INSERT",
                                      "MONGOC_ERROR_SASL",
                                      "MONGOC_ERROR_BSON",
                                      "MONGOC_ERROR_MATCHER",
                                      "MONGOC_ERROR_NAMESPACE",
                                      "MONGOC_ERROR_COMMAND",
                                      "MONGOC_ERROR_COLLECTION",
                                      "MONGOC_ERROR_GRIDFS",
                                      "MONGOC_ERROR_SCRAM",
                                      "MONGOC_ERROR_SERVER_SELECTION",
                                      "MONGOC_ERROR_WRITE_CONCERN",
                                      "MONGOC_ERROR_SERVER"};

const char *domain_of(const bson_error_t *e) {
   return e->domain < sizeof domains / sizeof *domains ? domains[e->domain] : "domain of another version";
}

/* by_reply knows the codes of a server's replies. */
static const char *by_reply(int32_t code) {
   switch (code) {
   case 0:
      return NULL;
   case 13:
      return "unauthorized";
   case 18:
      return "auth-failed";
   default:
      return "server-refused";
   }
}

/* by_openssl knows the numbers that stand in the message: "certificate verify failed (20)", "error:0A00045C:SSL routines". */
static const char *by_openssl(const char *message) {
   static const char failed[] = "certificate verify failed (", code[] = "error:";
   const char *at = strstr(message, failed);

   if (at) {
      return by_number(verification, strtol(at + sizeof failed - 1, NULL, 10));
   }
   at = strstr(message, code);
   if (at) {
      unsigned long packed = strtoul(at + sizeof code - 1, NULL, 16);
      const char *known = by_number(handshake, (long) (packed & 0xfff));
      bool of_ssl = packed >> 23 == 20 || packed >> 24 == 20; /* OpenSSL 3, or 1.1 */
      return !of_ssl ? NULL : known ? known : (packed & 0xfff) > 1000 ? "remote-alert" : NULL;
   }
   return NULL;
}

static const char *by_code(const bson_error_t *e) {
   switch (e->domain) {
   case 0:
      return "timeout"; /* our own: the limit of the attempt */
   case MONGOC_ERROR_CLIENT:
      return e->code == MONGOC_ERROR_CLIENT_AUTHENTICATE ? "auth-failed" : NULL;
   case MONGOC_ERROR_SASL:
   case MONGOC_ERROR_SCRAM:
      return "auth-failed";
   case MONGOC_ERROR_COMMAND:
      return e->code == MONGOC_ERROR_COMMAND_INVALID_ARG ? "parse-error" : NULL;
   case MONGOC_ERROR_STREAM:
      return e->code == MONGOC_ERROR_STREAM_NAME_RESOLUTION ? "dns-error" : e->code == MONGOC_ERROR_STREAM_CONNECT ? "unreachable" : NULL;
   case MONGOC_ERROR_SERVER_SELECTION: /* where 1.17 reads the TXT record */
      return strstr(e->message, "contains no \"=\" sign") ? "dns-error" : NULL;
   case MONGOC_ERROR_SERVER:
      return by_reply((int32_t) e->code);
   default:
      return NULL;
   }
}

const char *reason_of(const failure *f) {
   const char *reason = by_reply(f->reply);

   if (!reason) {
      reason = by_openssl(f->error.message);
   }
   if (!reason && strstr(f->error.message, "socket error or timeout")) { /* which of the two, it does not say */
      reason = f->late ? "timeout" : "peer-closed";
   }
   if (!reason && f->logged) {
      reason = by_text(logs, f->logged);
   }
   if (!reason) {
      reason = by_text(texts, f->error.message);
   }
   if (!reason) {
      reason = f->resolving ? "dns-error" : by_code(&f->error);
   }
   return reason ? reason : "unclassified";
}

int reasons(void) {
   char *line = NULL;
   size_t room = 0;

   while (getline(&line, &room, stdin) > 0) {
      bson_error_t e = {0};
      bson_t *recorded = bson_new_from_json((const uint8_t *) line, -1, &e);
      if (!recorded) {
         fprintf(stderr, "%s\n", e.message);
         return 1;
      }
      failure f = {.reply = (int32_t) get_int(recorded, "Reply", 0), .logged = get_text(recorded, "Logged", NULL),
                   .resolving = get_int(recorded, "Resolving", 0), .late = get_int(recorded, "Late", 0)};
      bson_set_error(&f.error, (uint32_t) get_int(recorded, "Domain", 0), (uint32_t) get_int(recorded, "Code", 0), "%s",
                     get_text(recorded, "Text", ""));
      printf("%s\n", reason_of(&f));
      bson_destroy(recorded);
   }
   free(line);
   return 0;
}
