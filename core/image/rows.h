/* Rows of pixels: what a resize reads and where its results go, so that it need
 * not know whether it fills an image or a network's input, all of it or a part
 * on one of several threads. Only core/image includes it. */
#ifndef VSG_IMAGE_ROWS_H
#define VSG_IMAGE_ROWS_H

#include <stdint.h>

#include "core/image/image.h"

/* Four channels of a pixel, of which the fourth is the next pixel's first; it
 * may begin anywhere. */
typedef float vsg_four __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint32_t vsg_four_sums
    __attribute__((vector_size(16), aligned(4), may_alias));

/* Pixels (height,width,3), u8 or f32. */
typedef struct vsg_pixels {
  const void *data; /* borrowed */
  vsg_dtype dtype;
  long height, width;
  long row; /* numbers from row to row */
} vsg_pixels;

/* Where row y begins. */
const void *vsg_pixels_at(const vsg_pixels *p, long y);
/* The rectangle of a u8 or f32 image, which it borrows and which holds all of
 * it. */
vsg_pixels vsg_pixels_of(const vsg_tensor *image, long x, long y, long width,
                         long height);

/* The rectangle as (height,width,3) of in's dtype; what lies outside of in is
 * not written. */
void vsg_pixels_crop(void *out, const vsg_pixels *in, long x, long y,
                     long width, long height);

/* A result (height,width,3) of which rows [first, end) are wanted. A resize
 * writes each to vsg_rows_at and then calls vsg_rows_done. */
typedef struct vsg_rows {
  long height, width, first, end;
  vsg_dtype dtype; /* u8 or f32 */
  void *image;     /* all of the result; or NULL: it goes to planes */
  float *planes;   /* (3,height,width), mapped */
  vsg_pixel_map map;
  void *row;   /* scratch of a row of dtype when image is NULL */
  float *line; /* scratch of a row of f32 when image is NULL */
} vsg_rows;

static inline void *vsg_rows_at(const vsg_rows *r, long y) {
  size_t row = (size_t)r->width * 3 * vsg_dtype_size(r->dtype);
  /* A char * counts bytes. */
  return r->image ? (char *)r->image + row * (size_t)y : r->row;
}
void vsg_rows_done(const vsg_rows *r, long y);
/* Row y of the planes from such a row. */
void vsg_rows_map(const vsg_rows *r, long y, const void *row);

/* Resizes in to the rows that are wanted; nothing outside them is written. */
typedef vsg_status vsg_resizer(const vsg_rows *out, const vsg_pixels *in,
                               vsg_error *err);
vsg_resizer vsg_resize_nearest, vsg_resize_bilinear, vsg_resize_bicubic,
    vsg_resize_lanczos, vsg_resize_area_u8, vsg_resize_area_f32,
    vsg_resize_linear_u8, vsg_resize_linear_f32, vsg_resize_adaptive_u8,
    vsg_resize_adaptive_f32, vsg_resize_tf_area, vsg_resize_pdollar;

/* A filter from in to out. */
typedef struct vsg_filter {
  const char *name;
  vsg_dtype in, out;
  vsg_resizer *resize;
} vsg_filter;
/* The filter of that name for pixels of that dtype, or, where none takes them,
 * another of that name; floats: one whose results are f32 though it has one
 * from u8 to u8, which then sees the bytes as f32. */
vsg_status vsg_filter_find(const vsg_filter **out, const char *name,
                           vsg_dtype dtype, bool floats, vsg_error *err);

/* The rows of vsg_image_crop_resize. */
void vsg_crop_resize_rows(const vsg_rows *out, const vsg_pixels *in,
                          const double box[4]);

#endif
