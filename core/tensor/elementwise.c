/* Broadcasting, promotion and the walk over rows; the loops themselves are in
 * kernels.c. See elementwise.h. */
#include "core/tensor/elementwise.h"

#include "core/tensor/convert.h"
#include "core/tensor/kernels.h"
#include "core/tensor/loop.h"

enum { BLOCK = 512 }; /* elements converted at a time: 4 KiB, stays in L1 */

typedef union block {
  int64_t i64[BLOCK];
  float f32[BLOCK];
  double f64[BLOCK];
} block;

/* What one row of an operation needs to know. */
typedef struct job {
  vsg_binary_kernel *binary;        /* or NULL, */
  vsg_unary_kernel *unary;          /* and this */
  vsg_dtype compute;                /* dtype of the kernel's operands */
  vsg_dtype result;                 /* dtype of what the kernel writes */
  const vsg_tensor *const *tensors; /* out, a, b */
} job;

bool vsg_binary_compares(vsg_binary op) { return op >= VSG_BINARY_eq; }

const char *vsg_binary_name(vsg_binary op) {
  static const char *const names[] = {
#define VSG_BINARY(name) #name,
#define VSG_COMPARE(name) #name,
#include "core/tensor/elementwise.def"
#undef VSG_BINARY
#undef VSG_COMPARE
  };
  return names[op];
}

vsg_dtype vsg_dtype_promote(vsg_dtype a, vsg_dtype b) {
  if ((a == VSG_bf16 && b == VSG_f16) || (a == VSG_f16 && b == VSG_bf16)) {
    return VSG_f32;
  }
  return a > b ? a : b;
}

static vsg_class class_of(vsg_dtype dtype) {
  if (dtype == VSG_f64) return VSG_CLASS_f64;
  return vsg_dtype_is_float(dtype) ? VSG_CLASS_f32 : VSG_CLASS_i64;
}

static vsg_dtype class_dtype(vsg_class class) {
  static const vsg_dtype dtypes[] = {VSG_i64, VSG_f32, VSG_f64};
  return dtypes[class];
}

vsg_status vsg_broadcast(int *dims, long *shape, const char *operation,
                         const vsg_tensor *a, const vsg_tensor *b,
                         vsg_error *err) {
  char text_a[VSG_SHAPE_TEXT], text_b[VSG_SHAPE_TEXT];
  *dims = a->dims > b->dims ? a->dims : b->dims;
  for (int i = 1; i <= *dims; i++) {
    long m = i <= a->dims ? a->shape[a->dims - i] : 1;
    long n = i <= b->dims ? b->shape[b->dims - i] : 1;
    if (m != n && m != 1 && n != 1) {
      return vsg_fail(err, VSG_SHAPE, "%s: shapes %s and %s do not broadcast",
                      operation, vsg_shape_text(text_a, a->dims, a->shape),
                      vsg_shape_text(text_b, b->dims, b->shape));
    }
    shape[*dims - i] = m == 1 ? n : m;
  }
  return VSG_OK;
}

/* The n elements at in as the kernel wants them: where they are, or converted
 * into room. A repeated element (stride 0) is converted once. */
static const void *operand(block *room, long *stride, vsg_dtype compute,
                           const char *in, vsg_dtype dtype, long n) {
  if (dtype == compute) return in;
  vsg_convert(room, compute, 1, in, dtype, *stride, *stride == 0 ? 1 : n);
  if (*stride != 0) *stride = 1;
  return room;
}

/* The out tensor is new and contiguous, so its stride is 1. */
static void run_row(void *context, char *const at[VSG_LOOP_OPERANDS],
                    const long stride[VSG_LOOP_OPERANDS], long n) {
  const job *j = context;
  const vsg_dtype out = j->tensors[0]->dtype;
  const int inputs = j->binary ? 2 : 1;
  block rooms[2], result;
  for (long done = 0; done < n; done += BLOCK) {
    long count = n - done < BLOCK ? n - done : BLOCK;
    long s[2];
    const void *in[2];
    char *to = at[0] + done * (long)vsg_dtype_size(out);
    void *written = out == j->result ? (void *)to : &result;
    for (int k = 0; k < inputs; k++) {
      vsg_dtype dtype = j->tensors[k + 1]->dtype;
      s[k] = stride[k + 1];
      in[k] = operand(&rooms[k], &s[k], j->compute,
                      at[k + 1] + done * s[k] * (long)vsg_dtype_size(dtype),
                      dtype, count);
    }
    if (j->binary) {
      j->binary(written, in[0], s[0], in[1], s[1], count);
    } else {
      j->unary(written, in[0], s[0], count);
    }
    if (written != to) vsg_convert(to, out, 1, written, j->result, 1, count);
  }
}

/* The class an operation of a and b computes in. */
static vsg_class binary_class(vsg_binary op, vsg_dtype a, vsg_dtype b) {
  if (vsg_binary_compares(op) &&
      vsg_dtype_is_float(a) != vsg_dtype_is_float(b)) {
    return VSG_CLASS_f64; /* holds i32 exactly, which f32 does not */
  }
  vsg_class class = class_of(vsg_dtype_promote(a, b));
  return vsg_binary_kernels[op][class] ? class : VSG_CLASS_f32;
}

vsg_status vsg_tensor_binary(vsg_tensor **out, vsg_binary op,
                             const vsg_tensor *a, const vsg_tensor *b,
                             vsg_error *err) {
  int dims;
  long shape[VSG_MAX_DIMS];
  vsg_tensor *wide_a = NULL, *wide_b = NULL;
  vsg_class class = binary_class(op, a->dtype, b->dtype);
  vsg_dtype dtype = vsg_dtype_promote(a->dtype, b->dtype);
  *out = NULL;
  if (vsg_binary_compares(op)) {
    dtype = VSG_u8;
  } else if (!vsg_binary_kernels[op][class_of(dtype)]) {
    dtype = VSG_f32;
  }
  if (vsg_broadcast(&dims, shape, vsg_binary_name(op), a, b, err) ||
      vsg_tensor_expand(&wide_a, a, dims, shape, err) ||
      vsg_tensor_expand(&wide_b, b, dims, shape, err) ||
      vsg_tensor_new(out, dtype, dims, shape, err)) {
    vsg_tensor_free(wide_a);
    vsg_tensor_free(wide_b);
    return err->code;
  }
  const vsg_tensor *tensors[] = {*out, wide_a, wide_b};
  job j = {.binary = vsg_binary_kernels[op][class],
           .compute = class_dtype(class),
           .result = vsg_binary_compares(op) ? VSG_u8 : class_dtype(class),
           .tensors = tensors};
  vsg_loop(3, tensors, run_row, &j);
  vsg_tensor_free(wide_a);
  vsg_tensor_free(wide_b);
  return VSG_OK;
}

vsg_status vsg_tensor_unary(vsg_tensor **out, vsg_unary op, const vsg_tensor *t,
                            vsg_error *err) {
  vsg_class class = class_of(t->dtype);
  vsg_dtype dtype = t->dtype;
  if (!vsg_unary_kernels[op][class]) {
    class = VSG_CLASS_f32;
    dtype = VSG_f32;
  }
  if (vsg_tensor_new(out, dtype, t->dims, t->shape, err)) return err->code;
  const vsg_tensor *tensors[] = {*out, t};
  job j = {.unary = vsg_unary_kernels[op][class],
           .compute = class_dtype(class),
           .result = class_dtype(class),
           .tensors = tensors};
  vsg_loop(2, tensors, run_row, &j);
  return VSG_OK;
}
