/* The elements of dlib's serialisation; see dlib_read.h. */
#include "core/loader/dlib_read.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/size.h"

enum { TENSOR_VERSION = 2, ALIAS_VERSION = 1 };

/* ---- numbers and strings ---- */

vsg_status vsg_dlib_integer(int64_t *out, vsg_reader *r, vsg_error *err) {
  const unsigned char *bytes;
  uint8_t control;
  uint64_t value = 0;
  if (vsg_read_u8(&control, r, err)) return err->code;
  size_t n = control & 0x0f;
  if (control & 0x70 || n < 1 || n > 8) {
    r->at--;
    return vsg_read_fail(r, err, "byte 0x%02x begins no integer of dlib",
                         control);
  }
  if (vsg_read_bytes(&bytes, r, n, err)) return err->code;
  for (size_t i = 0; i < n; i++) value |= (uint64_t)bytes[i] << (8 * i);
  if (value > INT64_MAX) {
    return vsg_read_fail(r, err, "an integer beyond 63 bits");
  }
  *out = control & 0x80 ? -(int64_t)value : (int64_t)value;
  return VSG_OK;
}

vsg_status vsg_dlib_float(double *out, vsg_reader *r, vsg_error *err) {
  int64_t mantissa, exponent;
  if (vsg_dlib_integer(&mantissa, r, err)) return err->code;
  if (vsg_dlib_integer(&exponent, r, err)) return err->code;
  if (exponent < -32000 || exponent > 32002) {
    return vsg_read_fail(r, err, "a float's exponent of %" PRId64, exponent);
  }
  *out = exponent == 32000   ? INFINITY
         : exponent == 32001 ? -INFINITY
         : exponent == 32002 ? NAN
                             : ldexp((double)mantissa, (int)exponent);
  return VSG_OK;
}

vsg_status vsg_dlib_skip_floats(vsg_reader *r, int n, vsg_error *err) {
  double ignored;
  for (int i = 0; i < n; i++) {
    if (vsg_dlib_float(&ignored, r, err)) return err->code;
  }
  return VSG_OK;
}

vsg_status vsg_dlib_bool(bool *out, vsg_reader *r, vsg_error *err) {
  uint8_t byte;
  if (vsg_read_u8(&byte, r, err)) return err->code;
  if (byte != '0' && byte != '1') {
    r->at--;
    return vsg_read_fail(r, err, "byte 0x%02x came, a boolean wanted", byte);
  }
  *out = byte == '1';
  return VSG_OK;
}

vsg_status vsg_dlib_integers(int64_t *out, int n, vsg_reader *r,
                             vsg_error *err) {
  for (int i = 0; i < n; i++) {
    if (vsg_dlib_integer(&out[i], r, err)) return err->code;
  }
  return VSG_OK;
}

vsg_status vsg_dlib_version(int64_t wanted, const char *what, vsg_reader *r,
                            vsg_error *err) {
  int64_t came;
  if (vsg_dlib_integer(&came, r, err)) return err->code;
  if (came != wanted) {
    return vsg_read_fail(r, err,
                         "%s of version %" PRId64 ", %" PRId64 " wanted", what,
                         came, wanted);
  }
  return VSG_OK;
}

/* A layer's or loss's kind; its length is that of a short word. */
vsg_status vsg_dlib_kind(char out[VSG_DLIB_KIND], vsg_reader *r,
                         vsg_error *err) {
  const unsigned char *bytes;
  int64_t length;
  if (vsg_dlib_integer(&length, r, err)) return err->code;
  if (length < 1 || length >= VSG_DLIB_KIND) {
    return vsg_read_fail(r, err, "the name of a kind of %" PRId64 " bytes",
                         length);
  }
  if (vsg_read_bytes(&bytes, r, (size_t)length, err)) return err->code;
  memcpy(out, bytes, (size_t)length);
  out[length] = '\0';
  return VSG_OK;
}

/* ---- tensors ---- */

/* Four sizes of at least 0; *count is their product. */
static vsg_status read_shape(int64_t shape[4], size_t *count, vsg_reader *r,
                             vsg_error *err) {
  *count = 1;
  if (vsg_dlib_integers(shape, 4, r, err)) return err->code;
  for (int i = 0; i < 4; i++) {
    if (shape[i] < 0 || !vsg_size_mul(count, *count, (size_t)shape[i])) {
      return vsg_read_fail(r, err,
                           "a tensor of shape (%" PRId64 ",%" PRId64 ",%" PRId64
                           ",%" PRId64 ")",
                           shape[0], shape[1], shape[2], shape[3]);
    }
  }
  return VSG_OK;
}

/* *bytes are the tensor's elements. */
vsg_status vsg_dlib_tensor(const unsigned char **bytes, size_t *count,
                           vsg_reader *r, vsg_error *err) {
  int64_t shape[4];
  size_t size;
  if (vsg_dlib_version(TENSOR_VERSION, "a tensor", r, err)) return err->code;
  if (read_shape(shape, count, r, err)) return err->code;
  if (!vsg_size_mul(&size, *count, sizeof(float))) {
    return vsg_read_fail(r, err, "a tensor of %zu elements", *count);
  }
  return vsg_read_bytes(bytes, r, size, err);
}

vsg_status vsg_dlib_skip_tensors(vsg_reader *r, int n, vsg_error *err) {
  const unsigned char *bytes;
  size_t count;
  for (int i = 0; i < n; i++) {
    if (vsg_dlib_tensor(&bytes, &count, r, err)) return err->code;
  }
  return VSG_OK;
}

vsg_status vsg_dlib_alias_read(vsg_dlib_alias *out, vsg_reader *r,
                               vsg_error *err) {
  if (vsg_dlib_version(ALIAS_VERSION, "an alias", r, err)) return err->code;
  return read_shape(out->shape, &out->count, r, err);
}
