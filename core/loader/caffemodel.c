/* Caffe's weights: a .caffemodel, a whole NetParameter in protobuf's binary
 * form. A message is a run of fields, each with its number, and nests:
 *
 *   net    1 name, 3 input, 4 input_dim, 8 input_shape,
 *          100 layer (V2) or 2 layers (V1), one for each
 *   layer  name, type, bottoms, tops, parameters; blobs: 7 (V2) or 6 (V1)
 *   blob   7 shape {1 dim...}, or, before shapes were free, 1 num, 2 channels,
 *          3 height, 4 width; 5 data (floats) or 8 double_data; 6 and 9 are the
 *          gradients of training, which are skipped
 *
 * Blobs become the tensors "LAYER.1", "LAYER.2", ... in the shape of the file:
 * the old one has four axes, a bias (1,1,1,C). Fields and operators are in
 * caffe.h; whether a layer's parameters are there is up to who wrote the file:
 * Caffe keeps them. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/protobuf.h"
#include "core/base/size.h"
#include "core/loader/caffe.h"
#include "core/loader/loader.h"

/* BlobProto; its fields are read here, for its data is no attribute. */
enum {
  BLOB_NUM = 1, /* 2 channels, 3 height */
  BLOB_WIDTH = 4,
  BLOB_DATA = 5,
  BLOB_SHAPE = 7,
  BLOB_DOUBLES = 8,
  SHAPE_DIM = 1,
};

/* ---- blobs ---- */

typedef struct blob {
  int dims;
  long dim[VSG_MAX_DIMS];
  bool old; /* the shape is num, channels, height, width */
  size_t floats, doubles;
} blob;

/* An int64 as a size. */
static vsg_status size_of(long *out, uint64_t value, const vsg_reader *r,
                          vsg_error *err) {
  *out = (long)value;
  if (value <= LONG_MAX) return VSG_OK;
  return vsg_read_fail(r, err, "a blob has a size of %ld", *out);
}

static vsg_status read_dims(blob *b, vsg_field *dims, vsg_error *err) {
  for (;;) {
    uint64_t value;
    bool more;
    if (vsg_protobuf_value(&value, &more, dims, VSG_WIRE_VARINT, err)) {
      return err->code;
    }
    if (!more) return VSG_OK;
    if (b->dims >= VSG_MAX_DIMS) {
      return vsg_read_fail(&dims->bytes, err, "a blob of over %d axes",
                           VSG_MAX_DIMS);
    }
    if (size_of(&b->dim[b->dims++], value, &dims->bytes, err)) return err->code;
  }
}

static vsg_status read_shape(blob *b, vsg_field *shape, vsg_error *err) {
  vsg_field f;
  bool more;
  if (vsg_protobuf_wants(shape, VSG_WIRE_BYTES, err)) return err->code;
  if (b->old) return VSG_OK; /* Caffe prefers the old shape to this one */
  for (;;) {
    if (vsg_protobuf_next(&f, &more, &shape->bytes, err)) return err->code;
    if (!more) return VSG_OK;
    if (f.number == SHAPE_DIM && read_dims(b, &f, err)) return err->code;
  }
}

static vsg_status read_old_size(blob *b, const vsg_field *f, vsg_error *err) {
  if (vsg_protobuf_wants(f, VSG_WIRE_VARINT, err)) return err->code;
  if (!b->old) memset(b->dim, 0, sizeof b->dim);
  b->old = true;
  b->dims = BLOB_WIDTH;
  return size_of(&b->dim[f->number - BLOB_NUM], f->value, &f->bytes, err);
}

/* Counts the values of a field of data, packed or one by one. */
static vsg_status count_values(size_t *count, const vsg_field *f, size_t size,
                               vsg_error *err) {
  size_t bytes = f->bytes.size - f->bytes.at;
  if (f->wire != VSG_WIRE_BYTES) {
    *count += 1;
    return vsg_protobuf_wants(f, size == 4 ? VSG_WIRE_32 : VSG_WIRE_64, err);
  }
  *count += bytes / size;
  if (bytes % size == 0) return VSG_OK;
  return vsg_read_fail(&f->bytes, err, "%zu bytes of data, each has %zu", bytes,
                       size);
}

