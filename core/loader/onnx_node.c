/* The operators of an ONNX model and their attributes; see onnx.h, and onnx.c
 * for the layout. */
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/network.h"
#include "core/loader/onnx.h"

enum {
  NAME_ROOM = 512,       /* a domain and an operator's type, or an output and
                            an attribute's name, with a dot between */
  NUMBERS_MOST = 1 << 20 /* of one attribute */
};

/* AttributeProto.AttributeType */
enum { FLOAT = 1, INT = 2, STRING = 3, TENSOR = 4, FLOATS = 6, INTS = 7 };

typedef struct attribute {
  vsg_reader name, text, tensor;
  uint64_t type;
  double *number;
  size_t count, room;
} attribute;

/* The node at hand. */
typedef struct node {
  vsg_onnx_model *m;
  vsg_reader type, domain, name, output; /* the first output */
  bool has_output;
  attribute attribute;
} node;

static vsg_status take_first_output(void *to, vsg_field *field,
                                    vsg_error *err) {
  node *n = to;
  (void)err;
  if (!n->has_output) n->output = field->bytes;
  n->has_output = true;
  return VSG_OK;
}

static const vsg_onnx_entry head_fields[] = {
    {2, VSG_WIRE_BYTES, take_first_output, 0},
    {3, VSG_WIRE_BYTES, NULL, offsetof(node, name)},
    {4, VSG_WIRE_BYTES, NULL, offsetof(node, type)},
    {7, VSG_WIRE_BYTES, NULL, offsetof(node, domain)},
    {0, 0, NULL, 0}};

/* What the node is, without its attributes and inputs. */
static vsg_status read_head(node *n, vsg_onnx_model *m, const vsg_reader *r,
                            vsg_error *err) {
  vsg_reader nothing = vsg_onnx_nothing(r);
  *n = (node){.m = m,
              .type = nothing,
              .domain = nothing,
              .name = nothing,
              .output = nothing};
  return vsg_onnx_walk(n, head_fields, *r, err);
}

static bool is_constant(const node *n) {
  return vsg_onnx_is(&n->type, "Constant") && vsg_onnx_standard(&n->domain);
}

/* ---- attributes ---- */

static vsg_status add_number(attribute *a, double number, const vsg_reader *r,
                             vsg_error *err) {
  void *list = a->number; /* vsg_list_grow's type */
  if (a->count == NUMBERS_MOST) {
    return vsg_read_fail(r, err, "an attribute of over %d numbers",
                         NUMBERS_MOST);
  }
  if (vsg_list_grow(&list, a->count, &a->room, sizeof *a->number, "onnx",
                    err)) {
    return err->code;
  }
  a->number = list;
  a->number[a->count++] = number;
  return VSG_OK;
}

/* Models of before 2017 do not say an attribute's type, and zeros may be left
 * out of those that do; so both the type and the field are heeded. */
static vsg_status take_floats(void *to, vsg_field *field, vsg_error *err) {
  attribute *a = &((node *)to)->attribute;
  uint64_t bits;
  bool more;
  if (!a->type) a->type = field->number == 2 ? FLOAT : FLOATS;
  while (!vsg_protobuf_value(&bits, &more, field, VSG_WIRE_32, err)) {
    if (!more) return VSG_OK;
    if (add_number(a, vsg_protobuf_float(bits), &field->bytes, err)) {
      return err->code;
    }
  }
  return err->code;
}

static vsg_status take_ints(void *to, vsg_field *field, vsg_error *err) {
  attribute *a = &((node *)to)->attribute;
  uint64_t bits;
  bool more;
  if (!a->type) a->type = field->number == 3 ? INT : INTS;
  while (!vsg_protobuf_value(&bits, &more, field, VSG_WIRE_VARINT, err)) {
    if (!more) return VSG_OK;
    if (add_number(a, (double)(int64_t)bits, &field->bytes, err)) {
      return err->code;
    }
  }
  return err->code;
}

static vsg_status take_string(void *to, vsg_field *field, vsg_error *err) {
  attribute *a = &((node *)to)->attribute;
  (void)err;
  if (!a->type) a->type = STRING;
  a->text = field->bytes;
  return VSG_OK;
}

