/* Max pools in blocks of 16 channels, and chains: convolutions and pools of our
 * own, one behind the other, whose maps nobody else reads. A photo's maps are
 * larger than the caches and their pages take as long to get as to fill, so a
 * chain goes over tiles of its last map and computes for each what that needs
 * of the maps before: neighbours share some, which is computed twice.
 *
 * A chain is steps [first, last]: the line, each of which reads the one before,
 * and then the ends, which read the line's last and write plain numbers. All is
 * done at the last step's turn. */
#include <omp.h>
#include <string.h>

#include "core/base/processor.h"
#include "core/onednn/program.h"

enum {
  BLOCK = 16,
  TILE_ROWS = 16, /* of the last map: what a tile needs fits a second cache */
  TILE_COLUMNS = 48,
  MOST_STEPS = 16
};

/* ---- max pools ---- */

/* All bits where a number is NaN: above infinity, but for its sign. A macro,
 * for without AVX-512 functions have no way to return such vectors. */
#define NAN_BITS(x) ((0x7f800000 - ((x)&0x7fffffff)) >> 31)

/* most = v where that is larger or NaN. */
static inline __attribute__((always_inline)) void take_larger(
    vsg_lanes *most, const vsg_lanes *v) {
  vsg_bits a = (vsg_bits)*most, b = (vsg_bits)*v;
  vsg_bits larger = (vsg_bits)(*most - *v) >> 31; /* the difference's sign */
  larger = (larger & ~NAN_BITS(a)) | NAN_BITS(b);
  *most = (vsg_lanes)((b & larger) | (a & ~larger));
}

/* One row of results. The window's rows are n; those of a row end after
 * `columns` places. */
VSG_EVERY_PROCESSOR static void pool_row(float *out, const float *in,
                                         const vsg_window *w, long row, long n,
                                         long columns, long width) {
  for (long x = 0; x < width; x++, out += BLOCK) {
    long first = x * w->stride[1], end = first + w->kernel[1];
    if (end > columns) end = columns;
    vsg_lanes most = *(const vsg_lanes *)(in + first * BLOCK);
    for (long j = 0; j < n; j++) {
      for (long i = first; i < end; i++) {
        take_larger(&most, (const vsg_lanes *)(in + j * row + i * BLOCK));
      }
    }
    *(vsg_lanes *)out = most;
  }
}

/* As vsg_dnn_convolve; in has so many rows and columns. */
static void pool(const vsg_dnn_step *step, const vsg_dnn_piece *out,
                 const vsg_dnn_piece *in, const long size[2],
                 const long in_size[2]) {
  const vsg_window *w = &step->window;
  const vsg_node *node = &step->request->graph->node[step->node];
  long channels = step->request->shape[node->input[0]].dim[1];
  long blocks = (channels + BLOCK - 1) / BLOCK;
#pragma omp parallel for if (blocks * BLOCK * in_size[0] * in_size[1] > \
                             VSG_CPU_PARALLEL)
  for (long i = 0; i < blocks * size[0]; i++) {
    long b = i / size[0], y = i % size[0], first = y * w->stride[0];
    long rows = in_size[0] - first;
    if (rows > w->kernel[0]) rows = w->kernel[0];
    pool_row(out->at + b * out->plane + y * out->row,
             in->at + b * in->plane + first * in->row, w, in->row, rows,
             in_size[1], size[1]);
  }
}

static void run_pool(const vsg_dnn_step *step, void *const *at,
                     float *scratch) {
  const vsg_request *r = step->request;
  const vsg_shape *out = &r->shape[step->node];
  const vsg_shape *in = &r->shape[r->graph->node[step->node].input[0]];
  (void)scratch;
  for (long n = 0; n < step->images; n++) {
    vsg_dnn_piece from = vsg_dnn_whole(at[0], in, BLOCK, n);
    vsg_dnn_piece to = vsg_dnn_whole(at[1], out, BLOCK, n);
    pool(step, &to, &from, step->window.out, step->window.in);
  }
}

bool vsg_dnn_is_open(const vsg_request *r) {
  for (int i = 0; i < r->graph->nodes; i++) {
    const vsg_node *n = &r->graph->node[i];
    if (!n->layer && vsg_shape_numel(&n->shape, 1) == VSG_OPEN) return true;
  }
  return false;
}

