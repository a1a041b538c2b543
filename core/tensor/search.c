/* Search in a gallery; see search.h.
 *
 *   narrow rows (P,D) x narrow rows (n,D) -> a tile of products, f32
 *   product - offset > limit              -> a candidate, seldom
 *   candidate in f64                      -> the probe's list, the best first
 *
 * For cosines the narrow rows have length one, the offset is 0 and the limit
 * the last score of the list less the margin. For distances q of rows p and g,
 * q^2 = |p|^2 + |g|^2 - 2 p g, so that the nearer have the greater p g - |g|^2
 * / 2: that is the offset, and the limit is (|p|^2 - q^2) / 2 less the margin.
 */
#include "core/tensor/search.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "core/base/cancel.h"
#include "core/base/processor.h"
#include "core/base/size.h"
#include "core/tensor/search_rows.h"
#include "core/tensor/sums.h"

enum {
  /* Of a tile at the most: 4 MB of products a thread. */
  PROBES = 1024,
  ROWS = 1024,
  PIECE = 1 << 22, /* numbers of the gallery in a tile, at the most */
  FEW = 16,        /* probes a thread: below, OpenBLAS divides the rows */
  FEW_BEST = 256,  /* k up to here: a tile's k-th is found first */
  GROUP = 64,      /* products that are looked at together */
  MOST = 1 << 22   /* numbers in a row: beyond, f32 tells too little */
};

typedef struct found {
  double score;
  int64_t place;
} found;

struct vsg_search {
  vsg_search_score score;
  int threads;
  long P, D, k;
  long chunk, rows; /* probes and rows of a tile */
  long seen;        /* rows of the gallery so far */
  vsg_search_rows probes, gallery;
  long *held;  /* (P) */
  found *best; /* (P,k), of which held are there, the greatest first */
  float *tile; /* (threads, chunk, rows) */
};

/* ---- the scan ---- */

static double compare(const vsg_search *s, long p, const vsg_search_rows *g,
                      long row) {
  vsg_dtype dtype = g->rows->dtype;
  size_t bytes = vsg_dtype_size(dtype);
  const char *a = vsg_tensor_data(s->probes.rows);
  const char *b = vsg_tensor_data(g->rows);
  a += (size_t)(p * s->D) * bytes;
  b += (size_t)(row * s->D) * bytes;
  if (s->score == VSG_SEARCH_cosine) {
    return vsg_sum_dot(a, b, dtype, s->D) /
           (s->probes.length[p] * g->length[row]);
  }
  return -sqrt(vsg_sum_gap(a, b, dtype, s->D));
}

/* Rows come in the order of their places, so that of equals the first stays
 * before the later ones. */
static void insert(vsg_search *s, long p, double score, long place) {
  found *best = s->best + p * s->k;
  long at = s->held[p];
  if (at == s->k && !(score > best[at - 1].score)) return;
  if (at == s->k) {
    at--;
  } else {
    s->held[p]++;
  }
  for (; at > 0 && best[at - 1].score < score; at--) best[at] = best[at - 1];
  best[at] = (found){score, place};
}

/* By how much a product less its offset can be wrong, twice; INFINITY where it
 * says nothing. longest is the greatest length of the rows.
 *
 * A sum of D products in any order errs by no more than about (D + 2) 2^-24
 * |p| |g| (Higham 2002, 3.1), roundings of p and g included. The lengths and
 * the list's scores are of f64, whose errors only show where |p| and |g| are
 * far apart. */
static double margin_of(const vsg_search *s, long p, double longest) {
  double unit = ldexp((double)s->D + 8, -23);
  if (s->score == VSG_SEARCH_cosine) return unit;
  double length = s->probes.length[p], reach = length + longest;
  /* f32 holds the products neither of huge numbers nor of tiny ones. */
  if (reach > 1e18 || length * longest < 1e-30) return INFINITY;
  return unit * longest * reach + ldexp(unit, -27) * reach * reach;
}

/* What a product less its offset has to exceed, unless the row cannot enter
 * the probe's list; -infinity: every row has to be compared. */
static float limit_of(const vsg_search *s, long p, double margin) {
  if (s->held[p] < s->k || margin == INFINITY) return -INFINITY;
  double last = s->best[p * s->k + s->k - 1].score;
  if (s->score == VSG_SEARCH_cosine) return (float)(last - margin);
  double length = s->probes.length[p];
  double middle = (length * length - last * last) / 2;
  return (float)(middle - margin - ldexp(fabs(middle), -22));
}

/* The next group of GROUP products that has one above the limit, from `from`
 * on; or a group that is not whole, or n. */
VSG_EVERY_PROCESSOR static long next_group(const float *product,
                                           const float *offset, float limit,
                                           long from, long n) {
  vsg_lanes edge = limit - (vsg_lanes){0};
  if (limit == -INFINITY) return from;
  for (; from + GROUP <= n; from += GROUP) {
    vsg_bits any = {0};
    int sign = 0;
    for (int i = 0; i < GROUP; i += 16) {
      any |= (vsg_bits)(edge - (*(const vsg_lanes *)(product + from + i) -
                                *(const vsg_lanes *)(offset + from + i)));
    }
    for (int i = 0; i < 16; i++) sign |= any[i];
    if (sign < 0) break;
  }
  return from;
}

