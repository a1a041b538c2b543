/* Drawing onto an image, in place: boxes, points, text.
 *
 * Coordinates are image.h's continuous ones. What lies outside the image is cut
 * off; nothing here fails because of where it draws. An image may be a strided
 * view: the pixels it shows are drawn on. Not here: charts (visage.plot). */
#ifndef VSG_IMAGE_DRAW_H
#define VSG_IMAGE_DRAW_H

#include <stdint.h>

#include "core/tensor/tensor.h"

/* The outline of box {x1, y1, x2, y2}, rounded to whole pixels, width pixels
 * wide and wholly inside the box. */
vsg_status vsg_draw_box(const vsg_tensor *image, const double box[4],
                        long width, const uint8_t colour[3], vsg_error *err);

/* A disc: the pixel that holds (x, y), and all whose centres are no further
 * than radius from it. */
vsg_status vsg_draw_point(const vsg_tensor *image, double x, double y,
                          double radius, const uint8_t colour[3],
                          vsg_error *err);

typedef struct vsg_text_style {
  const char *font; /* path of a TrueType file */
  double size;      /* pixels from the tallest letter to the deepest */
  uint8_t colour[3];
  const uint8_t *background; /* 3 bytes, or NULL for none */
} vsg_text_style;

/* UTF-8 text with (x, y) at the top left of its background. '\n' begins a new
 * line; a broken byte and a character that the font lacks show as a box.
 * VSG_IO or VSG_FORMAT when the font cannot be read. */
vsg_status vsg_draw_text(const vsg_tensor *image, double x, double y,
                         const char *text, size_t length,
                         const vsg_text_style *style, vsg_error *err);

#endif
