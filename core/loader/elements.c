/* Element types of files; see elements.h. */
#include "core/loader/elements.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The same loop for every pair of types; in may be unaligned. */
#define WIDEN(name, from, to)                                      \
  static void name(void *out, const unsigned char *in, size_t n) { \
    to *wide = out;                                                \
    for (size_t i = 0; i < n; i++) {                               \
      from value;                                                  \
      memcpy(&value, in + i * sizeof value, sizeof value);         \
      wide[i] = value;                                             \
    }                                                              \
  }
WIDEN(widen_i1, int8_t, int32_t)
WIDEN(widen_i2, int16_t, int32_t)
WIDEN(widen_u2, uint16_t, int32_t)
WIDEN(widen_u4, uint32_t, int64_t)

static void to_truth(void *out, const unsigned char *in, size_t n) {
  unsigned char *truth = out;
  for (size_t i = 0; i < n; i++) truth[i] = in[i] != 0;
}

static const vsg_element elements[] = {
    {"f2", 2, VSG_f16, NULL},     {"f4", 4, VSG_f32, NULL},
    {"f8", 8, VSG_f64, NULL},     {"bf", 2, VSG_bf16, NULL},
    {"u1", 1, VSG_u8, NULL},      {"i4", 4, VSG_i32, NULL},
    {"i8", 8, VSG_i64, NULL},     {"b1", 1, VSG_u8, to_truth},
    {"i1", 1, VSG_i32, widen_i1}, {"i2", 2, VSG_i32, widen_i2},
    {"u2", 2, VSG_i32, widen_u2}, {"u4", 4, VSG_i64, widen_u4},
};

const vsg_element *vsg_element_find(const char *name) {
  for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
    if (strcmp(elements[i].name, name) == 0) return &elements[i];
  }
  return NULL;
}

/* Reverses the bytes of each of n elements. */
static void swap_bytes(unsigned char *data, size_t n, size_t bytes) {
  for (size_t i = 0; i < n; i++, data += bytes) {
    for (size_t a = 0, b = bytes - 1; a < b; a++, b--) {
      unsigned char kept = data[a];
      data[a] = data[b];
      data[b] = kept;
    }
  }
}

/* Widened elements are swapped in a copy, the rest where they end up. */
vsg_status vsg_element_fill(vsg_tensor *t, const vsg_element *type, bool swap,
                            const unsigned char *in, vsg_error *err) {
  size_t n = (size_t)vsg_tensor_numel(t);
  void *data = vsg_tensor_data(t);
  unsigned char *copy;
  if (!type->widen) {
    memcpy(data, in, n * type->bytes);
    if (swap) swap_bytes(data, n, type->bytes);
    return VSG_OK;
  }
  if (!swap) {
    type->widen(data, in, n);
    return VSG_OK;
  }
  copy = malloc(n * type->bytes + 1);
  if (!copy) return vsg_fail_memory(err, "loader", n * type->bytes);
  memcpy(copy, in, n * type->bytes);
  swap_bytes(copy, n, type->bytes);
  type->widen(data, copy, n);
  free(copy);
  return VSG_OK;
}
