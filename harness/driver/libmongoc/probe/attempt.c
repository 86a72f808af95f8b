/* One attempt, in a process of its own: a pool with one client, its commands, and the end of both. */
#define _GNU_SOURCE
#include "probe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { close_ms = 2000 }; /* how long closing may take */

static const char *id;
static int out;

/* What there is to answer. Who answers takes the lock and keeps it: the process ends with the answer. */
static pthread_mutex_t answering = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved;
static struct timespec deadline;
static int32_t command;
static list replies, failures;
static bson_t *answer; /* once the attempt has ended */
static int32_t ended_ms;

static void send_and_exit(const char *key, const bson_t *value) {
   bson_t line = BSON_INITIALIZER;

   if (value) {
      BSON_APPEND_DOCUMENT(&line, "Answer", value);
   } else {
      put_text(&line, "ID", id);
      put_text(&line, "Error", key);
   }
   _exit(write_line(out, &line) ? 0 : 1);
}

/* give_up ends the process with a fault of the probe's own. */
static void give_up(const char *why) {
   pthread_mutex_lock(&answering);
   send_and_exit(why, NULL);
}

static void put_error(bson_t *to, const failure *decisive, const bson_error_t *surface, const bson_t *reply) {
   bson_t e, chain, labels;
   char link[80];

   BSON_APPEND_DOCUMENT_BEGIN(to, "Error", &e);
   BSON_APPEND_UTF8(&e, "Reason", reason_of(decisive));
   put_text(&e, "Text", decisive->error.message);
   put_text(&e, "Surface", surface->message);
   BSON_APPEND_ARRAY_BEGIN(&e, "Chain", &chain);
   bson_snprintf(link, sizeof link, "%s %u", domain_of(&decisive->error), decisive->error.code);
   BSON_APPEND_UTF8(&chain, "0", link);
   bson_append_array_end(&e, &chain);
   if (decisive->reply) {
      BSON_APPEND_INT32(&e, "Code", decisive->reply);
      put_text(&e, "CodeName", get_text(reply, "codeName", ""));
   }
   if (reply && get_document(reply, "errorLabels", &labels)) {
      BSON_APPEND_ARRAY(&e, "Labels", &labels);
   }
   bson_append_document_end(to, &e);
}

/* begin_answer makes an answer without what went wrong. */
static bson_t *begin_answer(const char *stopped, bool ok) {
   bson_t *a = bson_new();

   put_text(a, "ID", id);
   BSON_APPEND_BOOL(a, "OK", ok);
   BSON_APPEND_UTF8(a, "Stopped", stopped);
   BSON_APPEND_INT32(a, "ElapsedMS", watch_ms());
   if (replies.n > 0) {
      BSON_APPEND_ARRAY(a, "Replies", &replies.items);
   }
   if (failures.n > 0) {
      BSON_APPEND_ARRAY(a, "Failures", &failures.items);
   }
   watch_report(a);
   return a;
}

static void put_stage(bson_t *a, const char *stage) {
   BSON_APPEND_UTF8(a, "Stage", stage);
   BSON_APPEND_INT32(a, "Command", command);
}

/* guard answers when the time is over, whatever the driver is doing. */
static void *guard(void *unused) {
   struct timespec now;
   failure cause = {0};

   (void) unused;
   pthread_mutex_lock(&answering);
   for (;;) {
      clock_gettime(CLOCK_MONOTONIC, &now);
      if (now.tv_sec > deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec)) {
         break;
      }
      pthread_cond_timedwait(&moved, &answering, &deadline);
   }
   if (answer) {
      BSON_APPEND_INT32(answer, "CloseMS", watch_ms() - ended_ms);
      send_and_exit("", answer);
   }
   watch_end();
   if (!watch_cause(&cause)) {
      bson_set_error(&cause.error, 0, 0, "the limit of the attempt ran out");
   }
   bson_t *a = begin_answer("limit", false);
   put_stage(a, watch_sent() ? "command" : "connect");
   put_error(a, &cause, &cause.error, NULL);
   send_and_exit("", a);
   return NULL;
}

