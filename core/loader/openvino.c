/* OpenVINO's intermediate representation (IR), versions 10 and 11: a network in
 * NAME.xml and the bytes of its constants in NAME.bin beside it.
 *
 *   <net name="..." version="11">
 *     <layers>
 *       <layer id="1" name="w" type="Const" version="opset1">
 *         <data element_type="f16" shape="64, 3, 3, 3"
 *               offset="12" size="3456"/>           in NAME.bin, little endian
 *         <output> <port id="0" .../> </output>
 *       </layer>
 *       <layer id="9" name="conv" type="Convolution" version="opset1">
 *         <data strides="2, 2" pads_begin="1, 1" auto_pad="explicit" .../>
 *         <input> <port id="0"/> <port id="1"/> </input>
 *         <output> <port id="2"/> </output>
 *       </layer> ...
 *     <edges>
 *       <edge from-layer="1" from-port="0" to-layer="9" to-port="1"/> ...
 *
 * The value that a layer gives has the layer's name, or NAME:PORT where it has
 * several outputs. Parameters are the network's inputs, Results its outputs,
 * Consts tensors; the other layers are operators, each after those that feed it
 * though the file need not have that order. Attributes are numbers or lists of
 * numbers where their text is; a layer's version is one of them.
 *
 * Source of the names: docs.openvino.ai, "Intermediate Representation and
 * Operation Sets". A layer's own net (TensorIterator, Loop, If) is not read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/loader/beside.h"
#include "core/loader/elements.h"
#include "core/loader/loader.h"
#include "core/loader/network.h"
#include "core/loader/openvino_xml.h"

enum { NAME_ROOM = 8192 /* over openvino_xml.c's longest name and a port */ };

typedef struct file {
  vsg_weights *out;
  vsg_reader r;
  vsg_ir ir;
  vsg_file bin;
  vsg_beside beside;    /* bin alone */
  char name[NAME_ROOM]; /* of a value; see value_name */
} file;

static vsg_reader *at(file *f, const vsg_ir_layer *layer) {
  f->r.at = layer->at;
  return &f->r;
}

static bool is_type(const file *f, const vsg_ir_layer *layer,
                    const char *type) {
  return strcmp(f->ir.text + layer->type, type) == 0;
}

/* ---- constants ---- */

/* The names of element types and elements.h's; one boolean is one byte. */
static const char *const types[][2] = {
    {"f32", "f4"}, {"f16", "f2"}, {"f64", "f8"}, {"bf16", "bf"},
    {"i64", "i8"}, {"i32", "i4"}, {"i16", "i2"}, {"i8", "i1"},
    {"u8", "u1"},  {"u16", "u2"}, {"u32", "u4"}, {"boolean", "b1"},
};

static const vsg_element *element_of(const char *name) {
  for (size_t i = 0; name && i < sizeof types / sizeof types[0]; i++) {
    if (strcmp(types[i][0], name) == 0) return vsg_element_find(types[i][1]);
  }
  return NULL;
}

/* NAME.xml's NAME.bin. */
static vsg_status open_bin(file *f, vsg_error *err) {
  const char *path = f->out->path;
  size_t length = path ? strlen(path) : 0;
  vsg_status status;
  char *bin;
  if (!path) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: its constants are in a .bin beside the .xml, which "
                    "bytes in memory do not have",
                    f->r.name);
  }
  if (length < 4 || strcmp(path + length - 4, ".xml") != 0) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: only a name in .xml tells that of its .bin", path);
  }
  bin = strdup(path);
  if (!bin) return vsg_fail_memory(err, "openvino", length);
  memcpy(bin + length - 4, ".bin", 4);
  status = vsg_file_open(&f->bin, bin, err);
  f->beside.bytes = f->bin.size;
  free(bin);
  return status;
}

/* The bytes of a constant, which must be so many. */
static vsg_status take_bytes(const unsigned char **out, file *f,
                             const vsg_ir_layer *layer, size_t wanted,
                             vsg_error *err) {
  size_t offset, size;
  const char *name = f->ir.text + layer->name;
  if (vsg_ir_bytes(&offset, &f->ir, layer, "offset", at(f, layer), err) ||
      vsg_ir_bytes(&size, &f->ir, layer, "size", at(f, layer), err)) {
    return err->code;
  }
  if (size != wanted) {
    return vsg_read_fail(at(f, layer), err,
                         "%.200s: %zu bytes, its shape wants %zu", name, size,
                         wanted);
  }
  return vsg_beside_take(out, &f->beside, &f->bin, offset, size, at(f, layer),
                         err);
}