/* The first pass over a blob: its shape and how many values it has. */
static vsg_status measure(blob *b, vsg_reader r, vsg_error *err) {
  for (;;) {
    vsg_field f;
    bool more;
    vsg_status status = vsg_protobuf_next(&f, &more, &r, err);
    if (status || !more) return status;
    if (f.number >= BLOB_NUM && f.number <= BLOB_WIDTH) {
      status = read_old_size(b, &f, err);
    } else if (f.number == BLOB_SHAPE) {
      status = read_shape(b, &f, err);
    } else if (f.number == BLOB_DATA) {
      status = count_values(&b->floats, &f, sizeof(float), err);
    } else if (f.number == BLOB_DOUBLES) {
      status = count_values(&b->doubles, &f, sizeof(double), err);
    }
    if (status) return status;
  }
}

/* The second pass: what field holds, one value after another. */
static vsg_status copy_values(unsigned char *out, vsg_reader r, uint32_t field,
                              size_t size, vsg_error *err) {
  for (;;) {
    vsg_field f;
    bool more;
    vsg_status status = vsg_protobuf_next(&f, &more, &r, err);
    if (status || !more) return status;
    if (f.number != field) continue;
    size_t bytes = f.bytes.size - f.bytes.at;
    if (f.wire != VSG_WIRE_BYTES) {
      memcpy(out, &f.value, size); /* little endian, as loader.h asserts */
      out += size;
    } else if (bytes > 0) {
      memcpy(out, f.bytes.data + f.bytes.at, bytes);
      out += bytes;
    }
  }
}

/* The shape must have as many values as the file: what is allocated is bounded
 * by that. */
static vsg_status check_count(const blob *b, size_t values, const vsg_reader *r,
                              vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  size_t count = 1;
  bool fits = true;
  for (int i = 0; i < b->dims && fits; i++) {
    fits = vsg_size_mul(&count, count, (size_t)b->dim[i]);
  }
  if (fits && count == values) return VSG_OK;
  return vsg_read_fail(r, err, "a blob %s has %zu values",
                       vsg_shape_text(text, b->dims, b->dim), values);
}

static vsg_status read_blob(vsg_caffe *net, const vsg_reader *r,
                            vsg_error *err) {
  blob b = {.dims = 0};
  vsg_tensor *t;
  if (measure(&b, *r, err)) return err->code;
  bool doubles = b.doubles > 0; /* Caffe prefers them */
  size_t values = doubles ? b.doubles : b.floats;
  if (check_count(&b, values, r, err) ||
      vsg_tensor_new(&t, doubles ? VSG_f64 : VSG_f32, b.dims, b.dim, err)) {
    return err->code;
  }
  if (copy_values(vsg_tensor_data(t), *r, doubles ? BLOB_DOUBLES : BLOB_DATA,
                  doubles ? sizeof(double) : sizeof(float), err)) {
    vsg_tensor_free(t);
    return err->code;
  }
  return vsg_caffe_blob(net, t, err);
}

/* ---- fields ---- */

static vsg_status read_message(vsg_caffe *net, const vsg_caffe_field *fields,
                               vsg_reader *r, vsg_error *err);

static vsg_status read_number(vsg_caffe *net, const vsg_caffe_field *f,
                              vsg_field *field, vsg_error *err) {
  bool is_float = f->kind == VSG_CAFFE_FLOAT;
  for (;;) {
    uint64_t value;
    bool more;
    if (vsg_protobuf_value(&value, &more, field,
                           is_float ? VSG_WIRE_32 : VSG_WIRE_VARINT, err)) {
      return err->code;
    }
    if (!more) return VSG_OK;
    /* Integers are written as 64 bits with a sign, the unsigned ones too. */
    if (vsg_caffe_number(
            net, f,
            is_float ? vsg_protobuf_float(value) : (double)(int64_t)value,
            err)) {
      return err->code;
    }
  }
}

static vsg_status read_choice(vsg_caffe *net, const vsg_caffe_field *f,
                              const vsg_field *field, vsg_error *err) {
  if (vsg_protobuf_wants(field, VSG_WIRE_VARINT, err)) return err->code;
  return vsg_caffe_choose(net, f, (int64_t)field->value, err);
}

