/* JPEG by libjpeg-turbo, with the defaults that Pillow uses too (accurate
 * integer DCT, smooth chroma upsampling), so that the pixels are equal.
 *
 * libjpeg reports errors by a call that must not return. Its longjmp stays in
 * this file: it is armed only while libjpeg runs, and jumps over nothing but
 * libjpeg's frames. */
#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs FILE */
#include <stdlib.h>
/* jpeglib.h needs the above. */
#include <jerror.h>
#include <jpeglib.h>

#include "core/image/codec.h"

/* A hostile progressive file can ask for endless passes over its image. */
enum { MAX_SCANS = 500 };

/* manager is first: libjpeg hands its address to the handlers below, which find
 * the rest behind it. */
typedef struct handler {
  struct jpeg_error_mgr manager;
  jmp_buf jump;
  char text[JMSG_LENGTH_MAX];
} handler;

static void on_error(j_common_ptr info) {
  handler *h = (handler *)info->err; /* see handler */
  info->err->format_message(info, h->text);
  longjmp(h->jump, 1);
}

/* Most warnings are about oddities that every program lets pass. Data that ends
 * too early is not: libjpeg would paint the rest of the picture grey. */
static void on_message(j_common_ptr info, int level) {
  int code = info->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) {
    on_error(info);
  }
}

/* What to return after a jump: where is the file and place, or NULL. */
static vsg_status handler_fail(const handler *h, const vsg_reader *where,
                               vsg_error *err) {
  if (h->manager.msg_code == JERR_OUT_OF_MEMORY) {
    return vsg_fail(err, VSG_MEMORY, "jpeg: %s", h->text);
  }
  if (where) return vsg_read_fail(where, err, "%s", h->text);
  return vsg_fail(err, VSG_ARGUMENT, "jpeg: %s", h->text);
}

static void handler_init(handler *h) {
  jpeg_std_error(&h->manager);
  h->manager.error_exit = on_error;
  h->manager.emit_message = on_message;
}

/* ---- decoding ---- */

typedef struct decoder {
  struct jpeg_decompress_struct info;
  struct jpeg_progress_mgr progress;
  handler handler;
} decoder;

static void on_progress(j_common_ptr common) {
  j_decompress_ptr info = (j_decompress_ptr)common; /* set by decode alone */
  handler *h = (handler *)common->err;
  if (info->input_scan_number > MAX_SCANS) {
    snprintf(h->text, sizeof h->text, "more than %d scans", MAX_SCANS);
    longjmp(h->jump, 1);
  }
}

static size_t position(const decoder *d, const vsg_reader *r) {
  const unsigned char *next = d->info.src ? d->info.src->next_input_byte : NULL;
  /* At the end of its data libjpeg moves on to an end marker of its own. */
  if (!next || next < r->data || next > r->data + r->size) return r->size;
  return (size_t)(next - r->data);
}

/* Adobe's CMYK is stored inverted, and Pillow takes every CMYK JPEG for such
 * a one: stored 255 is no ink. Then, as its convert("RGB"), the light that
 * black lets through less the share that the colour's ink takes. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, long pixels) {
  for (long i = 0; i < pixels; i++, rgb += 3, cmyk += 4) {
    int light = cmyk[3];
    for (int c = 0; c < 3; c++) {
      int product = (255 - cmyk[c]) * light + 128;
      int taken = ((product >> 8) + product) >> 8; /* product / 255, rounded */
      rgb[c] = (uint8_t)(light - taken);
    }
  }
}

static void read_rows(struct jpeg_decompress_struct *info, uint8_t *pixels) {
  j_common_ptr common = (j_common_ptr)info; /* libjpeg's own base class */
  long width = (long)info->output_width;
  JSAMPARRAY cmyk = NULL;
  if (info->output_components == 4) {
    cmyk =
        info->mem->alloc_sarray(common, JPOOL_IMAGE, info->output_width * 4, 1);
  }
  while (info->output_scanline < info->output_height) {
    uint8_t *row = pixels + (size_t)info->output_scanline * (size_t)width * 3;
    jpeg_read_scanlines(info, cmyk ? cmyk : &row, 1);
    if (cmyk) cmyk_to_rgb(row, cmyk[0], width);
  }
}

