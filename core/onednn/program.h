/* What the files of this folder share: a program is the list of steps that
 * computes a graph for a fixed number of images on a fixed number of threads.
 * Values between steps stay in the layouts that oneDNN's primitives ask for;
 * a reorder stands where one step's layout is not the next one's.
 *
 * A step is a primitive of oneDNN, a loop of our own (channels.c), or a kernel
 * of the reference engine on plain (N,C,H,W) numbers. */
#ifndef VSG_ONEDNN_PROGRAM_H
#define VSG_ONEDNN_PROGRAM_H

#include <dnnl.h>

#include "core/cpu/cpu.h"
#include "core/graph/fuse.h"
#include "core/graph/window.h"
#include "core/onednn/onednn.h"

/* Weights as a primitive wants them; shared by the programs of a plan. */
typedef struct vsg_dnn_weights {
  int node; /* the root of its group */
  bool bias;
  dnnl_data_type_t reads; /* the type of what they are multiplied with */
  dnnl_memory_desc_t md;
  dnnl_memory_t memory;
} vsg_dnn_weights;

/* What the programs of a plan have in common. */
typedef struct vsg_dnn_shared {
  const vsg_request *request;
  int threads;
  vsg_fusion fusion;
  int *last_use; /* per node: the node at whose turn it is read last; the number
                    of nodes when it is a result */
  dnnl_engine_t engine;
  /* Per node (types.c): */
  dnnl_data_type_t *type; /* of its numbers where a step may choose */
  dnnl_data_type_t *byte; /* int8: in which convolutions read them, or undef */
  float *scale;           /* what 1 of that type stands for */
  float **factor;         /* of a root: what 1 of its 8-bit weights stands for,
                             per channel; made when asked for */
  int weights, weights_room;
  vsg_dnn_weights **weight; /* pointers, for steps borrow what they point to */
  size_t weight_bytes;
  /* Where the weights lie, one behind the other, in the last slab: */
  int slabs;
  char **slab;
  size_t slab_used, slab_bytes;
} vsg_dnn_shared;

/* Numbers in a layout, between the step that writes and those that read them.
 */
typedef struct vsg_dnn_value {
  dnnl_memory_desc_t md;
  int buffer;  /* or -1: the caller's memory */
  int input;   /* place among the graph's inputs, or -1 */
  int result;  /* place among the results, or -1 */
  float scale; /* what 1 stands for; 1 but for whole numbers */
} vsg_dnn_value;

typedef struct vsg_dnn_buffer {
  size_t bytes, offset; /* in the arena */
  int first, last;      /* steps */
} vsg_dnn_buffer;

enum { VSG_DNN_ARGS = 6 };

typedef struct vsg_dnn_step vsg_dnn_step;
struct vsg_dnn_step {
  int node;         /* whose numbers it makes */
  const char *impl; /* who computes it: "jit:avx512_core", "reorder" */
  dnnl_primitive_t primitive; /* or NULL: run below */
  int args;
  struct {
    int key;   /* DNNL_ARG_... */
    int value; /* place in the program's values, or -1: */
    const vsg_dnn_weights *weights;
    dnnl_data_type_t type; /* of the value's numbers */
    float scale;           /* what 1 of them stands for */
  } arg[VSG_DNN_ARGS];
  /* A loop of our own: at has one pointer per arg. */
  void (*run)(const vsg_dnn_step *step, void *const *at, float *scratch);
  int images;
  const vsg_request *request;
  const vsg_kernel *kernel; /* of the reference engine */
  dnnl_memory_desc_t md;    /* of the numbers that a loop goes over */
  float *constant;          /* owned; per channel, padded as md is */
  bool residual;            /* a product is added to what is there: */
  dnnl_data_type_t before;  /* its type, or that of the result */
  float before_scale;
  double low, high; /* bounds of the activation */
  /* A convolution or pool of our own (direct.c, chain.c): */
  int root;          /* a node */
  vsg_window window; /* its geometry */
  long block;        /* channels of a block of its input */
  bool plain;        /* its result is plain numbers */
  bool activated;    /* a PReLU follows */
  int chain;         /* how many steps the chain has that ends with it */
};

