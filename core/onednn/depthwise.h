/* The loops of depthwise.c over rows. Maps of f32 or bf16 are in blocks of 16
 * channels or in places of a multiple of them; a unit of work is one block.
 * Those of 8 bits are in places of a multiple of 64 channels; a unit is 64 of
 * them, as four blocks of every fourth channel: byte j of 16 whole numbers of
 * 32 bits is block j. */
#ifndef VSG_ONEDNN_DEPTHWISE_H
#define VSG_ONEDNN_DEPTHWISE_H

#include <dnnl.h>
#include <stddef.h>

#include "core/base/processor.h"

enum {
  VSG_DEPTHWISE_BLOCK = 16,
  VSG_DEPTHWISE_KERNEL = 3,
  VSG_DEPTHWISE_TAPS = 9,
  VSG_DEPTHWISE_BYTES = 4,    /* blocks of a unit of bytes */
  VSG_DEPTHWISE_COLUMNS = 130 /* of the input at most, with padding */
};

/* What a block of channels is computed with. */
typedef struct vsg_depthwise {
  vsg_lanes weight[VSG_DEPTHWISE_TAPS], bias;
  vsg_lanes before, after; /* slopes; 1 where there is no PReLU */
} vsg_depthwise;

/* out = the first PReLU of a unit's row of width places that are step bytes
 * from each other. The blocks of bytes go `apart` numbers from each other. */
void vsg_depthwise_load(float *out, long apart, const char *in,
                        const vsg_depthwise *k, long width, size_t step,
                        dnnl_data_type_t type);

/* A unit's row of results, their second PReLU done. in: what the kernel's rows
 * have for the first place, in blocks as above. */
void vsg_depthwise_row(char *out, const float *const in[VSG_DEPTHWISE_KERNEL],
                       long apart, const vsg_depthwise *k, long width,
                       size_t step, long stride, dnnl_data_type_t type);

#endif
