/* sigmoid: 1 / (1 + exp(-x)), for an input of any shape. */
#include "core/graph/graph.h"

const vsg_layer vsg_layer_sigmoid = {.id = VSG_LAYER_sigmoid,
                                     .name = "sigmoid",
                                     .about = "1 / (1 + exp(-x))",
                                     .least_inputs = 1,
                                     .most_inputs = 1,
                                     .shape = vsg_shape_same};
