/* concat: inputs one after another along an axis; the other sizes are equal. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"axis", VSG_INTEGER, 1, 1, "axis, the batch not counted", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  char first[VSG_SHAPE_TEXT], other[VSG_SHAPE_TEXT];
  long axis = vsg_node_integer(node, "axis");
  *out = in[0];
  if (axis >= in[0].dims) {
    return vsg_layer_fail(err, node,
                          "axis is %ld, inputs have %d beside the batch", axis,
                          in[0].dims - 1);
  }
  for (int i = 1; i < node->inputs; i++) {
    bool fits = in[i].dims == in[0].dims;
    for (int d = 1; fits && d < in[0].dims; d++) {
      if (d != axis) fits = vsg_size_unify(&out->dim[d], in[i].dim[d]);
    }
    if (!fits) {
      return vsg_layer_fail(err, node, "input 1 is %s, input %d is %s",
                            vsg_shape_name(first, &in[0]), i + 1,
                            vsg_shape_name(other, &in[i]));
    }
    if (out->dim[axis] == VSG_OPEN || in[i].dim[axis] == VSG_OPEN) {
      out->dim[axis] = VSG_OPEN;
    } else {
      out->dim[axis] += in[i].dim[axis];
    }
  }
  return VSG_OK;
}

const vsg_layer vsg_layer_concat = {
    .id = VSG_LAYER_concat,
    .name = "concat",
    .about = "inputs one after another along an axis",
    .least_inputs = 1,
    .most_inputs = VSG_ANY_INPUTS,
    .params = params,
    .shape = shape};