static vsg_status add_constant(file *f, const vsg_ir_layer *layer,
                               vsg_error *err) {
  const char *type = vsg_ir_find(&f->ir, layer, "element_type");
  const char *name = f->ir.text + layer->name;
  const vsg_element *element = element_of(type);
  const unsigned char *bytes;
  long dim[VSG_MAX_DIMS];
  int dims;
  size_t size;
  vsg_tensor *t;
  if (!element) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: %.200s: elements of type '%.80s'",
                    f->r.name, layer->at, name, type ? type : "");
  }
  if (vsg_ir_shape(dim, &dims, &f->ir, layer, at(f, layer), err))
    return err->code;
  size = element->bytes;
  for (int i = 0; i < dims; i++) {
    if (dim[i] >= 0 && vsg_size_mul(&size, size, (size_t)dim[i])) continue;
    return vsg_read_fail(at(f, layer), err, "%.200s: an open or too large size",
                         name);
  }
  if (take_bytes(&bytes, f, layer, size, err)) return err->code;
  if (vsg_tensor_new(&t, element->dtype, dims, dim, err)) return err->code;
  if (vsg_element_fill(t, element, false, bytes, err)) {
    vsg_tensor_free(t);
    return err->code;
  }
  return vsg_weights_add(f->out, at(f, layer), name, strlen(name), t, err);
}

static vsg_status add_constants(file *f, vsg_error *err) {
  for (size_t i = 0; i < f->ir.layers; i++) {
    const vsg_ir_layer *layer = &f->ir.layer[i];
    if (!is_type(f, layer, "Const")) continue;
    if (!f->bin.data && open_bin(f, err)) return err->code;
    if (add_constant(f, layer, err)) return err->code;
  }
  return VSG_OK;
}

/* ---- operators ---- */

/* The name of the value that an output port gives; "" for no port. */
static const char *value_name(file *f, long port) {
  const vsg_ir_port *p;
  const vsg_ir_layer *layer;
  int outputs = 0;
  if (port == VSG_IR_OPEN) return "";
  p = &f->ir.port[port];
  layer = &f->ir.layer[p->layer];
  for (size_t i = 0; i < layer->ports; i++) {
    outputs += f->ir.port[layer->port + i].output;
  }
  if (outputs == 1) return f->ir.text + layer->name;
  snprintf(f->name, sizeof f->name, "%s:%ld", f->ir.text + layer->name, p->id);
  return f->name;
}

static vsg_status add_attribute(file *f, const vsg_ir_layer *layer,
                                const vsg_ir_attribute *a, vsg_error *err) {
  const char *key = f->ir.text + a->key, *text = f->ir.text + a->value;
  double *number;
  size_t count;
  vsg_status status;
  if (vsg_ir_numbers(&number, &count, text, err)) return err->code;
  if (!number) {
    return vsg_operator_text(f->out, at(f, layer), key, strlen(key), text,
                             strlen(text), err);
  }
  status = vsg_operator_numbers(f->out, at(f, layer), key, strlen(key), number,
                                count, strchr(text, ',') != NULL, err);
  free(number);
  return status;
}

static vsg_status add_operator(file *f, const vsg_ir_layer *layer,
                               vsg_error *err) {
  const char *type = f->ir.text + layer->type, *name = f->ir.text + layer->name;
  const char *version = f->ir.text + layer->version, key[] = "version";
  if (vsg_network_operator(f->out, at(f, layer), type, strlen(type), name,
                           strlen(name), err) ||
      vsg_operator_text(f->out, at(f, layer), key, strlen(key), version,
                        strlen(version), err)) {
    return err->code;
  }
  for (size_t i = 0; i < layer->attributes; i++) {
    const vsg_ir_attribute *a = &f->ir.attribute[layer->attribute + i];
    if (add_attribute(f, layer, a, err)) return err->code;
  }
  for (size_t i = layer->port; i < layer->port + layer->ports; i++) {
    const vsg_ir_port *port = &f->ir.port[i];
    const char *value = value_name(f, port->output ? (long)i : port->source);
    if ((port->output ? vsg_operator_output : vsg_operator_input)(
            f->out, at(f, layer), value, strlen(value), err)) {
      return err->code;
    }
  }
  return VSG_OK;
}

