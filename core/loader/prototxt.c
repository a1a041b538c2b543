/* Caffe's nets as text: a .prototxt, in protobuf's text format. It holds
 * layers, not weights; those are in a .caffemodel.
 *
 *   net     = field*
 *   field   = NAME ":" value | NAME [":"] message | NAME ":" list, then one of
 *             "," ";" or nothing
 *   message = "{" field* "}" | "<" field* ">"
 *   list    = "[" (value | message) ("," ...)* "]"
 *   value   = ["-"] NUMBER | NAME (true, MAX, inf) | STRING STRING*
 *   # to the end of the line is a comment
 *
 * What the fields mean is in caffe.h. The format: protobuf.dev, "Text Format
 * Language Specification". */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/loader/caffe.h"
#include "core/loader/loader.h"
#include "core/loader/prototxt_token.h"

enum {
  NESTED_MOST = 64, /* of messages; a net's own are 4 deep */
  SHOWN_MOST = 40,  /* characters of a token in an error */
};

typedef struct parser {
  vsg_reader *r; /* at the end of the token */
  vsg_token token;
  vsg_caffe *net;
  char *text; /* decoded strings */
  size_t text_size, text_room;
} parser;

/* ---- tokens ---- */

static vsg_status advance(parser *p, vsg_error *err) {
  return vsg_token_next(&p->token, p->r, err);
}

static bool at_sign(const parser *p, char sign) {
  return p->token.kind == VSG_TOKEN_SIGN && p->token.text[0] == sign;
}

/* Fails at the token's place. */
static vsg_status unexpected(const parser *p, const char *wanted,
                             vsg_error *err) {
  vsg_reader r = *p->r;
  size_t length = p->token.length;
  r.at -= length;
  if (p->token.kind == VSG_TOKEN_END) {
    return vsg_read_fail(&r, err, "the text ends, %s wanted", wanted);
  }
  return vsg_read_fail(&r, err, "'%.*s' came, %s wanted",
                       length < SHOWN_MOST ? (int)length : SHOWN_MOST,
                       p->token.text, wanted);
}

/* ---- values ---- */

/* Appends the decoded string of the token to p->text, which has the room. */
static vsg_status decode(parser *p, vsg_error *err) {
  const char *at = p->token.text + 1;
  const char *end = p->token.text + p->token.length - 1;
  while (at < end) {
    size_t used;
    if (*at != '\\') {
      p->text[p->text_size++] = *at++;
      continue;
    }
    used = vsg_token_escape(&p->text[p->text_size++], at + 1, end);
    if (used == 0) return unexpected(p, "a string with known escapes", err);
    at += 1 + used;
  }
  return VSG_OK;
}

/* The strings from the token on, one after another, in p->text. */
static vsg_status read_strings(parser *p, vsg_error *err) {
  p->text_size = 0;
  while (p->token.kind == VSG_TOKEN_STRING) {
    /* A decoded string is no longer than the encoded one. */
    void *text = p->text; /* vsg_list_reserve's type */
    if (vsg_list_reserve(&text, p->text_size, p->token.length, &p->text_room, 1,
                         p->r->name, err)) {
      return err->code;
    }
    p->text = text;
    if (decode(p, err) || advance(p, err)) return err->code;
  }
  return VSG_OK;
}

static bool is_word(const vsg_token *t, const char *word) {
  return t->kind == VSG_TOKEN_NAME && t->length == strlen(word) &&
         memcmp(t->text, word, t->length) == 0;
}

static vsg_status read_number(parser *p, const vsg_caffe_field *f, bool minus,
                              vsg_error *err) {
  double value;
  bool known = vsg_token_number(&value, &p->token);
  if (!known && f->kind == VSG_CAFFE_FLOAT) {
    known = is_word(&p->token, "inf") || is_word(&p->token, "nan");
    if (known) value = p->token.text[0] == 'i' ? INFINITY : NAN;
  }
  if (!known || (f->kind == VSG_CAFFE_INTEGER && value != floor(value))) {
    return unexpected(
        p, f->kind == VSG_CAFFE_INTEGER ? "an integer" : "a number", err);
  }
  if (vsg_caffe_number(p->net, f, minus ? -value : value, err)) {
    return err->code;
  }
  return advance(p, err);
}

