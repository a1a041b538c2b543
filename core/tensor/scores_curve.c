/* The curve of counts over all thresholds; see scores.h. One walk down both
 * sorted lists; what becomes of a point depends on the kind of curve. */
#include <math.h>
#include <string.h>

#include "core/base/size.h"
#include "core/tensor/scores.h"

typedef struct sorted {
  const float *narrow; /* the one that is not NULL holds the scores */
  const double *wide;
  long left; /* scores below the threshold, the first ones */
} sorted;

/* The greatest score that is left, -infinity when none is. */
static double top(const sorted *s) {
  if (s->left == 0) return -INFINITY;
  return s->narrow ? (double)s->narrow[s->left - 1] : s->wide[s->left - 1];
}

static long take(sorted *s, double value) {
  long before = s->left;
  while (s->left > 0 && top(s) == value) s->left--;
  return before - s->left;
}

/* The points so far; with no threshold they are only counted. */
typedef struct points {
  vsg_curve kind;
  double *threshold;
  int64_t *impostor, *genuine;
  long n;
} points;

/* Is point b needed between a and the new point c? */
static bool needed(const points *p, long a, long b, int64_t fp, int64_t tp) {
  int64_t x1 = p->impostor[b] - p->impostor[a];
  int64_t y1 = p->genuine[b] - p->genuine[a];
  int64_t x2 = fp - p->impostor[b], y2 = tp - p->genuine[b];
  if (p->kind == VSG_CURVE_hull) return x1 * y2 < x2 * y1;
  return !((x1 == 0 && x2 == 0) || (y1 == 0 && y2 == 0));
}

static void add(points *p, double threshold, int64_t fp, int64_t tp) {
  if (p->threshold) {
    while (p->kind != VSG_CURVE_all && p->n >= 2 &&
           !needed(p, p->n - 2, p->n - 1, fp, tp)) {
      p->n--;
      if (p->kind == VSG_CURVE_corners) break;
    }
    p->threshold[p->n] = threshold;
    p->impostor[p->n] = fp;
    p->genuine[p->n] = tp;
  }
  p->n++;
}

static void walk(points *p, sorted genuine, sorted impostor) {
  int64_t fp = 0, tp = 0;
  p->n = 0;
  add(p, INFINITY, 0, 0);
  while (genuine.left > 0 || impostor.left > 0) {
    double value = fmax(top(&genuine), top(&impostor));
    tp += take(&genuine, value);
    fp += take(&impostor, value);
    add(p, value, fp, tp);
  }
}

static vsg_status open_sorted(sorted *s, const vsg_tensor *t, vsg_error *err) {
  if (t->dims != 1 || !vsg_tensor_is_contiguous(t) ||
      (t->dtype != VSG_f32 && t->dtype != VSG_f64)) {
    return vsg_fail(err, VSG_SHAPE, "curve: wants what sort gives");
  }
  s->narrow = t->dtype == VSG_f32 ? vsg_tensor_data(t) : NULL;
  s->wide = t->dtype == VSG_f64 ? vsg_tensor_data(t) : NULL;
  s->left = t->shape[0];
  return VSG_OK;
}

/* Room for the points: as many as there are different scores; of the other
 * kinds not more than two for each score of the shorter list, for between two
 * corners that are no ties lies one of it. */
static long most_points(points *p, sorted genuine, sorted impostor) {
  long shorter = genuine.left < impostor.left ? genuine.left : impostor.left;
  if (p->kind == VSG_CURVE_all) {
    walk(p, genuine, impostor);
    return p->n;
  }
  long scores = genuine.left + impostor.left;
  return 1 + (shorter < scores / 2 - 2 ? 2 * shorter + 2 : scores);
}

/* Replaces the tensors by their first n elements. */
static vsg_status cut(vsg_tensor *out[3], long n, vsg_error *err) {
  for (int i = 0; i < 3; i++) {
    vsg_tensor *whole = out[i];
    if (vsg_tensor_narrow(&out[i], whole, 0, 0, n, err)) {
      out[i] = whole;
      return err->code;
    }
    vsg_tensor_free(whole);
  }
  return VSG_OK;
}

vsg_status vsg_scores_curve(vsg_tensor *out[3], const vsg_tensor *genuine,
                            const vsg_tensor *impostor, vsg_curve kind,
                            vsg_error *err) {
  sorted g, m;
  points p = {.kind = kind};
  long area;
  memset(out, 0, 3 * sizeof *out);
  if (open_sorted(&g, genuine, err) || open_sorted(&m, impostor, err)) {
    return err->code;
  }
  if (!vsg_long_mul(&area, g.left, m.left)) {
    return vsg_fail(err, VSG_ARGUMENT, "curve: %ld by %ld scores", g.left,
                    m.left);
  }
  long most = most_points(&p, g, m);
  if (vsg_tensor_new(&out[0], VSG_f64, 1, &most, err) ||
      vsg_tensor_new(&out[1], VSG_i64, 1, &most, err) ||
      vsg_tensor_new(&out[2], VSG_i64, 1, &most, err)) {
    goto fail;
  }
  p.threshold = vsg_tensor_data(out[0]);
  p.impostor = vsg_tensor_data(out[1]);
  p.genuine = vsg_tensor_data(out[2]);
  walk(&p, g, m);
  if (cut(out, p.n, err) == VSG_OK) return VSG_OK;
fail:
  for (int i = 0; i < 3; i++) vsg_tensor_free(out[i]);
  memset(out, 0, 3 * sizeof *out);
  return err->code;
}
