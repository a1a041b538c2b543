/* relu: max(x, 0), for an input of any shape. */
#include "core/graph/graph.h"

const vsg_layer vsg_layer_relu = {.id = VSG_LAYER_relu,
                                  .name = "relu",
                                  .about = "max(x, 0)",
                                  .least_inputs = 1,
                                  .most_inputs = 1,
                                  .shape = vsg_shape_same};
