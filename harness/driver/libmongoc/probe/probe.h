/* What the parts of the probe have of each other. It drives libmongoc 1.x or 2.x, as docs/adapters.md tells. */
#ifndef PROBE_H
#define PROBE_H

#include <mongoc/mongoc.h>

/* reason.c: why a call failed. */
typedef struct {
   bson_error_t error;
   int32_t reply;      /* the code of a server's reply, or 0 */
   const char *logged; /* by the same thread, or NULL */
   bool resolving;     /* it was about the hosts and options that DNS gave */
   bool late;          /* it took as long as the driver waits for a connection */
} failure;

const char *reason_of(const failure *f);
const char *domain_of(const bson_error_t *e);
int reasons(void); /* says the reasons of the recorded failures on standard input */

/* attempt.c: makes one attempt, writes what came of it to a file descriptor, and ends the process. */
void attempt(const bson_t *request, int to);

/* info.c: what this probe drives, the value of "Info". */
void info(bson_t *to);

/* watch.c: what becomes of the one client of this process. */
void watch_start(void);                   /* time runs from here, and the log is read */
void watch_pool(mongoc_client_pool_t *p, int32_t patience_ms); /* before its first client; how long it waits for a connection */
void watch_command(void);                 /* a command of the application begins, in this thread */
bool watch_sent(void);                    /* the command has left */
bool watch_hopeless(void);                /* every known server has failed, and none has ever succeeded */
bool watch_cause(failure *f);             /* why there is no server; false if nobody knows */
const char *watch_logged(void);           /* the first error that the driver logged in this thread, or NULL */
void watch_end(void);                     /* of the attempt: what follows is the noise of closing */
bool watch_late(int64_t ms);              /* about as long as the driver waits for a connection */
int32_t watch_ms(void);                   /* since the start */
void watch_report(bson_t *answer);        /* adds events and warnings */

/* json.c */
bool write_line(int fd, const bson_t *document);
void put_text(bson_t *to, const char *key, const char *text); /* of whatever bytes */
const char *get_text(const bson_t *from, const char *key, const char *otherwise);
int64_t get_int(const bson_t *from, const char *key, int64_t otherwise);
bool get_document(const bson_t *from, const char *key, bson_t *to); /* or array; to points into from */

/* An array that grows at its end. */
typedef struct {
   bson_t items;
   uint32_t n;
} list;
void add_text(list *to, const char *text);
void add_document(list *to, const bson_t *document);

#endif
