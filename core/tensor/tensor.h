/* Tensors: reference-counted storage seen through strided views.
 *
 * A vsg_tensor is a small header (dtype, shape, strides, offset) that holds one
 * reference to a vsg_storage. Views share storage; writing through one is seen
 * by all. Axes and indices start at 0 here (core/lua converts). Strides and
 * offset count elements and may be 0 (broadcast) but never negative.
 *
 * Texts of errors count axes and positions from 1, for their reader is a user
 * of Lua.
 *
 * Not here: arithmetic (elementwise.h, reduce.h, sort.h, join.h, linalg.h),
 * random numbers (random.h), images (core/image), networks (core/graph),
 * anything of Lua. */
#ifndef VSG_TENSOR_TENSOR_H
#define VSG_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

enum { VSG_MAX_DIMS = 8 };

typedef enum vsg_dtype {
#define VSG_DTYPE(name, bytes) VSG_##name,
#include "core/tensor/dtype.def"
#undef VSG_DTYPE
  VSG_DTYPE_COUNT
} vsg_dtype;

size_t vsg_dtype_size(vsg_dtype dtype);      /* bytes of one element */
const char *vsg_dtype_name(vsg_dtype dtype); /* "f32", ... */
/* False when no dtype has that name. */
bool vsg_dtype_from_name(vsg_dtype *out, const char *name);

typedef struct vsg_storage vsg_storage;
struct vsg_device;

typedef struct vsg_tensor {
  vsg_storage *storage; /* owned reference */
  vsg_dtype dtype;
  int dims; /* 0 for a scalar */
  long shape[VSG_MAX_DIMS];
  long stride[VSG_MAX_DIMS]; /* elements */
  long offset;               /* elements */
} vsg_tensor;

/* ---- life ---- */

/* *out is a new contiguous tensor, zero-filled; free with vsg_tensor_free. On
 * failure *out is NULL. Storage is aligned to 64 bytes. */
vsg_status vsg_tensor_new(vsg_tensor **out, vsg_dtype dtype, int dims,
                          const long *shape, vsg_error *err);
/* *out is another header on t's storage. */
vsg_status vsg_tensor_view(vsg_tensor **out, const vsg_tensor *t,
                           vsg_error *err);
/* Drops the header and its reference; NULL is fine. */
void vsg_tensor_free(vsg_tensor *t);

/* ---- properties ---- */

long vsg_tensor_numel(const vsg_tensor *t);
size_t vsg_tensor_bytes(const vsg_tensor *t); /* numel * element size */
bool vsg_tensor_is_contiguous(const vsg_tensor *t);
bool vsg_tensor_same_shape(const vsg_tensor *a, const vsg_tensor *b);
/* The first element's address; with vsg_tensor_is_contiguous, numel elements
 * follow it in row-major order. Borrowed. */
void *vsg_tensor_data(const vsg_tensor *t);
/* The device that holds t's storage. */
const struct vsg_device *vsg_tensor_device(const vsg_tensor *t);
/* Writes "(2,3,224,224)" or "(4,)" into text and returns it. */
enum { VSG_SHAPE_TEXT = 192 };
char *vsg_shape_text(char text[VSG_SHAPE_TEXT], int dims, const long *shape);

/* ---- views: share t's storage ---- */

/* The same elements in row-major order under another shape, of which one size
 * may be -1. A view where t is contiguous, else a copy. */
vsg_status vsg_tensor_reshape(vsg_tensor **out, const vsg_tensor *t, int dims,
                              const long *shape, vsg_error *err);
/* Axis i of *out is axis order[i] of t; order holds each of t's axes once. */
vsg_status vsg_tensor_permute(vsg_tensor **out, const vsg_tensor *t,
                              const int *order, vsg_error *err);
/* Elements start .. start + length - 1 of axis. */
vsg_status vsg_tensor_narrow(vsg_tensor **out, const vsg_tensor *t, int axis,
                             long start, long length, vsg_error *err);
/* Elements start, start + step, ... (length of them) of axis; step > 0. */
vsg_status vsg_tensor_slice(vsg_tensor **out, const vsg_tensor *t, int axis,
                            long start, long length, long step, vsg_error *err);
/* The part of t at index along axis; the axis goes. */
vsg_status vsg_tensor_select(vsg_tensor **out, const vsg_tensor *t, int axis,
                             long index, vsg_error *err);
/* Repeats axes of size 1, and adds leading ones, without copying. */
vsg_status vsg_tensor_expand(vsg_tensor **out, const vsg_tensor *t, int dims,
                             const long *shape, vsg_error *err);
/* A new axis of size 1 before axis, which may be t->dims. */
vsg_status vsg_tensor_unsqueeze(vsg_tensor **out, const vsg_tensor *t, int axis,
                                vsg_error *err);
/* Removes axis, whose size must be 1. */
vsg_status vsg_tensor_squeeze(vsg_tensor **out, const vsg_tensor *t, int axis,
                              vsg_error *err);
/* VSG_SHAPE unless 0 <= axis < t->dims. */
vsg_status vsg_axis_check(const char *operation, const vsg_tensor *t, int axis,
                          vsg_error *err);

/* ---- copies ---- */

/* Another header where t is contiguous already, else a contiguous copy. */
vsg_status vsg_tensor_contiguous(vsg_tensor **out, const vsg_tensor *t,
                                 vsg_error *err);
/* Another header where t has the dtype already, else a contiguous copy. Floats
 * become floats by rounding to nearest even; integers by cutting off the
 * fraction and saturating (NaN becomes 0). Integers wrap as in C. */
vsg_status vsg_tensor_to(vsg_tensor **out, const vsg_tensor *t, vsg_dtype dtype,
                         vsg_error *err);
/* A contiguous copy that shares nothing with t. */
vsg_status vsg_tensor_clone(vsg_tensor **out, const vsg_tensor *t,
                            vsg_error *err);
/* Writes source, broadcast and converted, into out's elements. They may share
 * storage. out may not be an expanded view. */
vsg_status vsg_tensor_copy(const vsg_tensor *out, const vsg_tensor *source,
                           vsg_error *err);

/* ---- single elements; index has one number per axis, in range ---- */

double vsg_tensor_get_f64(const vsg_tensor *t, const long *index);
void vsg_tensor_set_f64(const vsg_tensor *t, const long *index, double value);
/* As above for whole numbers, exact where a double is not. */
int64_t vsg_tensor_get_i64(const vsg_tensor *t, const long *index);
void vsg_tensor_set_i64(const vsg_tensor *t, const long *index, int64_t value);

bool vsg_dtype_is_float(vsg_dtype dtype);

#endif
