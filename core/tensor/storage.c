/* Tensor storage and headers: allocation, reference counts, properties. Views
 * that change the shape are in view.c, arithmetic in files named after it. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/tensor/device.h"
#include "core/tensor/tensor.h"

struct vsg_storage {
  const vsg_device *device;
  atomic_int references;
  void *data;
};

size_t vsg_dtype_size(vsg_dtype dtype) {
  static const size_t bytes[] = {
#define VSG_DTYPE(name, bytes) [VSG_##name] = bytes,
#include "core/tensor/dtype.def"
#undef VSG_DTYPE
  };
  return bytes[dtype];
}

static const char *const dtype_names[] = {
#define VSG_DTYPE(name, bytes) [VSG_##name] = #name,
#include "core/tensor/dtype.def"
#undef VSG_DTYPE
};

const char *vsg_dtype_name(vsg_dtype dtype) { return dtype_names[dtype]; }

bool vsg_dtype_from_name(vsg_dtype *out, const char *name) {
  for (int i = 0; i < VSG_DTYPE_COUNT; i++) {
    if (strcmp(dtype_names[i], name) == 0) {
      *out = (vsg_dtype)i;
      return true;
    }
  }
  return false;
}

char *vsg_shape_text(char text[VSG_SHAPE_TEXT], int dims, const long *shape) {
  size_t at = 1;
  text[0] = '(';
  for (int i = 0; i < dims && at < VSG_SHAPE_TEXT; i++) {
    at += (size_t)snprintf(text + at, VSG_SHAPE_TEXT - at, "%s%ld",
                           i ? "," : "", shape[i]);
  }
  if (at < VSG_SHAPE_TEXT) {
    snprintf(text + at, VSG_SHAPE_TEXT - at, "%s", dims == 1 ? ",)" : ")");
  }
  return text;
}

/* The bytes of a contiguous tensor, with every product checked. */
static vsg_status checked_bytes(size_t *out, vsg_dtype dtype, int dims,
                                const long *shape, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  size_t bytes = vsg_dtype_size(dtype);
  bool empty = false;
  if (dims < 0 || dims > VSG_MAX_DIMS) {
    return vsg_fail(err, VSG_SHAPE, "tensor: %d axes, at most %d are possible",
                    dims, VSG_MAX_DIMS);
  }
  for (int i = 0; i < dims; i++) {
    if (shape[i] < 0) {
      return vsg_fail(err, VSG_SHAPE, "tensor: shape %s has a negative size",
                      vsg_shape_text(text, dims, shape));
    }
    /* A zero must not hide that the strides beside it overflow. */
    if (shape[i] == 0) {
      empty = true;
    } else if (!vsg_size_mul(&bytes, bytes, (size_t)shape[i]) ||
               bytes > PTRDIFF_MAX) {
      return vsg_fail(err, VSG_SHAPE, "tensor: shape %s is too large",
                      vsg_shape_text(text, dims, shape));
    }
  }
  *out = empty ? 0 : bytes;
  return VSG_OK;
}

/* The new storage has one reference; NULL with err filled on failure. */
static vsg_storage *storage_new(const vsg_device *device, size_t bytes,
                                vsg_error *err) {
  vsg_storage *storage = malloc(sizeof *storage);
  if (!storage) {
    vsg_fail_memory(err, "tensor", sizeof *storage);
    return NULL;
  }
  storage->device = device;
  if (device->allocate(&storage->data, bytes, err)) {
    free(storage);
    return NULL;
  }
  atomic_init(&storage->references, 1);
  return storage;
}

static void storage_release(vsg_storage *storage) {
  if (atomic_fetch_sub(&storage->references, 1) == 1) {
    storage->device->release(storage->data);
    free(storage);
  }
}

vsg_status vsg_tensor_new(vsg_tensor **out, vsg_dtype dtype, int dims,
                          const long *shape, vsg_error *err) {
  size_t bytes;
  long stride = 1;
  vsg_tensor *t;
  *out = NULL;
  if (checked_bytes(&bytes, dtype, dims, shape, err)) return err->code;
  t = calloc(1, sizeof *t);
  if (!t) return vsg_fail_memory(err, "tensor", sizeof *t);
  t->storage = storage_new(&vsg_device_cpu, bytes, err);
  if (!t->storage) {
    free(t);
    return err->code;
  }
  t->dtype = dtype;
  t->dims = dims;
  for (int i = dims - 1; i >= 0; i--) {
    t->shape[i] = shape[i];
    t->stride[i] = stride;
    if (shape[i] > 0) stride *= shape[i];
  }
  *out = t;
  return VSG_OK;
}

vsg_status vsg_tensor_view(vsg_tensor **out, const vsg_tensor *t,
                           vsg_error *err) {
  vsg_tensor *view = malloc(sizeof *view);
  *out = NULL;
  if (!view) return vsg_fail_memory(err, "view", sizeof *view);
  *view = *t;
  atomic_fetch_add(&t->storage->references, 1);
  *out = view;
  return VSG_OK;
}

void vsg_tensor_free(vsg_tensor *t) {
  if (!t) return;
  storage_release(t->storage);
  free(t);
}

long vsg_tensor_numel(const vsg_tensor *t) {
  long n = 1;
  for (int i = 0; i < t->dims; i++) n *= t->shape[i];
  return n;
}

size_t vsg_tensor_bytes(const vsg_tensor *t) {
  return (size_t)vsg_tensor_numel(t) * vsg_dtype_size(t->dtype);
}

bool vsg_tensor_is_contiguous(const vsg_tensor *t) {
  long stride = 1;
  if (vsg_tensor_numel(t) == 0) return true;
  for (int i = t->dims - 1; i >= 0; i--) {
    if (t->shape[i] != 1 && t->stride[i] != stride) return false;
    stride *= t->shape[i];
  }
  return true;
}

bool vsg_tensor_same_shape(const vsg_tensor *a, const vsg_tensor *b) {
  return a->dims == b->dims &&
         memcmp(a->shape, b->shape, (size_t)a->dims * sizeof a->shape[0]) == 0;
}

const vsg_device *vsg_tensor_device(const vsg_tensor *t) {
  return t->storage->device;
}

void *vsg_tensor_data(const vsg_tensor *t) {
  /* Bytes, because the element type is known only at run time. */
  return (char *)t->storage->data +
         (size_t)t->offset * vsg_dtype_size(t->dtype);
}