/* end_in moves the deadline; 0 is none. */
static void end_in(int64_t ms) {
   clock_gettime(CLOCK_MONOTONIC, &deadline);
   deadline.tv_sec += ms > 0 ? ms / 1000 : 1 << 30;
   deadline.tv_nsec += ms % 1000 * 1000000;
   if (deadline.tv_nsec >= 1000000000) {
      deadline.tv_nsec -= 1000000000;
      deadline.tv_sec++;
   }
   pthread_cond_signal(&moved);
}

/* end_configure answers that the driver refused what it was given. */
static void end_configure(const bson_error_t *error, bool resolving) {
   failure f = {.error = *error, .logged = watch_logged(), .resolving = resolving};

   pthread_mutex_lock(&answering);
   watch_end();
   bson_t *a = begin_answer("returned", false);
   put_stage(a, "configure");
   put_error(a, &f, error, NULL);
   send_and_exit("", a);
}

static bool is_true(const char *value) { return strcmp(value, "true") == 0; }

/* in_code lays options over those of the URI, in the driver's own types: mongoc_ssl_opt_t where it has a place for them, which
 * replaces what the URI says of TLS, so, as an application that wants both does, it starts from that. */
static bool in_code(const bson_t *code, mongoc_uri_t *uri, mongoc_ssl_opt_t *ssl) {
   bson_iter_t at;
   bool use = false;

   ssl->ca_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCAFILE, NULL);
   ssl->pem_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, NULL);
   ssl->pem_pwd = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, NULL);
   bool insecure = mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSINSECURE, false);
   ssl->weak_cert_validation = insecure || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDCERTIFICATES, false);
   ssl->allow_invalid_hostname = insecure || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDHOSTNAMES, false);
   for (bson_iter_init(&at, code); bson_iter_next(&at);) {
      const char *name = bson_iter_key(&at), *value = BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, NULL) : "";
      bool done = true;
      if (strcmp(name, "tls") == 0 || strcmp(name, "ssl") == 0) {
         done = mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, is_true(value));
      } else if (strcasecmp(name, MONGOC_URI_TLSDISABLEOCSPENDPOINTCHECK) == 0 ||
                 strcasecmp(name, MONGOC_URI_TLSDISABLECERTIFICATEREVOCATIONCHECK) == 0) {
         done = mongoc_uri_set_option_as_bool(uri, name, is_true(value));
      } else if (strcmp(name, "authMechanism") == 0) {
         done = mongoc_uri_set_auth_mechanism(uri, value);
      } else if (strcmp(name, "username") == 0) {
         done = mongoc_uri_set_username(uri, value);
      } else if (strcmp(name, "authSource") == 0) {
         done = mongoc_uri_set_auth_source(uri, value);
      } else if (strcmp(name, "tlsForceClientCertificate") == 0) {
         /* that is what it always does */
      } else {
         use = true;
         if (strcmp(name, "tlsCAFile") == 0) {
            ssl->ca_file = value;
         } else if (strcmp(name, "tlsCRLFile") == 0) {
            ssl->crl_file = value;
         } else if (strcmp(name, "tlsCertificateKeyFile") == 0) {
            ssl->pem_file = value;
         } else if (strcmp(name, "tlsCertificateKeyFilePassword") == 0) {
            ssl->pem_pwd = value;
         } else if (strcmp(name, "tlsAllowInvalidCertificates") == 0) {
            ssl->weak_cert_validation = is_true(value);
         } else if (strcmp(name, "tlsAllowInvalidHostnames") == 0) {
            ssl->allow_invalid_hostname = is_true(value);
         } else if (strcmp(name, "tlsInsecure") == 0) {
            ssl->weak_cert_validation = ssl->allow_invalid_hostname = is_true(value);
         } else {
            done = false;
         }
      }
      if (!done) {
         char why[200];
         bson_snprintf(why, sizeof why, "libmongoc's types cannot say %.100s", name);
         give_up(why);
      }
   }
   return use;
}

