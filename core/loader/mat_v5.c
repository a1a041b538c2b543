/* MATLAB's .mat of levels 5 to 7 (save -v6 and -v7), to a tree. The format is
 * MathWorks's "MAT-File Format"; the tables of types and classes are those
 * there.
 *
 *   byte 0     116 of text, "MATLAB 5.0 MAT-file, ..."
 *   116        8 of no matter here
 *   124        version, u16, 0x0100; then "IM", or "MI" for big endian
 *   128        elements up to the end, one for each variable
 *
 *   element    type u32, bytes u32, data, up to a multiple of 8
 *   or, small  type u16, bytes u16 of 1 to 4, data in the 4 bytes behind
 *
 *   compressed    zlib's deflated bytes of one element, with its tag
 *   matrix        elements: flags, sizes, name, then by the class
 *     numbers       the real part (of any type that holds the values)
 *     characters    UTF-8 or UTF-16
 *     cell          a matrix for each cell
 *     struct        the length of a field's name; the names, each padded with
 *                   zeros; for each struct a matrix for each field
 *
 * A matrix inside another has no name; one of no bytes is []. */
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/elements.h"
#include "core/loader/inflate.h"
#include "core/loader/mat.h"

enum {
  HEADER = 128,
  TAG = 8,
  NAME_MOST = 64, /* bytes of a field's name with its zero; MATLAB's limit */
  /* types */
  INT8 = 1,
  INT32 = 5,
  UINT32 = 6,
  MATRIX = 14,
  COMPRESSED = 15,
  UTF8 = 16,
  /* classes */
  CELL = 1,
  STRUCT = 2,
  CHARACTERS = 4,
  LOGICAL = 0x200, /* bits of the flags */
  COMPLEX = 0x800,
};

/* The elements of a type, by elements.h's names. */
static const char *const types[] = {
    [1] = "i1", [2] = "u1", [3] = "i2",  [4] = "u2",  [5] = "i4",  [6] = "u4",
    [7] = "f4", [9] = "f8", [12] = "i8", [16] = "u1", [17] = "u2", [18] = "u4",
};

static const char *const classes[] = {
    [3] = "object",    [5] = "sparse",  [6] = "double", [7] = "single",
    [8] = "int8",      [9] = "uint8",   [10] = "int16", [11] = "uint16",
    [12] = "int32",    [13] = "uint32", [14] = "int64", [15] = "uint64",
    [16] = "function", [17] = "opaque",
};

typedef struct mat_v5 {
  vsg_weights *out;
  int depth;
} mat_v5;

/* ---- elements ---- */

/* *data reads the bytes of the next element, and r is left behind it. */
static vsg_status read_element(uint32_t *type, vsg_reader *data, vsg_reader *r,
                               vsg_error *err) {
  const unsigned char *bytes;
  uint32_t size;
  size_t from, padding = 0;
  if (vsg_read_u32(type, r, err)) return err->code;
  if (*type >> 16) { /* a small one */
    size = *type >> 16;
    *type &= 0xffff;
    padding = 4 - size;
    if (size > 4) {
      return vsg_read_fail(r, err, "mat: a small element of %u bytes", size);
    }
    from = r->at;
    if (vsg_read_bytes(&bytes, r, size, err)) return err->code;
  } else {
    if (vsg_read_u32(&size, r, err)) return err->code;
    from = r->at;
    if (vsg_read_bytes(&bytes, r, size, err)) return err->code;
    if (*type != COMPRESSED) padding = (8 - size % 8) % 8;
  }
  *data = *r;
  data->at = from;
  data->size = from + size;
  /* The last element of a file or of deflated bytes need not be padded. */
  if (padding > r->size - r->at) padding = r->size - r->at;
  return vsg_read_bytes(&bytes, r, padding, err);
}

/* The next element, which must be of that type. Some writers call sizes natural
 * numbers and names UTF-8, as MATLAB does not. */
static vsg_status read_typed(vsg_reader *data, vsg_reader *r, uint32_t wanted,
                             const char *what, vsg_error *err) {
  uint32_t type;
  if (read_element(&type, data, r, err)) return err->code;
  if (type == wanted || (type == UINT32 && wanted == INT32) ||
      (type == UTF8 && wanted == INT8)) {
    return VSG_OK;
  }
  return vsg_read_fail(data, err, "mat: %s of type %u, %u wanted", what, type,
                       wanted);
}

/* ---- a matrix's head ---- */

typedef struct matrix {
  uint32_t flags;
  int dims;
  long shape[VSG_MAX_DIMS]; /* reversed: as the elements lie */
  size_t count;
  vsg_reader name;
} matrix;

