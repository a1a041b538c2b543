/* Errors; see error.h. */
#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>

vsg_status vsg_fail(vsg_error *err, vsg_status code, const char *format, ...) {
  va_list args;
  err->code = code;
  va_start(args, format);
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  return code;
}

vsg_status vsg_fail_memory(vsg_error *err, const char *what,
                           unsigned long bytes) {
  return vsg_fail(err, VSG_MEMORY, "%s: no memory for %lu bytes", what, bytes);
}

const char *vsg_status_text(vsg_status code) {
  switch (code) {
#define VSG_STATUS(name, number, text) \
  case VSG_##name:                     \
    return text;
#include "core/base/status.def"
#undef VSG_STATUS
  }
  return "unknown status";
}
