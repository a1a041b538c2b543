/* Which codec writes an image; see image.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/writer.h"
#include "core/image/codec.h"

static const struct format {
  const char *name; /* also the file's extension */
  vsg_codec_encode *encode;
} formats[] = {
    {"png", vsg_png_encode},
    {"jpeg", vsg_jpeg_encode},
    {"jpg", vsg_jpeg_encode},
};

void vsg_bytes_free(vsg_bytes *bytes) {
  free(bytes->data);
  *bytes = (vsg_bytes){0};
}

static vsg_status find_format(const struct format **out, const char *name,
                              vsg_error *err) {
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    *out = &formats[i];
    if (strcasecmp(name, formats[i].name) == 0) return VSG_OK;
  }
  return vsg_fail(err, VSG_ARGUMENT,
                  "encode: format '%s', can write png and jpeg", name);
}

vsg_status vsg_image_encode(vsg_bytes *out, const vsg_tensor *image,
                            const char *format, int quality, vsg_error *err) {
  const struct format *f;
  vsg_tensor *in;
  *out = (vsg_bytes){0};
  if (find_format(&f, format, err)) return err->code;
  if (quality < 1 || quality > 100) {
    return vsg_fail(err, VSG_ARGUMENT, "encode: quality %d, wanted 1 to 100",
                    quality);
  }
  if (vsg_image_input(&in, image, VSG_u8, "encode", err)) return err->code;
  f->encode(out, vsg_tensor_data(in), in->shape[1], in->shape[0], quality, err);
  vsg_tensor_free(in);
  return out->data ? VSG_OK : err->code;
}

vsg_status vsg_image_save(const vsg_tensor *image, const char *path,
                          int quality, vsg_error *err) {
  vsg_writer writer;
  vsg_bytes bytes;
  vsg_status status;
  const char *dot = strrchr(path, '.');
  const char *slash = strrchr(path, '/');
  if (!dot || (slash && dot < slash)) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "%s: the name ends in neither .png nor .jpg", path);
  }
  if (vsg_image_encode(&bytes, image, dot + 1, quality, err)) return err->code;
  status = vsg_writer_open(&writer, path, err);
  if (!status) {
    status = vsg_write(&writer, bytes.data, bytes.size, err);
    status = vsg_writer_close(&writer, status, err);
  }
  vsg_bytes_free(&bytes);
  return status;
}