static vsg_status read_sizes(matrix *m, vsg_reader *r, vsg_error *err) {
  vsg_reader sizes;
  if (read_typed(&sizes, r, INT32, "sizes", err)) return err->code;
  size_t dims = (sizes.size - sizes.at) / 4;
  if (dims > VSG_MAX_DIMS) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: mat: %zu axes, at most %d are read",
                    r->name, r->at, dims, VSG_MAX_DIMS);
  }
  m->dims = (int)dims;
  m->count = 1;
  for (int i = m->dims - 1; i >= 0; i--) {
    uint32_t size;
    if (vsg_read_u32(&size, &sizes, err)) return err->code;
    if (size > INT32_MAX || !vsg_size_mul(&m->count, m->count, size)) {
      return vsg_read_fail(&sizes, err, "mat: an impossible shape");
    }
    m->shape[i] = size;
  }
  return VSG_OK;
}

static vsg_status read_matrix_head(matrix *m, vsg_reader *r, vsg_error *err) {
  vsg_reader flags;
  if (read_typed(&flags, r, UINT32, "flags", err)) return err->code;
  if (vsg_read_u32(&m->flags, &flags, err)) return err->code;
  if (read_sizes(m, r, err)) return err->code;
  return read_typed(&m->name, r, INT8, "a name", err);
}

/* ---- numbers and characters ---- */

/* *out is the elements that come next, in the matrix's reversed shape. */
static vsg_status read_stored(vsg_tensor **out, const matrix *m, bool is_text,
                              vsg_reader *r, vsg_error *err) {
  uint32_t type;
  vsg_reader data;
  const vsg_element *element = NULL;
  size_t bytes;
  *out = NULL;
  if (read_element(&type, &data, r, err)) return err->code;
  if (type < sizeof types / sizeof types[0] && types[type]) {
    element = vsg_element_find(types[type]);
  }
  if (!element || (type >= UTF8 && !is_text)) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: mat: elements of type %u", r->name,
                    data.at, type);
  }
  bytes = data.size - data.at;
  matrix line = {.dims = 1, .shape = {(long)(bytes / element->bytes)}};
  /* UTF-8 has more bytes than the matrix has characters. */
  const matrix *as = is_text && bytes / element->bytes != m->count ? &line : m;
  if (as == m && bytes != m->count * element->bytes) {
    return vsg_read_fail(&data, err, "mat: %zu bytes for %zu elements of %zu",
                         bytes, m->count, element->bytes);
  }
  if (vsg_tensor_new(out, element->dtype, as->dims, as->shape, err)) {
    return err->code;
  }
  return vsg_element_fill(*out, element, false, data.data + data.at, err);
}

static vsg_status read_numbers(vsg_mat_node *node, const matrix *m,
                               const char *class, vsg_reader *r,
                               vsg_error *err) {
  vsg_tensor *stored;
  if (read_stored(&stored, m, false, r, err)) {
    vsg_tensor_free(stored);
    return err->code;
  }
  return vsg_mat_set_numbers(node, stored,
                             m->flags & LOGICAL ? "logical" : class, err);
}

static vsg_status read_text(vsg_mat_node *node, const matrix *m, mat_v5 *v5,
                            vsg_reader *r, vsg_error *err) {
  vsg_tensor *stored;
  if (read_stored(&stored, m, true, r, err)) {
    vsg_tensor_free(stored);
    return err->code;
  }
  return vsg_mat_set_text(node, stored, v5->out, r, err);
}

/* ---- cells and structs ---- */

static vsg_status read_matrix(vsg_mat_node *node, mat_v5 *v5, vsg_reader *r,
                              vsg_error *err);

/* The matrix that comes next, as a new item of parent. */
static vsg_status read_item(vsg_mat_node *parent, const char *name,
                            size_t length, mat_v5 *v5, vsg_reader *r,
                            vsg_error *err) {
  vsg_mat_node *item;
  vsg_reader data;
  if (read_typed(&data, r, MATRIX, "a cell or field", err) ||
      vsg_mat_add(&item, parent, name, length, v5->out, r, err)) {
    return err->code;
  }
  return read_matrix(item, v5, &data, err);
}

static vsg_status read_cells(vsg_mat_node *node, const matrix *m, mat_v5 *v5,
                             vsg_reader *r, vsg_error *err) {
  node->kind = VSG_MAT_LIST;
  for (size_t i = 0; i < m->count; i++) {
    if (read_item(node, NULL, 0, v5, r, err)) return err->code;
  }
  return VSG_OK;
}

