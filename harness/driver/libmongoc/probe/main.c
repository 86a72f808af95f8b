/* The process: it reads requests, and makes each attempt in a child of its own, so that neither what libmongoc keeps (answers of
 * OCSP responders) nor what befalls it (a crash, a hang) reaches the next one. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { requests = 3, longest = 16 << 20 };

static int replies;

/* A buffer is what has been read and not been used. */
typedef struct {
   char *data;
   size_t length, room;
} buffer;

/* A running attempt. */
typedef struct {
   char *id;
   pid_t pid;
   int from; /* its answer */
   buffer answer;
   bool cancelled;
} running;

static running *all;
static size_t n;

/* fill reads once, and says how much: 0 at the end, less than 0 if nothing was there. */
static ssize_t fill(buffer *b, int fd) {
   if (b->room - b->length < 1 << 16) {
      b->room = 2 * b->room + (1 << 17);
      b->data = bson_realloc(b->data, b->room);
   }
   ssize_t got = read(fd, b->data + b->length, b->room - b->length);
   if (got > 0) {
      b->length += (size_t) got;
   }
   return got;
}

static void reply(const bson_t *document) {
   if (!write_line(replies, document)) {
      _exit(1); /* nobody listens */
   }
}

static void fail(const char *id, const char *why) {
   bson_t *r = bson_new();

   if (*id) {
      put_text(r, "ID", id);
   }
   put_text(r, "Error", why);
   reply(r);
   bson_destroy(r);
}

/* end_all leaves nothing behind. */
static void end_all(void) {
   for (size_t i = 0; i < n; i++) {
      kill(all[i].pid, SIGKILL);
   }
   for (size_t i = 0; i < n; i++) {
      waitpid(all[i].pid, NULL, 0);
   }
   _exit(0);
}

static running *find(const char *id) {
   for (size_t i = 0; i < n; i++) {
      if (strcmp(all[i].id, id) == 0) {
         return &all[i];
      }
   }
   return NULL;
}

static void start(const bson_t *request) {
   const char *id = get_text(request, "ID", "");
   int ends[2];

   if (find(id)) {
      fail(id, "a request with this ID is under way");
      return;
   }
   if (pipe(ends) != 0) {
      fail(id, strerror(errno));
      return;
   }
   pid_t parent = getpid(), pid = fork();
   if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) {
         _exit(1);
      }
      close(requests);
      close(replies);
      close(ends[0]);
      for (size_t i = 0; i < n; i++) {
         close(all[i].from);
      }
      attempt(request, ends[1]);
   }
   close(ends[1]);
   if (pid < 0) {
      fail(id, strerror(errno));
      close(ends[0]);
      return;
   }
   all = bson_realloc(all, (n + 1) * sizeof *all);
   all[n++] = (running){.id = bson_strdup(id), .pid = pid, .from = ends[0]};
}

/* crashed answers for a driver that took its process down. */
static void crashed(const char *id, int signal) {
   bson_t r = BSON_INITIALIZER, a, e, chain;
   char *text = bson_strdup_printf("libmongoc crashed: signal %d, %s", signal, strsignal(signal));

   BSON_APPEND_DOCUMENT_BEGIN(&r, "Answer", &a);
   put_text(&a, "ID", id);
   BSON_APPEND_BOOL(&a, "OK", false);
   BSON_APPEND_UTF8(&a, "Stage", "connect");
   BSON_APPEND_UTF8(&a, "Stopped", "returned");
   BSON_APPEND_DOCUMENT_BEGIN(&a, "Error", &e);
   BSON_APPEND_UTF8(&e, "Reason", "crashed");
   BSON_APPEND_UTF8(&e, "Text", text);
   BSON_APPEND_UTF8(&e, "Surface", text);
   BSON_APPEND_ARRAY_BEGIN(&e, "Chain", &chain);
   BSON_APPEND_UTF8(&chain, "0", strsignal(signal));
   bson_append_array_end(&e, &chain);
   bson_append_document_end(&a, &e);
   bson_append_document_end(&r, &a);
   reply(&r);
   bson_destroy(&r);
   bson_free(text);
}

