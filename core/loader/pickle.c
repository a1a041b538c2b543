/* The opcodes of the pickle reader; see pickle.h. The format is described in
 * Python's Lib/pickletools.py; names of opcodes here are those there.
 *
 * A pickle is a program for a stack machine. Its three dangerous opcodes are
 * GLOBAL (and STACK_GLOBAL), which names any function of any module, REDUCE
 * (and NEWOBJ), which calls it, and BUILD, which sets attributes. Here a name
 * is compared with a short list (pickle_torch.c), whose functions are acted
 * out; what is not on it stays a name (pickle_object.c). Nothing is ever
 * called. */
#include "core/loader/pickle.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"

enum { MEMO_MOST = 1 << 22 };

typedef vsg_status opcode(vsg_pickle *p, vsg_error *err);

/* ---- lengths and pieces of the file ---- */

/* Little endian, bytes is 1, 2, 4 or 8. */
static vsg_status read_number(uint64_t *out, vsg_pickle *p, size_t bytes,
                              vsg_error *err) {
  const unsigned char *data;
  if (vsg_read_bytes(&data, p->r, bytes, err)) return err->code;
  *out = 0;
  for (size_t i = 0; i < bytes; i++) *out |= (uint64_t)data[i] << (8 * i);
  return VSG_OK;
}

/* Pushes a string or bytes whose length comes first, in so many bytes. */
static vsg_status push_text(vsg_pickle *p, vsg_pickle_kind kind, size_t bytes,
                            vsg_error *err) {
  const unsigned char *data;
  uint64_t length;
  vsg_pickle_ref ref;
  if (read_number(&length, p, bytes, err)) return err->code;
  if (vsg_read_bytes(&data, p->r, length, err)) return err->code;
  if (vsg_pickle_make(&ref, p, kind, err)) return err->code;
  /* Text is bytes here. */
  vsg_pickle_at(p, ref)->as.string.text = (const char *)data;
  vsg_pickle_at(p, ref)->as.string.length = length;
  return VSG_OK;
}

/* Pushes a two's complement integer of so many bytes; one that does not fit
 * into 64 bits is pushed as its bytes. */
static vsg_status push_integer(vsg_pickle *p, size_t bytes, vsg_error *err) {
  const unsigned char *data;
  vsg_pickle_ref ref;
  uint64_t value = 0;
  if (vsg_read_bytes(&data, p->r, bytes, err)) return err->code;
  if (bytes > sizeof value) {
    if (vsg_pickle_make(&ref, p, VSG_PICKLE_BYTES, err)) return err->code;
    vsg_pickle_at(p, ref)->as.string.text = (const char *)data;
    vsg_pickle_at(p, ref)->as.string.length = bytes;
    return VSG_OK;
  }
  for (size_t i = 0; i < bytes; i++) value |= (uint64_t)data[i] << (8 * i);
  if (bytes > 0 && bytes < sizeof value && data[bytes - 1] & 0x80) {
    value |= UINT64_MAX << (8 * bytes);
  }
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_INTEGER, err)) return err->code;
  vsg_pickle_at(p, ref)->as.integer = (int64_t)value;
  return VSG_OK;
}

static vsg_status push_long(vsg_pickle *p, size_t bytes, vsg_error *err) {
  uint64_t length;
  if (read_number(&length, p, bytes, err)) return err->code;
  return push_integer(p, length, err);
}

/* BININT1 and BININT2 have no sign. */
static vsg_status push_natural(vsg_pickle *p, size_t bytes, vsg_error *err) {
  uint64_t value;
  vsg_pickle_ref ref;
  if (read_number(&value, p, bytes, err)) return err->code;
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_INTEGER, err)) return err->code;
  vsg_pickle_at(p, ref)->as.integer = (int64_t)value;
  return VSG_OK;
}

static vsg_status push_bool(vsg_pickle *p, bool value, vsg_error *err) {
  vsg_pickle_ref ref;
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_BOOL, err)) return err->code;
  vsg_pickle_at(p, ref)->as.integer = value;
  return VSG_OK;
}

static vsg_status push_empty(vsg_pickle *p, vsg_pickle_kind kind,
                             vsg_error *err) {
  vsg_pickle_ref ref;
  return vsg_pickle_make(&ref, p, kind, err);
}