vsg_status vsg_dnn_direct_pool(bool *done, vsg_dnn_program *p, int node,
                               const vsg_window *w, vsg_error *err) {
  const vsg_request *r = p->shared->request;
  const vsg_node *n = &r->graph->node[node];
  const dnnl_memory_desc_t *from = vsg_dnn_layout(p, n->input[0]);
  dnnl_memory_desc_t md;
  vsg_dnn_blocks l;
  vsg_dnn_step *step;
  int src = p->primary[n->input[0]], dst;
  if (!(r->passes & VSG_PASS_own) || n->layer->id != VSG_LAYER_max_pool ||
      !vsg_dnn_is_open(r) || from->data_type != dnnl_f32 ||
      !vsg_dnn_blocks_of(&l, from) ||
      from->format_desc.blocking.inner_nblks != 1 || l.block != BLOCK ||
      w->before[0] || w->before[1] || w->after[0] || w->after[1]) {
    return VSG_OK;
  }
  *done = true;
  if (vsg_dnn_describe(&md, &r->shape[node], p->images, dnnl_f32, dnnl_aBcd16b,
                       err) ||
      vsg_dnn_make(&dst, p, node, &md, err) ||
      vsg_dnn_step_new(&step, p, node, err)) {
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  step->window = *w;
  step->block = BLOCK;
  step->impl = vsg_dnn_direct_name;
  step->run = run_pool;
  return VSG_OK;
}

/* ---- chains ---- */

/* Rows and columns of a map: from before to. */
typedef struct part {
  long from[2], to[2];
} part;

/* What step k of the line needs of its input for that part of its result. */
static part needed(const vsg_dnn_step *step, const part *p) {
  const vsg_window *w = &step->window;
  part in;
  for (int i = 0; i < 2; i++) {
    in.from[i] = p->from[i] * w->stride[i];
    in.to[i] = (p->to[i] - 1) * w->stride[i] + w->kernel[i];
    if (in.to[i] > w->in[i]) in.to[i] = w->in[i];
  }
  return in;
}

static long floats_of(const vsg_dnn_step *step, const part *p) {
  long channels = step->request->shape[step->node].dim[1];
  return (channels + BLOCK - 1) / BLOCK * BLOCK * (p->to[0] - p->from[0]) *
         (p->to[1] - p->from[1]);
}

/* What of each step's result a tile needs, the whole line's last being tile.
 * The two sizes are those of the results of even and odd steps, which lie at
 * two places in turn. */
static void find_parts(part *out, long floats[2], const vsg_dnn_step *first,
                       int line, const part *tile) {
  floats[0] = floats[1] = 0;
  out[line - 1] = *tile;
  for (int k = line - 1; k >= 0; k--) {
    if (k > 0) out[k - 1] = needed(&first[k], &out[k]);
    long n = floats_of(&first[k], &out[k]);
    if (n > floats[k % 2]) floats[k % 2] = n;
  }
}

static int line_of(const vsg_dnn_step *first, int steps) {
  int line = 0;
  while (line < steps && !first[line].plain) line++;
  return line;
}

/* The part of a whole map that begins there. */
static vsg_dnn_piece piece_at(vsg_dnn_piece whole, const long from[2]) {
  whole.at += from[0] * whole.row + from[1] * whole.block;
  return whole;
}

/* at: of the last step's: its input, its result, the chain's input, the results
 * of the other ends. */
static void run_tile(const vsg_dnn_step *first, int steps, void *const *at,
                     long image, const part *tile, float *scratch) {
  const vsg_request *r = first->request;
  int line = line_of(first, steps);
  part out[MOST_STEPS];
  long floats[2], size[2], in_size[2];
  const vsg_shape *shape = &r->shape[r->graph->node[first->root].input[0]];
  find_parts(out, floats, first, line, tile);
  part in = needed(first, &out[0]);
  vsg_dnn_piece from =
      piece_at(vsg_dnn_whole(at[2], shape, first->block, image), in.from);
  for (int k = 0; k < line; k++) {
    for (int i = 0; i < 2; i++) {
      size[i] = out[k].to[i] - out[k].from[i];
      in_size[i] = in.to[i] - in.from[i];
    }
    vsg_dnn_piece to = {.at = scratch + (k % 2 ? floats[0] : 0),
                        .block = BLOCK,
                        .row = size[1] * BLOCK,
                        .plane = size[0] * size[1] * BLOCK};
    if (first[k].constant) {
      vsg_dnn_convolve(&first[k], &to, &from, size[0], size[1]);
    } else {
      pool(&first[k], &to, &from, size, in_size);
    }
    from = to;
    in = out[k];
  }
  for (int k = line; k < steps; k++) {
    void *result = k == steps - 1 ? at[1] : at[3 + k - line];
    shape = &r->shape[first[k].node];
    vsg_dnn_piece to =
        piece_at(vsg_dnn_whole(result, shape, 1, image), tile->from);
    vsg_dnn_convolve(&first[k], &to, &from, size[0], size[1]);
  }
}

static part tile_of(long i, const long size[2]) {
  enum { ROWS = TILE_ROWS, COLUMNS = TILE_COLUMNS };
  long across = (size[1] + COLUMNS - 1) / COLUMNS;
  long y = i / across * ROWS, x = i % across * COLUMNS;
  return (part){.from = {y, x},
                .to = {y + ROWS < size[0] ? y + ROWS : size[0],
                       x + COLUMNS < size[1] ? x + COLUMNS : size[1]}};
}

/* Numbers that the largest tile needs. */
static long tile_floats(const vsg_dnn_step *first, int line) {
  part out[MOST_STEPS], tile = tile_of(0, first[line - 1].window.out);
  long floats[2];
  find_parts(out, floats, first, line, &tile);
  return floats[0] + floats[1];
}

static void run_chain(const vsg_dnn_step *step, void *const *at,
                      float *scratch) {
  int steps = step->chain;
  const vsg_dnn_step *first = step - (steps - 1);
  int line = line_of(first, steps);
  const long *size = first[line - 1].window.out;
  long each = tile_floats(first, line);
  long down = (size[0] + TILE_ROWS - 1) / TILE_ROWS;
  long tiles = down * ((size[1] + TILE_COLUMNS - 1) / TILE_COLUMNS);
#pragma omp parallel for schedule(dynamic) if (step->images * tiles > 1)
  for (long i = 0; i < step->images * tiles; i++) {
    part tile = tile_of(i % tiles, size);
    run_tile(first, steps, at, i / tiles, &tile,
             scratch + omp_get_thread_num() * each);
  }
}

static void skip(const vsg_dnn_step *step, void *const *at, float *scratch) {
  (void)step;
  (void)at;
  (void)scratch;
}

/* ---- finding them ---- */

static bool is_own(const vsg_dnn_step *step) {
  return step->impl == vsg_dnn_direct_name;
}

/* The place after the chain that begins with step i; i when there is none. */
static int chain_end(const vsg_dnn_program *p, int i) {
  int line = i, end;
  while (line < p->steps && is_own(&p->step[line]) && !p->step[line].plain &&
         (line == i ||
          p->step[line].arg[0].value == p->step[line - 1].arg[1].value)) {
    line++;
  }
  if (line - i < 2 || !p->step[i].constant) return i;
  int last = p->step[line - 1].arg[1].value;
  end = line;
  while (end < p->steps && is_own(&p->step[end]) && p->step[end].plain &&
         p->step[end].arg[0].value == last) {
    end++;
  }
  /* The last step has the other ends' results among its args. */
  bool fits = end - line <= VSG_DNN_ARGS - 2 && end - i <= MOST_STEPS;
  return end > line && fits ? end : i;
}

/* True when a step after the chain reads the result of step k in it. */
static bool is_read(const vsg_dnn_program *p, int k, int end) {
  int buffer = p->value[p->step[k].arg[1].value].buffer;
  for (int i = end; i < p->steps; i++) {
    for (int a = 0; a < p->step[i].args; a++) {
      int value = p->step[i].arg[a].value;
      if (value >= 0 && p->value[value].buffer == buffer) return true;
    }
  }
  return false;
}

static void join(vsg_dnn_program *p, int first, int end) {
  vsg_dnn_step *last = &p->step[end - 1];
  int line = first + line_of(&p->step[first], end - first);
  for (int k = first; k < line; k++) {
    if (is_read(p, k, end)) return;
  }
  vsg_dnn_arg(p, last, DNNL_ARG_MULTIPLE_SRC, p->step[first].arg[0].value);
  for (int k = line; k < end - 1; k++) {
    vsg_dnn_arg(p, last, DNNL_ARG_MULTIPLE_DST + k - line,
                p->step[k].arg[1].value);
  }
  for (int k = first; k < end; k++) {
    p->step[k].run = k == end - 1 ? run_chain : skip;
    if (k < line) p->buffer[p->value[p->step[k].arg[1].value].buffer].bytes = 0;
  }
  last->chain = end - first;
  size_t bytes = (size_t)tile_floats(&p->step[first], line - first) *
                 (size_t)p->threads * sizeof(float);
  if (bytes > p->scratch) p->scratch = bytes;
}

void vsg_dnn_chain(vsg_dnn_program *p) {
  for (int i = 0; i < p->steps; i++) {
    int end = chain_end(p, i);
    if (end > i) join(p, i, end);
    if (end > i) i = end - 1;
  }
}