typedef struct vsg_dnn_program {
  vsg_dnn_shared *shared;
  int images, threads;
  int values, values_room;
  vsg_dnn_value *value;
  int buffers, buffers_room;
  vsg_dnn_buffer *buffer;
  int steps, steps_room;
  vsg_dnn_step *step;
  int *primary; /* per node: its value, or -1 */
  int *plain;   /* per node: its value as plain numbers, or -1 */
  size_t arena, scratchpad, scratch; /* bytes that a worker needs */
} vsg_dnn_program;

/* Builds the program; free with vsg_dnn_program_free. The threads that oneDNN
 * uses now are those it will use. */
vsg_status vsg_dnn_program_new(vsg_dnn_program **out, vsg_dnn_shared *shared,
                               int images, int threads, vsg_error *err);
void vsg_dnn_program_free(vsg_dnn_program *p);

/* ---- workers ---- */

/* oneDNN's words for the memory that a program uses on one worker: a block,
 * which is the plan's. */
typedef struct vsg_dnn_worker {
  char *block;
  dnnl_memory_t *memory;     /* one per value */
  dnnl_memory_t *scratchpad; /* one per step: sizes differ */
} vsg_dnn_worker;

/* A whole batch: one pointer per input and per result. */
typedef struct vsg_dnn_batch {
  const float *const *input;
  float *const *result;
} vsg_dnn_batch;

enum { VSG_DNN_LINE = 64 }; /* bytes of a cache line */

/* So many bytes in whole lines. */
static inline size_t vsg_dnn_lines(size_t bytes) {
  return (bytes + VSG_DNN_LINE - 1) / VSG_DNN_LINE * VSG_DNN_LINE;
}

/* How large the program's blocks are. */
size_t vsg_dnn_worker_bytes(const vsg_dnn_program *p);
/* The worker uses that block from now on; on failure it has none. */
vsg_status vsg_dnn_worker_bind(vsg_dnn_worker *w, const vsg_dnn_program *p,
                               char *block, vsg_error *err);
void vsg_dnn_worker_free(vsg_dnn_worker *w, const vsg_dnn_program *p);
/* Computes the program's images of the batch, from first on. */
vsg_status vsg_dnn_worker_run(const vsg_dnn_worker *w, const vsg_dnn_program *p,
                              dnnl_stream_t stream, const vsg_dnn_batch *t,
                              long first, vsg_error *err);

/* True when oneDNN may use those instructions: sets of them are bits, and a
 * larger number need not have what a smaller one has. */
bool vsg_dnn_can(dnnl_cpu_isa_t isa);

/* ---- types ---- */

/* True for (N,C,H,W) other than (N,C,1,1). */
bool vsg_dnn_is_map(const vsg_shape *shape);
/* True for s8 and u8. */
bool vsg_dnn_is_byte(dnnl_data_type_t type);
/* Fills type, byte, scale and factor; they are to be freed, and every factor.
 */
vsg_status vsg_dnn_types(vsg_dnn_shared *s, vsg_error *err);
/* The type in which a convolution or dense layer wants its input. */
dnnl_data_type_t vsg_dnn_reads(const vsg_dnn_shared *s, int root);
/* What 1 stands for in the node's numbers of that type. */
float vsg_dnn_scale(const vsg_dnn_shared *s, int node, dnnl_data_type_t type);
/* What 1 stands for in the group's 8-bit weights, per channel; borrowed. */
vsg_status vsg_dnn_factors(const float **out, vsg_dnn_shared *s, int group,
                           vsg_error *err);

/* ---- what the layers' files use ---- */

/* VSG_DEVICE with oneDNN's status unless it is success. */
vsg_status vsg_dnn_check(dnnl_status_t status, const char *what,
                         vsg_error *err);