/* The k-th greatest of n products less their offsets; -infinity where there are
 * not as many, or k is above FEW_BEST. */
static float kth_of(const float *product, const float *offset, long n, long k) {
  float best[FEW_BEST];
  if (k > FEW_BEST) return -INFINITY;
  for (long i = 0; i < k; i++) best[i] = -INFINITY;
  for (long at = 0; (at = next_group(product, offset, best[k - 1], at, n)) < n;
       at += GROUP) {
    for (long i = at; i < at + GROUP && i < n; i++) {
      float x = product[i] - offset[i];
      long to = k - 1;
      if (!(x > best[to])) continue;
      for (; to > 0 && best[to - 1] < x; to--) best[to] = best[to - 1];
      best[to] = x;
    }
  }
  return best[k - 1];
}

/* Products of probe p with the rows of g. */
static void scan(vsg_search *s, long p, const vsg_search_rows *g,
                 const float *product, double longest) {
  long n = g->rows->shape[0];
  double margin = margin_of(s, p, longest);
  if (!vsg_search_usable(s->score, s->probes.length[p])) return;
  float limit = limit_of(s, p, margin), least = -INFINITY;
  /* No row can enter that k rows of this tile are ahead of. */
  if (s->held[p] < s->k && margin < INFINITY) {
    least = (float)(kth_of(product, g->offset, n, s->k) - 2 * margin);
    limit = least;
  }
  for (long at = 0; (at = next_group(product, g->offset, limit, at, n)) < n;
       at += GROUP) {
    for (long i = at; i < at + GROUP && i < n; i++) {
      if (g->offset[i] == INFINITY ||
          (limit > -INFINITY && product[i] - g->offset[i] <= limit)) {
        continue;
      }
      insert(s, p, compare(s, p, g, i), s->seen + i);
      limit = fmaxf(least, limit_of(s, p, margin));
    }
  }
}

/* ---- the search ---- */

static double longest_of(const vsg_search_rows *g) {
  double longest = 0;
  for (long i = 0; i < g->rows->shape[0]; i++) {
    if (g->offset[i] < INFINITY) longest = fmax(longest, g->length[i]);
  }
  return longest;
}

/* Probes first .. first + count - 1 with the rows of g. */
static void search_probes(vsg_search *s, const vsg_search_rows *g, long first,
                          long count, float *tile) {
  int n = (int)g->rows->shape[0], D = (int)s->D;
  double longest = longest_of(g);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, n, D, 1,
              s->probes.narrow + first * D, D, g->narrow, D, 0, tile, n);
  for (long p = 0; p < count; p++) {
    scan(s, first + p, g, tile + p * n, longest);
  }
}

/* Each thread has probes of its own, and OpenBLAS one thread within it; of few
 * probes OpenBLAS divides the rows. */
static void search_rows(vsg_search *s, const vsg_search_rows *g) {
  long chunks = (s->P + s->chunk - 1) / s->chunk;
#pragma omp parallel for schedule(dynamic) if (chunks > 1)
  for (long c = 0; c < chunks; c++) {
    long first = c * s->chunk;
    if (vsg_cancelled()) continue;
    search_probes(s, g, first,
                  s->P - first < s->chunk ? s->P - first : s->chunk,
                  s->tile + omp_get_thread_num() * s->chunk * s->rows);
  }
}

static vsg_status check(const vsg_tensor *rows, long D, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  if (rows->dims == 2 && rows->shape[1] == D) return VSG_OK;
  return vsg_fail(err, VSG_SHAPE, "search: rows of shape %s, wants (n,%ld)",
                  vsg_shape_text(text, rows->dims, rows->shape), D);
}

/* What comparisons are made in: whole numbers of 32 bits have no place in f32.
 */
static vsg_dtype wide_enough(vsg_dtype a, vsg_dtype b) {
  bool wide = a == VSG_f64 || a == VSG_i32 || a == VSG_i64 || b == VSG_f64 ||
              b == VSG_i32 || b == VSG_i64;
  return wide ? VSG_f64 : VSG_f32;
}

/* The probes in f64, once rows are. */
static vsg_status widen(vsg_search *s, vsg_dtype dtype, vsg_error *err) {
  vsg_tensor *wide;
  if (dtype == s->probes.rows->dtype) return VSG_OK;
  if (vsg_tensor_to(&wide, s->probes.rows, dtype, err)) return err->code;
  vsg_tensor_free(s->probes.rows);
  s->probes.rows = wide;
  return VSG_OK;
}