static vsg_status read_boolean(parser *p, const vsg_caffe_field *f,
                               vsg_error *err) {
  static const char *const words[] = {"false", "true", "False", "True",
                                      "f",     "t",    "0",     "1"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (p->token.kind != VSG_TOKEN_STRING &&
        p->token.length == strlen(words[i]) &&
        memcmp(p->token.text, words[i], p->token.length) == 0) {
      if (vsg_caffe_number(p->net, f, (double)(i % 2), err)) return err->code;
      return advance(p, err);
    }
  }
  return unexpected(p, "true or false", err);
}

static vsg_status read_choice(parser *p, const vsg_caffe_field *f,
                              vsg_error *err) {
  double number;
  if (vsg_token_number(&number, &p->token)) {
    /* A number that is no choice's stays one that the table lacks. */
    int64_t known = number < INT32_MAX ? (int64_t)number : INT32_MAX;
    if (vsg_caffe_choose(p->net, f, known, err)) return err->code;
    return advance(p, err);
  }
  for (const vsg_caffe_choice *c = f->choice; c->name; c++) {
    if (!is_word(&p->token, c->name)) continue;
    if (vsg_caffe_choose(p->net, f, c->number, err)) return err->code;
    return advance(p, err);
  }
  return unexpected(p, "one of the field's choices", err);
}

static vsg_status read_text(parser *p, const vsg_caffe_field *f,
                            vsg_error *err) {
  if (p->token.kind != VSG_TOKEN_STRING) return unexpected(p, "a string", err);
  if (read_strings(p, err)) return err->code;
  return vsg_caffe_text(p->net, f, p->text, p->text_size, err);
}

/* Any value, which nobody wants. */
static vsg_status skip_value(parser *p, vsg_error *err) {
  if (p->token.kind == VSG_TOKEN_STRING) return read_strings(p, err);
  if (p->token.kind != VSG_TOKEN_NAME && p->token.kind != VSG_TOKEN_NUMBER) {
    return unexpected(p, "a value", err);
  }
  return advance(p, err);
}

/* f is NULL for a field that the table lacks. */
static vsg_status read_value(parser *p, const vsg_caffe_field *f,
                             vsg_error *err) {
  bool minus = at_sign(p, '-');
  bool number =
      f && (f->kind == VSG_CAFFE_INTEGER || f->kind == VSG_CAFFE_FLOAT);
  if (minus && f && f->kind != VSG_CAFFE_SKIP && !number) {
    return unexpected(p, "a value without a sign", err);
  }
  if (minus && advance(p, err)) return err->code;
  if (number) return read_number(p, f, minus, err);
  if (!f || f->kind == VSG_CAFFE_SKIP) return skip_value(p, err);
  if (f->kind == VSG_CAFFE_BOOLEAN) return read_boolean(p, f, err);
  if (f->kind == VSG_CAFFE_CHOICE) return read_choice(p, f, err);
  if (f->kind == VSG_CAFFE_TEXT) return read_text(p, f, err);
  return unexpected(p, "a message", err);
}

/* ---- messages ---- */

static vsg_status read_fields(parser *p, const vsg_caffe_field *fields,
                              char close, int depth, vsg_error *err);

