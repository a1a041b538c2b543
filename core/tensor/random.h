/* Random numbers: the stream of numpy.random.Generator(PCG64(seed)), bit for
 * bit. O'Neill 2014 (PCG XSL-RR 128/64), seeded by numpy's SeedSequence.
 *
 * A generator is a plain value: copying it copies the stream's position. */
#ifndef VSG_TENSOR_RANDOM_H
#define VSG_TENSOR_RANDOM_H

#include "core/tensor/tensor.h"

__extension__ typedef unsigned __int128 vsg_u128;

typedef struct vsg_generator {
  vsg_u128 state;
  vsg_u128 increment;
} vsg_generator;

void vsg_generator_seed(vsg_generator *g, uint64_t seed);
/* The next 64 random bits. */
uint64_t vsg_generator_next(vsg_generator *g);
/* The next number in [0, 1), numpy's random(): 53 bits of one draw. */
double vsg_generator_uniform(vsg_generator *g);
/* 0 .. n - 1, each as likely; n > 0. Not numpy's integers(). */
uint64_t vsg_generator_below(vsg_generator *g, uint64_t n);

/* *out is a new tensor of uniform numbers in row-major order, each drawn in f64
 * and rounded to dtype, a float. On failure g has not moved. */
vsg_status vsg_tensor_rand(vsg_tensor **out, vsg_generator *g, vsg_dtype dtype,
                           int dims, const long *shape, vsg_error *err);
/* As above, of normal numbers (mean 0, variance 1) by Box and Muller 1958: two
 * uniforms u, v make r cos(2 pi v) and r sin(2 pi v), r = sqrt(-2 log(1 - u)).
 * The last of an odd count leaves its partner unused. Not numpy's
 * standard_normal(). */
vsg_status vsg_tensor_randn(vsg_tensor **out, vsg_generator *g, vsg_dtype dtype,
                            int dims, const long *shape, vsg_error *err);

#endif
