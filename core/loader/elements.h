/* Element types of files and what they become in a tensor. Signed and unsigned
 * types that have no dtype are widened to the next one that holds them. */
#ifndef VSG_LOADER_ELEMENTS_H
#define VSG_LOADER_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/tensor/tensor.h"

/* The names are numpy's without the byte order: f2 f4 f8 u1 i4 i8 as they are;
 * bf (bfloat16); i1 i2 u2 -> i32; u4 -> i64; b1 -> u8, 0 or 1. */
typedef struct vsg_element {
  const char *name;
  size_t bytes; /* in the file */
  vsg_dtype dtype;
  void (*widen)(void *out, const unsigned char *in, size_t n); /* or NULL */
} vsg_element;

/* NULL when there is none of that name. */
const vsg_element *vsg_element_find(const char *name);

/* Fills the contiguous tensor t, of type's dtype, from as many elements at in,
 * which may be unaligned. swap: they are big endian. */
vsg_status vsg_element_fill(vsg_tensor *t, const vsg_element *type, bool swap,
                            const unsigned char *in, vsg_error *err);

#endif
