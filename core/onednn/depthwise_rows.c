/* Rows of depthwise convolutions; see depthwise.h. */
#include <stdbool.h>
#include <stdint.h>

#include "core/onednn/depthwise.h"

enum {
  BLOCK = VSG_DEPTHWISE_BLOCK,
  KERNEL = VSG_DEPTHWISE_KERNEL,
  TAPS = VSG_DEPTHWISE_TAPS,
  BYTES = VSG_DEPTHWISE_BYTES,
  PLACES = 7 /* MobileFaceNet's rows are multiples of it */
};

typedef uint16_t halves __attribute__((vector_size(32), aligned(2), may_alias));

/* x * slope where the sign is set. */
static inline __attribute__((always_inline)) void prelu(
    vsg_lanes *x, const vsg_lanes *slope) {
  vsg_bits negative = (vsg_bits)*x >> 31, steep = (vsg_bits)(*x * *slope);
  *x = (vsg_lanes)((negative & steep) | (~negative & (vsg_bits)*x));
}

/* ---- f32 and bf16 ---- */

static inline __attribute__((always_inline)) void load(float *out,
                                                       const char *in,
                                                       const vsg_depthwise *k,
                                                       long width, size_t step,
                                                       const bool bf16) {
  for (long x = 0; x < width; x++, in += step) {
    vsg_lanes v;
    if (bf16) {
      v = (vsg_lanes)(__builtin_convertvector(*(const halves *)in, vsg_bits)
                      << 16);
    } else {
      v = *(const vsg_lanes *)in;
    }
    prelu(&v, &k->before);
    *(vsg_lanes *)(out + x * BLOCK) = v;
  }
}

/* All bits where x is NaN: above infinity, but for its sign. */
#define NAN_BITS(x) ((0x7f800000 - ((x)&0x7fffffff)) >> 31)

/* To the nearest, to even between two, as vsg_dnn_narrow does. */
static inline __attribute__((always_inline)) void store_bf16(
    char *out, const vsg_lanes *x) {
  vsg_bits bits = (vsg_bits)*x, none = NAN_BITS(bits);
  vsg_bits rounded = bits + 0x7fff + ((bits >> 16) & 1);
  rounded = (rounded & ~none) | ((bits | 0x400000) & none);
  *(halves *)out = __builtin_convertvector(rounded >> 16, halves);
}

static inline __attribute__((always_inline)) void store(char *out,
                                                        const vsg_lanes *x,
                                                        const bool bf16) {
  if (bf16) {
    store_bf16(out, x);
  } else {
    *(vsg_lanes *)out = *x;
  }
}

/* So many neighbours of a row of results; in: the rows' first places. Inlined
 * for each number, stride and type, so that sums and weights are registers. */
static inline __attribute__((always_inline)) void tile(
    char *out, const float *const in[KERNEL], long first,
    const vsg_depthwise *k, size_t step, const int places, const int stride,
    const bool bf16) {
  vsg_lanes sum[PLACES];
  for (int p = 0; p < places; p++) sum[p] = k->bias;
#pragma GCC unroll 9
  for (int t = 0; t < TAPS; t++) {
    const float *at = in[t / KERNEL] + (first * stride + t % KERNEL) * BLOCK;
    for (int p = 0; p < places; p++) {
      sum[p] += *(const vsg_lanes *)(at + p * stride * BLOCK) * k->weight[t];
    }
  }
  for (int p = 0; p < places; p++) {
    prelu(&sum[p], &k->after);
    store(out + (size_t)(first + p) * step, &sum[p], bf16);
  }
}

static inline __attribute__((always_inline)) void tiles(
    char *out, const float *const in[KERNEL], const vsg_depthwise *k,
    long width, size_t step, const int stride, const bool bf16) {
  long x = 0;
  for (; x + PLACES <= width; x += PLACES) {
    tile(out, in, x, k, step, PLACES, stride, bf16);
  }
  for (; x < width; x++) tile(out, in, x, k, step, 1, stride, bf16);
}

static inline __attribute__((always_inline)) void row_of(
    char *out, const float *const in[KERNEL], const vsg_depthwise *k,
    long width, size_t step, long stride, const bool bf16) {
  if (stride == 1) {
    tiles(out, in, k, width, step, 1, bf16);
  } else {
    tiles(out, in, k, width, step, 2, bf16);
  }
}

