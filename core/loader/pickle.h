/* A reader of the part of Python's pickle format that checkpoints need. It can
 * make nothing but tensors, dictionaries, lists, tuples, numbers, strings,
 * booleans and None, and calls nothing: the few classes and functions that a
 * state dictionary names (pickle_torch.c) are known by name and acted out here.
 * Any other is foreign (pickle_object.c): what it would have made is an object
 * of which no more is known than the state that the file gives it, and where
 * it was to get a tensor by other ways it is VSG_UNSUPPORTED with its name. For
 * numpy's object arrays the names are others (pickle_numpy.c).
 *
 * Protocols 2 to 5; the text opcodes of protocol 0 are VSG_UNSUPPORTED. Depth,
 * values, memo and storages are limited, and no opcode makes more than one
 * value, so a small file cannot ask for much memory or time. */
#ifndef VSG_LOADER_PICKLE_H
#define VSG_LOADER_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/reader.h"
#include "core/loader/elements.h"
#include "core/tensor/tensor.h"

typedef enum vsg_pickle_kind {
  VSG_PICKLE_NONE,
  VSG_PICKLE_BOOL,
  VSG_PICKLE_INTEGER,
  VSG_PICKLE_REAL,
  VSG_PICKLE_STRING,
  VSG_PICKLE_BYTES, /* also an integer of over 64 bits, little endian */
  VSG_PICKLE_LIST,
  VSG_PICKLE_TUPLE,
  VSG_PICKLE_DICT, /* items are key, value, key, value */
  VSG_PICKLE_GLOBAL,
  VSG_PICKLE_FOREIGN, /* a class or function that is not known */
  VSG_PICKLE_OBJECT,  /* what one would have made; items as a dict's */
  VSG_PICKLE_STORAGE,
  VSG_PICKLE_TENSOR,
  /* numpy's, of pickle_numpy.c */
  VSG_PICKLE_ARRAY,   /* one without its state yet */
  VSG_PICKLE_DTYPE,   /* its name, as a string */
  VSG_PICKLE_LETTERS, /* text of which each letter is a byte */
  VSG_PICKLE_BOX,     /* stands for the one value in it */
} vsg_pickle_kind;

/* A value is named by its place in the arena, which may move as it grows. */
typedef uint32_t vsg_pickle_ref;

/* What a permitted name does when it is called. */
typedef enum vsg_pickle_call {
  VSG_PICKLE_ORDERED_DICT,
  VSG_PICKLE_REBUILD_TENSOR,
  VSG_PICKLE_REBUILD_FROM_TYPE,
  VSG_PICKLE_FIRST,      /* gives its first argument */
  VSG_PICKLE_EMPTY_DICT, /* a dictionary, whatever its arguments */
  VSG_PICKLE_DEVICE,
  VSG_PICKLE_INERT, /* a dtype or storage class: never called */
  VSG_PICKLE_NUMPY_ARRAY,
  VSG_PICKLE_NUMPY_SCALAR,
  VSG_PICKLE_NUMPY_DTYPE,
  VSG_PICKLE_NUMPY_BYTES,
} vsg_pickle_call;

typedef struct vsg_pickle_global {
  const char *module, *name;
  vsg_pickle_call call;
  const char *element; /* of a storage class: its type in elements.h */
} vsg_pickle_global;

typedef struct vsg_pickle_value {
  vsg_pickle_kind kind;
  bool has_tensor;  /* a container: among what was put into it is one */
  bool swap;        /* a dtype: big endian */
  uint32_t foreign; /* of a foreign one and its objects: which */
  union {
    int64_t integer; /* and bool */
    double real;
    struct {
      const char *text; /* borrowed from the file; not terminated */
      size_t length;
    } string; /* and bytes */
    struct {
      vsg_pickle_ref *items; /* owned */
      uint32_t count, room;
    } list; /* and tuple, dict, object, box */
    const vsg_pickle_global *global;
    uint32_t index; /* of a storage or tensor */
  } as;
} vsg_pickle_value;

/* A block of numbers that lies outside the pickle. */
typedef struct vsg_pickle_storage {
  const char *key; /* borrowed from the file; not terminated */
  size_t key_length;
  const vsg_element *type;
  size_t count;
  vsg_tensor *data; /* owned; one axis; NULL until pytorch.c has read it */
} vsg_pickle_storage;

/* A view of a storage, checked against the storage's count. */
typedef struct vsg_pickle_tensor {
  uint32_t storage;
  int dims;
  long shape[VSG_MAX_DIMS];
  long stride[VSG_MAX_DIMS];
  long offset;
} vsg_pickle_tensor;

/* The name of a class or function, where the file has it. */
typedef struct vsg_pickle_foreign {
  const char *module, *name; /* borrowed from the file; not terminated */
  size_t module_length, name_length;
  size_t at;
} vsg_pickle_foreign;

typedef struct vsg_pickle {
  vsg_reader *r;      /* borrowed; every error names its offset */
  bool numpy;         /* numpy's names are known, and no others */
  size_t array_bytes; /* of all numpy arrays together */
  vsg_pickle_value *values;
  size_t value_count, value_room;
  size_t item_count; /* of all containers together */
  vsg_pickle_ref *stack;
  size_t depth, stack_room;
  vsg_pickle_ref *memo;
  size_t memo_count, memo_room; /* count: one past the highest entry */
  vsg_pickle_storage *storages;
  size_t storage_count, storage_room;
  size_t compared; /* storages, one after another, with the one named */
  vsg_pickle_tensor *tensors;
  size_t tensor_count, tensor_room;
  vsg_pickle_foreign *foreigns; /* each time one is named */
  size_t foreign_count, foreign_room;
} vsg_pickle;

