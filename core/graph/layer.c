/* Layers: the table of layers.def, parameter checks, and the small functions
 * that layers' contracts are written with; see layer.h. */
#include "core/graph/layer.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/size.h"
#include "core/graph/graph.h"

#define VSG_LAYER(name) extern const vsg_layer vsg_layer_##name;
#include "core/graph/layers.def"
#undef VSG_LAYER

const vsg_layer *const vsg_layers[VSG_LAYER_COUNT] = {
#define VSG_LAYER(name) [VSG_LAYER_##name] = &vsg_layer_##name,
#include "core/graph/layers.def"
#undef VSG_LAYER
};

const vsg_layer *vsg_layer_find(const char *name) {
  for (int i = 0; i < VSG_LAYER_COUNT; i++) {
    if (strcmp(vsg_layers[i]->name, name) == 0) return vsg_layers[i];
  }
  return NULL;
}

/* ---- shapes ---- */

char *vsg_shape_name(char text[VSG_SHAPE_TEXT], const vsg_shape *shape) {
  size_t at = 0;
  for (int i = 0; i < shape->dims && at < VSG_SHAPE_TEXT; i++) {
    const char *before = i ? "," : "(";
    long size = shape->dim[i];
    if (size == VSG_OPEN) {
      at += (size_t)snprintf(text + at, VSG_SHAPE_TEXT - at, "%s%s", before,
                             i ? "?" : "N");
    } else {
      at += (size_t)snprintf(text + at, VSG_SHAPE_TEXT - at, "%s%ld", before,
                             size);
    }
  }
  if (at < VSG_SHAPE_TEXT) snprintf(text + at, VSG_SHAPE_TEXT - at, ")");
  return text;
}

long vsg_shape_numel(const vsg_shape *shape, int first) {
  long n = 1;
  for (int i = first; i < shape->dims; i++) {
    if (shape->dim[i] == VSG_OPEN) return VSG_OPEN;
    n *= shape->dim[i];
  }
  return n;
}

vsg_status vsg_shape_same(vsg_shape *out, const vsg_node *node,
                          const vsg_shape *in, vsg_error *err) {
  (void)node;
  (void)err;
  *out = in[0];
  return VSG_OK;
}

vsg_status vsg_shape_along(vsg_shape *out, const vsg_node *node,
                           const vsg_shape *in, vsg_error *err) {
  long axis = vsg_node_integer(node, "axis");
  if (axis >= in->dims) {
    return vsg_layer_fail(err, node,
                          "axis is %ld, the input has %d beside the batch",
                          axis, in->dims - 1);
  }
  return vsg_shape_same(out, node, in, err);
}

bool vsg_size_unify(long *size, long other) {
  if (*size == VSG_OPEN) *size = other;
  return other == VSG_OPEN || *size == other;
}

vsg_status vsg_shape_broadcast(vsg_shape *out, const vsg_node *node,
                               const vsg_shape *in, vsg_error *err) {
  char a[VSG_SHAPE_TEXT], b[VSG_SHAPE_TEXT];
  bool fits = in[0].dims == in[1].dims;
  *out = in[0];
  for (int i = 1; fits && i < in[0].dims; i++) {
    if (out->dim[i] == 1) {
      out->dim[i] = in[1].dim[i];
    } else if (in[1].dim[i] != 1) {
      fits = vsg_size_unify(&out->dim[i], in[1].dim[i]);
    }
  }
  if (fits) return VSG_OK;
  return vsg_layer_fail(err, node, "inputs are %s and %s",
                        vsg_shape_name(a, &in[0]), vsg_shape_name(b, &in[1]));
}

/* ---- parameters ---- */

const char *vsg_kind_name(vsg_kind kind) {
  static const char *const names[VSG_KIND_COUNT] = {
      [VSG_INTEGER] = "integer", [VSG_NUMBER] = "number",
      [VSG_FLAG] = "flag",       [VSG_PAIR] = "pair",
      [VSG_PAD] = "pad",         [VSG_CHOICE] = "choice",
      [VSG_LIST] = "list"};
  return names[kind];
}

int vsg_param_find(const vsg_layer *layer, const char *name) {
  for (int i = 0; layer->params && layer->params[i].name; i++) {
    if (strcmp(layer->params[i].name, name) == 0) return i;
  }
  return -1;
}

const char *vsg_kind_wants(vsg_kind kind) {
  static const char *const wants[VSG_KIND_COUNT] = {
      [VSG_INTEGER] = "a whole number",
      [VSG_NUMBER] = "a number",
      [VSG_FLAG] = "true or false",
      [VSG_PAIR] = "a whole number or {h, w}",
      [VSG_PAD] = "n, {h, w}, {top, bottom, left, right} or \"same_tf\"",
      [VSG_CHOICE] = "a word",
      [VSG_LIST] = "a list of whole numbers"};
  return wants[kind];
}

vsg_status vsg_param_default(vsg_value *out, const vsg_layer *layer,
                             const vsg_param *param, vsg_error *err) {
  static const int counts[VSG_KIND_COUNT] = {[VSG_INTEGER] = 1,
                                             [VSG_NUMBER] = 1,
                                             [VSG_FLAG] = 1,
                                             [VSG_PAIR] = 2,
                                             [VSG_PAD] = 4};
  *out = (vsg_value){0};
  if (isnan(param->fallback)) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: %s must be given (%s)", layer->name,
                    param->name, vsg_kind_wants(param->kind));
  }
  if (param->kind == VSG_CHOICE) {
    out->text = param->choices[(int)param->fallback];
  }
  out->count = counts[param->kind];
  for (int i = 0; i < out->count; i++) out->number[i] = param->fallback;
  return VSG_OK;
}

