/* What the codecs and the pixel functions share; only core/image includes it.
 *
 * A new codec is a file with one vsg_codec_decode, a line here and a line in
 * the table of decode.c. */
#ifndef VSG_IMAGE_CODEC_H
#define VSG_IMAGE_CODEC_H

#include <stdint.h>

#include "core/base/reader.h"
#include "core/image/image.h"

typedef struct vsg_picture {
  long most_pixels; /* what vsg_codec_new allows */
  bool fast_dct;    /* of vsg_decoding */
  int orientation;  /* EXIF's; a codec whose files have one sets it */
} vsg_picture;

/* Decodes r's whole data. Before the call *out is NULL and p->orientation 1; on
 * failure *out is NULL. No longjmp leaves a codec. */
typedef vsg_status vsg_codec_decode(vsg_tensor **out, vsg_picture *p,
                                    vsg_reader *r, vsg_error *err);
vsg_codec_decode vsg_jpeg_decode, vsg_png_decode, vsg_pnm_decode,
    vsg_stb_decode;

/* pixels (height,width,3), contiguous. */
typedef vsg_status vsg_codec_encode(vsg_bytes *out, const uint8_t *pixels,
                                    long width, long height, int quality,
                                    vsg_error *err);
vsg_codec_encode vsg_jpeg_encode, vsg_png_encode;

/* The orientation, 1..8, in the APP1 segment of a JPEG ("Exif\0\0", then a
 * TIFF); 1 when there is none or it cannot be read. */
int vsg_exif_orientation(const unsigned char *data, size_t size);

/* *out is a new u8 (height,width,3) image for the file r, refused (VSG_FORMAT)
 * when its header promises more than the file can hold or than
 * p->most_pixels. */
vsg_status vsg_codec_new(vsg_tensor **out, const vsg_picture *p,
                         const vsg_reader *r, size_t width, size_t height,
                         vsg_error *err);

/* VSG_ARGUMENT unless an image may have that size; operation names the caller.
 */
vsg_status vsg_image_size(long width, long height, const char *operation,
                          vsg_error *err);
/* VSG_ARGUMENT unless a rectangle may begin there. */
vsg_status vsg_image_corner(long x, long y, const char *operation,
                            vsg_error *err);
/* *out is a new (height,width,3) image. */
vsg_status vsg_image_new(vsg_tensor **out, vsg_dtype dtype, long width,
                         long height, const char *operation, vsg_error *err);
/* *out is image itself made contiguous, checked to be of dtype and (H,W,3) with
 * at least one pixel; free it. */
vsg_status vsg_image_input(vsg_tensor **out, const vsg_tensor *image,
                           vsg_dtype dtype, const char *operation,
                           vsg_error *err);

#endif