/* BINFLOAT: big endian, unlike all else. */
static vsg_status push_real(vsg_pickle *p, vsg_error *err) {
  const unsigned char *data;
  vsg_pickle_ref ref;
  uint64_t bits = 0;
  double value;
  if (vsg_read_bytes(&data, p->r, sizeof bits, err)) return err->code;
  for (size_t i = 0; i < sizeof bits; i++) bits = bits << 8 | data[i];
  memcpy(&value, &bits, sizeof value);
  if (vsg_pickle_make(&ref, p, VSG_PICKLE_REAL, err)) return err->code;
  vsg_pickle_at(p, ref)->as.real = value;
  return VSG_OK;
}

/* ---- containers ---- */

/* The place on the stack after the last MARK. */
static vsg_status find_mark(size_t *out, vsg_pickle *p, vsg_error *err) {
  for (size_t i = p->depth; i > 0; i--) {
    if (p->stack[i - 1] == VSG_PICKLE_MARK) {
      *out = i;
      return VSG_OK;
    }
  }
  return vsg_read_fail(p->r, err, "pickle: no mark on the stack");
}

/* The top value, a container of that kind or an object. */
static vsg_status pop_container(vsg_pickle_ref *out, vsg_pickle *p,
                                vsg_pickle_kind kind, vsg_error *err) {
  if (p->depth > 0 && p->stack[p->depth - 1] != VSG_PICKLE_MARK &&
      vsg_pickle_at(p, p->stack[p->depth - 1])->kind == VSG_PICKLE_OBJECT) {
    kind = VSG_PICKLE_OBJECT;
  }
  return vsg_pickle_pop_kind(out, p, kind, err);
}

/* Moves the values after the last mark into the container under it. */
static vsg_status take_marked(vsg_pickle *p, vsg_pickle_kind kind,
                              vsg_error *err) {
  size_t first, last = p->depth;
  vsg_pickle_ref list;
  if (find_mark(&first, p, err)) return err->code;
  if (kind == VSG_PICKLE_DICT && (last - first) % 2 != 0) {
    return vsg_read_fail(p->r, err, "pickle: a key without a value");
  }
  p->depth = first - 1;
  if (pop_container(&list, p, kind, err)) return err->code;
  for (size_t i = first; i < last; i++) {
    if (vsg_pickle_put(p, list, kind, p->stack[i], err)) return err->code;
  }
  return vsg_pickle_push(p, list, err);
}

/* Replaces the mark by a new container and moves the values into it. */
static vsg_status wrap_marked(vsg_pickle *p, vsg_pickle_kind kind,
                              vsg_error *err) {
  size_t first, last = p->depth;
  vsg_pickle_ref list;
  if (find_mark(&first, p, err)) return err->code;
  if (kind == VSG_PICKLE_DICT && (last - first) % 2 != 0) {
    return vsg_read_fail(p->r, err, "pickle: a key without a value");
  }
  if (vsg_pickle_make(&list, p, kind, err)) return err->code;
  for (size_t i = first; i < last; i++) {
    if (vsg_pickle_append(p, list, p->stack[i], err)) return err->code;
  }
  p->depth = first - 1;
  return vsg_pickle_push(p, list, err);
}

/* Replaces the n <= 3 top values by a tuple of them. */
static vsg_status wrap_top(vsg_pickle *p, int n, vsg_error *err) {
  vsg_pickle_ref items[3], list;
  for (int i = n - 1; i >= 0; i--) {
    if (vsg_pickle_pop(&items[i], p, err)) return err->code;
  }
  if (vsg_pickle_make(&list, p, VSG_PICKLE_TUPLE, err)) return err->code;
  for (int i = 0; i < n; i++) {
    if (vsg_pickle_append(p, list, items[i], err)) return err->code;
  }
  return VSG_OK;
}

/* APPEND and SETITEM: the n top values go into the container under them. */
static vsg_status take_top(vsg_pickle *p, vsg_pickle_kind kind, int n,
                           vsg_error *err) {
  vsg_pickle_ref items[2], list;
  for (int i = n - 1; i >= 0; i--) {
    if (vsg_pickle_pop(&items[i], p, err)) return err->code;
  }
  if (pop_container(&list, p, kind, err)) return err->code;
  for (int i = 0; i < n; i++) {
    if (vsg_pickle_put(p, list, kind, items[i], err)) return err->code;
  }
  return vsg_pickle_push(p, list, err);
}

/* ---- stack and memo ---- */

static vsg_status pop(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref ref;
  return vsg_pickle_pop(&ref, p, err);
}

