/* Depthwise 3x3 convolutions with the PReLU before them and the one behind
 * them in one pass: oneDNN has no fast PReLU, and a pass of its own over the
 * map takes as long as the convolution. Sums are of f32, whatever type the maps
 * are kept in, and so are the weights. MobileFaceNet's 16 of them with their 32
 * PReLUs take 0.22 ms of an image where oneDNN's and passes took 0.38; with
 * 8 bits the whole network is 1.6 times as fast.
 *
 * Three rows of the input, of a unit of channels, wait as f32 in the first
 * cache with the PReLU done; rows of results are made of them
 * (depthwise_rows.c). Whole numbers need no scale here: both PReLUs leave one
 * alone, so the weights and the bias hold it. */
#include "core/onednn/depthwise.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/graph/window.h"
#include "core/onednn/program.h"

enum {
  BLOCK = VSG_DEPTHWISE_BLOCK,
  KERNEL = VSG_DEPTHWISE_KERNEL,
  TAPS = VSG_DEPTHWISE_TAPS,
  BYTES = VSG_DEPTHWISE_BYTES,
  COLUMNS = VSG_DEPTHWISE_COLUMNS,
  LINE = 64 /* bytes */
};

/* A map: numbers between places, rows, units of channels, and images. */
typedef struct map {
  char *at;
  dnnl_data_type_t type;
  long place, row, unit, image;
} map;

static size_t bytes_of(dnnl_data_type_t type) {
  return type == dnnl_f32 ? 4 : type == dnnl_bf16 ? 2 : 1;
}

/* Blocks of channels that are computed together. */
static int blocks_of(dnnl_data_type_t type) {
  return vsg_dnn_is_byte(type) ? BYTES : 1;
}

/* ---- maps ---- */

/* Padding at both ends of the ring's rows. */
static void clear_ends(float *ring, long columns, int rows) {
  for (int i = 0; i < rows; i++, ring += columns * BLOCK) {
    memset(ring, 0, BLOCK * sizeof *ring);
    memset(ring + (columns - 1) * BLOCK, 0, BLOCK * sizeof *ring);
  }
}

/* A unit of channels of one image: rows [from, to). The ring has three rows of
 * the input for each block. */
static void convolve(const map *out, const map *in, const vsg_window *w,
                     const vsg_depthwise *k, long from, long to) {
  static const _Alignas(LINE) float nothing[BYTES * COLUMNS * BLOCK];
  _Alignas(LINE) float ring[KERNEL * BYTES * COLUMNS * BLOCK];
  size_t in_bytes = bytes_of(in->type), out_bytes = bytes_of(out->type);
  long columns = (w->out[1] - 1) * w->stride[1] + KERNEL, loaded = 0;
  long left = w->before[1], width = columns - left, apart = columns * BLOCK;
  int blocks = blocks_of(in->type);
  if (width > w->in[1]) width = w->in[1];
  clear_ends(ring, columns, KERNEL * blocks);
  for (long y = from; y < to; y++) {
    const float *rows[KERNEL];
    long first = y * w->stride[0] - w->before[0];
    for (long i = first; i < first + KERNEL; i++) {
      bool inside = i >= 0 && i < w->in[0];
      float *to_row = ring + (inside ? i % KERNEL : 0) * blocks * apart;
      rows[i - first] = inside ? to_row : nothing;
      if (!inside || i < loaded) continue;
      vsg_depthwise_load(to_row + left * BLOCK, apart,
                         in->at + (size_t)(i * in->row) * in_bytes, k, width,
                         (size_t)in->place * in_bytes, in->type);
      loaded = i + 1;
    }
    vsg_depthwise_row(out->at + (size_t)(y * out->row) * out_bytes, rows, apart,
                      k, w->out[1], (size_t)out->place * out_bytes,
                      w->stride[1], out->type);
  }
}

static map map_of(void *at, dnnl_data_type_t type, const vsg_dnn_blocks *l,
                  long width) {
  return (map){.at = at,
               .type = type,
               .place = l->block,
               .row = l->block * width,
               .unit = (l->blocks > 1 ? l->plane : 1) * BLOCK * blocks_of(type),
               .image = l->blocks * l->block * l->plane};
}

/* The same map from a unit of an image on. */
static map from_unit(const map *m, long image, long unit) {
  map out = *m;
  out.at += (size_t)(image * m->image + unit * m->unit) * bytes_of(m->type);
  return out;
}

