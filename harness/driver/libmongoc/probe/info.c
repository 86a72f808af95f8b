/* What the probe drives, and what that does not have: found by asking it. */
#define _GNU_SOURCE
#include "probe.h"

#include <ctype.h>
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* The TLS options of the URI options specification, and tlsCRLFile, which some drivers have. */
static const char *const options[] = {"tls",
                                      "ssl",
                                      "tlsInsecure",
                                      "tlsAllowInvalidCertificates",
                                      "tlsAllowInvalidHostnames",
                                      "tlsCAFile",
                                      "tlsCertificateKeyFile",
                                      "tlsCertificateKeyFilePassword",
                                      "tlsDisableOCSPEndpointCheck",
                                      "tlsDisableCertificateRevocationCheck",
                                      "tlsCRLFile"};

static void note(mongoc_log_level_t level, const char *domain, const char *message, void *unsupported) {
   (void) domain;
   if (level <= MONGOC_LOG_LEVEL_WARNING && strstr(message, "Unsupported URI option")) {
      *(bool *) unsupported = true;
   }
}

/* instead is what the driver does with an option that it does not have, NULL if it has it. */
static const char *instead(const char *option) {
   bson_error_t error;
   bool file = strstr(option, "File") != NULL, unsupported = false;
   char *text = bson_strdup_printf("mongodb://localhost/?%s=%s", option, file ? "x" : "true");

   mongoc_log_set_handler(note, &unsupported);
   mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &error);
   mongoc_log_set_handler(NULL, NULL);
   bson_free(text);
   if (!uri) {
      return "refused";
   }
   mongoc_uri_destroy(uri);
   return unsupported ? "ignored, with a warning" : NULL;
}

/* in_code is whether an option has a place in mongoc_ssl_opt_t, whatever becomes of it in a URI. */
static bool in_code(const char *option) { return strcmp(option, "tlsCRLFile") == 0; }

/* library is the TLS library as it says itself. It is not ours to link: libmongoc brings it. */
static const char *library(void) {
#ifdef MONGOC_ENABLE_SSL_OPENSSL
   const char *(*version)(int) = (const char *(*) (int) ) dlsym(RTLD_DEFAULT, "OpenSSL_version");
   return version ? version(0) : "OpenSSL";
#elif defined(MONGOC_ENABLE_SSL_LIBRESSL)
   return "LibreSSL libtls";
#elif defined(MONGOC_ENABLE_SSL_SECURE_TRANSPORT)
   return "Secure Transport";
#else
   return "none";
#endif
}

/* component adds one to an array. */
static void component(bson_t *to, const char *index, const char *name, const char *version, const char *role, const char *detail) {
   bson_t one;

   BSON_APPEND_DOCUMENT_BEGIN(to, index, &one);
   BSON_APPEND_UTF8(&one, "Name", name);
   BSON_APPEND_UTF8(&one, "Version", version);
   if (role) {
      BSON_APPEND_UTF8(&one, "Role", role);
   }
   if (detail) {
      BSON_APPEND_UTF8(&one, "Detail", detail);
   }
   bson_append_document_end(to, &one);
}

/* level is OpenSSL's security level of new contexts, -1 where it cannot be asked. */
static int level(void) {
   void *(*method)(void) = (void *(*) (void) ) dlsym(RTLD_DEFAULT, "TLS_client_method");
   void *(*make)(const void *) = (void *(*) (const void *) ) dlsym(RTLD_DEFAULT, "SSL_CTX_new");
   int (*get)(const void *) = (int (*)(const void *)) dlsym(RTLD_DEFAULT, "SSL_CTX_get_security_level");
   void (*end)(void *) = (void (*)(void *)) dlsym(RTLD_DEFAULT, "SSL_CTX_free");
   void *context = method && make && get && end ? make(method()) : NULL;

   if (!context) {
      return -1;
   }
   int found = get(context);
   end(context);
   return found;
}

/* components are what the driver runs on: the C library, and the TLS library where that says its version, "OpenSSL 3.0.17 ...". */
static void components(bson_t *to, const char *platform) {
   char name[32], version[32], detail[32];

   component(to, "0", "glibc", gnu_get_libc_version(), NULL, platform);
   if (sscanf(library(), "%31s %31s", name, version) == 2 && version[0] >= '0' && version[0] <= '9') {
      for (char *c = name; *c; c++) {
         *c = (char) tolower((unsigned char) *c);
      }
      snprintf(detail, sizeof detail, "security level %d", level());
      component(to, "1", name, version, "TLS library", level() < 0 ? NULL : detail);
   }
}

void info(bson_t *to) {
   bson_t lacks, cannot, on;
   struct utsname machine;

   uname(&machine);
   char *platform = bson_strdup_printf("linux/%s", machine.machine);
   char *build = bson_strdup_printf("client pool %s", platform);
   BSON_APPEND_UTF8(to, "Driver", "libmongoc");
   BSON_APPEND_UTF8(to, "Version", mongoc_get_version());
   BSON_APPEND_UTF8(to, "Build", build);
   BSON_APPEND_UTF8(to, "TLS", library());
   BSON_APPEND_ARRAY_BEGIN(to, "Components", &on);
   components(&on, platform);
   bson_append_array_end(to, &on);
   BSON_APPEND_DOCUMENT_BEGIN(to, "Lacks", &lacks);
   for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
      const char *what = instead(options[i]);
      if (what) {
         char *key = bson_strdup_printf("%s%s", in_code(options[i]) ? "?" : "", options[i]);
         BSON_APPEND_UTF8(&lacks, key, what);
         bson_free(key);
      }
   }
   BSON_APPEND_UTF8(&lacks, "tlsMinVersion", "mongoc_ssl_opt_t has no versions of TLS");
   BSON_APPEND_UTF8(&lacks, "tlsMaxVersion", "mongoc_ssl_opt_t has no versions of TLS");
   bson_append_document_end(to, &lacks);
   BSON_APPEND_DOCUMENT_BEGIN(to, "Cannot", &cannot);
   BSON_APPEND_UTF8(&cannot, "poolEvents", "libmongoc tells nothing of its pools");
   if (!getenv("MONGOTLS_RESOLVER")) {
      BSON_APPEND_UTF8(&cannot, "dns", "no resolver was given");
   }
   if (!getenv("SSL_CERT_FILE")) {
      BSON_APPEND_UTF8(&cannot, "systemRoots", "no roots were given");
   }
   bson_append_document_end(to, &cannot);
   bson_free(build);
   bson_free(platform);
}
