/* A file that appears whole or not at all: bytes go to a temporary name beside
 * it, and committing renames. A full disk, a lost connection or an interruption
 * leaves what was there before. */
#ifndef VSG_BASE_WRITER_H
#define VSG_BASE_WRITER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/error.h"

typedef struct vsg_writer {
  FILE *file;
  char *path; /* where it will appear */
  char *temporary;
  uint64_t at; /* bytes written */
} vsg_writer;

/* What stands at path must be a regular file, if anything does. On failure
 * (VSG_IO, with the system's reason) there is nothing to end. */
vsg_status vsg_writer_open(vsg_writer *out, const char *path, vsg_error *err);

vsg_status vsg_write(vsg_writer *w, const void *data, size_t n, vsg_error *err);
/* The low bytes of value, little endian; bytes is 1 to 8. */
vsg_status vsg_write_little(vsg_writer *w, uint64_t value, int bytes,
                            vsg_error *err);

/* Ends the writing: with status VSG_OK the file is on the disk under its path,
 * otherwise, or when that fails, nothing is left of it. Returns status, or the
 * failure of committing. */
vsg_status vsg_writer_close(vsg_writer *w, vsg_status status, vsg_error *err);

#endif
