/* ONNX models (.onnx): a network and its tensors as protocol buffers.
 *
 *   ModelProto     1 ir_version, 2 producer_name, 3 producer_version, 7 graph,
 *                  8 opset_import (1 domain, 2 version),
 *                  14 metadata_props (1 key, 2 value)
 *   GraphProto     1 node, 5 initializer (TensorProto), 11 input, 12 output
 *   NodeProto      1 input, 2 output, 3 name, 4 op_type, 5 attribute, 7 domain
 *   AttributeProto 1 name, 2 f, 3 i, 4 s, 5 t, 7 floats, 8 ints, 20 type
 *   ValueInfoProto 1 name, 2 type (1 tensor_type (2 shape (1 dim (1 value))))
 *
 * Source: onnx/onnx.proto of github.com/onnx/onnx. Tensors are in
 * onnx_tensor.c.
 *
 * A Constant is not an operator but a tensor, called as its output is. A tensor
 * that another operator has for an attribute is called "OUTPUT.ATTRIBUTE", and
 * the attribute is that name. An operator of another domain than ONNX's own is
 * of type "domain.type". Graphs within operators (If, Loop), sparse tensors and
 * a model's own functions are not read: what uses them has no layer. */
#include "core/loader/onnx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loader/network.h"

enum { IR_MOST = 127 /* of one byte; the tenth is of 2024 */ };

/* ---- walking ---- */

/* The struct is untyped, for each message has its own. */
static void keep(void *to, const vsg_onnx_entry *entry,
                 const vsg_field *field) {
  unsigned char *member = (unsigned char *)to + entry->at;
  if (field->wire == VSG_WIRE_BYTES) {
    memcpy(member, &field->bytes, sizeof field->bytes);
  } else {
    memcpy(member, &field->value, sizeof field->value);
  }
}

vsg_status vsg_onnx_walk(void *to, const vsg_onnx_entry *table, vsg_reader r,
                         vsg_error *err) {
  vsg_field field;
  bool more;
  while (!vsg_protobuf_next(&field, &more, &r, err)) {
    const vsg_onnx_entry *entry = table;
    if (!more) return VSG_OK;
    while (entry->number && entry->number != field.number) entry++;
    if (!entry->number) continue;
    if (entry->wire != VSG_ONNX_REPEATED &&
        vsg_protobuf_wants(&field, (vsg_wire)entry->wire, err)) {
      return err->code;
    }
    if (!entry->take) {
      keep(to, entry, &field);
    } else if (entry->take(to, &field, err)) {
      return err->code;
    }
  }
  return err->code;
}

vsg_reader vsg_onnx_nothing(const vsg_reader *r) {
  return (vsg_reader){(const unsigned char *)"", 0, 0, r->name};
}

const char *vsg_onnx_text(const vsg_reader *r) {
  return (const char *)r->data + r->at; /* text is bytes */
}

size_t vsg_onnx_length(const vsg_reader *r) { return r->size - r->at; }

bool vsg_onnx_is(const vsg_reader *r, const char *text) {
  size_t length = vsg_onnx_length(r);
  return length == strlen(text) && !memcmp(vsg_onnx_text(r), text, length);
}

bool vsg_onnx_standard(const vsg_reader *domain) {
  return vsg_onnx_length(domain) == 0 || vsg_onnx_is(domain, "ai.onnx");
}

/* ---- inputs and outputs ---- */

typedef struct value {
  vsg_reader name;
  long dim[VSG_MAX_DIMS];
  int dims;
} value;

typedef struct axis {
  uint64_t size;
} axis;

static const vsg_onnx_entry dim_fields[] = {
    {1, VSG_WIRE_VARINT, NULL, offsetof(axis, size)}, {0, 0, NULL, 0}};

/* Without a size, or with 0 or less for one, it is open. */
static vsg_status take_dim(void *to, vsg_field *field, vsg_error *err) {
  value *v = to;
  axis a = {0};
  if (vsg_onnx_walk(&a, dim_fields, field->bytes, err)) return err->code;
  if (v->dims < VSG_MAX_DIMS) {
    v->dim[v->dims] = a.size > 0 && a.size <= INT32_MAX ? (long)a.size : -1;
  }
  if (v->dims <= VSG_MAX_DIMS) v->dims++; /* one too many is an error later */
  return VSG_OK;
}

/* Takers that walk into a message of the table's fields. */
#define INTO(taker, table)                                              \
  static vsg_status taker(void *to, vsg_field *field, vsg_error *err) { \
    return vsg_onnx_walk(to, table, field->bytes, err);                 \
  }

