/* Reading numpy's .npy (numpy.lib.format, versions 1 to 3); see npy.h.
 *
 *   "\x93NUMPY" major minor | header length, u16 (1) or u32 (2, 3) | header |
 *   elements
 *
 * The header is a Python dictionary in text with the keys descr, fortran_order
 * and shape; here it is scanned, never evaluated. */
#include "core/loader/npy.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/elements.h"
#include "core/loader/pickle.h"
#include "core/loader/pytorch.h"

static const char magic[6] = "\x93NUMPY";

enum { HEADER_LIMIT = 1 << 20 /* numpy itself stops at 10,000 */ };

typedef vsg_npy_header header;

/* ---- the header's text ---- */

/* The next byte that is not blank, without taking it; 0 at the end. */
static unsigned char peek(vsg_reader *r) {
  while (r->at < r->size && strchr(" \t\r\n", r->data[r->at])) {
    if (r->data[r->at] == '\0') return 0;
    r->at++;
  }
  return r->at < r->size ? r->data[r->at] : 0;
}

static vsg_status expect(vsg_reader *r, char wanted, vsg_error *err) {
  unsigned char came = peek(r);
  if (came != (unsigned char)wanted) {
    return vsg_read_fail(r, err, "npy header: byte 0x%02x came, '%c' wanted",
                         came, wanted);
  }
  r->at++;
  return VSG_OK;
}

/* A quoted word of at most room - 1 bytes. */
static vsg_status quoted(char *out, size_t room, vsg_reader *r,
                         vsg_error *err) {
  char quote = peek(r) == '"' ? '"' : '\'';
  size_t n = 0;
  if (expect(r, quote, err)) return err->code;
  while (r->at < r->size && r->data[r->at] != (unsigned char)quote) {
    if (n + 1 >= room) {
      return vsg_read_fail(r, err, "npy header: a word of over %zu bytes", n);
    }
    out[n++] = (char)r->data[r->at++];
  }
  out[n] = '\0';
  return expect(r, quote, err);
}

static vsg_status boolean(bool *out, vsg_reader *r, vsg_error *err) {
  peek(r);
  for (int value = 0; value < 2; value++) {
    const char *word = value ? "True" : "False";
    size_t n = strlen(word);
    if (r->size - r->at >= n && memcmp(r->data + r->at, word, n) == 0) {
      r->at += n;
      *out = value;
      return VSG_OK;
    }
  }
  return vsg_read_fail(r, err, "npy header: neither True nor False");
}

static vsg_status whole_number(long *out, vsg_reader *r, vsg_error *err) {
  long value = 0;
  unsigned char c = peek(r);
  if (c < '0' || c > '9') {
    return vsg_read_fail(r, err, "npy header: byte 0x%02x came, a digit wanted",
                         c);
  }
  for (; r->at < r->size; r->at++) {
    c = r->data[r->at];
    if (c < '0' || c > '9') break;
    if (!vsg_long_mul(&value, value, 10) ||
        __builtin_add_overflow(value, c - '0', &value)) {
      return vsg_read_fail(r, err, "npy header: a size beyond 64 bits");
    }
  }
  if (c == 'L' && r->at < r->size) r->at++; /* Python 2 wrote (3L, 4L) */
  *out = value;
  return VSG_OK;
}

static vsg_status tuple(header *h, vsg_reader *r, vsg_error *err) {
  if (expect(r, '(', err)) return err->code;
  for (h->dims = 0; peek(r) != ')'; h->dims++) {
    if (h->dims == VSG_MAX_DIMS) {
      return vsg_fail(err, VSG_UNSUPPORTED,
                      "%s: offset %zu: an array of over %d axes", r->name,
                      r->at, VSG_MAX_DIMS);
    }
    if (whole_number(&h->shape[h->dims], r, err)) return err->code;
    if (peek(r) != ')' && expect(r, ',', err)) return err->code;
  }
  return expect(r, ')', err);
}

static vsg_status header_entry(header *h, vsg_reader *r, int *seen,
                               vsg_error *err) {
  char key[VSG_NPY_DESCR];
  if (quoted(key, sizeof key, r, err)) return err->code;
  if (expect(r, ':', err)) return err->code;
  if (strcmp(key, "descr") == 0) {
    *seen |= 1;
    if (peek(r) == '[') {
      return vsg_fail(err, VSG_UNSUPPORTED,
                      "%s: offset %zu: a structured array", r->name, r->at);
    }
    return quoted(h->descr, sizeof h->descr, r, err);
  }
  if (strcmp(key, "fortran_order") == 0) {
    *seen |= 2;
    return boolean(&h->fortran, r, err);
  }
  if (strcmp(key, "shape") == 0) {
    *seen |= 4;
    return tuple(h, r, err);
  }
  return vsg_read_fail(r, err, "npy header: unknown key '%s'", key);
}

static vsg_status header_text(header *h, vsg_reader *r, vsg_error *err) {
  int seen = 0;
  if (expect(r, '{', err)) return err->code;
  while (peek(r) != '}') {
    if (header_entry(h, r, &seen, err)) return err->code;
    if (peek(r) != '}' && expect(r, ',', err)) return err->code;
  }
  if (seen != 7) {
    return vsg_read_fail(
        r, err, "npy header: descr, fortran_order or shape is missing");
  }
  return VSG_OK;
}

