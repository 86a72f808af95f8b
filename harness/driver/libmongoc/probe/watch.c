/* What becomes of a client: its events, what the driver logs, and whether there is any hope left. With a pool, which is what
 * applications use, server selection goes on for 30 seconds after every server has failed. The early stop ends the wait, not the
 * attempt: the application gets the error that it would get in the end. */
#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

/* A server as the client has come to know it. */
typedef struct {
   char *name;
   bool known;     /* a member of the topology now */
   bool succeeded; /* in a check, ever */
   bool failed;
   bool noted;  /* the client has taken note of the failure */
   failure why; /* of the first one */
} server;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct timespec start;
static bool over, sent, hopeless;
static int32_t patience;
static server servers[64];
static size_t n;
static list events, warnings;

static __thread bool application; /* whether this is the application's thread */
static __thread char *logged;     /* the first error of the check or command that this thread is about */
static __thread server *checked;  /* whose check has failed in this thread */

int32_t watch_ms(void) {
   struct timespec now;

   clock_gettime(CLOCK_MONOTONIC, &now);
   int64_t ns = (int64_t) (now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec;
   return (int32_t) ((ns + 999999) / 1000000); /* libmongoc cuts its waits to whole milliseconds */
}

static void event(const char *kind, const mongoc_host_list_t *host, const char *text) {
   bson_t e = BSON_INITIALIZER;

   BSON_APPEND_UTF8(&e, "Kind", kind);
   BSON_APPEND_UTF8(&e, "Server", host->host_and_port);
   if (*text) {
      put_text(&e, "Text", text);
   }
   BSON_APPEND_INT32(&e, "AtMS", watch_ms());
   add_document(&events, &e);
   bson_destroy(&e);
}

static void forget_logged(void) {
   bson_free(logged);
   logged = NULL;
}

static void on_log(mongoc_log_level_t level, const char *domain, const char *message, void *data) {
   bson_iter_t at;

   (void) domain, (void) data;
   if (level > MONGOC_LOG_LEVEL_WARNING) {
      return;
   }
   if (level < MONGOC_LOG_LEVEL_WARNING && !logged) {
      logged = bson_strdup(message);
   }
   pthread_mutex_lock(&lock);
   if (!over) {
      bool said = false; /* each is said once, however often a check is made again */
      if (warnings.n > 0) {
         for (bson_iter_init(&at, &warnings.items); !said && bson_iter_next(&at);) {
            said = strcmp(bson_iter_utf8(&at, NULL), message) == 0;
         }
      }
      if (!said) {
         add_text(&warnings, message);
      }
   }
   pthread_mutex_unlock(&lock);
}

static server *named(const mongoc_host_list_t *host) {
   for (size_t i = 0; i < n; i++) {
      if (strcmp(servers[i].name, host->host_and_port) == 0) {
         return &servers[i];
      }
   }
   if (n == sizeof servers / sizeof *servers) {
      return &servers[n - 1];
   }
   servers[n].name = bson_strdup(host->host_and_port);
   return &servers[n++];
}

static void see_if_all_failed(void) {
   size_t failed = 0, known = 0;

   for (size_t i = 0; i < n; i++) {
      known += servers[i].known;
      failed += servers[i].known && servers[i].noted && !servers[i].succeeded;
   }
   hopeless = hopeless || (known > 0 && failed == known);
}

static void on_heartbeat(const mongoc_apm_server_heartbeat_started_t *e) {
   (void) e;
   forget_logged();
}

static void on_success(const mongoc_apm_server_heartbeat_succeeded_t *e) {
   pthread_mutex_lock(&lock);
   if (!over) {
      const mongoc_host_list_t *host = mongoc_apm_server_heartbeat_succeeded_get_host(e);
      event("heartbeat-succeeded", host, "");
      named(host)->succeeded = true;
   }
   pthread_mutex_unlock(&lock);
}

/* It cuts waits to whole milliseconds, and a check is timed from its greeting. */
bool watch_late(int64_t ms) { return ms >= patience - patience / 10; }

static void on_failure(const mongoc_apm_server_heartbeat_failed_t *e) {
   bson_error_t error;

   mongoc_apm_server_heartbeat_failed_get_error(e, &error);
   pthread_mutex_lock(&lock);
   if (!over && error.code != 0) { /* without a code the driver itself has given up a check, and makes another */
      const mongoc_host_list_t *host = mongoc_apm_server_heartbeat_failed_get_host(e);
      event("heartbeat-failed", host, error.message);
      server *s = named(host);
      if (!s->failed) {
         s->failed = true;
         s->why = (failure){.error = error, .logged = logged ? bson_strdup(logged) : NULL,
                            .late = watch_late(mongoc_apm_server_heartbeat_failed_get_duration(e) / 1000)};
      }
      checked = s;
   }
   pthread_mutex_unlock(&lock);
}

static void on_opening(const mongoc_apm_server_opening_t *e) {
   pthread_mutex_lock(&lock);
   named(mongoc_apm_server_opening_get_host(e))->known = true;
   pthread_mutex_unlock(&lock);
}

static void on_closed(const mongoc_apm_server_closed_t *e) {
   pthread_mutex_lock(&lock);
   named(mongoc_apm_server_closed_get_host(e))->known = false;
   see_if_all_failed();
   pthread_mutex_unlock(&lock);
}

static void on_command(const mongoc_apm_command_started_t *e) {
   (void) e;
   if (application) {
      pthread_mutex_lock(&lock);
      sent = true;
      pthread_mutex_unlock(&lock);
   }
}

/* rest is called by a monitor that waits for its next check: the client has taken note of what came of the last one. */
static void rest(void) {
   if (checked) {
      pthread_mutex_lock(&lock);
      checked->noted = true;
      see_if_all_failed();
      pthread_mutex_unlock(&lock);
   }
}

static bool before(const struct timespec *a, const struct timespec *b) {
   return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* All of libmongoc's waits come here. That of the application's thread, in server selection, is over when there is no hope, as if its
 * time had run out. Until then it wakes up now and then for no reason, as a wait may, and goes on; the driver looks at its topology each
 * time, so that nothing it was told in between is lost. */
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until) {
   static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
   struct timespec soon;

   if (!real) {
      real = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *)) dlsym(RTLD_NEXT, "pthread_cond_timedwait");
   }
   if (!application) {
      rest();
      return real(cond, mutex, until);
   }
   clock_gettime(CLOCK_REALTIME, &soon);
   soon.tv_nsec += 5000000; /* 5 ms */
   soon.tv_sec += soon.tv_nsec / 1000000000;
   soon.tv_nsec %= 1000000000;
   bool early = before(&soon, until);
   int result = real(cond, mutex, early ? &soon : until);
   if (watch_hopeless()) {
      return ETIMEDOUT;
   }
   return early && result == ETIMEDOUT ? 0 : result;
}

