/* max_pool: the largest number under a window; padding never wins. (N,C,H,W).
 */
#include "core/graph/graph.h"
#include "core/graph/window.h"

static const vsg_param params[] = {
    {"kernel", VSG_PAIR, VSG_REQUIRED, 1, "height and width of the window",
     NULL},
    {"stride", VSG_PAIR, VSG_REQUIRED, 1, "step between places", NULL},
    {"pad", VSG_PAD, 0, 0, "border that never wins", NULL},
    {"ceil", VSG_FLAG, 0, 0, "rounds the number of places up", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  vsg_window w;
  return vsg_window_pool(&w, out, node, in, err);
}

const vsg_layer vsg_layer_max_pool = {
    .id = VSG_LAYER_max_pool,
    .name = "max_pool",
    .about = "the largest number under a window",
    .least_inputs = 1,
    .most_inputs = 1,
    .params = params,
    .shape = shape};
