/* The wire format of protocol buffers; see protobuf.h. */
#include "core/base/protobuf.h"

#include <string.h>

enum {
  VARINT_BYTES = 10,       /* of seven bits each, for 64 */
  NUMBER_MOST = 0x1FFFFFFF /* a field's number has 29 bits */
};

static vsg_status read_varint(uint64_t *out, vsg_reader *r, vsg_error *err) {
  size_t start = r->at;
  *out = 0;
  for (int i = 0; i < VARINT_BYTES; i++) {
    uint8_t byte;
    if (vsg_read_u8(&byte, r, err)) return err->code;
    if (i == VARINT_BYTES - 1 && byte > 1) break; /* bits 64 and up */
    *out |= (uint64_t)(byte & 0x7F) << (7 * i);
    if (byte < 0x80) return VSG_OK;
  }
  r->at = start;
  return vsg_read_fail(r, err, "a varint of over 64 bits");
}

static vsg_status read_bytes(vsg_reader *out, vsg_reader *r, vsg_error *err) {
  const unsigned char *data;
  uint64_t length;
  size_t start = r->at;
  if (read_varint(&length, r, err)) return err->code;
  if (length > r->size - r->at) {
    size_t left = r->size - r->at;
    r->at = start;
    return vsg_read_fail(r, err, "a field of %llu bytes, %zu left",
                         (unsigned long long)length, left);
  }
  *out = (vsg_reader){r->data, r->at + (size_t)length, r->at, r->name};
  return vsg_read_bytes(&data, r, (size_t)length, err);
}

static vsg_status read_single(uint64_t *out, vsg_reader *r, vsg_wire wire,
                              vsg_error *err) {
  uint32_t bits;
  if (wire == VSG_WIRE_VARINT) return read_varint(out, r, err);
  if (wire == VSG_WIRE_64) return vsg_read_u64(out, r, err);
  if (vsg_read_u32(&bits, r, err)) return err->code;
  *out = bits;
  return VSG_OK;
}

vsg_status vsg_protobuf_next(vsg_field *out, bool *more, vsg_reader *r,
                             vsg_error *err) {
  uint64_t key;
  size_t start = r->at;
  *more = r->at < r->size;
  if (!*more) return VSG_OK;
  if (read_varint(&key, r, err)) return err->code;
  if (key >> 3 == 0 || key >> 3 > NUMBER_MOST) {
    r->at = start;
    return vsg_read_fail(r, err, "a field numbered %llu",
                         (unsigned long long)(key >> 3));
  }
  *out = (vsg_field){.number = (uint32_t)(key >> 3),
                     .wire = key & 7,
                     .bytes = {r->data, start, start, r->name}};
  switch (out->wire) {
    case VSG_WIRE_BYTES:
      return read_bytes(&out->bytes, r, err);
    case VSG_WIRE_VARINT:
    case VSG_WIRE_64:
    case VSG_WIRE_32:
      return read_single(&out->value, r, out->wire, err);
    default:
      r->at = start;
      return vsg_read_fail(r, err, "field %u has wire %d, wants 0, 1, 2 or 5",
                           out->number, (int)(key & 7));
  }
}

vsg_status vsg_protobuf_value(uint64_t *out, bool *more, vsg_field *field,
                              vsg_wire wire, vsg_error *err) {
  if (field->wire == VSG_WIRE_BYTES) {
    *more = field->bytes.at < field->bytes.size;
    return *more ? read_single(out, &field->bytes, wire, err) : VSG_OK;
  }
  if (vsg_protobuf_wants(field, wire, err)) return err->code;
  *out = field->value;
  *more = true;
  field->wire = VSG_WIRE_BYTES; /* and its bytes are none: that was the last */
  return VSG_OK;
}

vsg_status vsg_protobuf_wants(const vsg_field *field, vsg_wire wire,
                              vsg_error *err) {
  if (field->wire == wire) return VSG_OK;
  return vsg_read_fail(&field->bytes, err, "field %u has wire %d, wants %d",
                       field->number, (int)field->wire, (int)wire);
}

float vsg_protobuf_float(uint64_t bits) {
  uint32_t low = (uint32_t)bits;
  float value;
  memcpy(&value, &low, sizeof value);
  return value;
}

const char *vsg_protobuf_text(const vsg_field *field, size_t *length) {
  *length = field->bytes.size - field->bytes.at;
  return (const char *)field->bytes.data + field->bytes.at; /* text is bytes */
}
