/* A bounds-checked reader of bytes in memory, for all that reads files.
 *
 * A read past the end fails with the file's name and the offset, once; the
 * reader never moves past its end and never reads outside [0, size). */
#ifndef VSG_BASE_READER_H
#define VSG_BASE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

typedef struct vsg_reader {
  const unsigned char *data; /* borrowed */
  size_t size;
  size_t at;
  const char *name; /* borrowed: the file's name in errors */
} vsg_reader;

/* Takes n bytes: *out points into the data, valid as long as it is. */
vsg_status vsg_read_bytes(const unsigned char **out, vsg_reader *r, size_t n,
                          vsg_error *err);
vsg_status vsg_read_u8(uint8_t *out, vsg_reader *r, vsg_error *err);
/* Little endian. */
vsg_status vsg_read_u16(uint16_t *out, vsg_reader *r, vsg_error *err);
vsg_status vsg_read_u32(uint32_t *out, vsg_reader *r, vsg_error *err);
vsg_status vsg_read_u64(uint64_t *out, vsg_reader *r, vsg_error *err);
/* Up to and without the next '\n', which is consumed; *out has no end mark. */
vsg_status vsg_read_line(const char **out, size_t *length, vsg_reader *r,
                         vsg_error *err);
/* Moves to an absolute offset in [0, size]. */
vsg_status vsg_read_seek(vsg_reader *r, size_t offset, vsg_error *err);

/* VSG_FORMAT with "NAME: offset N: text". */
vsg_status vsg_read_fail(const vsg_reader *r, vsg_error *err,
                         const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A whole file mapped read-only. data is NULL and size 0 for an empty file. */
typedef struct vsg_file {
  unsigned char *data;
  size_t size;
} vsg_file;

/* On failure (VSG_IO, with the system's reason) *out is empty. */
vsg_status vsg_file_open(vsg_file *out, const char *path, vsg_error *err);
void vsg_file_close(vsg_file *file);

#endif