void watch_pool(mongoc_client_pool_t *pool, int32_t patience_ms) {
   mongoc_apm_callbacks_t *c = mongoc_apm_callbacks_new();

   patience = patience_ms;
   mongoc_apm_set_server_heartbeat_started_cb(c, on_heartbeat);
   mongoc_apm_set_server_heartbeat_succeeded_cb(c, on_success);
   mongoc_apm_set_server_heartbeat_failed_cb(c, on_failure);
   mongoc_apm_set_server_opening_cb(c, on_opening);
   mongoc_apm_set_server_closed_cb(c, on_closed);
   mongoc_apm_set_command_started_cb(c, on_command);
   mongoc_client_pool_set_apm_callbacks(pool, c, NULL);
   mongoc_apm_callbacks_destroy(c);
}

void watch_start(void) {
   clock_gettime(CLOCK_MONOTONIC, &start);
   mongoc_log_set_handler(on_log, NULL);
}

void watch_command(void) {
   forget_logged();
   application = true;
   sent = false;
}

bool watch_sent(void) {
   pthread_mutex_lock(&lock);
   bool is = sent;
   pthread_mutex_unlock(&lock);
   return is;
}

bool watch_hopeless(void) {
   pthread_mutex_lock(&lock);
   bool is = hopeless;
   pthread_mutex_unlock(&lock);
   return is;
}

const char *watch_logged(void) { return logged; }

bool watch_cause(failure *f) {
   bool found = false;

   pthread_mutex_lock(&lock);
   for (size_t i = 0; !found && i < n; i++) {
      server *s = &servers[i];
      found = s->known && s->failed && !s->succeeded;
      if (found) {
         *f = s->why;
      }
   }
   pthread_mutex_unlock(&lock);
   return found;
}

void watch_end(void) {
   pthread_mutex_lock(&lock);
   over = true;
   pthread_mutex_unlock(&lock);
}

void watch_report(bson_t *answer) {
   pthread_mutex_lock(&lock);
   if (events.n > 0) {
      BSON_APPEND_ARRAY(answer, "Events", &events.items);
   }
   if (warnings.n > 0) {
      BSON_APPEND_ARRAY(answer, "Warnings", &warnings.items);
   }
   pthread_mutex_unlock(&lock);
}