static vsg_status header_length(size_t *out, vsg_reader *r, vsg_error *err) {
  const unsigned char *bytes;
  uint8_t major, minor;
  uint16_t narrow;
  uint32_t wide;
  if (vsg_read_bytes(&bytes, r, sizeof magic, err)) return err->code;
  if (memcmp(bytes, magic, sizeof magic) != 0) {
    return vsg_read_fail(r, err, "not a .npy: the magic bytes are missing");
  }
  if (vsg_read_u8(&major, r, err)) return err->code;
  if (vsg_read_u8(&minor, r, err)) return err->code;
  if (major < 1 || major > 3) {
    return vsg_read_fail(r, err, "npy version %d.%d came, 1 to 3 wanted", major,
                         minor);
  }
  if (major == 1) {
    if (vsg_read_u16(&narrow, r, err)) return err->code;
    *out = narrow;
  } else {
    if (vsg_read_u32(&wide, r, err)) return err->code;
    *out = wide;
  }
  if (*out > HEADER_LIMIT) {
    return vsg_read_fail(r, err, "a header of %zu bytes, at most %d wanted",
                         *out, HEADER_LIMIT);
  }
  return VSG_OK;
}

vsg_status vsg_npy_read_header(vsg_npy_header *out, vsg_reader *r,
                               vsg_error *err) {
  const unsigned char *bytes;
  vsg_reader text = *r;
  size_t length;
  *out = (header){.count = 1};
  if (header_length(&length, r, err)) return err->code;
  text.at = r->at;
  if (vsg_read_bytes(&bytes, r, length, err)) return err->code;
  text.size = r->at;
  if (header_text(out, &text, err)) return err->code;
  for (int i = 0; i < out->dims; i++) {
    if (!vsg_size_mul(&out->count, out->count, (size_t)out->shape[i])) {
      return vsg_read_fail(r, err, "npy header: the shape is too large");
    }
  }
  return VSG_OK;
}

/* ---- the elements ---- */

vsg_status vsg_npy_type(const vsg_element **out, const vsg_npy_header *h,
                        const vsg_reader *r, vsg_error *err) {
  if (h->descr[0] && strchr("<>|=", h->descr[0])) {
    *out = vsg_element_find(h->descr + 1);
    if (*out) return VSG_OK;
  }
  return vsg_fail(err, VSG_UNSUPPORTED,
                  "%s: offset %zu: elements of numpy's type '%s'", r->name,
                  r->at, h->descr);
}

static void fortran_strides(vsg_tensor *t) {
  long stride = 1;
  for (int i = 0; i < t->dims; i++) {
    t->stride[i] = stride;
    if (t->shape[i] > 0) stride *= t->shape[i];
  }
}

/* *out is the array whose header was read. */
static vsg_status read_numbers(vsg_tensor **out, const header *h, vsg_reader *r,
                               vsg_error *err) {
  const vsg_element *type;
  const unsigned char *data;
  size_t bytes;
  *out = NULL;
  if (vsg_npy_type(&type, h, r, err)) return err->code;
  if (!vsg_size_mul(&bytes, h->count, type->bytes)) {
    return vsg_read_fail(r, err, "npy header: the shape is too large");
  }
  if (vsg_read_bytes(&data, r, bytes, err)) return err->code;
  if (r->at != r->size) {
    return vsg_read_fail(r, err, "%zu bytes are left after the last element",
                         r->size - r->at);
  }
  if (vsg_tensor_new(out, type->dtype, h->dims, h->shape, err)) {
    return err->code;
  }
  if (vsg_element_fill(*out, type, h->descr[0] == '>', data, err)) {
    vsg_tensor_free(*out);
    *out = NULL;
    return err->code;
  }
  if (h->fortran) fortran_strides(*out);
  return VSG_OK;
}

/* ---- objects ---- */

/* The pickle of an .npy holds the whole array, its shape once more. */
vsg_status vsg_npy_add_objects(vsg_weights *out, vsg_reader *r,
                               const char *prefix, vsg_error *err) {
  vsg_pickle p = {.r = r, .numpy = true};
  vsg_pickle_ref root;
  vsg_status status = vsg_pickle_read(&root, &p, err);
  if (!status && p.foreign_count > 0) status = vsg_pickle_refuse(&p, 0, err);
  if (!status && r->at != r->size) {
    status = vsg_read_fail(r, err, "%zu bytes are left after the pickle",
                           r->size - r->at);
  }
  if (!status) status = vsg_pytorch_name(out, &p, root, prefix, err);
  vsg_pickle_free(&p);
  return status;
}

vsg_status vsg_npy_add(vsg_weights *out, vsg_reader *r, const char *name,
                       size_t length, vsg_error *err) {
  static const char nameless[] = "arr_0";
  header h;
  vsg_tensor *t;
  char *prefix;
  vsg_status status;
  if (vsg_npy_read_header(&h, r, err)) return err->code;
  if (strcmp(h.descr, "|O") != 0) {
    if (read_numbers(&t, &h, r, err)) return err->code;
    return vsg_weights_add(out, r, length ? name : nameless,
                           length ? length : strlen(nameless), t, err);
  }
  prefix = strndup(name, length);
  if (!prefix) return vsg_fail_memory(err, r->name, length);
  status = vsg_npy_add_objects(out, r, prefix, err);
  free(prefix);
  return status;
}

/* ---- the loader ---- */

static bool sniff(const unsigned char *data, size_t size) {
  return size >= sizeof magic && memcmp(data, magic, sizeof magic) == 0;
}

static vsg_status read_npy(vsg_weights *out, vsg_reader *r, vsg_error *err) {
  return vsg_npy_add(out, r, "", 0, err);
}

const vsg_loader vsg_loader_npy = {"npy", sniff, read_npy};
