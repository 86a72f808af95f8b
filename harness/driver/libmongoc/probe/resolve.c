/* Names. libmongoc has no way to be told a resolver, or an address for a name, so the probe, being the executable, puts itself before
 * the C library: what it defines here is what libmongoc and OpenSSL call. Of this file alone a library can be made, to be preloaded
 * into another program that has libmongoc in it. The environment says what to answer: MONGOTLS_RESOLVER, and MONGOTLS_DIAL. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <dlfcn.h>
#include <netdb.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ask_ours makes a resolver ask the harness's DNS server, and nobody else, for names as they are. */
static void ask_ours(res_state state) {
   const char *given = getenv("MONGOTLS_RESOLVER");
   char address[64];
   char *port;

   if (!given || strlen(given) >= sizeof address) {
      return;
   }
   strcpy(address, given);
   port = strrchr(address, ':');
   if (!port) {
      return;
   }
   *port++ = '\0';
   memset(&state->nsaddr_list[0], 0, sizeof state->nsaddr_list[0]);
   state->nsaddr_list[0].sin_family = AF_INET;
   state->nsaddr_list[0].sin_port = htons((uint16_t) atoi(port));
   inet_pton(AF_INET, address, &state->nsaddr_list[0].sin_addr);
   state->nscount = 1;
   state->options &= ~(unsigned long) (RES_DEFNAMES | RES_DNSRCH);
}

/* The C library's headers may call it so, or not. */
#undef res_ninit
int __res_ninit(res_state state);
int res_ninit(res_state state) { return __res_ninit(state); }

int __res_ninit(res_state state) {
   static int (*real)(res_state);

   if (!real) {
      real = (int (*)(res_state)) dlsym(RTLD_NEXT, "__res_ninit");
   }
   int result = real(state);
   if (result == 0) {
      ask_ours(state);
   }
   return result;
}

/* lookup finds the IPv4 address of a name in the harness's DNS. */
static bool lookup(const char *name, char address[INET_ADDRSTRLEN]) {
   struct __res_state state;
   unsigned char answer[4096];
   ns_msg message;
   ns_rr record;
   bool found = false;

   memset(&state, 0, sizeof state);
   if (__res_ninit(&state) != 0) {
      return false;
   }
   int length = res_nquery(&state, name, ns_c_in, ns_t_a, answer, sizeof answer);
   if (length > 0 && ns_initparse(answer, length, &message) == 0) {
      for (int i = 0; !found && i < ns_msg_count(message, ns_s_an); i++) {
         found = ns_parserr(&message, ns_s_an, i, &record) == 0 && ns_rr_type(record) == ns_t_a &&
                 inet_ntop(AF_INET, ns_rr_rdata(record), address, INET_ADDRSTRLEN);
      }
   }
   res_nclose(&state);
   return found;
}

/* literal is whether a host is an address already, or this one. */
static bool literal(const char *host) {
   unsigned char space[16];

   return inet_pton(AF_INET, host, space) == 1 || inet_pton(AF_INET6, host, space) == 1 || strcmp(host, "localhost") == 0;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
   static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
   struct addrinfo any = {0};
   char address[INET_ADDRSTRLEN];
   const char *dial = getenv("MONGOTLS_DIAL"); /* the IP address behind every name */

   if (!real) {
      real = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **)) dlsym(RTLD_NEXT, "getaddrinfo");
   }
   if (!host) {
      return real(host, service, hints, found);
   }
   if (hints) {
      any = *hints;
   }
   if (dial && *dial) {
      any.ai_family = AF_UNSPEC; /* whatever the name looked like */
      return real(dial, service, &any, found);
   }
   if (literal(host) || !getenv("MONGOTLS_RESOLVER")) {
      return real(host, service, hints, found);
   }
   if (!lookup(host, address)) {
      return EAI_NONAME;
   }
   return real(address, service, &any, found);
}
