/* PHP 8.2 and older load extensions so that what these call is looked for in their own libraries first, past what was preloaded. */
#define _GNU_SOURCE
#include <dlfcn.h>

void *dlopen(const char *file, int mode) {
   static void *(*real)(const char *, int);

   if (!real) {
      real = (void *(*)(const char *, int)) dlsym(RTLD_NEXT, "dlopen");
   }
   return real(file, mode & ~RTLD_DEEPBIND);
}
