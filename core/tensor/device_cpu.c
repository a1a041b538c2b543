/* The CPU's memory as a device; see device.h. */
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/tensor/device.h"

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector register */

static vsg_status allocate(void **out, size_t bytes, vsg_error *err) {
  size_t padded;
  *out = NULL;
  /* Never 0 bytes, for aligned_alloc may then return NULL. */
  if (!vsg_size_add(&padded, bytes, ALIGNMENT)) {
    return vsg_fail_memory(err, "tensor", bytes);
  }
  padded -= padded % ALIGNMENT;
  *out = aligned_alloc(ALIGNMENT, padded);
  if (!*out) return vsg_fail_memory(err, "tensor", bytes);
  memset(*out, 0, padded);
  return VSG_OK;
}

static void release(void *data) { free(data); }

static vsg_status copy(void *out, const void *in, size_t bytes,
                       vsg_error *err) {
  (void)err; /* memory that exists can be copied */
  memcpy(out, in, bytes);
  return VSG_OK;
}

const vsg_device vsg_device_cpu = {
    .name = "cpu", .allocate = allocate, .release = release, .copy = copy};
