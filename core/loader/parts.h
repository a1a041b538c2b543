/* Writing a file of pieces: bytes that the caller made, as a header, and whole
 * tensors. Formats that are little more than that (safetensors, HDF5, ONNX) are
 * laid out in Lua, and a network of any size is written from where it lies. */
#ifndef VSG_LOADER_PARTS_H
#define VSG_LOADER_PARTS_H

#include <stddef.h>

#include "core/base/error.h"
#include "core/tensor/tensor.h"

typedef struct vsg_part {
  const void *data; /* borrowed */
  size_t size;
  const vsg_tensor *tensor; /* borrowed; its elements stand for data; or NULL */
} vsg_part;

/* Writes the parts one after another; a tensor in C order, little endian. The
 * file appears whole under its name or not at all. */
vsg_status vsg_parts_write(const char *path, size_t count,
                           const vsg_part *parts, vsg_error *err);

#endif
