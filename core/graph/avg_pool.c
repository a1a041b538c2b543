/* avg_pool: the mean under a window. (N,C,H,W). Without count_pad the sum is
 * divided by the numbers that are really there (TensorFlow); with it also by
 * the padding under the window, though never by what ceil adds beyond it
 * (Caffe, and PyTorch by default). */
#include "core/graph/graph.h"
#include "core/graph/window.h"

static const vsg_param params[] = {
    {"kernel", VSG_PAIR, VSG_REQUIRED, 1, "height and width of the window",
     NULL},
    {"stride", VSG_PAIR, VSG_REQUIRED, 1, "step between places", NULL},
    {"pad", VSG_PAD, 0, 0, "border of zeros", NULL},
    {"ceil", VSG_FLAG, 0, 0, "rounds the number of places up", NULL},
    {"count_pad", VSG_FLAG, 0, 0, "divides by padding as well", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

static vsg_status shape(vsg_shape *out, const vsg_node *node,
                        const vsg_shape *in, vsg_error *err) {
  vsg_window w;
  return vsg_window_pool(&w, out, node, in, err);
}

const vsg_layer vsg_layer_avg_pool = {.id = VSG_LAYER_avg_pool,
                                      .name = "avg_pool",
                                      .about = "the mean under a window",
                                      .least_inputs = 1,
                                      .most_inputs = 1,
                                      .params = params,
                                      .shape = shape};