static vsg_status pop_mark(vsg_pickle *p, vsg_error *err) {
  size_t first;
  if (find_mark(&first, p, err)) return err->code;
  p->depth = first - 1;
  return VSG_OK;
}

static vsg_status duplicate(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref ref;
  if (vsg_pickle_pop(&ref, p, err)) return err->code;
  if (vsg_pickle_push(p, ref, err)) return err->code;
  return vsg_pickle_push(p, ref, err);
}

static vsg_status store(vsg_pickle *p, uint64_t at, vsg_error *err) {
  vsg_pickle_ref ref;
  if (at >= MEMO_MOST) {
    return vsg_read_fail(p->r, err,
                         "pickle: memo entry %llu, at most %d wanted",
                         (unsigned long long)at, MEMO_MOST);
  }
  if (vsg_pickle_pop(&ref, p, err)) return err->code;
  while (p->memo_count <= at) {
    void *list = p->memo;
    if (vsg_list_grow(&list, p->memo_count, &p->memo_room, sizeof *p->memo,
                      "pickle", err)) {
      return err->code;
    }
    p->memo = list;
    p->memo[p->memo_count++] = VSG_PICKLE_MARK; /* not stored yet */
  }
  p->memo[at] = ref;
  return vsg_pickle_push(p, ref, err);
}

static vsg_status put(vsg_pickle *p, size_t bytes, vsg_error *err) {
  uint64_t at;
  if (read_number(&at, p, bytes, err)) return err->code;
  return store(p, at, err);
}

static vsg_status get(vsg_pickle *p, size_t bytes, vsg_error *err) {
  uint64_t at;
  if (read_number(&at, p, bytes, err)) return err->code;
  if (at >= p->memo_count || p->memo[at] == VSG_PICKLE_MARK) {
    return vsg_read_fail(p->r, err, "pickle: memo entry %llu was never stored",
                         (unsigned long long)at);
  }
  return vsg_pickle_push(p, p->memo[at], err);
}

/* ---- classes and calls ---- */

static vsg_status global(vsg_pickle *p, vsg_error *err) {
  const char *module, *name;
  size_t module_length, name_length;
  if (vsg_read_line(&module, &module_length, p->r, err)) return err->code;
  if (vsg_read_line(&name, &name_length, p->r, err)) return err->code;
  return vsg_pickle_push_global(p, module, module_length, name, name_length,
                                err);
}

static vsg_status stack_global(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref module, name;
  const vsg_pickle_value *m, *n;
  if (vsg_pickle_pop_kind(&name, p, VSG_PICKLE_STRING, err)) return err->code;
  if (vsg_pickle_pop_kind(&module, p, VSG_PICKLE_STRING, err)) return err->code;
  m = vsg_pickle_at(p, module);
  n = vsg_pickle_at(p, name);
  return vsg_pickle_push_global(p, m->as.string.text, m->as.string.length,
                                n->as.string.text, n->as.string.length, err);
}

/* REDUCE and NEWOBJ. */
static vsg_status call(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref arguments, function;
  if (vsg_pickle_pop_kind(&arguments, p, VSG_PICKLE_TUPLE, err) ||
      vsg_pickle_pop(&function, p, err)) {
    return err->code;
  }
  return vsg_pickle_apply(p, function, arguments, err);
}

static vsg_status build(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref state, target;
  if (vsg_pickle_pop(&state, p, err) || vsg_pickle_pop(&target, p, err)) {
    return err->code;
  }
  return vsg_pickle_build(p, target, state, err);
}

static vsg_status persistent(vsg_pickle *p, vsg_error *err) {
  vsg_pickle_ref id;
  if (vsg_pickle_pop_kind(&id, p, VSG_PICKLE_TUPLE, err)) return err->code;
  return vsg_pickle_persistent(p, id, err);
}

static vsg_status protocol(vsg_pickle *p, vsg_error *err) {
  uint64_t version;
  if (read_number(&version, p, 1, err)) return err->code;
  if (version < 2 || version > 5) {
    return vsg_fail(err, VSG_UNSUPPORTED,
                    "%s: offset %zu: pickle protocol %d came, 2 to 5 wanted",
                    p->r->name, p->r->at, (int)version);
  }
  return VSG_OK;
}

/* ---- the machine ---- */

