/* Tensors: reference-counted storage seen through strided views.
 *
 * A vsg_tensor is a small header (dtype, shape, strides, offset) that holds one
 * reference to a vsg_storage. Views share storage; writing through one is seen
 * by all. Axes and indices start at 0 here (core/lua converts). Strides and
 * offset count elements and may be 0 (broadcast) but never negative.
 *
 * Not here: images (core/image), networks (core/graph), anything of Lua. */
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
/* Writes "(2,3,224,224)" into text and returns it. */
enum { VSG_SHAPE_TEXT = 192 };
char *vsg_shape_text(char text[VSG_SHAPE_TEXT], int dims, const long *shape);

#endif
