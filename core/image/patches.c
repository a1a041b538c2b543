/* Parts of images as the input of a network: cropped, resized and mapped row by
 * row, patches or rows of one on several threads. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "core/image/codec.h"
#include "core/image/rows.h"

enum {
  BANDS = 4,         /* of a patch per thread, for some take longer */
  PARALLEL = 64 * 64 /* pixels of results that are worth a thread */
};

static const double FAR = 1L << 53; /* integers are exact so far */

/* Rows of a patch: what one thread does at a time. */
typedef struct share {
  const vsg_patch *patch;
  const vsg_patching *how;
  vsg_rows rows;
} share;

static bool holds(const vsg_tensor *image, const long box[4]) {
  return box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= image->shape[1] &&
         box[1] + box[3] <= image->shape[0];
}

/* The patch's pixels; *own is to be freed: those of a patch that sticks out. */
static vsg_status find_pixels(vsg_pixels *out, void **own,
                              const vsg_tensor *image, const double box[4],
                              vsg_error *err) {
  long b[4];
  for (int i = 0; i < 4; i++) b[i] = (long)box[i];
  *own = NULL;
  if (vsg_image_corner(b[0], b[1], "patches", err) ||
      vsg_image_size(b[2], b[3], "patches", err)) {
    return err->code;
  }
  if (holds(image, b)) {
    *out = vsg_pixels_of(image, b[0], b[1], b[2], b[3]);
    return VSG_OK;
  }
  vsg_pixels all = vsg_pixels_of(image, 0, 0, image->shape[1], image->shape[0]);
  size_t count = (size_t)b[2] * (size_t)b[3] * 3;
  *own = calloc(count, vsg_dtype_size(image->dtype));
  if (!*own) return vsg_fail_memory(err, "patches", count);
  vsg_pixels_crop(*own, &all, b[0], b[1], b[2], b[3]);
  *out = (vsg_pixels){*own, image->dtype, b[3], b[2], b[2] * 3};
  return VSG_OK;
}

/* Fills the rows from an image that is contiguous and of a dtype that the
 * filter takes; NULL is the filter of fractions. */
static vsg_status fill_rows(const vsg_rows *rows, const vsg_tensor *image,
                            const double box[4], const vsg_filter *filter,
                            vsg_error *err) {
  vsg_pixels in;
  void *own;
  if (!filter) {
    in = vsg_pixels_of(image, 0, 0, image->shape[1], image->shape[0]);
    vsg_crop_resize_rows(rows, &in, box);
    return VSG_OK;
  }
  if (find_pixels(&in, &own, image, box, err)) return err->code;
  vsg_status status = filter->resize(rows, &in, err);
  free(own);
  return status;
}

static vsg_status fill(share *s, vsg_error *err) {
  const vsg_filter *filter = NULL;
  const vsg_patching *how = s->how;
  vsg_dtype dtype = VSG_f32;
  vsg_tensor *in;
  s->rows.dtype = VSG_f32;
  if (!how->fractions) {
    if (vsg_filter_find(&filter, how->filter, s->patch->image->dtype,
                        how->floats, err)) {
      return err->code;
    }
    dtype = filter->in;
    s->rows.dtype = filter->out;
  }
  if (vsg_image_input(&in, s->patch->image, dtype, "patches", err)) {
    return err->code;
  }
  size_t bytes = (size_t)s->rows.width * 3 * sizeof(float);
  vsg_status status = VSG_OK;
  s->rows.row = malloc(2 * bytes);
  if (s->rows.row) {
    s->rows.line = (float *)s->rows.row + s->rows.width * 3; /* its half */
    status = fill_rows(&s->rows, in, s->patch->box, filter, err);
  } else {
    status = vsg_fail_memory(err, "patches", 2 * bytes);
  }
  free(s->rows.row);
  vsg_tensor_free(in);
  return status;
}

static vsg_status check(const vsg_tensor *out, const vsg_patch *patch, long n,
                        vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  if (out->dtype != VSG_f32 || !vsg_tensor_is_contiguous(out) ||
      out->dims != 4 || out->shape[0] != n || out->shape[1] != 3) {
    return vsg_fail(err, VSG_SHAPE,
                    "patches: result is %s %s, wanted contiguous f32 "
                    "(%ld,3,H,W)",
                    vsg_dtype_name(out->dtype),
                    vsg_shape_text(text, out->dims, out->shape), n);
  }
  for (long i = 0; i < n; i++) {
    for (int k = 0; k < 4; k++) {
      if (!(fabs(patch[i].box[k]) <= FAR)) { /* nor is NaN */
        return vsg_fail(err, VSG_ARGUMENT, "patches: box %ld is too far off",
                        i + 1);
      }
    }
  }
  return vsg_image_size(out->shape[3], out->shape[2], "patches", err);
}

vsg_status vsg_image_patches(const vsg_tensor *out, const vsg_patch *patch,
                             long n, const vsg_patching *how, vsg_error *err) {
  if (check(out, patch, n, err)) return err->code;
  if (n == 0) return VSG_OK;
  long height = out->shape[2], width = out->shape[3];
  long threads = how->threads > 0 ? how->threads : omp_get_max_threads();
  long worth = n * height * width / PARALLEL;
  if (threads > worth) threads = worth > 0 ? worth : 1;
  long bands = n < threads ? threads * BANDS / n : 1;
  if (bands > height) bands = height;
  float *planes = vsg_tensor_data(out);
  vsg_status status = VSG_OK;
#pragma omp parallel for schedule(dynamic) \
    num_threads((int)threads) if (threads > 1)
  for (long i = 0; i < n * bands; i++) {
    long k = i / bands, band = i % bands;
    vsg_error own;
    share s = {.patch = &patch[k],
               .how = how,
               .rows = {.height = height,
                        .width = width,
                        .first = band * height / bands,
                        .end = (band + 1) * height / bands,
                        .planes = planes + k * 3 * height * width,
                        .map = how->map}};
    if (fill(&s, &own)) {
#pragma omp critical
      {
        *err = own;
        status = own.code;
      }
    }
  }
  return status;
}