static vsg_status unknown(vsg_pickle *p, uint8_t code, vsg_error *err) {
  p->r->at--;
  return vsg_fail(
      err, VSG_UNSUPPORTED, "%s: offset %zu: pickle opcode 0x%02x%s",
      p->r->name, p->r->at, code,
      strchr("FILSVPpgio", code) && code ? " (protocol 0; 2 to 5 wanted)" : "");
}

static vsg_status step(vsg_pickle *p, uint8_t code, vsg_error *err) {
  uint64_t skipped;
  switch (code) {
    case 0x80:
      return protocol(p, err);
    case 0x95:
      return read_number(&skipped, p, 8, err); /* FRAME */
    case 'N':
      return push_empty(p, VSG_PICKLE_NONE, err);
    case 0x88:
      return push_bool(p, true, err);
    case 0x89:
      return push_bool(p, false, err);
    case 'J':
      return push_integer(p, 4, err);
    case 'K':
      return push_natural(p, 1, err);
    case 'M':
      return push_natural(p, 2, err);
    case 0x8a:
      return push_long(p, 1, err);
    case 0x8b:
      return push_long(p, 4, err);
    case 'G':
      return push_real(p, err);
    case 'U':
      return push_text(p, VSG_PICKLE_STRING, 1, err);
    case 'T':
      return push_text(p, VSG_PICKLE_STRING, 4, err);
    case 0x8c:
      return push_text(p, VSG_PICKLE_STRING, 1, err);
    case 'X':
      return push_text(p, VSG_PICKLE_STRING, 4, err);
    case 0x8d:
      return push_text(p, VSG_PICKLE_STRING, 8, err);
    case 'C':
      return push_text(p, VSG_PICKLE_BYTES, 1, err);
    case 'B':
      return push_text(p, VSG_PICKLE_BYTES, 4, err);
    case 0x8e:
      return push_text(p, VSG_PICKLE_BYTES, 8, err);
    case ']':
      return push_empty(p, VSG_PICKLE_LIST, err);
    case 0x8f: /* EMPTY_SET: as a list */
      return push_empty(p, VSG_PICKLE_LIST, err);
    case 0x90: /* ADDITEMS */
      return take_marked(p, VSG_PICKLE_LIST, err);
    case 0x91: /* FROZENSET */
      return wrap_marked(p, VSG_PICKLE_LIST, err);
    case ')':
      return push_empty(p, VSG_PICKLE_TUPLE, err);
    case '}':
      return push_empty(p, VSG_PICKLE_DICT, err);
    case '(':
      return vsg_pickle_push(p, VSG_PICKLE_MARK, err);
    case 'a':
      return take_top(p, VSG_PICKLE_LIST, 1, err);
    case 's':
      return take_top(p, VSG_PICKLE_DICT, 2, err);
    case 'e':
      return take_marked(p, VSG_PICKLE_LIST, err);
    case 'u':
      return take_marked(p, VSG_PICKLE_DICT, err);
    case 'l':
      return wrap_marked(p, VSG_PICKLE_LIST, err);
    case 't':
      return wrap_marked(p, VSG_PICKLE_TUPLE, err);
    case 'd':
      return wrap_marked(p, VSG_PICKLE_DICT, err);
    case 0x85:
      return wrap_top(p, 1, err);
    case 0x86:
      return wrap_top(p, 2, err);
    case 0x87:
      return wrap_top(p, 3, err);
    case '0':
      return pop(p, err);
    case '1':
      return pop_mark(p, err);
    case '2':
      return duplicate(p, err);
    case 'q':
      return put(p, 1, err);
    case 'r':
      return put(p, 4, err);
    case 0x94:
      return store(p, p->memo_count, err); /* MEMOIZE */
    case 'h':
      return get(p, 1, err);
    case 'j':
      return get(p, 4, err);
    case 'c':
      return global(p, err);
    case 0x93:
      return stack_global(p, err);
    case 'R':
    case 0x81: /* NEWOBJ */
      return call(p, err);
    case 'b':
      return build(p, err);
    case 'Q':
      return persistent(p, err);
    default:
      return unknown(p, code, err);
  }
}

vsg_status vsg_pickle_read(vsg_pickle_ref *root, vsg_pickle *p,
                           vsg_error *err) {
  uint8_t code;
  p->depth = 0;
  p->memo_count = 0;
  for (;;) {
    if (vsg_read_u8(&code, p->r, err)) return err->code;
    if (code == '.') return vsg_pickle_pop(root, p, err); /* STOP */
    if (step(p, code, err)) return err->code;
  }
}
