/* A u8 image as drawing sees it; only draw.c and text.c include this. */
#ifndef VSG_IMAGE_CANVAS_H
#define VSG_IMAGE_CANVAS_H

#include "core/image/draw.h"

typedef struct vsg_canvas {
  uint8_t *data; /* borrowed from the image */
  long width, height;
  long down, right, channel; /* bytes to the next row, pixel, channel */
} vsg_canvas;

/* Checks that image is u8 (H,W,3); operation names the caller in errors. */
vsg_status vsg_canvas_open(vsg_canvas *out, const vsg_tensor *image,
                           const char *operation, vsg_error *err);
/* Paints pixel (x, y), if it is inside, with colour to the share of alpha. */
void vsg_canvas_blend(const vsg_canvas *c, long x, long y,
                      const uint8_t colour[3], uint8_t alpha);
/* Paints the pixels x1 <= x < x2, y1 <= y < y2 that are inside. */
void vsg_canvas_fill(const vsg_canvas *c, long x1, long y1, long x2, long y2,
                     const uint8_t colour[3]);
/* v rounded, and moved to just outside any image when it is further away or
 * not a number, so that sums of it cannot overflow. */
long vsg_canvas_round(double v);

#endif