#if !MONGOC_CHECK_VERSION(1, 21, 0)
/* Older versions only log why. */
static mongoc_client_pool_t *mongoc_client_pool_new_with_error(const mongoc_uri_t *uri, bson_error_t *error) {
   mongoc_client_pool_t *pool = mongoc_client_pool_new(uri);

   if (!pool) {
      bson_set_error(error, MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_NOT_READY, "the client pool could not be made");
   }
   return pool;
}
#endif

static mongoc_client_pool_t *configure(const bson_t *request) {
   bson_error_t error = {0};
   bson_t code;
   mongoc_ssl_opt_t ssl = {0};
   bool use = false;

   mongoc_uri_t *uri = mongoc_uri_new_with_error(get_text(request, "URI", ""), &error);
   if (!uri) {
      end_configure(&error, false);
   }
   if (get_document(request, "Code", &code)) {
      use = in_code(&code, uri, &ssl);
   }
   mongoc_client_pool_t *pool = mongoc_client_pool_new_with_error(uri, &error);
   if (!pool) {
      end_configure(&error, strncmp(get_text(request, "URI", ""), "mongodb+srv:", 12) == 0);
   }
   if (use) {
      mongoc_client_pool_set_ssl_opts(pool, &ssl);
   }
   mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
   watch_pool(pool, mongoc_uri_get_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, 10000));
   mongoc_uri_destroy(uri);
   return pool;
}

/* run_find is the driver's own read of a collection, which it tries again where the specification says so. */
static bool run_find(mongoc_client_t *client, const char *db, const char *name, bson_t *reply, bson_error_t *error) {
   mongoc_collection_t *collection = mongoc_client_get_collection(client, db, name);
   bson_t filter = BSON_INITIALIZER;
   mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, NULL, NULL);
   const bson_t *document, *refused = NULL;
   list found = {0};
   bson_t none = BSON_INITIALIZER;

   while (mongoc_cursor_next(cursor, &document)) {
      add_document(&found, document);
   }
   bool failed = mongoc_cursor_error_document(cursor, error, &refused);
   if (!failed) {
      bson_init(reply);
      BSON_APPEND_ARRAY(reply, "found", found.n > 0 ? &found.items : &none);
   } else if (refused) {
      bson_copy_to(refused, reply);
   } else {
      bson_init(reply);
   }
   mongoc_cursor_destroy(cursor);
   mongoc_collection_destroy(collection);
   return !failed;
}

static bool run(mongoc_client_t *client, const char *db, const bson_t *document, bson_t *reply, bson_error_t *error) {
   const char *collection = get_text(document, "find", NULL);

   return collection && bson_count_keys(document) == 1 ? run_find(client, db, collection, reply, error)
                                                       : mongoc_client_command_simple(client, db, document, NULL, reply, error);
}

/* decide says why a command failed: why there was no server to select, if there was none. */
static failure decide(const bson_error_t *error, const bson_t *reply, int32_t began_ms) {
   failure f = {.error = *error, .reply = (int32_t) get_int(reply, "code", 0), .logged = watch_logged(),
                .late = watch_late(watch_ms() - began_ms)};

   if (error->domain == MONGOC_ERROR_SERVER_SELECTION) {
      watch_cause(&f);
   }
   return f;
}

/* add_failure notes a command that failed, after which the client goes on. */
static void add_failure(const failure *f) {
   bson_t one = BSON_INITIALIZER;

   BSON_APPEND_INT32(&one, "Command", command);
   BSON_APPEND_UTF8(&one, "Reason", reason_of(f));
   pthread_mutex_lock(&answering);
   add_document(&failures, &one);
   command++;
   pthread_mutex_unlock(&answering);
   bson_destroy(&one);
}