/* finish passes on the answer of a child that has closed its end, or how it ended. */
static void finish(running *r) {
   int status = 0;

   close(r->from);
   waitpid(r->pid, &status, 0);
   if (r->answer.length > 0 && r->answer.data[r->answer.length - 1] == '\n') {
      for (size_t done = 0; done < r->answer.length;) {
         ssize_t wrote = write(replies, r->answer.data + done, r->answer.length - done);
         if (wrote <= 0) {
            _exit(1);
         }
         done += (size_t) wrote;
      }
   } else if (r->cancelled) {
      fail(r->id, "cancelled");
   } else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
      crashed(r->id, WTERMSIG(status));
   } else {
      fail(r->id, "the attempt ended without an answer");
   }
   bson_free(r->id);
   bson_free(r->answer.data);
   *r = all[--n];
}

static void serve(const char *line, size_t length) {
   bson_error_t error;
   bson_t *q = bson_new_from_json((const uint8_t *) line, (ssize_t) length, &error);

   if (!q) {
      fail("", "no request: not a JSON object");
      return;
   }
   const char *op = get_text(q, "Op", ""), *id = get_text(q, "ID", "");
   bson_t request;
   if (strcmp(op, "info") == 0) {
      bson_t r = BSON_INITIALIZER, about;
      BSON_APPEND_DOCUMENT_BEGIN(&r, "Info", &about);
      info(&about);
      bson_append_document_end(&r, &about);
      reply(&r);
      bson_destroy(&r);
   } else if (strcmp(op, "do") == 0 && get_document(q, "Request", &request)) {
      start(&request);
   } else if (strcmp(op, "cancel") == 0) {
      running *r = find(id);
      if (r) {
         r->cancelled = true;
         kill(r->pid, SIGKILL);
      }
   } else {
      fail(id, "unsupported");
   }
   bson_destroy(q);
}

/* serve_lines serves the lines that are complete. Of one that is too long the rest is dropped as it comes. */
static void serve_lines(buffer *b) {
   static bool dropping;
   char *line = b->data, *end;

   while ((end = memchr(line, '\n', b->length - (size_t) (line - b->data)))) {
      if (dropping) {
         fail("", "no request: the line is too long");
      } else {
         serve(line, (size_t) (end - line));
      }
      dropping = false;
      line = end + 1;
   }
   b->length -= (size_t) (line - b->data);
   memmove(b->data, line, b->length);
   if (dropping || b->length > longest) {
      dropping = true;
      b->length = 0;
   }
}

int main(int argc, char **argv) {
   buffer in = {0};

   mongoc_init();
   if (argc > 1 && strcmp(argv[1], "reasons") == 0) {
      return reasons();
   }
   /* OpenSSL asks for pass phrases, and libraries print: neither may reach the harness. */
   replies = dup(1);
   dup2(2, 1);
   int none = open("/dev/null", O_RDONLY);
   if (replies < 0 || none < 0 || dup2(none, 0) < 0) {
      perror("probe");
      return 1;
   }
   close(none);
   signal(SIGPIPE, SIG_IGN);
   for (;;) {
      struct pollfd *wait = bson_malloc((n + 1) * sizeof *wait);
      size_t waiting = n;

      wait[n] = (struct pollfd){.fd = requests, .events = POLLIN};
      for (size_t i = 0; i < n; i++) {
         wait[i] = (struct pollfd){.fd = all[i].from, .events = POLLIN};
      }
      if (poll(wait, n + 1, -1) < 0 && errno != EINTR) {
         end_all();
      }
      if (wait[waiting].revents) {
         if (fill(&in, requests) <= 0) {
            end_all();
         }
      }
      for (size_t i = waiting; i-- > 0;) { /* from the end: who has ended gives its place to the last */
         if (wait[i].revents && fill(&all[i].answer, all[i].from) <= 0) {
            finish(&all[i]);
         }
      }
      bson_free(wait);
      serve_lines(&in);
   }
}