vsg_status vsg_search_add(vsg_search *s, const vsg_tensor *rows,
                          vsg_error *err) {
  int blas = openblas_get_num_threads(), omp = omp_get_max_threads();
  if (check(rows, s->D, err)) return err->code;
  long n = rows->shape[0];
  vsg_dtype dtype = wide_enough(rows->dtype, s->probes.rows->dtype);
  vsg_status status = widen(s, dtype, err);
  openblas_set_num_threads(s->threads);
  omp_set_num_threads(s->threads);
  for (long at = 0; at < n && !status; at += s->rows) {
    long count = n - at < s->rows ? n - at : s->rows;
    status = vsg_search_rows_fill(&s->gallery, rows, at, count, dtype, s->score,
                                  s->threads, err);
    if (!status) {
      search_rows(s, &s->gallery);
      s->seen += count;
      status = vsg_cancel_check("search", err);
    }
  }
  openblas_set_num_threads(blas);
  omp_set_num_threads(omp);
  return status;
}

/* Sets the size of a tile: the probes in parts of one size, each thread as many
 * as the others. */
static void divide(vsg_search *s) {
  long parts = (s->P + PROBES - 1) / PROBES;
  parts = (parts + s->threads - 1) / s->threads * s->threads;
  s->chunk = s->P < (long)FEW * s->threads ? s->P : (s->P + parts - 1) / parts;
  if (s->P == 0) s->chunk = 1;
  s->rows = PIECE / s->D;
  if (s->rows < FEW) s->rows = FEW;
  if (s->rows > ROWS) s->rows = ROWS;
}

static vsg_status check_new(const vsg_tensor *probes, long k, vsg_error *err) {
  char text[VSG_SHAPE_TEXT];
  if (probes->dims != 2 || probes->shape[1] < 1 || probes->shape[1] > MOST) {
    return vsg_fail(err, VSG_SHAPE,
                    "search: probes of shape %s, wants (P,D), D from 1 to %d",
                    vsg_shape_text(text, probes->dims, probes->shape), MOST);
  }
  if (k >= 1) return VSG_OK;
  return vsg_fail(err, VSG_ARGUMENT, "search: the best %ld, wants 1 or more",
                  k);
}

static vsg_status allocate(vsg_search *s, const vsg_tensor *probes,
                           vsg_error *err) {
  size_t list = 0;
  size_t tile = (size_t)s->threads * (size_t)s->chunk * (size_t)s->rows;
  if (vsg_search_rows_new(&s->probes, s->P, s->D, err) ||
      vsg_search_rows_new(&s->gallery, s->rows, s->D, err) ||
      vsg_search_rows_fill(&s->probes, probes, 0, s->P,
                           wide_enough(probes->dtype, VSG_f32), s->score,
                           s->threads, err)) {
    return err->code;
  }
  if (vsg_size_mul(&list, (size_t)s->P, (size_t)s->k)) {
    s->best = calloc(list + 1, sizeof *s->best);
  }
  s->held = calloc((size_t)s->P + 1, sizeof *s->held);
  s->tile = malloc((tile + 1) * sizeof *s->tile);
  if (s->best && s->held && s->tile) return VSG_OK;
  return vsg_fail_memory(err, "search", list * sizeof *s->best);
}

vsg_status vsg_search_new(vsg_search **out, const vsg_tensor *probes, long k,
                          vsg_search_score score, long threads,
                          vsg_error *err) {
  *out = NULL;
  if (check_new(probes, k, err)) return err->code;
  vsg_search *s = calloc(1, sizeof *s);
  if (!s) return vsg_fail_memory(err, "search", sizeof *s);
  s->score = score;
  s->threads = omp_get_max_threads();
  if (threads > 0) {
    int most = omp_get_num_procs();
    s->threads = threads < most ? (int)threads : most;
  }
  s->P = probes->shape[0];
  s->D = probes->shape[1];
  s->k = k;
  divide(s);
  if (allocate(s, probes, err)) {
    vsg_search_free(s);
    return err->code;
  }
  *out = s;
  return VSG_OK;
}

vsg_status vsg_search_best(vsg_tensor **scores, vsg_tensor **places,
                           const vsg_search *s, vsg_error *err) {
  long shape[] = {s->P, s->k < s->seen ? s->k : s->seen};
  *scores = *places = NULL;
  if (vsg_tensor_new(scores, VSG_f64, 2, shape, err) ||
      vsg_tensor_new(places, VSG_i64, 2, shape, err)) {
    vsg_tensor_free(*scores);
    *scores = NULL;
    return err->code;
  }
  double *score = vsg_tensor_data(*scores);
  int64_t *place = vsg_tensor_data(*places);
  for (long p = 0; p < s->P; p++) {
    for (long i = 0; i < shape[1]; i++) {
      bool there = i < s->held[p];
      *score++ = there ? s->best[p * s->k + i].score : NAN;
      *place++ = there ? s->best[p * s->k + i].place : -1;
    }
  }
  return VSG_OK;
}

void vsg_search_free(vsg_search *s) {
  if (!s) return;
  vsg_search_rows_free(&s->probes);
  vsg_search_rows_free(&s->gallery);
  free(s->held);
  free(s->best);
  free(s->tile);
  free(s);
}
