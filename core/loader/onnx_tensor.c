/* TensorProto, the tensors of an ONNX model; see onnx.h.
 *
 *   TensorProto  1 dims, 2 data_type, 8 name, and the numbers in one of
 *     9 raw_data      little endian, as they lie in memory
 *     4 float_data    5 int32_data (also the smaller integers, booleans and the
 *                     bits of 16-bit floats)   7 int64_data   10 double_data
 *                     11 uint64_data (uint32)
 *     13 external_data   key and value: location, offset, length; 14 says so
 *
 * Source: onnx/onnx.proto of github.com/onnx/onnx. */
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/elements.h"
#include "core/loader/onnx.h"

/* TensorProto.DataType to elements.h's names, and the field that holds such
 * numbers where raw_data does not. */
static const struct {
  uint64_t type;
  const char *element;
  uint32_t field;
} types[] = {
    {1, "f4", 4},  {2, "u1", 5},   {3, "i1", 5},   {4, "u2", 5},
    {5, "i2", 5},  {6, "i4", 5},   {7, "i8", 7},   {9, "b1", 5},
    {10, "f2", 5}, {11, "f8", 10}, {12, "u4", 11}, {16, "bf", 5},
};

enum {
  EXTERNAL = 1,    /* DataLocation */
  DIGITS_MOST = 18 /* fit in 63 bits */
};

typedef struct proto {
  vsg_reader at; /* where it begins */
  long dim[VSG_MAX_DIMS];
  int dims;
  uint64_t type, location;
  vsg_reader name, raw;
  vsg_reader file; /* external_data's location */
  uint64_t offset, length;
  bool has_raw, has_file, has_length;
} proto;

/* ---- fields ---- */

static vsg_status take_dims(void *to, vsg_field *field, vsg_error *err) {
  proto *p = to;
  uint64_t value;
  bool more;
  while (!vsg_protobuf_value(&value, &more, field, VSG_WIRE_VARINT, err)) {
    if (!more) return VSG_OK;
    if (p->dims == VSG_MAX_DIMS || value > INT32_MAX) {
      return vsg_read_fail(&p->at, err,
                           "a tensor whose axis %d has size %lld, wants at "
                           "most %d axes of 0 to 2^31 - 1",
                           p->dims + 1, (long long)value, VSG_MAX_DIMS);
    }
    p->dim[p->dims++] = (long)value;
  }
  return err->code;
}

static vsg_status take_raw(void *to, vsg_field *field, vsg_error *err) {
  proto *p = to;
  (void)err;
  p->raw = field->bytes;
  p->has_raw = true;
  return VSG_OK;
}

typedef struct entry {
  vsg_reader key, value;
} entry;

/* StringStringEntryProto */
static const vsg_onnx_entry entry_fields[] = {
    {1, VSG_WIRE_BYTES, NULL, offsetof(entry, key)},
    {2, VSG_WIRE_BYTES, NULL, offsetof(entry, value)},
    {0, 0, NULL, 0}};

/* A count in decimal digits. */
static vsg_status count_of(uint64_t *out, const vsg_reader *r, vsg_error *err) {
  const char *text = vsg_onnx_text(r);
  size_t length = vsg_onnx_length(r);
  bool good = length > 0 && length <= DIGITS_MOST;
  *out = 0;
  for (size_t i = 0; good && i < length; i++) {
    good = text[i] >= '0' && text[i] <= '9';
    *out = *out * 10 + (uint64_t)(text[i] - '0');
  }
  if (good) return VSG_OK;
  return vsg_read_fail(r, err, "offset or length of external data is '%.*s'",
                       (int)(length < 80 ? length : 80), text);
}

static vsg_status take_external(void *to, vsg_field *field, vsg_error *err) {
  proto *p = to;
  vsg_reader nothing = vsg_onnx_nothing(&field->bytes);
  entry e = {nothing, nothing};
  if (vsg_onnx_walk(&e, entry_fields, field->bytes, err)) return err->code;
  if (vsg_onnx_is(&e.key, "location")) {
    p->file = e.value;
    p->has_file = true;
  } else if (vsg_onnx_is(&e.key, "offset")) {
    return count_of(&p->offset, &e.value, err);
  } else if (vsg_onnx_is(&e.key, "length")) {
    p->has_length = true;
    return count_of(&p->length, &e.value, err);
  }
  return VSG_OK;
}

static const vsg_onnx_entry tensor_fields[] = {
    {1, VSG_ONNX_REPEATED, take_dims, 0},
    {2, VSG_WIRE_VARINT, NULL, offsetof(proto, type)},
    {8, VSG_WIRE_BYTES, NULL, offsetof(proto, name)},
    {9, VSG_WIRE_BYTES, take_raw, 0},
    {13, VSG_WIRE_BYTES, take_external, 0},
    {14, VSG_WIRE_VARINT, NULL, offsetof(proto, location)},
    {0, 0, NULL, 0}};

