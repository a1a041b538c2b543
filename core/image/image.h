/* Images: u8 tensors (H,W,3), RGB, row by row from the top left.
 *
 * Pixel (x, y) covers the square [x, x+1) x [y, y+1), so its centre is at
 * (x + 0.5, y + 0.5); boxes are in these continuous coordinates. Only warp.h
 * counts from pixel centres, as OpenCV does. A few functions also take f32
 * images, and say so.
 *
 * Inputs may be strided views. Outputs are new contiguous tensors of the
 * caller, and NULL on failure. Geometry is in warp.h, drawing in draw.h. */
#ifndef VSG_IMAGE_IMAGE_H
#define VSG_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/tensor/tensor.h"

/* No image may have more pixels, read or made: 805 MB as u8. A file is held to
 * less unless the caller asks: 64 megapixels. */
enum { VSG_IMAGE_MAX_PIXELS = 1 << 28, VSG_IMAGE_FILE_PIXELS = 1 << 26 };

/* ---- files ---- */

/* The codec that would read such a file ("jpeg", "png", "pnm", "stb"), told by
 * the first bytes; "stb" takes what no other does. */
const char *vsg_image_codec(const unsigned char *data, size_t size);

typedef struct vsg_decoding {
  bool exif;        /* turn a JPEG upright as its EXIF says */
  bool fast_dct;    /* a JPEG by libjpeg's faster, less exact DCT */
  long most_pixels; /* a larger picture is VSG_FORMAT, before any is decoded */
} vsg_decoding;

/* Decodes a whole file in memory. The kind is told by its first bytes: JPEG,
 * PNG, else BMP, GIF (first frame), TGA, PNM. The pixels of JPEG and PNG
 * equal Pillow's open(...).convert("RGB") (those of a JPEG with fast_dct
 * TensorFlow's decode_jpeg, a few levels away), with its peculiarities: alpha
 * and transparency are dropped and CMYK is taken as Adobe's inverted kind;
 * 16-bit values keep the high byte (Pillow clips grey ones at 255 instead). A
 * file cut short is VSG_FORMAT, with name and offset; nothing half-decoded is
 * returned. So is a JPEG whose data end before its end marker, which Pillow
 * fills up with grey. */
vsg_status vsg_image_decode(vsg_tensor **out, const unsigned char *data,
                            size_t size, const char *name, vsg_decoding how,
                            vsg_error *err);
/* As vsg_image_decode of the file at path. */
vsg_status vsg_image_load(vsg_tensor **out, const char *path, vsg_decoding how,
                          vsg_error *err);

typedef struct vsg_bytes {
  unsigned char *data; /* owned; from malloc */
  size_t size;
} vsg_bytes;

/* Frees and empties; an empty one is fine. */
void vsg_bytes_free(vsg_bytes *bytes);

/* Encodes as format, "png" or "jpeg" ("jpg"). quality 1..100 is JPEG's; chroma
 * is halved both ways (4:2:0), libjpeg's and Pillow's default. */
vsg_status vsg_image_encode(vsg_bytes *out, const vsg_tensor *image,
                            const char *format, int quality, vsg_error *err);
/* Encodes by path's extension and writes it whole or not at all. */
vsg_status vsg_image_save(const vsg_tensor *image, const char *path,
                          int quality, vsg_error *err);

/* ---- pixels ---- */

/* The rectangle with corner (x, y), in whole pixels; what lies outside is 0. */
vsg_status vsg_image_crop(vsg_tensor **out, const vsg_tensor *image, long x,
                          long y, long width, long height, vsg_error *err);
/* Mirrored left to right. */
vsg_status vsg_image_flip(vsg_tensor **out, const vsg_tensor *image,
                          vsg_error *err);
/* Turned upright by an EXIF orientation, 1..8 (1: as it is). */
vsg_status vsg_image_orient(vsg_tensor **out, const vsg_tensor *image,
                            int orientation, vsg_error *err);

/* "nearest", "bilinear", "bicubic", "lanczos": Pillow's resize of u8, to the
 * last bit. "area", "linear": OpenCV's INTER_AREA and INTER_LINEAR, from u8 to
 * u8 and from f32 to f32. From u8 or f32 to f32: "adaptive_area", adaptive
 * average pooling (PyTorch's); "tf_area", TensorFlow's AREA; "pdollar",
 * imResample of Piotr Dollar's Matlab toolbox. */
vsg_status vsg_image_resize(vsg_tensor **out, const vsg_tensor *image,
                            long width, long height, const char *filter,
                            vsg_error *err);

/* tf.image.crop_and_resize of one box {x1, y1, x2, y2}, from f32 to f32: in
 * fractions of the image, where 0 is the centre of the first pixel and 1 that
 * of the last; bilinear; what lies outside is 0. */
vsg_status vsg_image_crop_resize(vsg_tensor **out, const vsg_tensor *image,
                                 const double box[4], long width, long height,
                                 vsg_error *err);

/* How pixels become numbers: out[c] = (in - mean[c]) * scale[c], or divided by
 * scale[c]; c counts output channels; all in f32. */
typedef struct vsg_pixel_map {
  bool bgr; /* output channels are blue, green, red */
  bool divide;
  float mean[3];
  float scale[3];
} vsg_pixel_map;

/* From u8 or f32 (H,W,3) to f32 (3,H,W). */
vsg_status vsg_image_to_tensor(vsg_tensor **out, const vsg_tensor *image,
                               const vsg_pixel_map *map, vsg_error *err);

/* A part of an image as a network is to see it. */
typedef struct vsg_patch {
  const vsg_tensor *image; /* borrowed */
  double box[4]; /* x, y, width, height in whole pixels; or of fractions */
} vsg_patch;

typedef struct vsg_patching {
  const char *filter; /* of vsg_image_resize */
  bool fractions;     /* boxes and resize are those of vsg_image_crop_resize */
  bool floats; /* bytes are made f32 before they are resized, not after */
  vsg_pixel_map map;
  int threads; /* 0: as many as OpenMP would take */
} vsg_patching;

/* Fills out, contiguous f32 (n,3,height,width), with n patches: to the bit
 * what vsg_image_crop (of f32 too), resize and to_tensor make of each one, in
 * one pass over its pixels. On failure out holds anything. */
vsg_status vsg_image_patches(const vsg_tensor *out, const vsg_patch *patch,
                             long n, const vsg_patching *how, vsg_error *err);

/* ---- measuring ---- */

/* *out is the variance of the Laplacian of the grey image (Pech-Pacheco et al.
 * 2000), u8 only: cv2.Laplacian(grey, CV_64F).var(), with OpenCV's grey and its
 * kernel of four neighbours, edges reflected. */
vsg_status vsg_image_sharpness(double *out, const vsg_tensor *image,
                               vsg_error *err);

#endif