static vsg_status read_message(parser *p, const vsg_caffe_field *f, int depth,
                               vsg_error *err) {
  char close = at_sign(p, '{') ? '}' : '>';
  bool known = f && f->kind == VSG_CAFFE_MESSAGE;
  if (f && (f->kind == VSG_CAFFE_BLOB || f->kind == VSG_CAFFE_OLD)) {
    return vsg_fail(err, VSG_UNSUPPORTED, "%s: offset %zu: '%s' in a text net",
                    p->r->name, p->r->at, f->name);
  }
  if (f && !known && f->kind != VSG_CAFFE_SKIP) {
    return unexpected(p, "a value", err);
  }
  if (depth >= NESTED_MOST) {
    return vsg_read_fail(p->r, err, "messages nested over %d deep",
                         NESTED_MOST);
  }
  if (known && vsg_caffe_enter(p->net, f, err)) return err->code;
  if (advance(p, err)) return err->code;
  if (read_fields(p, known ? f->fields : NULL, close, depth + 1, err)) {
    return err->code;
  }
  if (known && vsg_caffe_leave(p->net, err)) return err->code;
  return advance(p, err);
}

static vsg_status read_one(parser *p, const vsg_caffe_field *f, int depth,
                           vsg_error *err) {
  if (at_sign(p, '{') || at_sign(p, '<')) {
    return read_message(p, f, depth, err);
  }
  return read_value(p, f, err);
}

static vsg_status read_list(parser *p, const vsg_caffe_field *f, int depth,
                            vsg_error *err) {
  if (advance(p, err)) return err->code;
  if (at_sign(p, ']')) return advance(p, err);
  for (;;) {
    if (read_one(p, f, depth, err)) return err->code;
    if (at_sign(p, ']')) return advance(p, err);
    if (!at_sign(p, ',')) return unexpected(p, "',' or ']'", err);
    if (advance(p, err)) return err->code;
  }
}

/* The token is the field's name. */
static vsg_status read_field(parser *p, const vsg_caffe_field *fields,
                             int depth, vsg_error *err) {
  const vsg_caffe_field *f;
  bool colon;
  if (p->token.kind != VSG_TOKEN_NAME) {
    return unexpected(p, "a field's name", err);
  }
  f = vsg_caffe_named(fields, p->token.text, p->token.length);
  if (!f && fields &&
      vsg_caffe_unknown(p->net, p->token.text, p->token.length, err)) {
    return err->code;
  }
  if (advance(p, err)) return err->code;
  colon = at_sign(p, ':');
  if (colon && advance(p, err)) return err->code;
  if (!colon && !at_sign(p, '{') && !at_sign(p, '<')) {
    return unexpected(p, "':' or '{'", err);
  }
  if (at_sign(p, '[')) return read_list(p, f, depth, err);
  return read_one(p, f, depth, err);
}

/* Fields up to the sign close, which stays the token; up to the end of the text
 * when close is 0. */
static vsg_status read_fields(parser *p, const vsg_caffe_field *fields,
                              char close, int depth, vsg_error *err) {
  for (;;) {
    bool ends = close ? at_sign(p, close) : p->token.kind == VSG_TOKEN_END;
    if (ends) return VSG_OK;
    if (read_field(p, fields, depth, err)) return err->code;
    if ((at_sign(p, ',') || at_sign(p, ';')) && advance(p, err)) {
      return err->code;
    }
  }
}

/* ---- the loader ---- */

/* A field of a net, then ':' or '{'. */
static bool sniff(const unsigned char *data, size_t size) {
  vsg_reader r = {data, size, 0, ""};
  vsg_error err;
  vsg_token name, sign;
  return !vsg_token_next(&name, &r, &err) && name.kind == VSG_TOKEN_NAME &&
         vsg_caffe_named(vsg_caffe_net, name.text, name.length) &&
         !vsg_token_next(&sign, &r, &err) && sign.kind == VSG_TOKEN_SIGN &&
         memchr(":{<", sign.text[0], 3);
}

static vsg_status read_prototxt(vsg_weights *out, vsg_reader *r,
                                vsg_error *err) {
  parser p = {.r = r};
  vsg_status status = vsg_caffe_new(&p.net, out, r, err);
  if (!status) status = advance(&p, err);
  if (!status) status = read_fields(&p, vsg_caffe_net, 0, 0, err);
  if (!status) status = vsg_caffe_finish(p.net, err);
  vsg_caffe_free(p.net);
  free(p.text);
  return status;
}

const vsg_loader vsg_loader_prototxt = {"prototxt", sniff, read_prototxt};
