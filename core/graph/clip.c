/* clip: what is below low becomes low, what is above high becomes high. ReLU6
 * is {low = 0, high = 6}. For an input of any shape. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"low", VSG_NUMBER, -INFINITY, -INFINITY, "least result", NULL},
    {"high", VSG_NUMBER, INFINITY, -INFINITY, "greatest result", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

const vsg_layer vsg_layer_clip = {.id = VSG_LAYER_clip,
                                  .name = "clip",
                                  .about = "keeps results within bounds",
                                  .least_inputs = 1,
                                  .most_inputs = 1,
                                  .params = params,
                                  .shape = vsg_shape_same};