static vsg_status read_text(vsg_caffe *net, const vsg_caffe_field *f,
                            const vsg_field *field, vsg_error *err) {
  size_t length;
  const char *text = vsg_protobuf_text(field, &length);
  return vsg_caffe_text(net, f, text, length, err);
}

static vsg_status read_nested(vsg_caffe *net, const vsg_caffe_field *f,
                              vsg_field *field, vsg_error *err) {
  if (vsg_caffe_enter(net, f, err) ||
      read_message(net, f->fields, &field->bytes, err)) {
    return err->code;
  }
  return vsg_caffe_leave(net, err);
}

static vsg_status read_field(vsg_caffe *net, const vsg_caffe_field *f,
                             vsg_field *field, vsg_error *err) {
  bool has_bytes = f->kind == VSG_CAFFE_TEXT || f->kind == VSG_CAFFE_MESSAGE ||
                   f->kind == VSG_CAFFE_BLOB;
  if (has_bytes && vsg_protobuf_wants(field, VSG_WIRE_BYTES, err)) {
    return err->code;
  }
  switch (f->kind) {
    case VSG_CAFFE_INTEGER:
    case VSG_CAFFE_BOOLEAN:
    case VSG_CAFFE_FLOAT:
      return read_number(net, f, field, err);
    case VSG_CAFFE_CHOICE:
      return read_choice(net, f, field, err);
    case VSG_CAFFE_TEXT:
      return read_text(net, f, field, err);
    case VSG_CAFFE_MESSAGE:
      return read_nested(net, f, field, err);
    case VSG_CAFFE_BLOB:
      return read_blob(net, &field->bytes, err);
    case VSG_CAFFE_OLD:
      return vsg_fail(err, VSG_UNSUPPORTED,
                      "%s: offset %zu: a layer of Caffe's first generation",
                      field->bytes.name, field->bytes.at);
    default:
      return VSG_OK;
  }
}

/* The nesting is the table's: it has messages in messages, four deep. */
static vsg_status read_message(vsg_caffe *net, const vsg_caffe_field *fields,
                               vsg_reader *r, vsg_error *err) {
  for (;;) {
    vsg_field field;
    bool more;
    char name[16];
    vsg_status status = vsg_protobuf_next(&field, &more, r, err);
    if (status || !more) return status;
    const vsg_caffe_field *f = vsg_caffe_numbered(fields, field.number);
    if (f) {
      status = read_field(net, f, &field, err);
    } else {
      snprintf(name, sizeof name, "#%u", field.number);
      status = vsg_caffe_unknown(net, name, strlen(name), err);
    }
    if (status) return status;
  }
}

/* ---- the loader ---- */

/* Fields of a net up to the first layer, and in that one a field of a layer
 * first. (ONNX begins with a varint, which no net has there.) */
static bool sniff(const unsigned char *data, size_t size) {
  vsg_reader r = {data, size, 0, ""};
  vsg_error err;
  vsg_field field, first;
  bool more;
  while (!vsg_protobuf_next(&field, &more, &r, &err) && more) {
    const vsg_caffe_field *f = vsg_caffe_numbered(vsg_caffe_net, field.number);
    if (!f) return false;
    if (f->kind == VSG_CAFFE_TEXT && field.wire != VSG_WIRE_BYTES) return false;
    if (f->kind != VSG_CAFFE_MESSAGE) continue;
    return field.wire == VSG_WIRE_BYTES &&
           !vsg_protobuf_next(&first, &more, &field.bytes, &err) && more &&
           vsg_caffe_numbered(f->fields, first.number);
  }
  return false;
}

static vsg_status read_caffemodel(vsg_weights *out, vsg_reader *r,
                                  vsg_error *err) {
  vsg_caffe *net;
  vsg_status status = vsg_caffe_new(&net, out, r, err);
  if (!status) status = read_message(net, vsg_caffe_net, r, err);
  if (!status) status = vsg_caffe_finish(net, err);
  vsg_caffe_free(net);
  return status;
}

const vsg_loader vsg_loader_caffemodel = {"caffemodel", sniff, read_caffemodel};
