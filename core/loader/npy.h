/* numpy's .npy and .npz: one array, or a zip archive of them.
 *
 * Versions 1 to 3, either byte order, C and Fortran order (the latter becomes a
 * view with Fortran's strides, nothing is moved). numpy's types become
 *
 *   f2 f4 f8        f16 f32 f64        u1 i4 i8    u8 i32 i64
 *   i1 i2 u2        i32 (widened)      u4          i64 (widened)
 *   b1              u8, 0 or 1
 *
 * u8 (64 bits without sign), complex, structured and object arrays are
 * VSG_UNSUPPORTED: no object is ever unpickled. */
#ifndef VSG_LOADER_NPY_H
#define VSG_LOADER_NPY_H

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/tensor/tensor.h"

enum { VSG_NPY_DESCR = 16 };

typedef struct vsg_npy_header {
  char descr[VSG_NPY_DESCR]; /* numpy's type, "<f4" */
  bool fortran;
  int dims;
  long shape[VSG_MAX_DIMS];
  size_t count; /* elements; the product of shape, checked */
} vsg_npy_header;

/* Reads the header and leaves r at the first element. */
vsg_status vsg_npy_read_header(vsg_npy_header *out, vsg_reader *r,
                               vsg_error *err);

/* *out is the array that r holds from its offset to its end. */
vsg_status vsg_npy_read(vsg_tensor **out, vsg_reader *r, vsg_error *err);

/* The strings of a one-axis array of numpy's types U (UTF-32) or S (bytes),
 * as a label list holds them: UTF-8, each ended by '\n', in one block that the
 * caller frees. A string that itself holds a line end is VSG_FORMAT. */
vsg_status vsg_npy_read_strings(char **out, size_t *length, vsg_reader *r,
                                vsg_error *err);

/* Writes t as version 1 .npy, little endian, C order. The file appears whole
 * under its name or not at all. bf16, which numpy lacks, is VSG_DTYPE. */
vsg_status vsg_npy_write(const char *path, const vsg_tensor *t, vsg_error *err);

/* Writes count tensors as an .npz like numpy.savez: stored, not compressed,
 * one NAME.npy for each. Equal tensors give equal bytes. */
vsg_status vsg_npz_write(const char *path, size_t count,
                         const char *const *names,
                         const vsg_tensor *const *tensors, vsg_error *err);

#endif
