/* Order along an axis; see order.h. Each element gets a 64-bit key, in whose
 * unsigned order the wanted elements come first: one comparison serves all
 * dtypes, both directions and NaN. */
#include "core/tensor/order.h"

#include <stdlib.h>

#include "core/base/size.h"
#include "core/tensor/convert.h"

enum { BLOCK = 512, FEW = 64 /* up to here topk inserts, above it sorts */ };

typedef struct entry {
  uint64_t key;
  int64_t at;
} entry;

static const uint64_t TOP_BIT = UINT64_C(1) << 63;

/* Unsigned order of the results is the order of the numbers. */
static uint64_t float_key(double x, uint64_t nan) {
  uint64_t bits;
  if (isnan(x)) return nan;
  if (x == 0) x = 0; /* -0 too */
  memcpy(&bits, &x, sizeof bits);
  return bits & TOP_BIT ? ~bits : bits | TOP_BIT;
}

/* Fills keys and positions of elements first .. first + count - 1 of a row;
 * count is at most BLOCK. */
static void make_entries(entry *out, const char *row, vsg_dtype dtype,
                         long first, long count, vsg_order_op op) {
  bool greatest_first = op != VSG_ORDER_min && op != VSG_ORDER_ascending;
  bool floats = vsg_dtype_is_float(dtype);
  uint64_t flip = greatest_first ? UINT64_MAX : 0;
  uint64_t nan = op == VSG_ORDER_min ? 0 : UINT64_MAX;
  union {
    double f64[BLOCK];
    int64_t i64[BLOCK];
  } block;
  vsg_convert(&block, floats ? VSG_f64 : VSG_i64, 1,
              row + first * (long)vsg_dtype_size(dtype), dtype, 1, count);
  for (long k = 0; k < count; k++) {
    uint64_t key = floats ? float_key(block.f64[k], nan)
                          : (uint64_t)block.i64[k] ^ TOP_BIT;
    out[k] = (entry){.key = key ^ flip, .at = first + k};
  }
}

/* The k entries of the smallest keys, in order, by insertion. */
static void first_few(entry *best, long k, const char *row, vsg_dtype dtype,
                      long n, vsg_order_op op) {
  entry block[BLOCK];
  long held = 0;
  for (long i = 0; i < n; i += BLOCK) {
    long count = n - i < BLOCK ? n - i : BLOCK;
    make_entries(block, row, dtype, i, count, op);
    for (long b = 0; b < count; b++) {
      if (held == k && block[b].key >= best[k - 1].key) continue;
      long to = held < k ? held++ : k - 1;
      for (; to > 0 && best[to - 1].key > block[b].key; to--) {
        best[to] = best[to - 1];
      }
      best[to] = block[b];
    }
  }
}

/* Stable radix sort, a byte at a time; spare has room for n. */
static void sort_all(entry *e, entry *spare, long n) {
  entry *from = e, *to = spare;
  for (int shift = 0; shift < 64; shift += 8) {
    long start[257] = {0};
    for (long i = 0; i < n; i++) start[(from[i].key >> shift & 255) + 1]++;
    /* Bytes that all keys share, as exponents often are, need no pass. */
    if (start[(from[0].key >> shift & 255) + 1] == n) continue;
    for (int b = 0; b < 256; b++) start[b + 1] += start[b];
    for (long i = 0; i < n; i++) {
      to[start[from[i].key >> shift & 255]++] = from[i];
    }
    entry *swap = from;
    from = to;
    to = swap;
  }
  if (from != e) memcpy(e, from, (size_t)n * sizeof *e);
}

/* All n entries in order; there is room for 2n. */
static void sort_row(entry *room, const char *row, vsg_dtype dtype, long n,
                     vsg_order_op op) {
  for (long i = 0; i < n; i += BLOCK) {
    long count = n - i < BLOCK ? n - i : BLOCK;
    make_entries(room + i, row, dtype, i, count, op);
  }
  sort_all(room, room + n, n);
}

/* Orders the contiguous rows of t, whose last axis has n, into the rows of
 * values and indices, whose last axis has k > 0. room is for FEW entries where
 * k is as small, else for 2n. */