static const vsg_onnx_entry shape_fields[] = {{1, VSG_WIRE_BYTES, take_dim, 0},
                                              {0, 0, NULL, 0}};
INTO(take_shape, shape_fields)

static const vsg_onnx_entry array_fields[] = {
    {2, VSG_WIRE_BYTES, take_shape, 0}, {0, 0, NULL, 0}};
INTO(take_array, array_fields)

static const vsg_onnx_entry type_fields[] = {{1, VSG_WIRE_BYTES, take_array, 0},
                                             {0, 0, NULL, 0}};
INTO(take_type, type_fields)

static const vsg_onnx_entry value_fields[] = {
    {1, VSG_WIRE_BYTES, NULL, offsetof(value, name)},
    {2, VSG_WIRE_BYTES, take_type, 0},
    {0, 0, NULL, 0}};

static vsg_status read_value(value *v, const vsg_reader *r, vsg_error *err) {
  *v = (value){.name = vsg_onnx_nothing(r)};
  return vsg_onnx_walk(v, value_fields, *r, err);
}

/* ---- the graph ---- */

typedef struct graph {
  vsg_onnx_model *m;
  char **tensors; /* the names of initializers and constants, sorted */
  size_t count;
} graph;

vsg_status vsg_onnx_add_tensor(vsg_onnx_model *m, const vsg_reader *name,
                               const vsg_reader *r, vsg_error *err) {
  vsg_tensor *t;
  vsg_reader own;
  if (vsg_onnx_tensor(&t, &own, &m->files, m->out->path, *r, err)) {
    return err->code;
  }
  if (!name) name = &own;
  return vsg_weights_add(m->out, r, vsg_onnx_text(name), vsg_onnx_length(name),
                         t, err);
}

static vsg_status take_initializer(void *to, vsg_field *field, vsg_error *err) {
  return vsg_onnx_add_tensor(((graph *)to)->m, NULL, &field->bytes, err);
}

static vsg_status take_constant(void *to, vsg_field *field, vsg_error *err) {
  return vsg_onnx_constant(((graph *)to)->m, &field->bytes, err);
}

static vsg_status take_node(void *to, vsg_field *field, vsg_error *err) {
  return vsg_onnx_node(((graph *)to)->m, &field->bytes, err);
}

static int compare_tensors(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b); /* names' addresses */
}

static vsg_status sort_tensors(graph *g, vsg_error *err) {
  const vsg_weights *w = g->m->out;
  g->tensors = reallocarray(NULL, w->count + 1, sizeof *g->tensors);
  if (!g->tensors) return vsg_fail_memory(err, "onnx", w->count);
  g->count = w->count;
  for (size_t i = 0; i < g->count; i++) g->tensors[i] = w->items[i].name;
  qsort(g->tensors, g->count, sizeof *g->tensors, compare_tensors);
  return VSG_OK;
}

/* A text that nothing ends and that may hold zero bytes, beside the address of
 * a name. */
static int compare_name(const void *key, const void *item) {
  const vsg_reader *text = key;
  const char *name = *(char *const *)item;
  size_t length = vsg_onnx_length(text), other = strlen(name);
  int order =
      memcmp(vsg_onnx_text(text), name, length < other ? length : other);
  return order ? order : (length > other) - (length < other);
}

/* Models of before 2019 list their tensors among the inputs. */
static vsg_status take_input(void *to, vsg_field *field, vsg_error *err) {
  graph *g = to;
  value v;
  if (read_value(&v, &field->bytes, err)) return err->code;
  if (bsearch(&v.name, g->tensors, g->count, sizeof *g->tensors,
              compare_name)) {
    return VSG_OK;
  }
  return vsg_network_input(g->m->out, &field->bytes, vsg_onnx_text(&v.name),
                           vsg_onnx_length(&v.name), v.dim, v.dims, err);
}

static vsg_status take_output(void *to, vsg_field *field, vsg_error *err) {
  value v;
  if (read_value(&v, &field->bytes, err)) return err->code;
  return vsg_network_output(((graph *)to)->m->out, &field->bytes,
                            vsg_onnx_text(&v.name), vsg_onnx_length(&v.name),
                            err);
}

/* Tensors first, for the inputs need their names. */
static const vsg_onnx_entry tensor_fields[] = {
    {1, VSG_WIRE_BYTES, take_constant, 0},
    {5, VSG_WIRE_BYTES, take_initializer, 0},
    {0, 0, NULL, 0}};

static const vsg_onnx_entry graph_fields[] = {
    {1, VSG_WIRE_BYTES, take_node, 0},
    {11, VSG_WIRE_BYTES, take_input, 0},
    {12, VSG_WIRE_BYTES, take_output, 0},
    {0, 0, NULL, 0}};