static vsg_status take_tensor(void *to, vsg_field *field, vsg_error *err) {
  attribute *a = &((node *)to)->attribute;
  (void)err;
  if (!a->type) a->type = TENSOR;
  a->tensor = field->bytes;
  return VSG_OK;
}

static const vsg_onnx_entry attribute_fields[] = {
    {1, VSG_WIRE_BYTES, NULL, offsetof(node, attribute.name)},
    {2, VSG_WIRE_32, take_floats, 0},
    {3, VSG_WIRE_VARINT, take_ints, 0},
    {4, VSG_WIRE_BYTES, take_string, 0},
    {5, VSG_WIRE_BYTES, take_tensor, 0},
    {7, VSG_ONNX_REPEATED, take_floats, 0},
    {8, VSG_ONNX_REPEATED, take_ints, 0},
    {20, VSG_WIRE_VARINT, NULL, offsetof(node, attribute.type)},
    {0, 0, NULL, 0}};

/* Reads an attribute into n->attribute, whose numbers the caller frees. */
static vsg_status read_attribute(node *n, const vsg_reader *r, vsg_error *err) {
  vsg_reader nothing = vsg_onnx_nothing(r);
  n->attribute =
      (attribute){.name = nothing, .text = nothing, .tensor = nothing};
  if (vsg_onnx_walk(n, attribute_fields, *r, err)) return err->code;
  if ((n->attribute.type == FLOAT || n->attribute.type == INT) &&
      n->attribute.count == 0) {
    return add_number(&n->attribute, 0, r, err);
  }
  return VSG_OK;
}

/* ---- constants ---- */

/* A list may hold numbers that an attribute's type denies, so nothing is cast
 * that does not fit. */
static int64_t whole_of(double number) {
  if (!(number > -0x1p63)) return INT64_MIN;
  return number < 0x1p63 ? (int64_t)number : INT64_MAX;
}

/* A Constant's numbers, given without a tensor: value_float(s), value_int(s).
 */
static vsg_status add_plain(node *n, const vsg_reader *r, vsg_error *err) {
  const attribute *a = &n->attribute;
  bool whole = a->type == INT || a->type == INTS;
  long count = (long)a->count;
  vsg_tensor *t;
  if (vsg_tensor_new(&t, whole ? VSG_i64 : VSG_f32, a->type >= FLOATS, &count,
                     err)) {
    return err->code;
  }
  for (long i = 0; i < vsg_tensor_numel(t); i++) {
    if (whole) {
      ((int64_t *)vsg_tensor_data(t))[i] = whole_of(a->number[i]);
    } else {
      ((float *)vsg_tensor_data(t))[i] = (float)a->number[i];
    }
  }
  return vsg_weights_add(n->m->out, r, vsg_onnx_text(&n->output),
                         vsg_onnx_length(&n->output), t, err);
}

static bool is_plain(const attribute *a) {
  return (a->type == FLOAT && vsg_onnx_is(&a->name, "value_float")) ||
         (a->type == INT && vsg_onnx_is(&a->name, "value_int")) ||
         (a->type == FLOATS && vsg_onnx_is(&a->name, "value_floats")) ||
         (a->type == INTS && vsg_onnx_is(&a->name, "value_ints"));
}

static vsg_status take_constant(void *to, vsg_field *field, vsg_error *err) {
  node *n = to;
  vsg_status status = read_attribute(n, &field->bytes, err);
  attribute *a = &n->attribute;
  if (!status && vsg_onnx_is(&a->name, "value") && a->type == TENSOR) {
    status = vsg_onnx_add_tensor(n->m, &n->output, &a->tensor, err);
  } else if (!status && is_plain(a)) {
    status = add_plain(n, &field->bytes, err);
  }
  free(a->number);
  return status;
}

static const vsg_onnx_entry constant_fields[] = {
    {5, VSG_WIRE_BYTES, take_constant, 0}, {0, 0, NULL, 0}};

vsg_status vsg_onnx_constant(vsg_onnx_model *m, const vsg_reader *r,
                             vsg_error *err) {
  node n;
  if (read_head(&n, m, r, err)) return err->code;
  return is_constant(&n) ? vsg_onnx_walk(&n, constant_fields, *r, err) : VSG_OK;
}