/* at: in, out. */
static void run(const vsg_dnn_step *step, void *const *at, float *scratch) {
  const vsg_window *w = &step->window;
  vsg_dnn_blocks in = {.blocks = step->md.padded_dims[1] / step->block,
                       .block = step->block,
                       .plane = w->in[0] * w->in[1]};
  vsg_dnn_blocks out;
  (void)scratch;
  vsg_dnn_blocks_of(&out, &step->md);
  map from = map_of(at[0], step->arg[0].type, &in, w->in[1]);
  map to = map_of(at[1], step->arg[1].type, &out, w->out[1]);
  long channels = in.blocks * in.block, rows = w->out[0];
  int blocks = blocks_of(from.type);
  long units = channels / BLOCK / blocks;
  /* oneDNN's 1x1 convolutions of one image give each thread a part of its rows:
   * so do these loops, and few numbers go from one processor to another. Two
   * threads compute 1.4 times as many images so as with blocks shared. */
  bool alone = step->images == 1 && !omp_in_parallel();
  long parts = alone ? omp_get_max_threads() : 1;
#pragma omp parallel for collapse(3) if (channels * in.plane * TAPS > \
                                         VSG_CPU_PARALLEL)
  for (long n = 0; n < step->images; n++) {
    for (long i = 0; i < parts; i++) {
      for (long u = 0; u < units; u++) {
        map source = from_unit(&from, n, u), result = from_unit(&to, n, u);
        convolve(&result, &source, w,
                 (const vsg_depthwise *)step->constant + u * blocks,
                 rows * i / parts, rows * (i + 1) / parts);
      }
    }
  }
}

/* ---- building ---- */

int vsg_dnn_reader(const vsg_dnn_program *p, int node) {
  const vsg_request *r = p->shared->request;
  int found = -1;
  if (p->shared->last_use[node] == r->graph->nodes) return -1; /* a result */
  for (int i = node + 1; i < r->graph->nodes; i++) {
    const vsg_node *n = &r->graph->node[i];
    for (int k = 0; r->needed[i] && k < n->inputs; k++) {
      if (n->input[k] != node) continue;
      if (found >= 0) return -1;
      found = i;
    }
  }
  return found;
}

int vsg_dnn_prelu_after(const vsg_dnn_program *p, int node) {
  const vsg_request *r = p->shared->request;
  int reader = vsg_dnn_reader(p, node);
  bool fits = (r->passes & VSG_PASS_activation) && reader >= 0 &&
              r->graph->node[reader].layer->id == VSG_LAYER_prelu;
  return fits ? reader : -1;
}

static bool window_fits(const vsg_window *w) {
  for (int i = 0; i < 2; i++) {
    long after = (w->out[i] - 1) * w->stride[i] + KERNEL - w->in[i];
    if (w->kernel[i] != KERNEL || w->dilation[i] != 1 || w->stride[i] > 2 ||
        w->before[i] > 1 || after - w->before[i] > 1) {
      return false;
    }
  }
  return w->stride[0] == w->stride[1] && w->in[1] + 2 <= COLUMNS;
}

/* Can these loops compute the group from numbers in that layout? */
static bool fits(const vsg_dnn_program *p, int group, const vsg_window *w,
                 const dnnl_memory_desc_t *md) {
  const vsg_group *g = &p->shared->fusion.group[group];
  const vsg_node *root = &p->shared->request->graph->node[g->root];
  const vsg_shape *weights = &root->slot[0].shape;
  int prelu = vsg_dnn_prelu_after(p, g->last);
  bool bytes = vsg_dnn_is_byte(md->data_type);
  long unit = BLOCK * blocks_of(md->data_type);
  vsg_dnn_blocks l;
  return (p->shared->request->passes & VSG_PASS_own) &&
         root->layer->id == VSG_LAYER_conv2d && g->residual < 0 &&
         g->activation < 0 && weights->dim[1] == 1 &&
         vsg_node_integer(root, "groups") == weights->dim[0] &&
         vsg_dnn_is_byte(p->shared->type[prelu >= 0 ? prelu : g->last]) ==
             bytes &&
         window_fits(w) && vsg_dnn_blocks_of(&l, md) &&
         (l.block == unit || (l.blocks == 1 && l.block % unit == 0));
}

bool vsg_dnn_prelu_waits(const vsg_dnn_program *p, int node) {
  const vsg_request *r = p->shared->request;
  int input = r->graph->node[node].input[0], reader = vsg_dnn_reader(p, node);
  vsg_window w;
  vsg_error err;
  if (vsg_dnn_prelu_after(p, input) != node || reader < 0) return false;
  const vsg_node *root = &r->graph->node[reader];
  int group = p->shared->fusion.member[reader];
  return root->layer->id == VSG_LAYER_conv2d &&
         !vsg_window_of(&w, root, &r->shape[node], &err) &&
         fits(p, group, &w, vsg_dnn_layout(p, input));
}