/* Begins with an empty *p (all zero but for numpy) on r. Reads one pickle, up
 * to its STOP; r is left behind it and *root is what it held. May be called
 * again for the next one: values, storages and tensors stay, stack and memo do
 * not. */
vsg_status vsg_pickle_read(vsg_pickle_ref *root, vsg_pickle *p, vsg_error *err);

/* Frees all but p itself; fine on an empty one and after a failure. */
void vsg_pickle_free(vsg_pickle *p);

/* VSG_UNSUPPORTED with the name and the place of a foreign class. */
vsg_status vsg_pickle_refuse(const vsg_pickle *p, uint32_t foreign,
                             vsg_error *err);

/* ---- between pickle.c, pickle_value.c, pickle_torch.c, pickle_object.c ----
 */

/* What MARK leaves on the stack; no value has this name. */
#define VSG_PICKLE_MARK UINT32_MAX

/* The value's address, until the next value is made. */
vsg_pickle_value *vsg_pickle_at(const vsg_pickle *p, vsg_pickle_ref ref);
const char *vsg_pickle_kind_name(vsg_pickle_kind kind);
/* Makes a value of that kind, all else zero, and pushes it. */
vsg_status vsg_pickle_make(vsg_pickle_ref *out, vsg_pickle *p,
                           vsg_pickle_kind kind, vsg_error *err);
vsg_status vsg_pickle_push(vsg_pickle *p, vsg_pickle_ref ref, vsg_error *err);
/* The top value, which must not be a mark. */
vsg_status vsg_pickle_pop(vsg_pickle_ref *out, vsg_pickle *p, vsg_error *err);
/* As pop, and the value must be of that kind. */
vsg_status vsg_pickle_pop_kind(vsg_pickle_ref *out, vsg_pickle *p,
                               vsg_pickle_kind kind, vsg_error *err);
/* Whether the value is a tensor or storage, or was filled with some. */
bool vsg_pickle_has_tensor(const vsg_pickle *p, vsg_pickle_ref ref);
/* Appends to a list, tuple, dict or object. */
vsg_status vsg_pickle_append(vsg_pickle *p, vsg_pickle_ref list,
                             vsg_pickle_ref item, vsg_error *err);

/* The n-th item of a tuple, which must be of that kind. */
vsg_status vsg_pickle_argument(vsg_pickle_value *out, const vsg_pickle *p,
                               vsg_pickle_ref tuple, uint32_t n,
                               vsg_pickle_kind kind, vsg_error *err);
/* The n-th item as a number of at least 0. */
vsg_status vsg_pickle_natural(long *out, const vsg_pickle *p,
                              vsg_pickle_ref tuple, uint32_t n, vsg_error *err);
/* The n-th item, a tuple of numbers of at least 0. */
vsg_status vsg_pickle_naturals(int *count, long out[VSG_MAX_DIMS],
                               const vsg_pickle *p, vsg_pickle_ref tuple,
                               uint32_t n, vsg_error *err);

/* Pushes the class or function of that name, which may be foreign. */
vsg_status vsg_pickle_push_global(vsg_pickle *p, const char *module,
                                  size_t module_length, const char *name,
                                  size_t name_length, vsg_error *err);
/* REDUCE: pushes what a permitted function makes of a tuple of arguments. */
vsg_status vsg_pickle_reduce(vsg_pickle *p, vsg_pickle_ref function,
                             vsg_pickle_ref arguments, vsg_error *err);
/* BINPERSID: pushes the storage that a tuple describes. */
vsg_status vsg_pickle_persistent(vsg_pickle *p, vsg_pickle_ref id,
                                 vsg_error *err);

vsg_status vsg_pickle_push_foreign(vsg_pickle *p, const char *module,
                                   size_t module_length, const char *name,
                                   size_t name_length, vsg_error *err);
/* REDUCE and NEWOBJ of any function or class: vsg_pickle_reduce, or for what is
 * foreign an object. */
vsg_status vsg_pickle_apply(vsg_pickle *p, vsg_pickle_ref function,
                            vsg_pickle_ref arguments, vsg_error *err);
/* BUILD: gives a state to an object; a dictionary's is dropped. */
vsg_status vsg_pickle_build(vsg_pickle *p, vsg_pickle_ref target,
                            vsg_pickle_ref state, vsg_error *err);
/* numpy's class or function of that name, or NULL. */
const vsg_pickle_global *vsg_pickle_numpy_find(const char *module,
                                               size_t module_length,
                                               const char *name,
                                               size_t name_length);
/* What vsg_pickle_reduce does for those. */
vsg_status vsg_pickle_numpy_call(vsg_pickle *p, vsg_pickle_call call,
                                 vsg_pickle_ref arguments, vsg_error *err);
/* What vsg_pickle_build does for an array or a dtype. */
vsg_status vsg_pickle_numpy_build(vsg_pickle *p, vsg_pickle_ref target,
                                  vsg_pickle_ref state, vsg_error *err);

/* Appends to a container that the file takes for a list or a dict: list items
 * of an object are dropped. */
vsg_status vsg_pickle_put(vsg_pickle *p, vsg_pickle_ref container,
                          vsg_pickle_kind kind, vsg_pickle_ref item,
                          vsg_error *err);

#endif