/* A description of numbers of that type: of (N,C,H,W) or (N,C), N = images; tag
 * dnnl_format_tag_any leaves the layout to the primitive. */
vsg_status vsg_dnn_describe(dnnl_memory_desc_t *out, const vsg_shape *shape,
                            int images, dnnl_data_type_t type,
                            dnnl_format_tag_t tag, vsg_error *err);
/* The same of plain f32 numbers. */
vsg_status vsg_dnn_describe_plain(dnnl_memory_desc_t *out,
                                  const vsg_shape *shape, int images,
                                  vsg_error *err);
/* The tag of plain numbers of so many axes. */
dnnl_format_tag_t vsg_dnn_plain(int dims);
/* The tag in which maps (N,C,H,W) go from layer to layer: blocks of as many
 * channels as a vector of this processor holds; (N,H,W,C) for int8. Left to
 * themselves convolutions choose (N,H,W,C), which Winograd's do not take. (N,C)
 * stays plain. */
dnnl_format_tag_t vsg_dnn_blocked(const vsg_dnn_program *p,
                                  const vsg_shape *shape);

/* The value of a node in that layout, by a reorder where it is in another. */
vsg_status vsg_dnn_want(int *value, vsg_dnn_program *p, int node,
                        const dnnl_memory_desc_t *md, vsg_error *err);
/* The value of a node as plain f32 numbers. */
vsg_status vsg_dnn_want_plain(int *value, vsg_dnn_program *p, int node,
                              vsg_error *err);
/* The layout in which a node's numbers are. */
const dnnl_memory_desc_t *vsg_dnn_layout(const vsg_dnn_program *p, int node);

/* Blocks of channels, one after the other: `block` numbers at each place of a
 * plane. Plain (N,C,H,W) has blocks of one channel, (N,H,W,C) one block of all.
 * Padding channels hold zeros. */
typedef struct vsg_dnn_blocks {
  long blocks, block, plane; /* per image */
} vsg_dnn_blocks;
/* True when md is one of those layouts, without gaps. */
bool vsg_dnn_blocks_of(vsg_dnn_blocks *out, const dnnl_memory_desc_t *md);

/* A new value with a buffer of its own, the node's from now on. */
vsg_status vsg_dnn_make(int *value, vsg_dnn_program *p, int node,
                        const dnnl_memory_desc_t *md, vsg_error *err);
/* True when nobody reads the node's numbers after that turn, and they are not
 * the caller's. */
bool vsg_dnn_last(const vsg_dnn_program *p, int node, int turn);
/* The node's value from now on is that of other, to be overwritten: in place
 * where nobody else reads it later, else in a copy. It comes in the layout
 * before and is overwritten with numbers in the layout md, of as many bytes.
 * busy is a value that is read meanwhile, or -1. */
vsg_status vsg_dnn_make_over(int *value, vsg_dnn_program *p, int node,
                             int other, const dnnl_memory_desc_t *before,
                             const dnnl_memory_desc_t *md, int busy,
                             vsg_error *err);

/* A new last step; borrowed until the next one. */
vsg_status vsg_dnn_step_new(vsg_dnn_step **out, vsg_dnn_program *p, int node,
                            vsg_error *err);
void vsg_dnn_arg(vsg_dnn_program *p, vsg_dnn_step *step, int key, int value);
void vsg_dnn_arg_weights(vsg_dnn_step *step, int key,
                         const vsg_dnn_weights *weights);
/* Makes the primitive of a step and frees pd; notes who computes it and how
 * much scratchpad that takes. */
vsg_status vsg_dnn_primitive(vsg_dnn_program *p, vsg_dnn_step *step,
                             dnnl_primitive_desc_t pd, vsg_error *err);

/* What a primitive does with its sums at their end. */
typedef struct vsg_dnn_ending {
  int factors; /* 0, or one per channel: */
  const float *factor;
  bool sum; /* adds what is there, of that type, times that */
  dnnl_data_type_t sum_type;
  float sum_scale;
  int activation; /* a node, or -1 */
  float scale;    /* of what the activation gives */
} vsg_dnn_ending;

