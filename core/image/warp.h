/* Affine maps of the plane: estimated from points, applied to images.
 *
 * A map is 6 numbers {a, b, c, d, e, f}, the rows of a 2x3 matrix:
 * x' = a x + b y + c, y' = d x + e y + f. */
#ifndef VSG_IMAGE_WARP_H
#define VSG_IMAGE_WARP_H

#include "core/tensor/tensor.h"

enum { VSG_MAP_SIZE = 6 };

/* The rotation, uniform scale and shift that bring from nearest to to in the
 * least squares (Umeyama 1991): never a reflection, even where that would come
 * nearer. from and to are n points {x, y}. VSG_ARGUMENT when n < 2 or when no
 * turn is best (coinciding points, an exact mirror image). */
vsg_status vsg_similarity(double out[VSG_MAP_SIZE], const double *from,
                          const double *to, long n, vsg_error *err);
/* The affine map nearest in the least squares. VSG_ARGUMENT when n < 3 or when
 * from lies on a line. */
vsg_status vsg_affine(double out[VSG_MAP_SIZE], const double *from,
                      const double *to, long n, vsg_error *err);

/* *out (height,width,3) shows image (H,W,3) u8 as map moves it, as
 * cv2.warpAffine does without WARP_INVERSE_MAP: map takes coordinates in image
 * to coordinates in *out, and in both the centre of the first pixel is (0, 0).
 * filter is "bilinear" or "nearest"; outside, image has the colour border.
 * Computed in f64 and rounded once. OpenCV 5 agrees to one level; OpenCV 4
 * rounds positions to 1/32 pixel first, which on smooth pictures moves 1 % of
 * the values by one and 0.2 % by more, and on noise up to 7. */
vsg_status vsg_image_warp(vsg_tensor **out, const vsg_tensor *image,
                          const double map[VSG_MAP_SIZE], long width,
                          long height, const char *filter,
                          const uint8_t border[3], vsg_error *err);

#endif
