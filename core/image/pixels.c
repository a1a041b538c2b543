/* Pixels moved as they are: crop, mirror, turn; and what all of core/image
 * checks its inputs and makes its outputs with. See image.h. */
#include <string.h>

#include "core/image/codec.h"
#include "core/image/rows.h"

vsg_status vsg_image_size(long width, long height, const char *operation,
                          vsg_error *err) {
  if (width < 1 || height < 1) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: size %ldx%ld, wanted at least 1x1",
                    operation, width, height);
  }
  if (width > VSG_IMAGE_MAX_PIXELS / height) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "%s: size %ldx%ld, at most %d pixels are possible",
                    operation, width, height, VSG_IMAGE_MAX_PIXELS);
  }
  return VSG_OK;
}

vsg_status vsg_image_new(vsg_tensor **out, vsg_dtype dtype, long width,
                         long height, const char *operation, vsg_error *err) {
  long shape[] = {height, width, 3};
  *out = NULL;
  if (vsg_image_size(width, height, operation, err)) return err->code;
  return vsg_tensor_new(out, dtype, 3, shape, err);
}

vsg_status vsg_image_input(vsg_tensor **out, const vsg_tensor *image,
                           vsg_dtype dtype, const char *operation,
                           vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  *out = NULL;
  if (image->dtype != dtype) {
    return vsg_fail(err, VSG_DTYPE, "%s: image is %s, wanted %s", operation,
                    vsg_dtype_name(image->dtype), vsg_dtype_name(dtype));
  }
  if (image->dims != 3 || image->shape[2] != 3 || image->shape[0] < 1 ||
      image->shape[1] < 1) {
    return vsg_fail(err, VSG_SHAPE,
                    "%s: image has shape %s, wanted (H,W,3) with a pixel",
                    operation, vsg_shape_text(text, image->dims, image->shape));
  }
  if (image->shape[1] > VSG_IMAGE_MAX_PIXELS / image->shape[0]) {
    return vsg_fail(err, VSG_SHAPE, "%s: image has shape %s, too many pixels",
                    operation, vsg_shape_text(text, image->dims, image->shape));
  }
  return vsg_tensor_contiguous(out, image, err);
}

/* The part of [0, size) that [start, start + length) covers, as first (in the
 * latter's numbers) and count; count is 0 when they do not meet. */
static void overlap(long *first, long *count, long start, long length,
                    long size) {
  long from = start < 0 ? -start : 0;
  long to = length < size - start ? length : size - start;
  *first = from;
  *count = to > from ? to - from : 0;
}

vsg_status vsg_image_corner(long x, long y, const char *operation,
                            vsg_error *err) {
  const long far = 1L << 32; /* further than any image, yet sums stay exact */
  if (x < -far || x > far || y < -far || y > far) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: corner (%ld, %ld) is too far off",
                    operation, x, y);
  }
  return VSG_OK;
}

void vsg_pixels_crop(void *out, const vsg_pixels *in, long x, long y,
                     long width, long height) {
  long x0, columns, y0, rows;
  size_t pixel = 3 * vsg_dtype_size(in->dtype);
  char *to = out; /* a char * counts bytes */
  overlap(&x0, &columns, x, width, in->width);
  overlap(&y0, &rows, y, height, in->height);
  for (long i = y0; i < y0 + rows && columns > 0; i++) {
    const char *from = vsg_pixels_at(in, y + i);
    memcpy(to + (size_t)(i * width + x0) * pixel,
           from + (size_t)(x + x0) * pixel, (size_t)columns * pixel);
  }
}

vsg_status vsg_image_crop(vsg_tensor **out, const vsg_tensor *image, long x,
                          long y, long width, long height, vsg_error *err) {
  vsg_tensor *in;
  *out = NULL;
  if (vsg_image_corner(x, y, "crop", err)) return err->code;
  if (vsg_image_input(&in, image, VSG_u8, "crop", err)) return err->code;
  if (!vsg_image_new(out, VSG_u8, width, height, "crop", err)) {
    vsg_pixels from = vsg_pixels_of(in, 0, 0, in->shape[1], in->shape[0]);
    vsg_pixels_crop(vsg_tensor_data(*out), &from, x, y, width, height);
  }
  vsg_tensor_free(in);
  return *out ? VSG_OK : err->code;
}

/* Where the pixels of an upright image lie in the stored one: at
 * start + y * down + x * right, in pixels. Exif 2.3, tag 0x0112. */
typedef struct walk {
  long start, down, right;
} walk;

static walk walk_of(int orientation, long width, long height) {
  long last_row = (height - 1) * width, last = height * width - 1;
  switch (orientation) {
    case 2: /* mirrored */
      return (walk){width - 1, width, -1};
    case 3: /* upside down */
      return (walk){last, -width, -1};
    case 4: /* mirrored, upside down */
      return (walk){last_row, -width, 1};
    case 5: /* transposed */
      return (walk){0, 1, width};
    case 6: /* to be turned a quarter clockwise */
      return (walk){last_row, 1, -width};
    case 7: /* transposed about the other diagonal */
      return (walk){last, -1, -width};
    case 8: /* to be turned a quarter anticlockwise */
      return (walk){width - 1, -1, width};
    default:
      return (walk){0, width, 1};
  }
}

static vsg_status turn(vsg_tensor **out, const vsg_tensor *image,
                       int orientation, const char *operation, vsg_error *err) {
  vsg_tensor *in;
  *out = NULL;
  if (vsg_image_input(&in, image, VSG_u8, operation, err)) return err->code;
  long width = in->shape[orientation >= 5 ? 0 : 1];
  long height = in->shape[orientation >= 5 ? 1 : 0];
  walk w = walk_of(orientation, in->shape[1], in->shape[0]);
  if (!vsg_image_new(out, VSG_u8, width, height, operation, err)) {
    const uint8_t *from = vsg_tensor_data(in);
    uint8_t *to = vsg_tensor_data(*out);
    for (long y = 0; y < height; y++) {
      for (long x = 0; x < width; x++, to += 3) {
        memcpy(to, from + (w.start + y * w.down + x * w.right) * 3, 3);
      }
    }
  }
  vsg_tensor_free(in);
  return *out ? VSG_OK : err->code;
}

vsg_status vsg_image_orient(vsg_tensor **out, const vsg_tensor *image,
                            int orientation, vsg_error *err) {
  *out = NULL;
  if (orientation < 1 || orientation > 8) {
    return vsg_fail(err, VSG_ARGUMENT, "orient: orientation %d, wanted 1 to 8",
                    orientation);
  }
  return turn(out, image, orientation, "orient", err);
}

vsg_status vsg_image_flip(vsg_tensor **out, const vsg_tensor *image,
                          vsg_error *err) {
  return turn(out, image, 2, "flip", err); /* 2 is the mirrored one */
}