static vsg_status take_graph(void *to, vsg_field *field, vsg_error *err) {
  graph g = {.m = to};
  vsg_status status = VSG_OK;
  if (g.m->has_graph) {
    return vsg_read_fail(&field->bytes, err, "a second graph");
  }
  g.m->has_graph = true;
  if (vsg_onnx_walk(&g, tensor_fields, field->bytes, err) ||
      sort_tensors(&g, err) ||
      vsg_onnx_walk(&g, graph_fields, field->bytes, err)) {
    status = err->code;
  }
  free(g.tensors);
  return status;
}

/* ---- what the model says of itself ---- */

static vsg_status note(vsg_onnx_model *m, const char *key, const char *text,
                       size_t length, vsg_error *err) {
  return vsg_weights_note(m->out, m->r, key, strlen(key), text, length, err);
}

static vsg_status take_producer(void *to, vsg_field *field, vsg_error *err) {
  const char *key = field->number == 2 ? "producer" : "producer_version";
  return note(to, key, vsg_onnx_text(&field->bytes),
              vsg_onnx_length(&field->bytes), err);
}

typedef struct opset {
  vsg_reader domain;
  uint64_t version;
} opset;

static const vsg_onnx_entry opset_fields[] = {
    {1, VSG_WIRE_BYTES, NULL, offsetof(opset, domain)},
    {2, VSG_WIRE_VARINT, NULL, offsetof(opset, version)},
    {0, 0, NULL, 0}};

static vsg_status take_opset(void *to, vsg_field *field, vsg_error *err) {
  opset o = {.domain = vsg_onnx_nothing(&field->bytes)};
  char text[24];
  if (vsg_onnx_walk(&o, opset_fields, field->bytes, err)) return err->code;
  if (!vsg_onnx_standard(&o.domain)) return VSG_OK;
  snprintf(text, sizeof text, "%llu", (unsigned long long)o.version);
  return note(to, "opset", text, strlen(text), err);
}

typedef struct property {
  vsg_reader key, value;
} property;

static const vsg_onnx_entry property_fields[] = {
    {1, VSG_WIRE_BYTES, NULL, offsetof(property, key)},
    {2, VSG_WIRE_BYTES, NULL, offsetof(property, value)},
    {0, 0, NULL, 0}};

static vsg_status take_property(void *to, vsg_field *field, vsg_error *err) {
  vsg_reader nothing = vsg_onnx_nothing(&field->bytes);
  property p = {nothing, nothing};
  vsg_onnx_model *m = to;
  if (vsg_onnx_walk(&p, property_fields, field->bytes, err)) return err->code;
  return vsg_weights_note(m->out, &field->bytes, vsg_onnx_text(&p.key),
                          vsg_onnx_length(&p.key), vsg_onnx_text(&p.value),
                          vsg_onnx_length(&p.value), err);
}

/* Properties come before the notes, which count where both have a name. */
static const vsg_onnx_entry model_fields[] = {
    {7, VSG_WIRE_BYTES, take_graph, 0},
    {14, VSG_WIRE_BYTES, take_property, 0},
    {0, 0, NULL, 0}};

static const vsg_onnx_entry note_fields[] = {
    {2, VSG_WIRE_BYTES, take_producer, 0},
    {3, VSG_WIRE_BYTES, take_producer, 0},
    {8, VSG_WIRE_BYTES, take_opset, 0},
    {0, 0, NULL, 0}};

/* ---- the loader ---- */

/* ir_version, then a field that a model may have second, as its key. */
static bool sniff(const unsigned char *data, size_t size) {
  static const char second[] = {2 << 3 | 2, 3 << 3 | 2, 4 << 3 | 2, 5 << 3,
                                6 << 3 | 2, 7 << 3 | 2, 8 << 3 | 2};
  return size > 3 && data[0] == 1 << 3 && data[1] > 0 && data[1] <= IR_MOST &&
         memchr(second, data[2], sizeof second);
}

static vsg_status read_onnx(vsg_weights *out, vsg_reader *r, vsg_error *err) {
  vsg_onnx_model m = {.out = out, .r = r};
  vsg_status status = vsg_onnx_walk(&m, model_fields, *r, err);
  if (!status) status = vsg_onnx_walk(&m, note_fields, *r, err);
  if (!status && !m.has_graph) {
    status = vsg_read_fail(r, err, "a model without a graph");
  }
  vsg_onnx_files_free(&m.files);
  return status;
}

const vsg_loader vsg_loader_onnx = {"onnx", sniff, read_onnx};
