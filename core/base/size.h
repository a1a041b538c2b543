/* Checked size arithmetic. Every product or sum of numbers that a file or a
 * user supplied goes through here: true and *out on success, false (and *out
 * undefined) on overflow. */
#ifndef VSG_BASE_SIZE_H
#define VSG_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>

static inline bool vsg_size_mul(size_t *out, size_t a, size_t b) {
  return !__builtin_mul_overflow(a, b, out);
}

static inline bool vsg_size_add(size_t *out, size_t a, size_t b) {
  return !__builtin_add_overflow(a, b, out);
}

static inline bool vsg_long_mul(long *out, long a, long b) {
  return !__builtin_mul_overflow(a, b, out);
}

#endif
