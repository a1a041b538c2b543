/* The contract of a layer: its parameters, inputs, slots and shapes. One file
 * core/graph/NAME.c per layer of layers.def holds one vsg_layer; how a layer is
 * computed is an engine's business (engine.h).
 *
 * The parameter table is the only place that says what a layer takes: checks,
 * the Lua binding, the manual and the exporters read it. */
#ifndef VSG_GRAPH_LAYER_H
#define VSG_GRAPH_LAYER_H

#include <math.h>
#include <stdbool.h>

#include "core/base/error.h"
#include "core/tensor/tensor.h"

typedef enum vsg_layer_id {
#define VSG_LAYER(name) VSG_LAYER_##name,
#include "core/graph/layers.def"
#undef VSG_LAYER
  VSG_LAYER_COUNT
} vsg_layer_id;

/* ---- shapes ---- */

/* A size that is not known while the graph is built: the batch always, height
 * and width of an input of any size. */
enum { VSG_OPEN = -1 };

typedef struct vsg_shape {
  int dims;
  long dim[VSG_MAX_DIMS]; /* N first, then C,H,W or features */
} vsg_shape;

/* Writes "(N,64,?,?)": N for an open batch, ? for another open size. */
char *vsg_shape_name(char text[VSG_SHAPE_TEXT], const vsg_shape *shape);

/* The product of dim[first] .. dim[dims - 1]; VSG_OPEN when one is open. The
 * caller has checked that it fits (vsg_graph_shapes does for every node). */
long vsg_shape_numel(const vsg_shape *shape, int first);

/* ---- parameters ---- */

typedef enum vsg_kind {
  VSG_INTEGER,
  VSG_NUMBER,
  VSG_FLAG,   /* true or false */
  VSG_PAIR,   /* n or {h, w}: integers */
  VSG_PAD,    /* n, {h, w}, {top, bottom, left, right} or "same_tf" */
  VSG_CHOICE, /* one of the words of choices */
  VSG_LIST,   /* {integers} */
  VSG_KIND_COUNT
} vsg_kind;

/* "integer", "number", "flag", ... */
const char *vsg_kind_name(vsg_kind kind);
/* What a value of that kind looks like, for errors and the manual. */
const char *vsg_kind_wants(vsg_kind kind);

/* The default of a parameter that must be given. */
#define VSG_REQUIRED NAN

typedef struct vsg_param {
  const char *name;
  vsg_kind kind;
  double fallback; /* a flag's is 0 or 1, a choice's its place in choices */
  double least;    /* of every number in the value */
  const char *about;
  const char *const *choices; /* VSG_CHOICE only; ends with NULL */
} vsg_param;

enum {
  VSG_MAX_PARAMS = 8, /* of one layer */
  VSG_MAX_VALUES = 8, /* numbers of one parameter */
  VSG_MAX_SLOTS = 4   /* tensors of one node */
};

/* A parameter's value. As given by a caller: numbers (a flag is 0 or 1) or
 * text. As kept by a node: PAIR is {h, w}; PAD {top, bottom, left, right}, or
 * count 0 and the text "same_tf"; CHOICE one of the table's words. */
typedef struct vsg_value {
  int count;
  double number[VSG_MAX_VALUES];
  const char *text; /* borrowed; NULL for numbers */
} vsg_value;

/* ---- layers ---- */

typedef struct vsg_node vsg_node; /* graph.h */

enum { VSG_ANY_INPUTS = 1 << 20 };

typedef struct vsg_layer {
  vsg_layer_id id;
  const char *name;
  const char *about;   /* one line for the manual */
  const char *tensors; /* (optional) its slots and their shapes, likewise */
  int least_inputs, most_inputs;
  const vsg_param *params; /* (optional) ends with a NULL name */
  /* Fills *out from node's parameters and its inputs' shapes, any of whose
   * sizes may be VSG_OPEN. Called once while the graph is built and again for
   * each concrete input size. dim[0] is copied, never changed. */
  vsg_status (*shape)(vsg_shape *out, const vsg_node *node, const vsg_shape *in,
                      vsg_error *err);
  /* (optional) Declares the node's tensors with vsg_node_slot. */
  vsg_status (*slots)(vsg_node *node, const vsg_shape *in, vsg_error *err);
  /* (optional) Multiply-adds of one image, when all sizes are known. */
  double (*work)(const vsg_node *node, const vsg_shape *in,
                 const vsg_shape *out);
} vsg_layer;

extern const vsg_layer *const vsg_layers[VSG_LAYER_COUNT];

/* The layer of that name, or NULL. */
const vsg_layer *vsg_layer_find(const char *name);

/* The place of a parameter in layer->params, or -1. */
int vsg_param_find(const vsg_layer *layer, const char *name);

/* The parameter's default; fails when it must be given. */
vsg_status vsg_param_default(vsg_value *out, const vsg_layer *layer,
                             const vsg_param *param, vsg_error *err);

/* Checks given against the parameter's kind and least and brings it to the
 * form that nodes keep. layer is for the error's text. */
vsg_status vsg_param_check(vsg_value *out, const vsg_layer *layer,
                           const vsg_param *param, const vsg_value *given,
                           vsg_error *err);

/* ---- what a layer's functions use ---- */

/* VSG_SHAPE with "LAYER 'NODE': text". */
vsg_status vsg_layer_fail(vsg_error *err, const vsg_node *node,
                          const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fails unless in has that many axes, N included. */
vsg_status vsg_layer_wants_dims(const vsg_node *node, const vsg_shape *in,
                                int dims, vsg_error *err);

/* The node's parameter. The name must be in the layer's table, with a kind
 * that has such a value: anything else is a mistake in the caller's source. */
const vsg_value *vsg_node_value(const vsg_node *node, const char *name);
bool vsg_node_has(const vsg_node *node, const char *name);
long vsg_node_integer(const vsg_node *node, const char *name);
double vsg_node_number(const vsg_node *node, const char *name);
bool vsg_node_flag(const vsg_node *node, const char *name);
/* True when the VSG_CHOICE parameter is that word. */
bool vsg_node_is(const vsg_node *node, const char *name, const char *word);

/* Adds a tensor to the node's slots: name is static, one to four sizes, 0 ends
 * them. Fails when a size is open. */
vsg_status vsg_node_slot(vsg_node *node, const char *name, long a, long b,
                         long c, long d, vsg_error *err);

/* A vsg_layer's shape function for a layer that keeps its input's shape. */
vsg_status vsg_shape_same(vsg_shape *out, const vsg_node *node,
                          const vsg_shape *in, vsg_error *err);

/* As vsg_shape_same for a layer that works along its integer parameter "axis":
 * 1 is the first after the batch, C of (N,C,H,W). */
vsg_status vsg_shape_along(vsg_shape *out, const vsg_node *node,
                           const vsg_shape *in, vsg_error *err);

/* As vsg_shape_same for a layer of two inputs that repeats a size of 1. */
vsg_status vsg_shape_broadcast(vsg_shape *out, const vsg_node *node,
                               const vsg_shape *in, vsg_error *err);

/* Two sizes that must be equal: false when they differ. An open one may yet
 * turn out equal, and *size becomes the one that is known. */
bool vsg_size_unify(long *size, long other);

#endif
