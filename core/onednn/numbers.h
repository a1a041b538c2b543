/* Numbers of the types that maps are kept in, and f32: for loops of our own. */
#ifndef VSG_ONEDNN_NUMBERS_H
#define VSG_ONEDNN_NUMBERS_H

#include <dnnl.h>

#include "core/base/processor.h"

/* out = in, of that type, as f32; whole numbers times the scale. */
void vsg_dnn_widen(float *out, const void *in, dnnl_data_type_t type,
                   float scale, long n);

/* out, of that type, = in, for whole numbers divided by the scale: the nearest
 * number that the type has, of two as near ones the even one. */
void vsg_dnn_narrow(void *out, const float *in, dnnl_data_type_t type,
                    float scale, long n);

#endif