/* ---- operators ---- */

/* Writes "a.b" and gives its length. */
static vsg_status join(char out[NAME_ROOM], size_t *length, const vsg_reader *a,
                       const vsg_reader *b, vsg_error *err) {
  *length = vsg_onnx_length(a) + 1 + vsg_onnx_length(b);
  if (vsg_onnx_length(a) >= NAME_ROOM || *length >= NAME_ROOM) {
    return vsg_read_fail(a, err, "a name of %zu bytes", *length);
  }
  memcpy(out, vsg_onnx_text(a), vsg_onnx_length(a));
  out[vsg_onnx_length(a)] = '.';
  memcpy(out + vsg_onnx_length(a) + 1, vsg_onnx_text(b), vsg_onnx_length(b));
  return VSG_OK;
}

static vsg_status take_input(void *to, vsg_field *field, vsg_error *err) {
  const vsg_reader *r = &field->bytes;
  return vsg_operator_input(((node *)to)->m->out, r, vsg_onnx_text(r),
                            vsg_onnx_length(r), err);
}

static vsg_status take_output(void *to, vsg_field *field, vsg_error *err) {
  const vsg_reader *r = &field->bytes;
  return vsg_operator_output(((node *)to)->m->out, r, vsg_onnx_text(r),
                             vsg_onnx_length(r), err);
}

static vsg_status add_tensor_attribute(node *n, const vsg_reader *r,
                                       vsg_error *err) {
  const attribute *a = &n->attribute;
  char text[NAME_ROOM];
  vsg_reader name = *r;
  size_t length;
  if (join(text, &length, &n->output, &a->name, err)) return err->code;
  name.data = (const unsigned char *)text; /* text is bytes */
  name.at = 0;
  name.size = length;
  if (vsg_onnx_add_tensor(n->m, &name, &a->tensor, err)) return err->code;
  return vsg_operator_text(n->m->out, r, vsg_onnx_text(&a->name),
                           vsg_onnx_length(&a->name), text, length, err);
}

static vsg_status add_attribute(node *n, const vsg_reader *r, vsg_error *err) {
  const attribute *a = &n->attribute;
  switch (a->type) {
    case STRING:
      return vsg_operator_text(
          n->m->out, r, vsg_onnx_text(&a->name), vsg_onnx_length(&a->name),
          vsg_onnx_text(&a->text), vsg_onnx_length(&a->text), err);
    case TENSOR:
      return add_tensor_attribute(n, r, err);
    case FLOAT:
    case INT:
    case FLOATS:
    case INTS:
      return vsg_operator_numbers(n->m->out, r, vsg_onnx_text(&a->name),
                                  vsg_onnx_length(&a->name), a->number,
                                  a->count, a->type >= FLOATS, err);
    default: /* a graph, or a list of other things */
      return VSG_OK;
  }
}

static vsg_status take_attribute(void *to, vsg_field *field, vsg_error *err) {
  node *n = to;
  vsg_status status = read_attribute(n, &field->bytes, err);
  if (!status) status = add_attribute(n, &field->bytes, err);
  free(n->attribute.number);
  return status;
}

static const vsg_onnx_entry node_fields[] = {
    {1, VSG_WIRE_BYTES, take_input, 0},
    {2, VSG_WIRE_BYTES, take_output, 0},
    {5, VSG_WIRE_BYTES, take_attribute, 0},
    {0, 0, NULL, 0}};

vsg_status vsg_onnx_node(vsg_onnx_model *m, const vsg_reader *r,
                         vsg_error *err) {
  node n;
  char text[NAME_ROOM];
  const char *type;
  size_t length;
  if (read_head(&n, m, r, err)) return err->code;
  if (is_constant(&n)) return VSG_OK;
  type = vsg_onnx_text(&n.type);
  length = vsg_onnx_length(&n.type);
  if (!vsg_onnx_standard(&n.domain)) {
    if (join(text, &length, &n.domain, &n.type, err)) return err->code;
    type = text;
  }
  if (vsg_network_operator(m->out, r, type, length, vsg_onnx_text(&n.name),
                           vsg_onnx_length(&n.name), err)) {
    return err->code;
  }
  return vsg_onnx_walk(&n, node_fields, *r, err);
}
