/* Sorting, splitting, binning and repeating scores; see scores.h. The curve is
 * in scores_curve.c, dot products in scores_pairs.c. */
#include "core/tensor/scores.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/size.h"
#include "core/tensor/order.h"

static vsg_status check_axes(const char *name, const vsg_tensor *t, int dims,
                             vsg_error *err) {
  if (t->dims == dims) return VSG_OK;
  return vsg_fail(err, VSG_SHAPE, "%s: scores have %d axes, wanted %d", name,
                  t->dims, dims);
}

/* *out is t, contiguous, as f32 where it is that, else as f64. */
static vsg_status as_scores(vsg_tensor **out, const vsg_tensor *t,
                            vsg_error *err) {
  if (t->dtype == VSG_f32) return vsg_tensor_contiguous(out, t, err);
  vsg_tensor *wide;
  *out = NULL;
  if (vsg_tensor_to(&wide, t, VSG_f64, err)) return err->code;
  vsg_tensor_contiguous(out, wide, err);
  vsg_tensor_free(wide);
  return *out ? VSG_OK : err->code;
}

/* ---- sorting ---- */

enum { DIGIT = 11, DIGITS = 3, BUCKETS = 1 << DIGIT };

static const uint32_t TOP_BIT = UINT32_C(1) << 31;

/* Unsigned order of the keys is the order of the numbers. */
static uint32_t key_of(float x) {
  uint32_t bits;
  if (x == 0) x = 0; /* -0 too */
  memcpy(&bits, &x, sizeof bits);
  return bits & TOP_BIT ? ~bits : bits | TOP_BIT;
}

