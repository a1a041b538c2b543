/* Tensors whose bytes lie in files beside the one that is read: ONNX's external
 * data, OpenVINO's .bin. Opening them is the loader's. */
#ifndef VSG_LOADER_BESIDE_H
#define VSG_LOADER_BESIDE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"

typedef struct vsg_beside {
  size_t bytes; /* of all such files */
  size_t taken; /* by tensors, which may share them */
} vsg_beside;

/* *out is size bytes from offset of the file, which all counts already; valid
 * as long as the file is open. What lies outside of it is VSG_FORMAT, at r's
 * offset, and so are tensors of many times the bytes that there are. */
vsg_status vsg_beside_take(const unsigned char **out, vsg_beside *all,
                           const vsg_file *file, uint64_t offset, size_t size,
                           const vsg_reader *r, vsg_error *err);

#endif
