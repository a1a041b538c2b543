/* add: the sum of two inputs, element by element. Shapes are equal, or one has
 * size 1 where the other has more: its numbers are repeated there. */
#include "core/graph/graph.h"

const vsg_layer vsg_layer_add = {.id = VSG_LAYER_add,
                                 .name = "add",
                                 .about = "the sum of two inputs",
                                 .least_inputs = 2,
                                 .most_inputs = 2,
                                 .shape = vsg_shape_broadcast};