static float number_of(uint32_t key) {
  float x;
  uint32_t bits = key & TOP_BIT ? key ^ TOP_BIT : ~key;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Radix sort of n keys, DIGIT bits at a time, into one of the two, which is
 * returned. start has room for DIGITS * BUCKETS. */
static uint32_t *sort_keys(uint32_t *key, uint32_t *spare, long n,
                           long *start) {
  memset(start, 0, sizeof *start * DIGITS * BUCKETS);
  for (long i = 0; i < n; i++) {
    for (int d = 0; d < DIGITS; d++) {
      start[d * BUCKETS + (key[i] >> d * DIGIT & (BUCKETS - 1))]++;
    }
  }
  for (int d = 0; d < DIGITS; d++) {
    long *at = start + d * BUCKETS, sum = 0;
    for (int b = 0; b < BUCKETS; b++) {
      long count = at[b];
      at[b] = sum;
      sum += count;
    }
    for (long i = 0; i < n; i++) {
      spare[at[key[i] >> d * DIGIT & (BUCKETS - 1)]++] = key[i];
    }
    uint32_t *swap = key;
    key = spare;
    spare = swap;
  }
  return key;
}

/* Sorts the n floats that are not NaN, to the front of out, whose memory holds
 * the keys meanwhile: DIGITS is odd, so the last digit leaves them in spare. */
static vsg_status sort_floats(float *out, long n, const float *in, long total,
                              vsg_error *err) {
  size_t bytes;
  long *start = malloc(sizeof *start * DIGITS * BUCKETS), held = 0;
  uint32_t *key = (void *)out, *spare = NULL;
  if (vsg_size_mul(&bytes, sizeof *spare, (size_t)n + 1)) spare = malloc(bytes);
  if (!spare || !start) {
    free(spare);
    free(start);
    return vsg_fail_memory(err, "sort", sizeof *spare * (size_t)n);
  }
  for (long i = 0; i < total; i++) {
    if (!isnan(in[i])) key[held++] = key_of(in[i]);
  }
  const uint32_t *sorted = sort_keys(key, spare, n, start);
  for (long i = 0; i < n; i++) out[i] = number_of(sorted[i]);
  free(spare);
  free(start);
  return VSG_OK;
}

static long count_nan(const vsg_tensor *t) {
  long n = vsg_tensor_numel(t), found = 0;
  const float *narrow = vsg_tensor_data(t);
  const double *wide = vsg_tensor_data(t);
  for (long i = 0; i < n; i++) {
    found += isnan(t->dtype == VSG_f32 ? (double)narrow[i] : wide[i]);
  }
  return found;
}

/* NaN comes last, so that the first n are the numbers. */
static vsg_status sort_doubles(vsg_tensor **out, const vsg_tensor *t, long n,
                               vsg_error *err) {
  vsg_tensor *sorted, *places;
  *out = NULL;
  if (vsg_tensor_order(&sorted, &places, "sort", VSG_ORDER_ascending, t, 0,
                       t->shape[0], err)) {
    return err->code;
  }
  vsg_tensor_free(places);
  vsg_tensor_narrow(out, sorted, 0, 0, n, err);
  vsg_tensor_free(sorted);
  return *out ? VSG_OK : err->code;
}

vsg_status vsg_scores_sort(vsg_tensor **out, long *failures,
                           const vsg_tensor *scores, vsg_error *err) {
  vsg_tensor *t;
  *out = NULL;
  if (check_axes("sort", scores, 1, err) || as_scores(&t, scores, err)) {
    return err->code;
  }
  vsg_status status;
  long total = t->shape[0];
  *failures = count_nan(t);
  long n = total - *failures;
  if (t->dtype == VSG_f64) {
    status = sort_doubles(out, t, n, err);
  } else if ((status = vsg_tensor_new(out, VSG_f32, 1, &n, err)) == VSG_OK) {
    status =
        sort_floats(vsg_tensor_data(*out), n, vsg_tensor_data(t), total, err);
  }
  vsg_tensor_free(t);
  if (status) {
    vsg_tensor_free(*out);
    *out = NULL;
  }
  return status;
}

/* ---- splitting ---- */

static void split(char *out[2], const char *in, const uint8_t *mask, long n,
                  size_t size) {
  for (long i = 0; i < n; i++) {
    if (mask[i] > VSG_MASK_MATCH) continue;
    memcpy(out[mask[i]], in + (size_t)i * size, size);
    out[mask[i]] += size;
  }
}

vsg_status vsg_scores_split(vsg_tensor **genuine, vsg_tensor **impostor,
                            const vsg_tensor *scores, const vsg_tensor *mask,
                            vsg_error *err) {
  vsg_tensor *t = NULL, *m = NULL;
  *genuine = *impostor = NULL;
  if (mask->dtype != VSG_u8 || !vsg_tensor_same_shape(scores, mask)) {
    return vsg_fail(err, VSG_SHAPE,
                    "split: a mask is u8 of the shape of the scores");
  }
  if (as_scores(&t, scores, err) || vsg_tensor_contiguous(&m, mask, err)) {
    goto done;
  }
  const uint8_t *says = vsg_tensor_data(m);
  long n = vsg_tensor_numel(m), count[2] = {0};
  for (long i = 0; i < n; i++) {
    if (says[i] <= VSG_MASK_MATCH) count[says[i]]++;
  }
  if (vsg_tensor_new(genuine, t->dtype, 1, &count[1], err) ||
      vsg_tensor_new(impostor, t->dtype, 1, &count[0], err)) {
    vsg_tensor_free(*genuine);
    *genuine = NULL;
    goto done;
  }
  char *out[2] = {vsg_tensor_data(*impostor), vsg_tensor_data(*genuine)};
  split(out, vsg_tensor_data(t), says, n, vsg_dtype_size(t->dtype));
done:
  vsg_tensor_free(t);
  vsg_tensor_free(m);
  return *impostor ? VSG_OK : err->code;
}

/* ---- binning ---- */

/* The first edge above x, or the number of edges. */
static long bin_of(double x, const double *edge, long edges, double scale) {
  double guess = (x - edge[0]) * scale;
  long k = guess < 0 ? 0 : guess < (double)edges ? (long)guess : edges;
  while (k > 0 && x < edge[k - 1]) k--;
  while (k < edges && x >= edge[k]) k++;
  return k;
}

/* Adds the scores of one thread's part; returns how many are NaN. */
static long bin_part(int64_t *count, const vsg_tensor *t, long first, long last,
                     const double *edge, long edges) {
  const float *narrow = vsg_tensor_data(t);
  const double *wide = vsg_tensor_data(t);
  double scale = (double)(edges - 1) / (edge[edges - 1] - edge[0]);
  long failed = 0;
  for (long i = first; i < last; i++) {
    double x = t->dtype == VSG_f32 ? (double)narrow[i] : wide[i];
    if (isnan(x)) {
      failed++;
    } else {
      count[bin_of(x, edge, edges, scale)]++;
    }
  }
  return failed;
}

static vsg_status bin(int64_t *count, long *failures, const vsg_tensor *t,
                      const double *edge, long edges, vsg_error *err) {
  enum { FEW = 1 << 16 }; /* fewer scores than this are not worth a thread */
  long n = vsg_tensor_numel(t), bins = edges + 1, failed = 0;
  int threads = n < FEW ? 1 : omp_get_max_threads();
  int64_t *room = calloc((size_t)bins * (size_t)threads, sizeof *room);
  if (!room) {
    return vsg_fail_memory(err, "bin", (size_t)bins * sizeof *room);
  }
#pragma omp parallel for num_threads(threads) reduction(+ : failed)
  for (int p = 0; p < threads; p++) {
    failed +=
        bin_part(room + p * bins, t, n / threads * p,
                 p + 1 < threads ? n / threads * (p + 1) : n, edge, edges);
  }
  for (int p = 0; p < threads; p++) {
    for (long k = 0; k < bins; k++) count[k] += room[p * bins + k];
  }
  *failures = failed;
  free(room);
  return VSG_OK;
}

static vsg_status check_edges(const vsg_tensor *counts, const vsg_tensor *edges,
                              vsg_error *err) {
  if (edges->dims != 1 || edges->shape[0] < 2 || edges->dtype != VSG_f64 ||
      !vsg_tensor_is_contiguous(edges)) {
    return vsg_fail(err, VSG_SHAPE,
                    "bin: edges are f64 on one axis, 2 or more");
  }
  if (counts->dims != 1 || counts->shape[0] != edges->shape[0] + 1 ||
      counts->dtype != VSG_i64 || !vsg_tensor_is_contiguous(counts)) {
    return vsg_fail(err, VSG_SHAPE, "bin: counts are i64, one more than edges");
  }
  const double *edge = vsg_tensor_data(edges);
  for (long k = 0; k < edges->shape[0]; k++) {
    if (!isfinite(edge[k]) || (k > 0 && edge[k] <= edge[k - 1])) {
      return vsg_fail(err, VSG_ARGUMENT, "bin: edge %ld is %g, wants rising",
                      k + 1, edge[k]);
    }
  }
  return VSG_OK;
}

vsg_status vsg_scores_bin(const vsg_tensor *counts, long *failures,
                          const vsg_tensor *edges, const vsg_tensor *scores,
                          vsg_error *err) {
  vsg_tensor *t;
  if (check_edges(counts, edges, err) || as_scores(&t, scores, err)) {
    return err->code;
  }
  vsg_status status = bin(vsg_tensor_data(counts), failures, t,
                          vsg_tensor_data(edges), edges->shape[0], err);
  vsg_tensor_free(t);
  return status;
}

/* ---- repeating ---- */

static vsg_status check_subjects(const vsg_tensor *t, long n, long most,
                                 vsg_error *err) {
  if (t->dims != 1 || t->dtype != VSG_i64 || !vsg_tensor_is_contiguous(t) ||
      t->shape[0] != n) {
    return vsg_fail(err, VSG_SHAPE, "repeat: wants %ld of i64 on one axis", n);
  }
  const int64_t *id = vsg_tensor_data(t);
  for (long i = 0; i < n; i++) {
    if (id[i] < 0 || id[i] > most) {
      return vsg_fail(err, VSG_ARGUMENT, "repeat: %ld at place %ld, of 0..%ld",
                      (long)id[i], i + 1, most);
    }
  }
  return VSG_OK;
}

static int64_t times_of(const int64_t *times, int64_t a, int64_t b) {
  return a == b ? times[a - 1] : times[a - 1] * times[b - 1];
}

vsg_status vsg_scores_repeat(vsg_tensor **out, const vsg_tensor *scores,
                             const vsg_tensor *first, const vsg_tensor *second,
                             const vsg_tensor *times, vsg_error *err) {
  vsg_tensor *t;
  *out = NULL;
  if (check_axes("repeat", scores, 1, err)) return err->code;
  long n = scores->shape[0], total = 0;
  if (check_subjects(times, times->dims ? times->shape[0] : 0, INT32_MAX,
                     err) ||
      check_subjects(first, n, times->shape[0], err) ||
      check_subjects(second, n, times->shape[0], err) ||
      as_scores(&t, scores, err)) {
    return err->code;
  }
  const int64_t *a = vsg_tensor_data(first), *b = vsg_tensor_data(second);
  const int64_t *count = vsg_tensor_data(times);
  for (long i = 0; i < n; i++) {
    if (a[i] < 1 || b[i] < 1 ||
        __builtin_add_overflow(total, times_of(count, a[i], b[i]), &total)) {
      vsg_tensor_free(t);
      return vsg_fail(err, VSG_ARGUMENT, "repeat: subjects count from 1");
    }
  }
  vsg_status status = vsg_tensor_new(out, t->dtype, 1, &total, err);
  if (status == VSG_OK) {
    size_t size = vsg_dtype_size(t->dtype);
    char *to = vsg_tensor_data(*out), *from = vsg_tensor_data(t);
    for (long i = 0; i < n; i++, from += size) {
      for (int64_t k = times_of(count, a[i], b[i]); k > 0; k--, to += size) {
        memcpy(to, from, size);
      }
    }
  }
  vsg_tensor_free(t);
  return status;
}
