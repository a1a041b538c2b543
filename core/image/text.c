/* Text by stb_truetype; see draw.h. The font is opened anew for each text: that
 * maps a file and reads its tables of contents, far less than drawing. */
#include <math.h>
#include <stdlib.h>

#include "core/base/reader.h"
#include "core/image/canvas.h"

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
/* Most of the header's functions are of no use here; gcc looks at the state of
 * this warning only at the end of the file. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_truetype.h>

enum {
  REPLACEMENT = 0xfffd, /* stands for what is not UTF-8 */
  LARGEST_SIZE = 4096,
};

/* The code point at *at, which moves on; never past end. */
static int next_code(const unsigned char **at, const unsigned char *end) {
  static const int least[] = {0, 0x80, 0x800, 0x10000};
  int code = *(*at)++;
  int more = code < 0x80   ? 0
             : code < 0xc0 ? -1
             : code < 0xe0 ? 1
             : code < 0xf0 ? 2
             : code < 0xf8 ? 3
                           : -1;
  if (more <= 0) return more == 0 ? code : REPLACEMENT;
  code &= 0x3f >> more;
  for (int i = 0; i < more; i++, (*at)++) {
    if (*at == end || (**at & 0xc0) != 0x80) return REPLACEMENT;
    code = code << 6 | (**at & 0x3f);
  }
  if (code < least[more] || code > 0x10ffff) return REPLACEMENT;
  return code >= 0xd800 && code < 0xe000 ? REPLACEMENT : code;
}

/* A font at one size. */
typedef struct pen {
  stbtt_fontinfo font;
  float scale;
  double ascent, line; /* pixels: top to baseline, baseline to baseline */
} pen;

/* Called for each character with the left end of its place on the baseline. */
typedef void visitor(const pen *p, int code, double x, double baseline,
                     double advance, void *state);

/* Walks over text from (x, y), the top left of its first line. */
static void walk_text(const pen *p, double x, double y, const char *text,
                      size_t length, visitor *visit, void *state) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  double left = x, baseline = y + p->ascent;
  int previous = 0;
  while (at < end) {
    int code = next_code(&at, end), advance, bearing;
    if (code == '\n') {
      x = left;
      baseline += p->line;
      previous = 0;
      continue;
    }
    stbtt_GetCodepointHMetrics(&p->font, code, &advance, &bearing);
    if (previous) {
      x += p->scale * stbtt_GetCodepointKernAdvance(&p->font, previous, code);
    }
    visit(p, code, x, baseline, advance * p->scale, state);
    x += advance * p->scale;
    previous = code;
  }
}

/* How far right and down the text reaches. */
typedef struct extent {
  double right, bottom;
} extent;

static void measure(const pen *p, int code, double x, double baseline,
                    double advance, void *state) {
  extent *e = state; /* draw passes one */
  (void)code;
  e->right = fmax(e->right, x + advance);
  e->bottom = fmax(e->bottom, baseline - p->ascent + p->line);
}

typedef struct brush {
  const vsg_canvas *canvas;
  const uint8_t *colour;
} brush;

static void paint(const pen *p, int code, double x, double baseline,
                  double advance, void *state) {
  const brush *b = state; /* draw passes one */
  int width, height, x_offset, y_offset;
  long left = vsg_canvas_round(floor(x)), top = vsg_canvas_round(baseline);
  if (left > b->canvas->width || x + advance < 0) return;
  unsigned char *mask = stbtt_GetCodepointBitmapSubpixel(
      &p->font, p->scale, p->scale, (float)(x - floor(x)), 0.0f, code, &width,
      &height, &x_offset, &y_offset);
  if (!mask) return; /* a space has none */
  for (int j = 0; j < height; j++) {
    for (int i = 0; i < width; i++) {
      vsg_canvas_blend(b->canvas, left + x_offset + i, top + y_offset + j,
                       b->colour, mask[j * width + i]);
    }
  }
  stbtt_FreeBitmap(mask, NULL);
}

static vsg_status pen_open(pen *p, const vsg_file *file,
                           const vsg_text_style *style, vsg_error *err) {
  int ascent, descent, gap;
  int start = file->size > 0 ? stbtt_GetFontOffsetForIndex(file->data, 0) : -1;
  if (start < 0 || !stbtt_InitFont(&p->font, file->data, start)) {
    return vsg_fail(err, VSG_FORMAT, "%s: not a TrueType font", style->font);
  }
  stbtt_GetFontVMetrics(&p->font, &ascent, &descent, &gap);
  p->scale = stbtt_ScaleForPixelHeight(&p->font, (float)style->size);
  p->ascent = ascent * p->scale;
  p->line = (ascent - descent + gap) * p->scale;
  return VSG_OK;
}

static void draw(const vsg_canvas *canvas, double x, double y, const char *text,
                 size_t length, const pen *p, const vsg_text_style *style) {
  const double margin = ceil(style->size / 8);
  brush b = {canvas, style->colour};
  extent e = {x, y};
  if (style->background) {
    walk_text(p, x + margin, y, text, length, measure, &e);
    vsg_canvas_fill(canvas, vsg_canvas_round(x), vsg_canvas_round(y),
                    vsg_canvas_round(ceil(e.right + margin)),
                    vsg_canvas_round(ceil(e.bottom)), style->background);
  }
  walk_text(p, x + margin, y, text, length, paint, &b);
}

vsg_status vsg_draw_text(const vsg_tensor *image, double x, double y,
                         const char *text, size_t length,
                         const vsg_text_style *style, vsg_error *err) {
  vsg_canvas canvas;
  vsg_file file;
  vsg_status status;
  pen p;
  if (vsg_canvas_open(&canvas, image, "draw_text", err)) return err->code;
  if (!(style->size >= 1 && style->size <= LARGEST_SIZE)) {
    return vsg_fail(err, VSG_ARGUMENT, "draw_text: size %g, wanted 1 to %d",
                    style->size, LARGEST_SIZE);
  }
  if (!isfinite(x) || !isfinite(y)) {
    return vsg_fail(err, VSG_ARGUMENT, "draw_text: (%g, %g) is no place", x, y);
  }
  if (vsg_file_open(&file, style->font, err)) return err->code;
  status = pen_open(&p, &file, style, err);
  if (!status) draw(&canvas, x, y, text, length, &p, style);
  vsg_file_close(&file);
  return status;
}
