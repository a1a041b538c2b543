/* The network: a list of nodes, each a layer with parameters, inputs that come
 * before it, and named tensors (slots). A node makes one tensor; nodes are
 * known by their place in the list and by a name of their own.
 *
 * This is the only representation of a network: loaded, run, drawn and exported
 * from here. Compiling (net.h) never changes it. */
#ifndef VSG_GRAPH_GRAPH_H
#define VSG_GRAPH_GRAPH_H

#include "core/graph/layer.h"

/* A weight of a node. */
typedef struct vsg_slot {
  const char *name;   /* static: "weight", "bias", ... */
  vsg_shape shape;    /* what the layer wants; no axis is open */
  vsg_tensor *tensor; /* owned, f32, contiguous; NULL until set */
} vsg_slot;

struct vsg_node {
  char *name;
  const vsg_layer *layer; /* NULL: an input of the graph */
  vsg_value value[VSG_MAX_PARAMS];
  int inputs;
  int *input;      /* places of the input nodes, each before this one */
  vsg_shape shape; /* of the result; N and unknown sizes are VSG_OPEN */
  int slots;
  vsg_slot slot[VSG_MAX_SLOTS];
};

typedef struct vsg_graph {
  char *name;
  int nodes, outputs;
  vsg_node *node;
  int *output; /* places of nodes, in the order of the calls */
} vsg_graph;

/* ---- life ---- */

/* *out is an empty graph; free with vsg_graph_free. */
vsg_status vsg_graph_new(vsg_graph **out, const char *name, vsg_error *err);
/* *out has the same nodes, outputs and slots and shares the slots' storage. */
vsg_status vsg_graph_clone(vsg_graph **out, const vsg_graph *g, vsg_error *err);
/* NULL is fine. */
void vsg_graph_free(vsg_graph *g);

/* ---- building; on failure the graph is as it was ---- */

/* Adds an input of that shape; dim[0] must be VSG_OPEN. *out is its place. */
vsg_status vsg_graph_input(int *out, vsg_graph *g, const char *name,
                           const vsg_shape *shape, vsg_error *err);

/* Adds a node. given holds a value for each of the layer's parameters (all of
 * them checked by vsg_param_check); name NULL gives "LAYER#n". Fails when the
 * name is taken or the inputs' number or shapes do not fit. */
vsg_status vsg_graph_add(int *out, vsg_graph *g, const vsg_layer *layer,
                         const char *name, const vsg_value *given,
                         const int *input, int inputs, vsg_error *err);

/* Makes node the graph's next output. */
vsg_status vsg_graph_output(vsg_graph *g, int node, vsg_error *err);

/* ---- reading ---- */

/* The name of the node's layer; "input" for an input of the graph. */
const char *vsg_node_layer(const vsg_node *node);

/* True for a node of that layer; no layer is an input's. */
bool vsg_node_is_a(const vsg_node *node, vsg_layer_id id);

/* The place of the node of that name, or -1. */
int vsg_graph_find(const vsg_graph *g, const char *name);

/* As vsg_graph_find; fails with "OPERATION: no node is called ...; there are
 * ...". */
vsg_status vsg_graph_need(int *out, const vsg_graph *g, const char *name,
                          const char *operation, vsg_error *err);

/* The node's slot of that name; fails listing the node's slots. */
vsg_status vsg_graph_slot(vsg_slot **out, const vsg_graph *g, int node,
                          const char *slot, vsg_error *err);

/* Gives a slot its tensor: any float dtype and layout, of the slot's shape. An
 * f32 contiguous tensor is shared, not copied: what is written into it later
 * is in the graph too, and in those of its nets whose engine keeps no weights
 * of its own (the reference does not). On failure the slot is as it was. */
vsg_status vsg_graph_set(vsg_graph *g, int node, const char *slot,
                         const vsg_tensor *tensor, vsg_error *err);

/* VSG_ARGUMENT with "compile: ..." that lists the tensors of needed nodes that
 * are not set; needed has a place per node. */
vsg_status vsg_graph_complete(const vsg_graph *g, const bool *needed,
                              vsg_error *err);

/* Bytes of the tensors that are set. */
size_t vsg_graph_bytes(const vsg_graph *g);

/* Lets go of the node's tensors: they are not set any more. */
void vsg_graph_unset(vsg_graph *g, int node);

/* Shapes of all nodes for concrete input shapes (input_shape has one per input
 * of the graph, in order; N included). shape has room for g->nodes. */
vsg_status vsg_graph_shapes(vsg_shape *shape, const vsg_graph *g,
                            const vsg_shape *input_shape, vsg_error *err);

/* Multiply-adds of a node for one image; -1 when sizes are open. */
double vsg_graph_work(const vsg_graph *g, int node);

#endif
