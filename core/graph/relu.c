/* relu: max(x, 0), or with a slope the leaky form of Maas et al. 2013, for an
 * input of any shape. */
#include "core/graph/graph.h"

static const vsg_param params[] = {
    {"slope", VSG_NUMBER, 0, -INFINITY, "factor of what is negative", NULL},
    {NULL, 0, 0, 0, NULL, NULL}};

const vsg_layer vsg_layer_relu = {.id = VSG_LAYER_relu,
                                  .name = "relu",
                                  .about = "max(x, 0), leaky with a slope",
                                  .least_inputs = 1,
                                  .most_inputs = 1,
                                  .params = params,
                                  .shape = vsg_shape_same};