/* end_attempt says what came of the commands: error is NULL if all succeeded. */
static void end_attempt(const bson_error_t *error, const bson_t *reply, int32_t began_ms) {
   failure decisive = {0};
   const char *stopped = "returned";

   watch_end();
   if (error) {
      decisive = decide(error, reply, began_ms);
      if (error->domain == MONGOC_ERROR_SERVER_SELECTION && watch_hopeless()) {
         stopped = "all-servers-failed";
      }
   }
   pthread_mutex_lock(&answering);
   bson_t *a = begin_answer(stopped, !error);
   if (error) {
      put_stage(a, watch_sent() ? "command" : "connect");
      put_error(a, &decisive, error, reply);
   }
   answer = a;
   ended_ms = watch_ms();
   end_in(close_ms);
   pthread_mutex_unlock(&answering);
}

void attempt(const bson_t *request, int to) {
   bson_t commands, one, reply;
   bson_t *documents[64];
   const char *dbs[64];
   int32_t count = 0;
   bool go_on;
   bson_iter_t at;
   bson_error_t error = {0};
   pthread_condattr_t monotonic;
   pthread_t thread;

   out = to;
   id = get_text(request, "ID", "");
   setenv("MONGOTLS_DIAL", get_text(request, "Dial", ""), 1); /* heeded by resolve.c */
   if (get_document(request, "Do", &commands)) {
      for (bson_iter_init(&at, &commands); bson_iter_next(&at) && count < 64; count++) {
         const uint8_t *bytes;
         uint32_t length;
         if (!BSON_ITER_HOLDS_DOCUMENT(&at)) {
            give_up("a command is no object");
         }
         bson_iter_document(&at, &length, &bytes);
         bson_init_static(&one, bytes, length);
         dbs[count] = get_text(&one, "DB", "admin");
         documents[count] = bson_new_from_json((const uint8_t *) get_text(&one, "JSON", ""), -1, &error);
         if (!documents[count]) {
            give_up("a command is no extended JSON");
         }
      }
   }
   if (count == 0) {
      dbs[count] = "admin";
      documents[count++] = BCON_NEW("ping", BCON_INT32(1));
   }

   go_on = bson_iter_init_find(&at, request, "GoOn") && bson_iter_as_bool(&at);
   watch_start();
   pthread_condattr_init(&monotonic);
   pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
   pthread_cond_init(&moved, &monotonic);
   end_in(get_int(request, "LimitMS", 0));
   if (pthread_create(&thread, NULL, guard, NULL) != 0) {
      give_up("no thread can be started");
   }
   mongoc_client_pool_t *pool = configure(request);
   mongoc_client_t *client = mongoc_client_pool_pop(pool);
   for (bool ok = true; ok && command < count;) {
      int32_t began_ms = watch_ms();
      watch_command();
      ok = run(client, dbs[command], documents[command], &reply, &error);
      if (!ok && go_on && !watch_hopeless()) {
         failure why = decide(&error, &reply, began_ms);
         add_failure(&why);
         ok = command < count;
         if (!ok) {
            command--;
            end_attempt(&error, &reply, began_ms);
         }
      } else if (!ok) {
         end_attempt(&error, &reply, began_ms);
      } else {
         char *json = bson_as_relaxed_extended_json(&reply, NULL);
         pthread_mutex_lock(&answering);
         add_text(&replies, json);
         bool last = ++command == count;
         pthread_mutex_unlock(&answering);
         bson_free(json);
         if (last) {
            end_attempt(NULL, NULL, began_ms);
         }
      }
      bson_destroy(&reply);
   }
   mongoc_client_pool_push(pool, client);
   mongoc_client_pool_destroy(pool);
   pthread_mutex_lock(&answering);
   BSON_APPEND_INT32(answer, "CloseMS", watch_ms() - ended_ms);
   send_and_exit("", answer);
}
