/* Sums along an axis; see reduce.h.
 *
 * A row of outputs is made in one of two orders. Where the reduced axis is the
 * denser one in memory each output is a run: blocks of the axis, summed one
 * after another. Otherwise neighbouring outputs are lanes: up to BLOCK running
 * totals, to which each step along the axis adds one row. */
#include "core/tensor/reduce.h"

#include <math.h>
#include <stdlib.h>

#include "core/tensor/convert.h"
#include "core/tensor/loop.h"

enum { BLOCK = 256 };

typedef struct job {
  const vsg_reduction *r;
  vsg_dtype in, out;
  long n;      /* size of the reduced axis */
  long stride; /* elements between its steps */
} job;

const char *vsg_reduce_name(vsg_reduce_op op) {
  static const char *const names[] = {"sum", "mean", "var", "norm"};
  return names[op];
}

/* What is summed for each x: x itself, (x - mean)^2 when a mean is given, or
 * |x|^p. x[i] has the mean mean[i * mean_stride]. */
static void map(double *x, long n, const vsg_reduction *r, const double *mean,
                long mean_stride) {
  if (mean) {
    for (long i = 0; i < n; i++) {
      double d = x[i] - mean[i * mean_stride];
      x[i] = d * d;
    }
  } else if (r->op == VSG_REDUCE_norm && r->p == 2) {
    for (long i = 0; i < n; i++) x[i] *= x[i];
  } else if (r->op == VSG_REDUCE_norm) {
    for (long i = 0; i < n; i++) x[i] = pow(fabs(x[i]), r->p);
  }
}

/* Eight running totals: shorter chains of rounding, and vector registers. */
static double block_sum(const double *x, long n) {
  double lane[8] = {0};
  long i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int k = 0; k < 8; k++) lane[k] += x[i + k];
  }
  for (; i < n; i++) lane[i % 8] += x[i];
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
         ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static double run_total(const job *j, const char *in, const double *mean) {
  double block[BLOCK], total = 0;
  long step = j->stride * (long)vsg_dtype_size(j->in);
  for (long i = 0; i < j->n; i += BLOCK) {
    long count = j->n - i < BLOCK ? j->n - i : BLOCK;
    vsg_convert(block, VSG_f64, 1, in + i * step, j->in, j->stride, count);
    map(block, count, j->r, mean, 0);
    total += block_sum(block, count);
  }
  return total;
}

/* total[k] for m <= BLOCK outputs that lie lane_stride apart. */
static void lane_totals(double *total, const job *j, const char *in,
                        long lane_stride, long m, const double *mean) {
  double row[BLOCK];
  long step = j->stride * (long)vsg_dtype_size(j->in);
  for (long k = 0; k < m; k++) total[k] = 0;
  for (long i = 0; i < j->n; i++) {
    vsg_convert(row, VSG_f64, 1, in + i * step, j->in, lane_stride, m);
    map(row, m, j->r, mean, 1);
    for (long k = 0; k < m; k++) total[k] += row[k];
  }
}

/* Totals of m <= BLOCK outputs in the order that suits memory. */
static void totals(double *total, const job *j, const char *in,
                   long lane_stride, long m, const double *mean) {
  long step = lane_stride * (long)vsg_dtype_size(j->in);
  if (m > 1 && lane_stride < j->stride) {
    lane_totals(total, j, in, lane_stride, m, mean);
    return;
  }
  for (long k = 0; k < m; k++) {
    total[k] = run_total(j, in + k * step, mean ? mean + k : NULL);
  }
}

/* From totals to results; for var, total comes as the sum of squares. */
static void finish(double *total, long m, const job *j) {
  const vsg_reduction *r = j->r;
  double n = (double)j->n;
  for (long k = 0; k < m; k++) {
    switch (r->op) {
      case VSG_REDUCE_sum:
        break;
      case VSG_REDUCE_mean:
        total[k] /= n;
        break;
      case VSG_REDUCE_var:
        total[k] /= n > r->ddof ? n - r->ddof : 0;
        break;
      case VSG_REDUCE_norm:
        total[k] = r->p == 2 ? sqrt(total[k]) : pow(total[k], 1 / r->p);
        break;
    }
  }
}

