#include "probe.h"

#include <string.h>
#include <unistd.h>

bool write_line(int fd, const bson_t *document) {
   size_t left;
   char *json = bson_as_relaxed_extended_json(document, &left);
   char *at = json;
   ssize_t n = 0;

   if (!json) {
      return false;
   }
   json[left++] = '\n'; /* in place of its end */
   for (; left > 0 && (n = write(fd, at, left)) > 0; left -= (size_t) n) {
      at += n;
   }
   bson_free(json);
   return left == 0;
}

/* Errors quote certificates and files, and the server's words: what is no UTF-8 becomes question marks. */
void put_text(bson_t *to, const char *key, const char *text) {
   size_t length = strlen(text);

   if (bson_utf8_validate(text, length, false)) {
      BSON_APPEND_UTF8(to, key, text);
      return;
   }
   char *copy = bson_strdup(text);
   for (char *c = copy; *c; c++) {
      if (*c & 0x80) {
         *c = '?';
      }
   }
   BSON_APPEND_UTF8(to, key, copy);
   bson_free(copy);
}

const char *get_text(const bson_t *from, const char *key, const char *otherwise) {
   bson_iter_t at;

   return bson_iter_init_find(&at, from, key) && BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, NULL) : otherwise;
}

int64_t get_int(const bson_t *from, const char *key, int64_t otherwise) {
   bson_iter_t at;

   return bson_iter_init_find(&at, from, key) && BSON_ITER_HOLDS_NUMBER(&at) ? bson_iter_as_int64(&at) : otherwise;
}

bool get_document(const bson_t *from, const char *key, bson_t *to) {
   bson_iter_t at;
   const uint8_t *bytes;
   uint32_t length;

   if (!bson_iter_init_find(&at, from, key)) {
      return false;
   }
   if (BSON_ITER_HOLDS_DOCUMENT(&at)) {
      bson_iter_document(&at, &length, &bytes);
   } else if (BSON_ITER_HOLDS_ARRAY(&at)) {
      bson_iter_array(&at, &length, &bytes);
   } else {
      return false;
   }
   return bson_init_static(to, bytes, length);
}

static const char *next_key(list *to, char space[16]) {
   const char *key;

   if (to->n == 0) {
      bson_init(&to->items);
   }
   bson_uint32_to_string(to->n++, &key, space, 16);
   return key;
}

void add_text(list *to, const char *text) {
   char space[16];
   const char *key = next_key(to, space);

   put_text(&to->items, key, text);
}

void add_document(list *to, const bson_t *document) {
   char space[16];
   const char *key = next_key(to, space);

   BSON_APPEND_DOCUMENT(&to->items, key, document);
}