static vsg_status add_input(file *f, const vsg_ir_layer *layer,
                            vsg_error *err) {
  const char *name = f->ir.text + layer->name;
  long dim[VSG_MAX_DIMS];
  int dims;
  if (vsg_ir_shape(dim, &dims, &f->ir, layer, at(f, layer), err)) {
    return err->code;
  }
  return vsg_network_input(f->out, at(f, layer), name, strlen(name), dim, dims,
                           err);
}

static vsg_status add_output(file *f, const vsg_ir_layer *layer,
                             vsg_error *err) {
  const char *name;
  if (layer->ports == 0 || f->ir.port[layer->port].source == VSG_IR_OPEN) {
    return vsg_read_fail(at(f, layer), err, "%.200s: a Result of nothing",
                         f->ir.text + layer->name);
  }
  name = value_name(f, f->ir.port[layer->port].source);
  return vsg_network_output(f->out, at(f, layer), name, strlen(name), err);
}

static vsg_status add_layer(file *f, const vsg_ir_layer *layer,
                            vsg_error *err) {
  if (is_type(f, layer, "Const")) return VSG_OK;
  if (is_type(f, layer, "Result")) return add_output(f, layer, err);
  return add_operator(f, layer, err);
}

/* ---- order ---- */

typedef struct visit {
  size_t layer, port; /* the next of its ports to follow */
} visit;

enum { NEW, WAITING, DONE };

/* The layer on whose output an input of v's layer waits, or none. */
static bool next_source(size_t *out, visit *v, const vsg_ir *ir,
                        const char *state) {
  const vsg_ir_layer *layer = &ir->layer[v->layer];
  while (v->port < layer->ports) {
    const vsg_ir_port *port = &ir->port[layer->port + v->port++];
    if (port->output || port->source == VSG_IR_OPEN) continue;
    *out = ir->port[port->source].layer;
    if (state[*out] != DONE) return true;
  }
  return false;
}

/* Adds the layers that root needs, and root; depth first, on a stack of room
 * for all layers. */
static vsg_status add_needed(file *f, size_t root, visit *stack, char *state,
                             vsg_error *err) {
  size_t depth = 0, source;
  if (state[root] == DONE) return VSG_OK;
  stack[depth++] = (visit){root, 0};
  state[root] = WAITING;
  while (depth > 0) {
    visit *v = &stack[depth - 1];
    const vsg_ir_layer *layer = &f->ir.layer[v->layer];
    if (next_source(&source, v, &f->ir, state)) {
      if (state[source] == WAITING) {
        return vsg_read_fail(at(f, layer), err, "%.200s: waits for itself",
                             f->ir.text + layer->name);
      }
      stack[depth++] = (visit){source, 0};
      state[source] = WAITING;
      continue;
    }
    if (add_layer(f, layer, err)) return err->code;
    state[v->layer] = DONE;
    depth--;
  }
  return VSG_OK;
}

static vsg_status add_operators(file *f, vsg_error *err) {
  size_t n = f->ir.layers;
  visit *stack = reallocarray(NULL, n + 1, sizeof *stack);
  char *state = calloc(n + 1, 1); /* NEW */
  vsg_status status = VSG_OK;
  if (!stack || !state) status = vsg_fail_memory(err, "openvino", n);
  for (size_t i = 0; i < n && !status; i++) {
    if (!is_type(f, &f->ir.layer[i], "Parameter")) continue;
    status = add_input(f, &f->ir.layer[i], err);
    state[i] = DONE;
  }
  for (size_t i = 0; i < n && !status; i++) {
    status = add_needed(f, i, stack, state, err);
  }
  free(stack);
  free(state);
  return status;
}

/* ---- the loader ---- */

/* XML whose first element is net. */
static bool sniff(const unsigned char *data, size_t size) {
  static const char mark[] = "<net ", declaration[] = "<?xml";
  size_t start = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  const unsigned char *net = memmem(data, size < 4096 ? size : 4096, mark, 5);
  if (!net || size - start < 5) return false;
  return net == data + start || memcmp(data + start, declaration, 5) == 0;
}

static vsg_status read_openvino(vsg_weights *out, vsg_reader *r,
                                vsg_error *err) {
  file f = {.out = out, .r = *r};
  vsg_status status = vsg_ir_read(&f.ir, r, err);
  if (!status) status = add_operators(&f, err);
  if (!status) status = add_constants(&f, err);
  vsg_file_close(&f.bin);
  vsg_ir_free(&f.ir);
  return status;
}

const vsg_loader vsg_loader_openvino = {"openvino", sniff, read_openvino};
