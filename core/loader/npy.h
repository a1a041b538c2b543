/* numpy's .npy and .npz: one array, or a zip archive of them.
 *
 * Versions 1 to 3, either byte order, C and Fortran order (the latter becomes a
 * view with Fortran's strides, nothing is moved). Types that have no dtype are
 * widened, see elements.h. Unsigned ones of 64 bits, complex and structured
 * ones are VSG_UNSUPPORTED. Arrays of objects are read by pickle.h, which calls
 * nothing: dictionaries and lists of arrays of numbers, whose names are the
 * keys on their way joined with dots. */
#ifndef VSG_LOADER_NPY_H
#define VSG_LOADER_NPY_H

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/loader/elements.h"
#include "core/loader/loader.h"
#include "core/tensor/tensor.h"

enum { VSG_NPY_DESCR = 16 };

typedef struct vsg_npy_header {
  char descr[VSG_NPY_DESCR]; /* numpy's type, "<f4" */
  bool fortran;
  int dims;
  long shape[VSG_MAX_DIMS];
  size_t count; /* elements; the product of shape, checked */
} vsg_npy_header;

/* Leaves r at the first element. */
vsg_status vsg_npy_read_header(vsg_npy_header *out, vsg_reader *r,
                               vsg_error *err);
/* VSG_UNSUPPORTED where no dtype holds the header's elements. */
vsg_status vsg_npy_type(const vsg_element **out, const vsg_npy_header *h,
                        const vsg_reader *r, vsg_error *err);

/* Adds the array that r holds from its offset to its end under the length bytes
 * of name; of an array of objects what is in it, its names behind that one. The
 * one of an .npy file has no name (length 0): numpy calls such a one arr_0. */
vsg_status vsg_npy_add(vsg_weights *out, vsg_reader *r, const char *name,
                       size_t length, vsg_error *err);

/* Adds the arrays of numbers in the pickle that r holds from its offset to its
 * end, their names behind prefix where it is not empty. */
vsg_status vsg_npy_add_objects(vsg_weights *out, vsg_reader *r,
                               const char *prefix, vsg_error *err);

/* An .npy whose rows, the parts of its first axis, are read by and by. */
typedef struct vsg_npy_rows {
  char *path;
  int file;
  vsg_npy_header header;
  const vsg_element *type;
  size_t start, row; /* bytes: of the header; of a row */
} vsg_npy_rows;

/* Fortran's order, where rows do not lie together, is VSG_UNSUPPORTED. */
vsg_status vsg_npy_rows_open(vsg_npy_rows **out, const char *path,
                             vsg_error *err);
/* *out is new: count rows from `first` on. The system is told that as many
 * behind them will be wanted next, which it reads meanwhile. */
vsg_status vsg_npy_rows_read(vsg_tensor **out, const vsg_npy_rows *r,
                             long first, long count, vsg_error *err);
/* NULL is fine. */
void vsg_npy_rows_close(vsg_npy_rows *r);

/* Writes t as version 1 .npy, little endian, C order. The file appears whole
 * under its name or not at all. bf16, which numpy lacks, is VSG_DTYPE. */
vsg_status vsg_npy_write(const char *path, const vsg_tensor *t, vsg_error *err);

/* Writes count tensors as an .npz like numpy.savez: stored, not compressed,
 * one NAME.npy for each. Equal tensors give equal bytes. */
vsg_status vsg_npz_write(const char *path, size_t count,
                         const char *const *names,
                         const vsg_tensor *const *tensors, vsg_error *err);

#endif