/* ---- numbers ---- */

/* Those of a typed field, collected as elements of so many bytes. */
typedef struct numbers {
  unsigned char *data;
  size_t bytes, count, wanted;
  vsg_wire wire;
} numbers;

static vsg_status take_numbers(void *to, vsg_field *field, vsg_error *err) {
  numbers *n = to;
  uint64_t value;
  bool more;
  while (!vsg_protobuf_value(&value, &more, field, n->wire, err)) {
    if (!more) return VSG_OK;
    /* The low bytes: of an integer they are the smaller integer. */
    if (n->data && n->count < n->wanted) {
      memcpy(n->data + n->count * n->bytes, &value, n->bytes);
    }
    n->count++;
  }
  return err->code;
}

/* The tensor's numbers from its typed field: counted first, so that no more is
 * allocated than the file holds. */
static vsg_status typed_numbers(unsigned char **out, const proto *p,
                                uint32_t number, size_t bytes, size_t wanted,
                                vsg_error *err) {
  const vsg_onnx_entry fields[] = {{number, VSG_ONNX_REPEATED, take_numbers, 0},
                                   {0, 0, NULL, 0}};
  numbers n = {.bytes = bytes, .wanted = wanted, .wire = VSG_WIRE_VARINT};
  if (number == 4) n.wire = VSG_WIRE_32;  /* float_data */
  if (number == 10) n.wire = VSG_WIRE_64; /* double_data */
  if (vsg_onnx_walk(&n, fields, p->at, err)) return err->code;
  if (n.count != wanted) {
    return vsg_read_fail(&p->at, err,
                         "a tensor of %zu numbers, its shape "
                         "wants %zu",
                         n.count, wanted);
  }
  n.data = malloc(wanted * bytes + 1);
  if (!n.data) return vsg_fail_memory(err, "onnx", wanted * bytes);
  n.count = 0;
  *out = n.data;
  return vsg_onnx_walk(&n, fields, p->at, err);
}

/* What *bytes, size of them, are; *own is to be freed. */
static vsg_status bytes_of(const unsigned char **bytes, unsigned char **own,
                           const proto *p, size_t place, size_t size,
                           vsg_onnx_files *files, const char *path,
                           vsg_error *err) {
  const vsg_element *element = vsg_element_find(types[place].element);
  vsg_reader raw = p->raw;
  if (p->location == EXTERNAL || p->has_file) {
    if (!p->has_file || (p->has_length && p->length != size)) {
      return vsg_read_fail(&p->at, err,
                           "external data without a location or "
                           "of another length than the shape's %zu bytes",
                           size);
    }
    return vsg_onnx_external(bytes, files, path, &p->file, p->offset, size,
                             err);
  }
  if (p->has_raw) {
    if (raw.size - raw.at != size) {
      return vsg_read_fail(&raw, err,
                           "a tensor of %zu bytes, its shape wants "
                           "%zu",
                           raw.size - raw.at, size);
    }
    return vsg_read_bytes(bytes, &raw, size, err);
  }
  if (typed_numbers(own, p, types[place].field, element->bytes,
                    size / element->bytes, err)) {
    return err->code;
  }
  *bytes = *own;
  return VSG_OK;
}

static vsg_status read_numbers(vsg_tensor **out, const proto *p, size_t place,
                               vsg_onnx_files *files, const char *path,
                               vsg_error *err) {
  const vsg_element *element = vsg_element_find(types[place].element);
  const unsigned char *bytes;
  unsigned char *own = NULL;
  size_t size = element->bytes;
  vsg_status status;
  for (int i = 0; i < p->dims; i++) {
    if (vsg_size_mul(&size, size, (size_t)p->dim[i])) continue;
    return vsg_read_fail(&p->at, err, "a tensor of too many numbers");
  }
  status = bytes_of(&bytes, &own, p, place, size, files, path, err);
  if (!status) {
    status = vsg_tensor_new(out, element->dtype, p->dims, p->dim, err);
  }
  if (!status && vsg_element_fill(*out, element, false, bytes, err)) {
    vsg_tensor_free(*out);
    status = err->code;
  }
  free(own);
  return status;
}

vsg_status vsg_onnx_tensor(vsg_tensor **out, vsg_reader *name,
                           vsg_onnx_files *files, const char *path,
                           vsg_reader r, vsg_error *err) {
  proto p = {.at = r, .name = vsg_onnx_nothing(&r)};
  if (vsg_onnx_walk(&p, tensor_fields, r, err)) return err->code;
  *name = p.name;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (types[i].type == p.type) {
      return read_numbers(out, &p, i, files, path, err);
    }
  }
  return vsg_fail(err, VSG_UNSUPPORTED,
                  "%s: offset %zu: a tensor of ONNX's data type %llu", r.name,
                  r.at, (unsigned long long)p.type);
}