static vsg_status read_fields(vsg_mat_node *node, const vsg_reader *names,
                              size_t width, mat_v5 *v5, vsg_reader *r,
                              vsg_error *err) {
  const char *name = (const char *)names->data + names->at; /* bytes */
  size_t fields = (names->size - names->at) / width;
  node->kind = VSG_MAT_STRUCT;
  for (size_t i = 0; i < fields; i++, name += width) {
    if (read_item(node, name, strnlen(name, width), v5, r, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status read_structs(vsg_mat_node *node, const matrix *m, mat_v5 *v5,
                               vsg_reader *r, vsg_error *err) {
  vsg_reader length, names;
  uint32_t width;
  if (read_typed(&length, r, INT32, "the length of names", err) ||
      vsg_read_u32(&width, &length, err) ||
      read_typed(&names, r, INT8, "names", err)) {
    return err->code;
  }
  if (width == 0 || width > NAME_MOST) {
    return vsg_read_fail(&length, err, "mat: names of fields of %u bytes",
                         width);
  }
  if (m->count == 1) return read_fields(node, &names, width, v5, r, err);
  node->kind = VSG_MAT_LIST;
  for (size_t i = 0; i < m->count; i++) {
    vsg_mat_node *item;
    if (vsg_mat_add(&item, node, NULL, 0, v5->out, r, err) ||
        read_fields(item, &names, width, v5, r, err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

/* ---- matrices ---- */

/* What follows a matrix's head, by its class. */
static vsg_status read_content(vsg_mat_node *node, const matrix *m, mat_v5 *v5,
                               vsg_reader *r, vsg_error *err) {
  uint32_t class = m->flags & 0xff;
  bool known = class < sizeof classes / sizeof classes[0];
  const char *name = known && classes[class] ? classes[class] : "unknown";
  if (class == CELL) return read_cells(node, m, v5, r, err);
  if (class == STRUCT) return read_structs(node, m, v5, r, err);
  if (m->flags & COMPLEX) return vsg_mat_set_other(node, "complex", err);
  if (class == CHARACTERS) return read_text(node, m, v5, r, err);
  if (class < 6 || class > 14) return vsg_mat_set_other(node, name, err);
  return read_numbers(node, m, name, r, err);
}

static vsg_status read_matrix(vsg_mat_node *node, mat_v5 *v5, vsg_reader *r,
                              vsg_error *err) {
  matrix m;
  vsg_status status;
  if (r->at == r->size) return VSG_OK; /* [] */
  if (read_matrix_head(&m, r, err)) return err->code;
  if (v5->depth == VSG_MAT_DEPTH_MOST) {
    return vsg_read_fail(r, err, "mat: cells and structs over %d deep",
                         VSG_MAT_DEPTH_MOST);
  }
  v5->depth++;
  status = read_content(node, &m, v5, r, err);
  v5->depth--;
  return status;
}

static vsg_status read_variable(vsg_mat_node *root, mat_v5 *v5, vsg_reader *r,
                                vsg_error *err) {
  vsg_reader head = *r;
  matrix m;
  vsg_mat_node *node;
  if (read_matrix_head(&m, &head, err)) return err->code;
  /* What functions and objects refer to has no name. */
  if (m.name.at == m.name.size) return VSG_OK;
  /* Text is bytes here. */
  const char *name = (const char *)m.name.data + m.name.at;
  if (vsg_mat_add(&node, root, name, m.name.size - m.name.at, v5->out, r,
                  err)) {
    return err->code;
  }
  return read_matrix(node, v5, r, err);
}

/* The deflated element tells its own length at its beginning. */
static vsg_status read_compressed(vsg_mat_node *root, mat_v5 *v5,
                                  const vsg_reader *packed, vsg_error *err) {
  unsigned char tag[TAG], *block;
  vsg_reader r = {tag, TAG, 0, packed->name}, data;
  uint32_t type, size;
  vsg_status status;
  if (vsg_inflate_head(tag, TAG, packed, err)) return err->code;
  if (vsg_read_u32(&type, &r, err) || vsg_read_u32(&size, &r, err)) {
    return err->code;
  }
  if (type != MATRIX || size / VSG_DEFLATE_MOST > packed->size - packed->at) {
    return vsg_read_fail(packed, err,
                         "mat: %zu bytes cannot unpack to a variable of %u",
                         packed->size - packed->at, size);
  }
  block = malloc((size_t)size + TAG);
  if (!block) return vsg_fail_memory(err, packed->name, size);
  status = vsg_inflate(block, (size_t)size + TAG, packed, false, err);
  r = (vsg_reader){block, (size_t)size + TAG, 0, packed->name};
  if (!status) status = read_typed(&data, &r, MATRIX, "a variable", err);
  if (!status) status = read_variable(root, v5, &data, err);
  free(block);
  if (!status) return VSG_OK;
  vsg_error inner = *err;
  return vsg_fail(err, inner.code, "%.700s (in what is deflated at %zu)",
                  inner.text, packed->at);
}

vsg_status vsg_mat_read_v5(vsg_mat_node *root, vsg_weights *w, vsg_reader *r,
                           vsg_error *err) {
  mat_v5 v5 = {.out = w};
  if (vsg_read_seek(r, HEADER, err)) return err->code;
  while (r->at < r->size) {
    uint32_t type;
    vsg_reader data;
    if (read_element(&type, &data, r, err)) return err->code;
    if (type == COMPRESSED) {
      if (read_compressed(root, &v5, &data, err)) return err->code;
    } else if (type == MATRIX) {
      if (read_variable(root, &v5, &data, err)) return err->code;
    } else {
      return vsg_read_fail(&data, err, "mat: a variable of type %u", type);
    }
  }
  return VSG_OK;
}