/* Attributes with a scratchpad of the caller's, and the ending if it is not
 * NULL. */
vsg_status vsg_dnn_attributes(dnnl_primitive_attr_t *out,
                              const vsg_dnn_program *p,
                              const vsg_dnn_ending *ending, vsg_error *err);

/* The group's weights in that layout, for inputs of that type; or its bias,
 * which it must have. */
vsg_status vsg_dnn_pack(const vsg_dnn_weights **out, vsg_dnn_shared *s,
                        int group, dnnl_data_type_t reads,
                        const dnnl_memory_desc_t *plain,
                        const dnnl_memory_desc_t *md, vsg_error *err);
vsg_status vsg_dnn_pack_bias(const vsg_dnn_weights **out, vsg_dnn_shared *s,
                             int group, dnnl_data_type_t reads,
                             const dnnl_memory_desc_t *md, vsg_error *err);

/* ---- the layers ---- */

/* Adds the steps of a group, or of a node alone (group -1). *done is false when
 * this layer with these parameters is the reference engine's business. */
typedef vsg_status vsg_dnn_build(bool *done, vsg_dnn_program *p, int node,
                                 int group, vsg_error *err);
vsg_dnn_build vsg_dnn_conv2d, vsg_dnn_linear, vsg_dnn_pool, vsg_dnn_eltwise,
    vsg_dnn_add, vsg_dnn_concat, vsg_dnn_affine, vsg_dnn_mean, vsg_dnn_prelu,
    vsg_dnn_mul;
/* The same for convolutions, and the PReLU after them, and for pools that are a
 * loop of our own; else *done stays false. */
vsg_status vsg_dnn_direct(bool *done, vsg_dnn_program *p, int node, int group,
                          const vsg_window *w, vsg_error *err);
vsg_status vsg_dnn_direct_pool(bool *done, vsg_dnn_program *p, int node,
                               const vsg_window *w, vsg_error *err);
extern const char vsg_dnn_direct_name[];
/* True when an input of the graph has any size. */
bool vsg_dnn_is_open(const vsg_request *r);
/* The same for depthwise convolutions beside a PReLU (depthwise.c). */
vsg_status vsg_dnn_depthwise(bool *done, vsg_dnn_program *p, int node,
                             int group, const vsg_window *w, vsg_error *err);
/* True for a prelu that the depthwise convolution behind it does: its value is
 * that of its input. */
bool vsg_dnn_prelu_waits(const vsg_dnn_program *p, int node);
/* The node that alone reads the node's numbers, or -1; and if it is a prelu
 * that may be fused. */
int vsg_dnn_reader(const vsg_dnn_program *p, int node);
int vsg_dnn_prelu_after(const vsg_dnn_program *p, int node);

/* Part of a map in blocks: at is its first place, of the first block. */
typedef struct vsg_dnn_piece {
  float *at;
  long block;      /* numbers of a place */
  long row, plane; /* numbers from row to row, from block to block */
} vsg_dnn_piece;
/* All of an image of that shape. */
vsg_dnn_piece vsg_dnn_whole(float *at, const vsg_shape *shape, long block,
                            long image);
/* Fills height rows of width places of out; in is what the window of the first
 * place reads. */
void vsg_dnn_convolve(const vsg_dnn_step *step, const vsg_dnn_piece *out,
                      const vsg_dnn_piece *in, long height, long width);
/* Joins the program's steps that are such loops into chains. */
void vsg_dnn_chain(vsg_dnn_program *p);

vsg_status vsg_dnn_reference(vsg_dnn_program *p, int node, vsg_error *err);

/* The algorithm of an activation node and its two numbers. */
dnnl_alg_kind_t vsg_dnn_activation(float *alpha, float *beta,
                                   const vsg_node *node);

#endif
