/* A net: a graph compiled for an engine. It keeps a copy of the graph, so that
 * later changes to the graph do not reach it, and one plan per input size, the
 * most recently used ones. The copy shares the graph's tensors; with known
 * input sizes it lets go of those that the engine has in layouts of its own. */
#ifndef VSG_GRAPH_NET_H
#define VSG_GRAPH_NET_H

#include "core/graph/engine.h"

typedef struct vsg_net vsg_net;

typedef struct vsg_net_options {
  long batch;      /* the largest batch, 1 or more */
  int threads;     /* 0: as the libraries choose */
  unsigned passes; /* of fuse.h, that the engine may use */
  vsg_precision precision;
  const vsg_range *range; /* for int8: one per node of the graph; borrowed */
  int taps;               /* names of nodes whose results are wanted too */
  const char *const *tap; /* borrowed during the call */
} vsg_net_options;

/* *out is a net; free with vsg_net_free. Fails when the graph has no output, a
 * tap names no node, a tensor that some result needs has not been set (the text
 * lists them), or with VSG_DEVICE when the engine has not got that precision on
 * this machine. With known input sizes the plan is made here. */
vsg_status vsg_net_new(vsg_net **out, const vsg_graph *g,
                       const vsg_engine *engine, const vsg_net_options *options,
                       vsg_error *err);

/* NULL is fine. */
void vsg_net_free(vsg_net *net);

/* Runs a batch. inputs are as many as the graph has, f32 of shape (N,...) with
 * one N, at most the net's batch. result has room for vsg_net_results tensors:
 * outputs in order, then taps; on success all are new tensors, the caller's to
 * free, on failure all are NULL. One run at a time per net, from any thread. */
vsg_status vsg_net_run(vsg_tensor **result, vsg_net *net,
                       vsg_tensor *const *inputs, int count, vsg_error *err);

int vsg_net_results(const vsg_net *net); /* outputs and taps */
int vsg_net_outputs(const vsg_net *net);
/* The place in the net's graph of a result's node. */
int vsg_net_result(const vsg_net *net, int result);

/* The net's own graph; borrowed. */
const vsg_graph *vsg_net_graph(const vsg_net *net);
long vsg_net_batch(const vsg_net *net);
const vsg_engine *vsg_net_engine(const vsg_net *net);
vsg_precision vsg_net_precision(const vsg_net *net);
/* How many plans it keeps at the moment, and the memory they need to run. */
int vsg_net_plans(const vsg_net *net);
size_t vsg_net_bytes(const vsg_net *net);
/* Bytes of weights: the engine's, and the tensors that the net has, shared with
 * the graph or not. */
size_t vsg_net_weights(const vsg_net *net);
/* Part i of the most recent plan; false when there are fewer, or no plan yet.
 */
bool vsg_net_part(vsg_part *out, const vsg_net *net, int i);
/* Step i of the most recent plan; false when there are fewer, no plan yet, or
 * the engine has nothing to tell (engine.h). */
bool vsg_net_step(vsg_step *out, const vsg_net *net, int i);
/* True when some result depends on the node. */
bool vsg_net_needs(const vsg_net *net, int node);

#endif