static void find_orientation(int *orientation,
                             const struct jpeg_decompress_struct *info) {
  jpeg_saved_marker_ptr marker = info->marker_list;
  for (; marker && *orientation == 1; marker = marker->next) {
    *orientation = vsg_exif_orientation(marker->data, marker->data_length);
  }
}

/* The part in which libjpeg may jump; what it made is freed by the caller. */
static vsg_status decode(vsg_tensor **out, vsg_picture *p, decoder *d,
                         vsg_reader *r, vsg_error *err) {
  if (setjmp(d->handler.jump)) {
    r->at = position(d, r);
    return handler_fail(&d->handler, r, err);
  }
  jpeg_create_decompress(&d->info);
  d->info.progress = &d->progress;
  jpeg_mem_src(&d->info, r->data, r->size);
  jpeg_save_markers(&d->info, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&d->info, TRUE);
  find_orientation(&p->orientation, &d->info);
  if (p->fast_dct) d->info.dct_method = JDCT_IFAST;
  d->info.out_color_space = d->info.num_components == 4 ? JCS_CMYK : JCS_RGB;
  r->at = position(d, r);
  if (vsg_codec_new(out, p, r, d->info.image_width, d->info.image_height,
                    err)) {
    return err->code;
  }
  jpeg_start_decompress(&d->info);
  read_rows(&d->info, vsg_tensor_data(*out));
  jpeg_finish_decompress(&d->info);
  return VSG_OK;
}

vsg_status vsg_jpeg_decode(vsg_tensor **out, vsg_picture *p, vsg_reader *r,
                           vsg_error *err) {
  decoder d = {0};
  vsg_status status;
  handler_init(&d.handler);
  d.info.err = &d.handler.manager;
  d.progress.progress_monitor = on_progress;
  status = decode(out, p, &d, r, err);
  jpeg_destroy_decompress(&d.info);
  if (status) {
    vsg_tensor_free(*out);
    *out = NULL;
  }
  return status;
}

/* ---- encoding ---- */

typedef struct encoder {
  struct jpeg_compress_struct info;
  handler handler;
  unsigned char *data; /* allocated and moved by libjpeg */
  unsigned long size;
} encoder;

static vsg_status encode(encoder *e, const uint8_t *pixels, long width,
                         long height, int quality, vsg_error *err) {
  if (setjmp(e->handler.jump)) return handler_fail(&e->handler, NULL, err);
  jpeg_create_compress(&e->info);
  jpeg_mem_dest(&e->info, &e->data, &e->size);
  e->info.image_width = (JDIMENSION)width;
  e->info.image_height = (JDIMENSION)height;
  e->info.input_components = 3;
  e->info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&e->info);
  jpeg_set_quality(&e->info, quality, TRUE);
  jpeg_start_compress(&e->info, TRUE);
  while (e->info.next_scanline < e->info.image_height) {
    /* libjpeg does not write to its input rows, it only lacks the const. */
    JSAMPROW row =
        (JSAMPROW)pixels + (size_t)e->info.next_scanline * (size_t)width * 3;
    jpeg_write_scanlines(&e->info, &row, 1);
  }
  jpeg_finish_compress(&e->info);
  return VSG_OK;
}

vsg_status vsg_jpeg_encode(vsg_bytes *out, const uint8_t *pixels, long width,
                           long height, int quality, vsg_error *err) {
  encoder e = {0};
  vsg_status status;
  *out = (vsg_bytes){0};
  handler_init(&e.handler);
  e.info.err = &e.handler.manager;
  status = encode(&e, pixels, width, height, quality, err);
  jpeg_destroy_compress(&e.info);
  if (status) {
    free(e.data);
    return status;
  }
  *out = (vsg_bytes){e.data, e.size};
  return VSG_OK;
}
