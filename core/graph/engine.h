/* The interface of an engine: how a graph is computed on one device.
 *
 * A net (net.h) owns a copy of the graph and asks its engine for a plan per
 * input size. The plan owns whatever the engine makes of the weights and all
 * memory that running needs; the graph itself is never changed. A new engine is
 * one vsg_engine named in core/backend/registry.c. */
#ifndef VSG_GRAPH_ENGINE_H
#define VSG_GRAPH_ENGINE_H

#include "core/graph/graph.h"
#include "core/graph/precision.h"

/* What a plan is for. Borrowed by prepare; the graph and the shapes outlive the
 * plan. */
typedef struct vsg_request {
  const vsg_graph *graph;
  const vsg_shape *shape; /* of every node; dim[0] is the largest batch */
  const bool *needed;     /* per node: some result depends on it */
  const int *result;      /* places of the nodes whose tensors are wanted */
  int results;
  int threads;             /* 0: as the libraries choose */
  unsigned passes;         /* of fuse.h; 0: every node is computed by itself */
  vsg_precision precision; /* one that the engine has */
  const vsg_range *range;  /* of every node; for int8 alone */
  /* There will be no other plan: tensors that the plan does not read when it
   * runs are freed after prepare. */
  bool only;
} vsg_request;

/* Engines begin their own plan with this. */
typedef struct vsg_engine vsg_engine;
typedef struct vsg_plan {
  const vsg_engine *engine;
  size_t weights; /* bytes of weights in layouts of the engine's own */
  size_t bytes;   /* memory that running needs, beside weights and results */
} vsg_plan;

/* A way in which a plan is run: so many workers, each of which takes so many
 * images at a time on so many threads and needs so many bytes for activations
 * (maps between layers) and for what layers write meanwhile. */
typedef struct vsg_part {
  int images, workers, threads;
  size_t activations, scratch; /* of one worker */
} vsg_part;

/* A step of a plan: whose numbers it makes, and who computes it: an
 * implementation of a library, "reorder", or "reference" for a node that the
 * engine leaves to the reference kernel. */
typedef struct vsg_step {
  int node;
  const char *by; /* borrowed; lives as long as the plan */
} vsg_step;

struct vsg_engine {
  const char *name;
  const char *device;
  unsigned passes; /* of fuse.h, that it has; 0: it computes every node */
  /* (optional) True when it computes so on this machine. Without this function
   * it has fp32 alone. */
  bool (*has)(vsg_precision precision);
  /* (optional) Step i, in the order of the run; false when there are fewer.
   * Without this function every needed node is a step of the engine's own. */
  bool (*step)(vsg_step *out, const vsg_plan *plan, int i);
  /* Part i of a plan, those for most images first; false when there are fewer.
   * A plan that is not the only one may add parts when they are needed. */
  bool (*part)(vsg_part *out, const vsg_plan *plan, int i);
  /* (optional) True when running reads the node's tensors. Without this
   * function it reads all of them. */
  bool (*reads)(const vsg_plan *plan, int node);
  vsg_status (*prepare)(vsg_plan **out, const vsg_request *request,
                        vsg_error *err);
  /* Computes a batch of n images, at most the planned batch. input holds one
   * pointer per input of the graph, result one per result of the request, to
   * contiguous f32 numbers with N = n. One run of a plan at a time, from any
   * thread. Polls the cancel flag between nodes; after a failure the results
   * are undefined. */
  vsg_status (*run)(vsg_plan *plan, long n, const float *const *input,
                    float *const *result, vsg_error *err);
  void (*free)(vsg_plan *plan);
};

/* VSG_DEVICE with "compile: ..." when the engine has not got that precision on
 * this machine. */
vsg_status vsg_engine_check(const vsg_engine *engine, vsg_precision precision,
                            vsg_error *err);

#endif