static vsg_status check_choice(vsg_value *out, const vsg_layer *layer,
                               const vsg_param *param, const char *word,
                               vsg_error *err) {
  char known[256] = "";
  for (int i = 0; param->choices[i]; i++) {
    size_t at = strlen(known);
    if (word && strcmp(param->choices[i], word) == 0) {
      out->text = param->choices[i];
      return VSG_OK;
    }
    snprintf(known + at, sizeof known - at, "%s'%s'", i ? ", " : "",
             param->choices[i]);
  }
  return vsg_fail(err, VSG_ARGUMENT, "%s: %s is '%s', wants one of %s",
                  layer->name, param->name, word ? word : "not a word", known);
}

/* Spreads n to a pair or four pads and {h, w} to four pads; false when a kind
 * does not take that many numbers. */
static bool spread(vsg_value *out, vsg_kind kind, const vsg_value *given) {
  const double *n = given->number;
  int count = given->count;
  *out = *given;
  switch (kind) {
    case VSG_LIST:
      return count > 0;
    case VSG_PAIR:
      if (count == 1) out->number[1] = n[0];
      out->count = 2;
      return count == 1 || count == 2;
    case VSG_PAD:
      if (count == 1) out->number[1] = out->number[2] = out->number[3] = n[0];
      if (count == 2) {
        out->number[1] = n[0];
        out->number[2] = out->number[3] = n[1];
      }
      out->count = 4;
      return count == 1 || count == 2 || count == 4;
    default:
      return count == 1;
  }
}

static vsg_status check_number(const vsg_layer *layer, const vsg_param *param,
                               double n, vsg_error *err) {
  /* INT_MAX bounds sizes so that products of two never overflow. */
  bool whole = n == floor(n) && n <= INT_MAX && n >= -INT_MAX;
  if (isnan(n) || (param->kind != VSG_NUMBER && !whole)) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: %s is %g, wants %s", layer->name,
                    param->name, n, vsg_kind_wants(param->kind));
  }
  if (n < param->least) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: %s is %g, at least %g is needed",
                    layer->name, param->name, n, param->least);
  }
  return VSG_OK;
}

vsg_status vsg_param_check(vsg_value *out, const vsg_layer *layer,
                           const vsg_param *param, const vsg_value *given,
                           vsg_error *err) {
  *out = (vsg_value){0};
  if (param->kind == VSG_CHOICE) {
    return check_choice(out, layer, param, given->text, err);
  }
  if (param->kind == VSG_PAD && given->text &&
      strcmp(given->text, "same_tf") == 0) {
    out->text = "same_tf";
    return VSG_OK;
  }
  if (given->text) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: %s is '%.100s', wants %s",
                    layer->name, param->name, given->text,
                    vsg_kind_wants(param->kind));
  }
  if (!spread(out, param->kind, given)) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: %s has %d numbers, wants %s",
                    layer->name, param->name, given->count,
                    vsg_kind_wants(param->kind));
  }
  for (int i = 0; i < out->count; i++) {
    if (check_number(layer, param, out->number[i], err)) return err->code;
  }
  return VSG_OK;
}

/* ---- nodes, as layers see them ---- */

vsg_status vsg_layer_fail(vsg_error *err, const vsg_node *node,
                          const char *format, ...) {
  char text[VSG_ERROR_TEXT / 2];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return vsg_fail(err, VSG_SHAPE, "%s '%s': %s", vsg_node_layer(node),
                  node->name, text);
}

vsg_status vsg_layer_wants_dims(const vsg_node *node, const vsg_shape *in,
                                int dims, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  if (in->dims == dims) return VSG_OK;
  return vsg_layer_fail(err, node, "input is %s, wants %s",
                        vsg_shape_name(text, in),
                        dims == 4 ? "(N,C,H,W)" : "(N,features)");
}

bool vsg_node_has(const vsg_node *node, const char *name) {
  return vsg_param_find(node->layer, name) >= 0;
}

const vsg_value *vsg_node_value(const vsg_node *node, const char *name) {
  int i = vsg_param_find(node->layer, name);
  assert(i >= 0);
  return &node->value[i];
}

long vsg_node_integer(const vsg_node *node, const char *name) {
  return (long)vsg_node_value(node, name)->number[0];
}

double vsg_node_number(const vsg_node *node, const char *name) {
  return vsg_node_value(node, name)->number[0];
}

bool vsg_node_flag(const vsg_node *node, const char *name) {
  return vsg_node_value(node, name)->number[0] != 0;
}

bool vsg_node_is(const vsg_node *node, const char *name, const char *word) {
  return strcmp(vsg_node_value(node, name)->text, word) == 0;
}

vsg_status vsg_node_slot(vsg_node *node, const char *name, long a, long b,
                         long c, long d, vsg_error *err) {
  const long sizes[] = {a, b, c, d};
  long numbers = 1; /* INT_MAX at most: kernels hand sizes to BLAS as int */
  vsg_slot *slot = &node->slot[node->slots];
  assert(node->slots < VSG_MAX_SLOTS);
  *slot = (vsg_slot){.name = name};
  for (int i = 0; i < 4 && sizes[i] != 0; i++) {
    if (sizes[i] == VSG_OPEN) {
      return vsg_layer_fail(
          err, node,
          "the size of %s depends on the input's open height and width", name);
    }
    slot->shape.dim[slot->shape.dims++] = sizes[i];
    if (!vsg_long_mul(&numbers, numbers, sizes[i]) || numbers > INT_MAX) {
      return vsg_layer_fail(err, node, "%s has too many numbers", name);
    }
  }
  node->slots++;
  return VSG_OK;
}
