/* The elements of dlib's serialisation, as dlib.c needs them. Described from
 * the behaviour of dlib's serialize.h, float_details.h and cuda/tensor.h:
 *
 *   integer  a byte: sign in bit 7, count of bytes (1 to 8) in the low four;
 *            then the magnitude, little endian
 *   float    two integers m and e: m * 2^e; e 32000, 32001, 32002 are +inf,
 *            -inf, nan
 *   boolean  the character '0' or '1'
 *   string   an integer, the length; the bytes
 *   tensor   integers 2 (its version), N, K, rows, columns; then floats of four
 *            bytes, little endian
 *   alias    integers 1 (its version), N, K, rows, columns: a shape over a part
 *            of a layer's parameters, the weights first and the biases next */
#ifndef VSG_LOADER_DLIB_READ_H
#define VSG_LOADER_DLIB_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"

/* Room for a kind's name and the end. */
enum { VSG_DLIB_KIND = 32 };

typedef struct vsg_dlib_alias {
  int64_t shape[4]; /* N, K, rows, columns */
  size_t count;     /* their product, checked */
} vsg_dlib_alias;

vsg_status vsg_dlib_integer(int64_t *out, vsg_reader *r, vsg_error *err);
vsg_status vsg_dlib_integers(int64_t *out, int n, vsg_reader *r,
                             vsg_error *err);
vsg_status vsg_dlib_float(double *out, vsg_reader *r, vsg_error *err);
vsg_status vsg_dlib_skip_floats(vsg_reader *r, int n, vsg_error *err);
vsg_status vsg_dlib_bool(bool *out, vsg_reader *r, vsg_error *err);
/* A string that must be a short word. */
vsg_status vsg_dlib_kind(char out[VSG_DLIB_KIND], vsg_reader *r,
                         vsg_error *err);
/* An integer that must be the wanted one. */
vsg_status vsg_dlib_version(int64_t wanted, const char *what, vsg_reader *r,
                            vsg_error *err);
/* *bytes are the tensor's count elements, borrowed from the file, unaligned. */
vsg_status vsg_dlib_tensor(const unsigned char **bytes, size_t *count,
                           vsg_reader *r, vsg_error *err);
vsg_status vsg_dlib_skip_tensors(vsg_reader *r, int n, vsg_error *err);
vsg_status vsg_dlib_alias_read(vsg_dlib_alias *out, vsg_reader *r,
                               vsg_error *err);

#endif
