/* The tokens of protobuf's text format, for prototxt.c; the grammar is there.
 */
#ifndef VSG_LOADER_PROTOTXT_TOKEN_H
#define VSG_LOADER_PROTOTXT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/reader.h"

typedef enum vsg_token_kind {
  VSG_TOKEN_END, /* of the text */
  VSG_TOKEN_NAME,
  VSG_TOKEN_NUMBER,
  VSG_TOKEN_STRING, /* with its quotes */
  VSG_TOKEN_SIGN,   /* any other character */
} vsg_token_kind;

typedef struct vsg_token {
  vsg_token_kind kind;
  const char *text; /* in the reader's data */
  size_t length;
} vsg_token;

/* Takes the next token, past space and comments. A string must end in its
 * line. */
vsg_status vsg_token_next(vsg_token *out, vsg_reader *r, vsg_error *err);

/* The token as a number without a sign: C's integers of any base, and decimal
 * fractions that may end in f. False when it is none. */
bool vsg_token_number(double *out, const vsg_token *t);

/* What follows a backslash at text, before end: the byte in *out. Returns how
 * many characters that took, 0 for an escape that is none. */
size_t vsg_token_escape(char *out, const char *text, const char *end);

#endif