static void order_rows(const vsg_tensor *values, const vsg_tensor *indices,
                       vsg_order_op op, const vsg_tensor *t, entry *room) {
  long n = t->shape[t->dims - 1], k = values->shape[t->dims - 1];
  long rows = vsg_tensor_numel(values) / k;
  long size = (long)vsg_dtype_size(t->dtype);
  const char *in = vsg_tensor_data(t);
  char *value = vsg_tensor_data(values);
  int64_t *index = vsg_tensor_data(indices);
  for (long r = 0; r < rows; r++, in += n * size, index += k) {
    if (k <= FEW) {
      first_few(room, k, in, t->dtype, n, op);
    } else {
      sort_row(room, in, t->dtype, n, op);
    }
    for (long i = 0; i < k; i++, value += size) {
      index[i] = room[i].at;
      memcpy(value, in + room[i].at * size, (size_t)size);
    }
  }
}

/* Replaces *t, whose last axis belongs at axis, by a contiguous tensor with it
 * there. */
static vsg_status move_back(vsg_tensor **t, int axis, vsg_error *err) {
  int order[VSG_MAX_DIMS];
  vsg_tensor *moved, *last = *t;
  for (int i = 0; i < last->dims; i++) {
    order[i] = i < axis ? i : i == axis ? last->dims - 1 : i - 1;
  }
  *t = NULL;
  if (vsg_tensor_permute(&moved, last, order, err) == VSG_OK) {
    vsg_tensor_contiguous(t, moved, err);
  }
  vsg_tensor_free(moved);
  vsg_tensor_free(last);
  return *t ? VSG_OK : err->code;
}

/* *out is t with axis moved to the end, contiguous. */
static vsg_status rows_of(vsg_tensor **out, const vsg_tensor *t, int axis,
                          vsg_error *err) {
  int order[VSG_MAX_DIMS];
  vsg_tensor *moved;
  *out = NULL;
  for (int i = 0; i < t->dims; i++) {
    order[i] = i < axis ? i : i + 1 < t->dims ? i + 1 : axis;
  }
  if (vsg_tensor_permute(&moved, t, order, err)) return err->code;
  vsg_tensor_contiguous(out, moved, err);
  vsg_tensor_free(moved);
  return *out ? VSG_OK : err->code;
}

static vsg_status check(const char *name, vsg_order_op op, const vsg_tensor *t,
                        int axis, long k, vsg_error *err) {
  if (vsg_axis_check(name, t, axis, err)) return err->code;
  if (op <= VSG_ORDER_min && t->shape[axis] == 0) {
    return vsg_fail(err, VSG_SHAPE, "%s: axis %d is empty", name, axis + 1);
  }
  if (k < 0 || k > t->shape[axis]) {
    return vsg_fail(err, VSG_SHAPE, "%s: %ld wanted, axis %d has %ld", name, k,
                    axis + 1, t->shape[axis]);
  }
  return VSG_OK;
}

vsg_status vsg_tensor_order(vsg_tensor **values, vsg_tensor **indices,
                            const char *name, vsg_order_op op,
                            const vsg_tensor *t, int axis, long k,
                            vsg_error *err) {
  long shape[VSG_MAX_DIMS];
  vsg_tensor *rows = NULL;
  entry *room = NULL;
  size_t bytes;
  *values = *indices = NULL;
  if (check(name, op, t, axis, k, err)) return err->code;
  if (rows_of(&rows, t, axis, err)) return err->code;
  memcpy(shape, rows->shape, sizeof shape);
  shape[t->dims - 1] = k;
  if (!vsg_size_mul(&bytes, k <= FEW ? FEW : 2 * (size_t)t->shape[axis],
                    sizeof *room) ||
      !(room = malloc(bytes))) {
    vsg_fail_memory(err, name, bytes);
    goto fail;
  }
  if (vsg_tensor_new(values, t->dtype, t->dims, shape, err) ||
      vsg_tensor_new(indices, VSG_i64, t->dims, shape, err)) {
    goto fail;
  }
  if (k > 0) order_rows(*values, *indices, op, rows, room);
  if (move_back(values, axis, err) || move_back(indices, axis, err)) goto fail;
  free(room);
  vsg_tensor_free(rows);
  return VSG_OK;
fail:
  free(room);
  vsg_tensor_free(rows);
  vsg_tensor_free(*values);
  vsg_tensor_free(*indices);
  *values = *indices = NULL;
  return err->code;
}