VSG_EVERY_PROCESSOR static void result_row(char *out,
                                           const float *const in[KERNEL],
                                           const vsg_depthwise *k, long width,
                                           size_t step, long stride,
                                           bool bf16) {
  if (bf16) {
    row_of(out, in, k, width, step, stride, true);
  } else {
    row_of(out, in, k, width, step, stride, false);
  }
}

/* ---- bytes ---- */

static inline __attribute__((always_inline)) void load_bytes_of(
    float *out, long apart, const char *in, const vsg_depthwise *k, long width,
    size_t step, const bool sign) {
  for (long x = 0; x < width; x++, in += step) {
    vsg_bits all = *(const vsg_bits *)in;
#pragma GCC unroll 4
    for (int j = 0; j < BYTES; j++) {
      vsg_bits n = (all << (24 - 8 * j)) >> 24;
      if (!sign) n &= 255;
      vsg_lanes v = __builtin_convertvector(n, vsg_lanes);
      prelu(&v, &k[j].before);
      *(vsg_lanes *)(out + j * apart + x * BLOCK) = v;
    }
  }
}

VSG_EVERY_PROCESSOR static void load_any(float *out, long apart, const char *in,
                                         const vsg_depthwise *k, long width,
                                         size_t step, dnnl_data_type_t type) {
  switch (type) {
    case dnnl_bf16:
      load(out, in, k, width, step, true);
      break;
    case dnnl_s8:
      load_bytes_of(out, apart, in, k, width, step, true);
      break;
    case dnnl_u8:
      load_bytes_of(out, apart, in, k, width, step, false);
      break;
    default:
      load(out, in, k, width, step, false);
  }
}

/* The nearest whole numbers from low to high, of two as near ones the even one;
 * what is no number becomes one of them. */
VSG_EVERY_PROCESSOR static void narrow(char *out, const float *in, long apart,
                                       long width, size_t step, float low,
                                       float high) {
  /* 1.5 x 2^23: floats there are one apart, and their last byte is theirs. */
  const float shift = 12582912;
  for (long x = 0; x < width; x++, out += step) {
    vsg_bits all = {0};
#pragma GCC unroll 4
    for (int j = 0; j < BYTES; j++) {
      vsg_lanes v = *(const vsg_lanes *)(in + j * apart + x * BLOCK);
      vsg_bits below = (vsg_bits)(v - low) >> 31;
      vsg_bits above = (vsg_bits)(high - v) >> 31;
      vsg_bits n = (vsg_bits)(v + shift);
      n = (n & ~below) | ((vsg_bits)((vsg_lanes){0} + (low + shift)) & below);
      n = (n & ~above) | ((vsg_bits)((vsg_lanes){0} + (high + shift)) & above);
      all |= (n & 255) << (8 * j);
    }
    *(vsg_bits *)out = all;
  }
}

static void row_of_bytes(char *out, const float *const in[KERNEL], long apart,
                         const vsg_depthwise *k, long width, size_t step,
                         long stride, bool sign) {
  _Alignas(64) float sums[BYTES * VSG_DEPTHWISE_COLUMNS * BLOCK];
  for (int j = 0; j < BYTES; j++) {
    const float *of[KERNEL];
    for (int i = 0; i < KERNEL; i++) of[i] = in[i] + j * apart;
    result_row((char *)(sums + j * width * BLOCK), of, k + j, width,
               BLOCK * sizeof *sums, stride, false);
  }
  narrow(out, sums, width * BLOCK, width, step, sign ? INT8_MIN : 0,
         sign ? INT8_MAX : UINT8_MAX);
}

/* ---- either ---- */

void vsg_depthwise_load(float *out, long apart, const char *in,
                        const vsg_depthwise *k, long width, size_t step,
                        dnnl_data_type_t type) {
  load_any(out, apart, in, k, width, step, type);
}

void vsg_depthwise_row(char *out, const float *const in[KERNEL], long apart,
                       const vsg_depthwise *k, long width, size_t step,
                       long stride, dnnl_data_type_t type) {
  if (type == dnnl_s8 || type == dnnl_u8) {
    row_of_bytes(out, in, apart, k, width, step, stride, type == dnnl_s8);
  } else {
    result_row(out, in, k, width, step, stride, type == dnnl_bf16);
  }
}
