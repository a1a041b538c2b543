/* PSD: the flat picture of a Photoshop file (Adobe's File Formats
 * Specification), 8 or 16 bits, grey or RGB, raw or run-length coded; further
 * channels are dropped. (stb_image divides by the alpha channel, and converts
 * what comes out beyond 0..255 in undefined ways.)
 *
 *   header  color mode data  resources  layers  compression  planes
 *
 * Each of the three middle parts begins with its length. The planes follow one
 * another; coded ones are preceded by the byte count of every row. */
#include <stdlib.h>
#include <string.h>

#include "core/image/codec.h"

enum { GREY = 1, RGB = 3 };        /* color modes */
enum { RAW = 0, RUN_LENGTHS = 1 }; /* compressions */

typedef struct header {
  size_t channels, height, width, depth, mode, compression;
} header;

/* A big-endian number of n bytes. */
static vsg_status read_big(size_t *out, vsg_reader *r, size_t n,
                           vsg_error *err) {
  const unsigned char *p;
  if (vsg_read_bytes(&p, r, n, err)) return err->code;
  *out = 0;
  for (size_t i = 0; i < n; i++) *out = *out << 8 | p[i];
  return VSG_OK;
}

static vsg_status read_header(header *h, vsg_reader *r, vsg_error *err) {
  const unsigned char *skipped;
  size_t length;
  /* The magic number, the version and six zeros, then what matters. */
  if (vsg_read_bytes(&skipped, r, 12, err) ||
      read_big(&h->channels, r, 2, err) || read_big(&h->height, r, 4, err) ||
      read_big(&h->width, r, 4, err) || read_big(&h->depth, r, 2, err) ||
      read_big(&h->mode, r, 2, err)) {
    return err->code;
  }
  for (int part = 0; part < 3; part++) {
    if (read_big(&length, r, 4, err) ||
        vsg_read_bytes(&skipped, r, length, err)) {
      return err->code;
    }
  }
  if (read_big(&h->compression, r, 2, err)) return err->code;
  if ((h->depth != 8 && h->depth != 16) || h->compression > RUN_LENGTHS ||
      !((h->mode == GREY && h->channels >= 1) ||
        (h->mode == RGB && h->channels >= 3))) {
    return vsg_read_fail(r, err,
                         "a PSD of mode %zu, %zu channels, %zu bits, "
                         "compression %zu; can read grey and RGB of 8 or 16 "
                         "bits, raw or run-length coded",
                         h->mode, h->channels, h->depth, h->compression);
  }
  return VSG_OK;
}

/* PackBits: n < 128 means n + 1 bytes as they are, n > 128 the next byte
 * 257 - n times. The row ends where out is full. */
static vsg_status unpack(unsigned char *out, size_t size, vsg_reader *r,
                         vsg_error *err) {
  const unsigned char *p;
  size_t done = 0;
  while (done < size) {
    uint8_t n;
    if (vsg_read_u8(&n, r, err)) return err->code;
    if (n == 128) continue;
    size_t count = n < 128 ? n + 1u : 257u - n;
    if (vsg_read_bytes(&p, r, n < 128 ? count : 1, err)) return err->code;
    if (count > size - done) {
      return vsg_read_fail(r, err, "a run leaves its row");
    }
    if (n < 128) {
      memcpy(out + done, p, count);
    } else {
      memset(out + done, p[0], count);
    }
    done += count;
  }
  return VSG_OK;
}

/* The planes that are seen, row by row, into pixels (height,width,3); row is
 * scratch of one row's bytes. */
static vsg_status read_planes(uint8_t *pixels, unsigned char *row,
                              const header *h, vsg_reader *r, vsg_error *err) {
  const unsigned char *p;
  size_t bytes = h->depth / 8, size = h->width * bytes;
  size_t planes = h->mode == RGB ? 3 : 1;
  for (size_t c = 0; c < planes; c++) {
    for (size_t y = 0; y < h->height; y++) {
      if (h->compression == RAW) {
        if (vsg_read_bytes(&p, r, size, err)) return err->code;
        memcpy(row, p, size);
      } else if (unpack(row, size, r, err)) {
        return err->code;
      }
      uint8_t *to = pixels + y * h->width * 3 + c;
      for (size_t x = 0; x < h->width; x++) to[x * 3] = row[x * bytes];
    }
  }
  if (planes == 3) return VSG_OK;
  for (size_t i = 0; i < h->height * h->width; i++, pixels += 3) {
    pixels[1] = pixels[2] = pixels[0];
  }
  return VSG_OK;
}

vsg_status vsg_psd_decode(vsg_tensor **out, int *orientation, vsg_reader *r,
                          vsg_error *err) {
  const unsigned char *counts;
  header h;
  (void)orientation; /* a PSD is stored upright */
  if (read_header(&h, r, err)) return err->code;
  if (vsg_codec_new(out, r, h.width, h.height, err)) return err->code;
  unsigned char *row = malloc(h.width * 2);
  vsg_status status = row ? VSG_OK : vsg_fail_memory(err, r->name, h.width * 2);
  if (!status && h.compression == RUN_LENGTHS) {
    /* Rows tell their own end, so the counts are passed over. */
    status = vsg_read_bytes(&counts, r, h.height * h.channels * 2, err);
  }
  if (!status) status = read_planes(vsg_tensor_data(*out), row, &h, r, err);
  free(row);
  if (status) {
    vsg_tensor_free(*out);
    *out = NULL;
  }
  return status;
}
