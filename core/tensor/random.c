/* PCG64 as numpy has it; see random.h. */
#include "core/tensor/random.h"

#include <math.h>

#include "core/tensor/convert.h"

enum { POOL = 4, BLOCK = 512 };

/* ---- SeedSequence: numpy/random/bit_generator.pyx, after O'Neill 2015 ---- */

static uint32_t hash_mix(uint32_t value, uint32_t *hash) {
  value ^= *hash;
  *hash *= 0x931e8875u;
  value *= *hash;
  return value ^ value >> 16;
}

static uint32_t mix(uint32_t x, uint32_t y) {
  uint32_t result = 0xca01f9ddu * x - 0x4973f715u * y;
  return result ^ result >> 16;
}

/* The pool of entropy that a seed of at most 64 bits makes. */
static void fill_pool(uint32_t pool[POOL], uint64_t seed) {
  uint32_t hash = 0x43b0d7e5u;
  const uint32_t words[POOL] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  for (int i = 0; i < POOL; i++) pool[i] = hash_mix(words[i], &hash);
  for (int from = 0; from < POOL; from++) {
    for (int to = 0; to < POOL; to++) {
      if (from != to) pool[to] = mix(pool[to], hash_mix(pool[from], &hash));
    }
  }
}

static void generate_state(uint64_t state[4], const uint32_t pool[POOL]) {
  uint32_t hash = 0x8b51f9ddu, words[8];
  for (int i = 0; i < 8; i++) {
    uint32_t value = pool[i % POOL] ^ hash;
    hash *= 0x58f38dedu;
    value *= hash;
    words[i] = value ^ value >> 16;
  }
  for (int i = 0; i < 4; i++) {
    state[i] = words[2 * i] | (uint64_t)words[2 * i + 1] << 32;
  }
}

/* ---- PCG64 ---- */

static void step(vsg_generator *g) {
  const vsg_u128 multiplier =
      (vsg_u128)2549297995355413924u << 64 | 4865540595714422341u;
  g->state = g->state * multiplier + g->increment;
}

void vsg_generator_seed(vsg_generator *g, uint64_t seed) {
  uint32_t pool[POOL];
  uint64_t words[4];
  fill_pool(pool, seed);
  generate_state(words, pool);
  g->increment = ((vsg_u128)words[2] << 64 | words[3]) << 1 | 1;
  g->state = 0;
  step(g);
  g->state += (vsg_u128)words[0] << 64 | words[1];
  step(g);
}

uint64_t vsg_generator_next(vsg_generator *g) {
  step(g);
  uint64_t value = (uint64_t)(g->state >> 64) ^ (uint64_t)g->state;
  unsigned turn = (unsigned)(g->state >> 122);
  return value >> turn | value << (-turn & 63);
}

double vsg_generator_uniform(vsg_generator *g) {
  return (double)(vsg_generator_next(g) >> 11) * 0x1p-53;
}

/* Lemire 2019: the high word of draw * n, once the low words that would favour
 * some results are refused. */
uint64_t vsg_generator_below(vsg_generator *g, uint64_t n) {
  const uint64_t refused = -n % n; /* 2^64 mod n */
  vsg_u128 product;
  do {
    product = (vsg_u128)vsg_generator_next(g) * n;
  } while ((uint64_t)product < refused);
  return (uint64_t)(product >> 64);
}

/* ---- tensors ---- */

static void draw_uniform(double *x, long n, vsg_generator *g) {
  for (long i = 0; i < n; i++) x[i] = vsg_generator_uniform(g);
}

static void draw_normal(double *x, long n, vsg_generator *g) {
  const double turn = 6.28318530717958647693;
  for (long i = 0; i < n; i += 2) {
    double u = vsg_generator_uniform(g), v = vsg_generator_uniform(g);
    double r = sqrt(-2 * log(1 - u)); /* 1 - u is never 0 */
    x[i] = r * cos(turn * v);
    if (i + 1 < n) x[i + 1] = r * sin(turn * v);
  }
}

/* BLOCK is even, so pairs never straddle blocks. */
static vsg_status draw(vsg_tensor **out, const char *name,
                       void (*fill)(double *, long, vsg_generator *),
                       vsg_generator *g, vsg_dtype dtype, int dims,
                       const long *shape, vsg_error *err) {
  double block[BLOCK];
  *out = NULL;
  if (!vsg_dtype_is_float(dtype)) {
    return vsg_fail(err, VSG_DTYPE, "%s: dtype %s, wants a float", name,
                    vsg_dtype_name(dtype));
  }
  if (vsg_tensor_new(out, dtype, dims, shape, err)) return err->code;
  const long n = vsg_tensor_numel(*out), size = (long)vsg_dtype_size(dtype);
  char *to = vsg_tensor_data(*out);
  for (long i = 0; i < n; i += BLOCK) {
    long count = n - i < BLOCK ? n - i : BLOCK;
    fill(block, count, g);
    vsg_convert(to + i * size, dtype, 1, block, VSG_f64, 1, count);
  }
  return VSG_OK;
}

vsg_status vsg_tensor_rand(vsg_tensor **out, vsg_generator *g, vsg_dtype dtype,
                           int dims, const long *shape, vsg_error *err) {
  return draw(out, "rand", draw_uniform, g, dtype, dims, shape, err);
}

vsg_status vsg_tensor_randn(vsg_tensor **out, vsg_generator *g, vsg_dtype dtype,
                            int dims, const long *shape, vsg_error *err) {
  return draw(out, "randn", draw_normal, g, dtype, dims, shape, err);
}