static const float *slopes(const vsg_graph *g, int node) {
  return node >= 0 ? vsg_tensor_data(g->node[node].slot[0].tensor) : NULL;
}

/* The numbers of each block (of every fourth channel of a unit of bytes); zeros
 * for the channels that fill the last one.
 * from and to: what 1 of the input and of the result stands for. */
static vsg_status pack(float **out, const vsg_dnn_program *p, int group,
                       const int prelu[2], bool in_bytes, float from, float to,
                       vsg_error *err) {
  const vsg_graph *g = p->shared->request->graph;
  int root = p->shared->fusion.group[group].root;
  long channels = g->node[root].slot[0].shape.dim[0];
  long blocks = (channels + BLOCK - 1) / BLOCK, every = in_bytes ? BYTES : 1;
  const float *before = slopes(g, prelu[0]), *after = slopes(g, prelu[1]);
  float *weight, *bias;
  if (vsg_fuse_weights(&weight, &bias, g, &p->shared->fusion, group, err)) {
    return err->code;
  }
  vsg_depthwise *k = aligned_alloc(LINE, (size_t)blocks * sizeof *k);
  if (k) memset(k, 0, (size_t)blocks * sizeof *k);
  for (long c = 0; k && c < channels; c++) {
    long unit = c / (BLOCK * every), lane = c / every % BLOCK;
    vsg_depthwise *of = &k[unit * every + c % every];
    for (int t = 0; t < TAPS; t++) {
      of->weight[t][lane] = weight[c * TAPS + t] * (from / to);
    }
    if (bias) of->bias[lane] = bias[c] / to;
    of->before[lane] = before ? before[c] : 1;
    of->after[lane] = after ? after[c] : 1;
  }
  free(weight);
  free(bias);
  *out = (float *)k;
  return k ? VSG_OK : vsg_fail_memory(err, "plan", sizeof *k);
}

/* The convolution before a prelu may have done it. */
static bool is_done(const vsg_dnn_program *p, int prelu) {
  for (int i = 0; i < p->steps; i++) {
    if (p->step[i].node == prelu) return true;
  }
  return false;
}

/* The prelus before and after the group that ends with the node, or -1. */
static void find_prelus(int prelu[2], const vsg_dnn_program *p, int node,
                        int group) {
  const vsg_graph *g = p->shared->request->graph;
  int input = g->node[p->shared->fusion.group[group].root].input[0];
  const vsg_node *before = &g->node[input];
  bool waits = before->layer && before->layer->id == VSG_LAYER_prelu &&
               vsg_dnn_prelu_waits(p, input) && !is_done(p, input);
  prelu[0] = waits ? input : -1;
  prelu[1] = vsg_dnn_prelu_after(p, node);
}

vsg_status vsg_dnn_depthwise(bool *done, vsg_dnn_program *p, int node,
                             int group, const vsg_window *w, vsg_error *err) {
  vsg_dnn_shared *s = p->shared;
  const vsg_request *r = s->request;
  int input = r->graph->node[s->fusion.group[group].root].input[0];
  int src = p->primary[input], dst, prelu[2];
  dnnl_memory_desc_t in = *vsg_dnn_layout(p, input), out;
  vsg_dnn_blocks l;
  vsg_dnn_step *step;
  float *constant;
  find_prelus(prelu, p, node, group);
  if ((prelu[0] < 0 && prelu[1] < 0) || !fits(p, group, w, &in)) return VSG_OK;
  int last = prelu[1] >= 0 ? prelu[1] : node;
  *done = true;
  if (vsg_dnn_describe(&out, &r->shape[last], p->images, s->type[last],
                       vsg_dnn_blocked(p, &r->shape[last]), err) ||
      vsg_dnn_make(&dst, p, last, &out, err) ||
      pack(&constant, p, group, prelu, vsg_dnn_is_byte(in.data_type),
           p->value[src].scale, p->value[dst].scale, err)) {
    return err->code;
  }
  if (vsg_dnn_step_new(&step, p, last, err)) {
    free(constant);
    return err->code;
  }
  vsg_dnn_arg(p, step, DNNL_ARG_SRC, src);
  vsg_dnn_arg(p, step, DNNL_ARG_DST, dst);
  p->primary[node] = dst;
  vsg_dnn_blocks_of(&l, &in);
  step->md = out;
  step->block = l.block;
  step->window = *w;
  step->constant = constant;
  step->impl = "visage: depthwise";
  step->run = run;
  return VSG_OK;
}
