/* Loops for the processor that is there. */
#ifndef VSG_BASE_PROCESSOR_H
#define VSG_BASE_PROCESSOR_H

/* Functions are compiled for every one of these; the processor's is taken when
 * the program starts. With CC="cc -DVSG_EVERY_PROCESSOR=" there is only the
 * last one, for tests. clang makes their names public: each has one of its own
 * in the project. */
#ifndef VSG_EVERY_PROCESSOR
#define VSG_EVERY_PROCESSOR \
  __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#endif

/* 16 floats at any address, for rows begin anywhere; and as many whole numbers.
 * gcc takes their comparisons lane by lane, with branches: masks are made of
 * sign bits instead. */
typedef float vsg_lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef int vsg_bits __attribute__((vector_size(64), aligned(4), may_alias));

#endif
