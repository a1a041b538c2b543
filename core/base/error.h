/* Errors: a code and one line of text, filled by whoever fails first.
 *
 * Every fallible core function returns vsg_status and takes a vsg_error as its
 * last argument. Nothing in the core prints, exits or keeps an error global. */
#ifndef VSG_BASE_ERROR_H
#define VSG_BASE_ERROR_H

typedef enum vsg_status {
#define VSG_STATUS(name, number, text) VSG_##name = number,
#include "core/base/status.def"
#undef VSG_STATUS
} vsg_status;

enum { VSG_ERROR_TEXT = 1024 };

typedef struct vsg_error {
  vsg_status code;
  char text[VSG_ERROR_TEXT];
} vsg_error;

/* Fills err with code and the formatted text ("operation: what came, what was
 * wanted", lower case, no full stop) and returns code. Long text is cut. */
vsg_status vsg_fail(vsg_error *err, vsg_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As vsg_fail for an allocation of bytes in operation what. */
vsg_status vsg_fail_memory(vsg_error *err, const char *what,
                           unsigned long bytes);

/* The code's text in status.def; "unknown status" for any other number. */
const char *vsg_status_text(vsg_status code);

#endif
