/* mul: the product of two inputs, element by element. Shapes are equal, or one
 * has size 1 where the other has more, as (N,C,1,1) beside (N,C,H,W) in a
 * squeeze-and-excitation block. */
#include "core/graph/graph.h"

const vsg_layer vsg_layer_mul = {.id = VSG_LAYER_mul,
                                 .name = "mul",
                                 .about = "the product of two inputs",
                                 .least_inputs = 2,
                                 .most_inputs = 2,
                                 .shape = vsg_shape_broadcast};