/* A row of n float outputs: at[0] is their place, at[1] the first input. */
static void float_row(void *context, char *const at[VSG_LOOP_OPERANDS],
                      const long stride[VSG_LOOP_OPERANDS], long n) {
  const job *j = context;
  double total[BLOCK], mean[BLOCK];
  for (long i = 0; i < n; i += BLOCK) {
    long m = n - i < BLOCK ? n - i : BLOCK;
    const char *in = at[1] + i * stride[1] * (long)vsg_dtype_size(j->in);
    totals(total, j, in, stride[1], m, NULL);
    if (j->r->op == VSG_REDUCE_var) {
      for (long k = 0; k < m; k++) mean[k] = total[k] / (double)j->n;
      totals(total, j, in, stride[1], m, mean);
    }
    finish(total, m, j);
    vsg_convert(at[0] + i * (long)vsg_dtype_size(j->out), j->out, 1, total,
                VSG_f64, 1, m);
  }
}

/* A row of n i64 sums. */
static void integer_row(void *context, char *const at[VSG_LOOP_OPERANDS],
                        const long stride[VSG_LOOP_OPERANDS], long n) {
  const job *j = context;
  const long size = (long)vsg_dtype_size(j->in);
  int64_t block[BLOCK], *out = (int64_t *)(void *)at[0];
  for (long k = 0; k < n; k++) {
    uint64_t total = 0; /* unsigned, for it may wrap */
    const char *in = at[1] + k * stride[1] * size;
    for (long i = 0; i < j->n; i += BLOCK) {
      long count = j->n - i < BLOCK ? j->n - i : BLOCK;
      vsg_convert(block, VSG_i64, 1, in + i * j->stride * size, j->in,
                  j->stride, count);
      for (long x = 0; x < count; x++) total += (uint64_t)block[x];
    }
    out[k] = (int64_t)total;
  }
}

static vsg_dtype result_dtype(const vsg_reduction *r, vsg_dtype in) {
  if (!vsg_dtype_is_float(in)) {
    if (r->op == VSG_REDUCE_sum) return VSG_i64;
    return r->wide ? VSG_f64 : VSG_f32;
  }
  return r->wide ? VSG_f64 : in;
}

vsg_status vsg_tensor_reduce(vsg_tensor **out, const vsg_tensor *t,
                             const vsg_reduction *r, vsg_error *err) {
  *out = NULL;
  if (vsg_axis_check(vsg_reduce_name(r->op), t, r->axis, err)) {
    return err->code;
  }
  if (r->op == VSG_REDUCE_norm && !(r->p > 0 && isfinite(r->p))) {
    return vsg_fail(err, VSG_ARGUMENT, "norm: p is %g, wants 0 < p < infinity",
                    r->p);
  }
  job j = {.r = r,
           .in = t->dtype,
           .out = result_dtype(r, t->dtype),
           .n = t->shape[r->axis],
           .stride = t->stride[r->axis]};
  vsg_tensor first = *t; /* t at the axis's first step; borrows the storage */
  first.shape[r->axis] = 1;
  if (vsg_tensor_new(out, j.out, t->dims, first.shape, err)) return err->code;
  const vsg_tensor *tensors[] = {*out, &first};
  vsg_loop(2, tensors, j.out == VSG_i64 ? integer_row : float_row, &j);
  if (!r->keep) {
    vsg_tensor *kept = *out;
    vsg_status status = vsg_tensor_squeeze(out, kept, r->axis, err);
    vsg_tensor_free(kept);
    return status;
  }
  return VSG_OK;
}
