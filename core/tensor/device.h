/* The interface of a device: where the bytes of a storage live.
 *
 * A storage keeps the device it came from; nothing else of the core asks where
 * memory is. device_cpu.c is the one device of the core itself. */
#ifndef VSG_TENSOR_DEVICE_H
#define VSG_TENSOR_DEVICE_H

#include <stddef.h>

#include "core/base/error.h"

typedef struct vsg_device {
  const char *name; /* "cpu" */
  /* *out is bytes zeroed bytes aligned to 64; NULL on failure (VSG_MEMORY). */
  vsg_status (*allocate)(void **out, size_t bytes, vsg_error *err);
  void (*release)(void *data);
  /* Copies bytes between two places of this device that do not overlap. */
  vsg_status (*copy)(void *out, const void *in, size_t bytes, vsg_error *err);
} vsg_device;

extern const vsg_device vsg_device_cpu;

#endif
