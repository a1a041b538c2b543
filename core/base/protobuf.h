/* The wire format of protocol buffers, read with bounds checked: what .onnx and
 * .caffemodel files are written in. A message is a run of fields; what a number
 * means is in the tables of who reads.
 *
 *   field     key, then as the key's wire says
 *   key       varint: number << 3 | wire
 *   wire 0    varint: seven bits a byte, lowest first, the top bit on all but
 *             the last
 *   wire 1    8 bytes, little endian
 *   wire 2    varint length, then as many bytes: text, a message, or packed
 *             values without keys
 *   wire 5    4 bytes, little endian
 *
 * Wires 3 and 4 (groups, given up long before these formats) are refused. */
#ifndef VSG_BASE_PROTOBUF_H
#define VSG_BASE_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"

typedef enum vsg_wire {
  VSG_WIRE_VARINT = 0,
  VSG_WIRE_64 = 1,
  VSG_WIRE_BYTES = 2,
  VSG_WIRE_32 = 5
} vsg_wire;

typedef struct vsg_field {
  uint32_t number;
  vsg_wire wire;
  uint64_t value;   /* the bits, unless wire is VSG_WIRE_BYTES */
  vsg_reader bytes; /* VSG_WIRE_BYTES: from the first byte to the last, else
                       none; it has the file's data, so that offsets stay the
                       file's */
} vsg_field;

/* The next field of the message that r stands in; *more is false at its end.
 * A varint of over 64 bits, a length past the end, a field numbered 0 and a
 * group are VSG_FORMAT. */
vsg_status vsg_protobuf_next(vsg_field *out, bool *more, vsg_reader *r,
                             vsg_error *err);

/* The next value of a repeated field of numbers, which may be packed or come
 * one by one: wire is what a single one has. *more is false after the field's
 * last. A field of another wire is VSG_FORMAT. */
vsg_status vsg_protobuf_value(uint64_t *out, bool *more, vsg_field *field,
                              vsg_wire wire, vsg_error *err);

/* Fails unless the field has that wire. */
vsg_status vsg_protobuf_wants(const vsg_field *field, vsg_wire wire,
                              vsg_error *err);

/* What the bits of VSG_WIRE_32 are as a float. */
float vsg_protobuf_float(uint64_t bits);

/* The bytes of a field, in the file's data, and their number; nothing ends
 * them. */
const char *vsg_protobuf_text(const vsg_field *field, size_t *length);

#endif
