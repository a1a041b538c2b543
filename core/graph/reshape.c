/* reshape: the same numbers in the same order with other axes. shape has the
 * sizes behind the batch; one may be -1, what is left for it. */
#include "core/base/size.h"
#include "core/graph/graph.h"

enum { REST = -1 }; /* the size that follows from the others */

static const vsg_param params[] = {{"shape", VSG_LIST, VSG_REQUIRED, REST,
                                    "sizes behind the batch, one -1", NULL},
                                   {NULL, 0, 0, 0, NULL, NULL}};

/* Fills *out but for the rest, whose axis is *rest, or 0. *known is the product
 * of the other sizes. */
static vsg_status read_sizes(vsg_shape *out, long *known, int *rest,
                             const vsg_node *node, vsg_error *err) {
  const vsg_value *shape = vsg_node_value(node, "shape");
  *known = 1;
  *rest = 0;
  if (shape->count >= VSG_MAX_DIMS) {
    return vsg_layer_fail(err, node, "shape has %d axes, at most %d are wanted",
                          shape->count, VSG_MAX_DIMS - 1);
  }
  out->dims = shape->count + 1;
  for (int i = 1; i < out->dims; i++) {
    out->dim[i] = (long)shape->number[i - 1];
    if (out->dim[i] == REST && !*rest) {
      *rest = i;
    } else if (out->dim[i] < 1 || !vsg_long_mul(known, *known, out->dim[i])) {
      return vsg_layer_fail(err, node, "shape[%d] is %ld", i, out->dim[i]);
    }
  }
  return VSG_OK;
}

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  long known, count = vsg_shape_numel(in, 1);
  int rest;
  out->dim[0] = in->dim[0];
  if (read_sizes(out, &known, &rest, node, err)) return err->code;
  if (rest) out->dim[rest] = count == VSG_OPEN ? VSG_OPEN : count / known;
  if (count == VSG_OPEN || (rest ? count % known : count - known) == 0) {
    return VSG_OK;
  }
  return vsg_layer_fail(err, node, "%ld numbers do not make %s", count,
                        vsg_shape_name(text, out));
}

const vsg_layer vsg_layer_reshape = {
    .id = VSG_LAYER_reshape,
    .name = "reshape",
    .about = "the same numbers with other axes",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape};
