/* The tokens of protobuf's text format; see prototxt_token.h. */
#include "core/loader/prototxt_token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MOST = 63 }; /* characters of a number */

/* ctype.h asks the locale. */
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void skip_space(vsg_reader *r) {
  bool comment = false;
  for (; r->at < r->size; r->at++) {
    char c = (char)r->data[r->at];
    if (c == '#') comment = true;
    if (c == '\n') comment = false;
    if (!comment && !is_space(c)) return;
  }
}

/* The characters of a name or number from r's place on: letters, digits and
 * dots, and a sign behind a decimal exponent's e. */
static size_t word_length(const vsg_reader *r, bool number) {
  const char *text = (const char *)r->data + r->at; /* text is bytes here */
  size_t left = r->size - r->at, n = 0;
  bool hex = left > 1 && text[0] == '0' && (text[1] | 32) == 'x';
  while (n < left &&
         (is_letter(text[n]) || is_digit(text[n]) ||
          (number && text[n] == '.') ||
          (number && !hex && n > 0 && (text[n] == '-' || text[n] == '+') &&
           (text[n - 1] | 32) == 'e'))) {
    n++;
  }
  return n;
}

/* *length is that of the string with its quotes; it ends in its line. */
static vsg_status string_length(size_t *length, const vsg_reader *r,
                                vsg_error *err) {
  const char *text = (const char *)r->data + r->at; /* text is bytes here */
  size_t left = r->size - r->at;
  for (size_t n = 1; n < left && text[n] != '\n'; n++) {
    if (text[n] == text[0]) {
      *length = n + 1;
      return VSG_OK;
    }
    if (text[n] == '\\') n++;
  }
  return vsg_read_fail(r, err, "a string that does not end in its line");
}

vsg_status vsg_token_next(vsg_token *out, vsg_reader *r, vsg_error *err) {
  char first;
  skip_space(r);
  *out = (vsg_token){VSG_TOKEN_END, (const char *)r->data + r->at, 0};
  if (r->at == r->size) return VSG_OK;
  first = out->text[0];
  if (is_letter(first)) {
    out->kind = VSG_TOKEN_NAME;
    out->length = word_length(r, false);
  } else if (is_digit(first) || first == '.') {
    out->kind = VSG_TOKEN_NUMBER;
    out->length = word_length(r, true);
  } else if (first == '"' || first == '\'') {
    out->kind = VSG_TOKEN_STRING;
    if (string_length(&out->length, r, err)) return err->code;
  } else {
    out->kind = VSG_TOKEN_SIGN;
    out->length = 1;
  }
  r->at += out->length;
  return VSG_OK;
}

bool vsg_token_number(double *out, const vsg_token *t) {
  char text[NUMBER_MOST + 1];
  char *end;
  size_t length = t->length;
  if (t->kind != VSG_TOKEN_NUMBER || length > NUMBER_MOST) return false;
  memcpy(text, t->text, length);
  text[length] = '\0';
  errno = 0;
  *out = (double)strtoull(text, &end, 0);
  if (!*end && !errno) return true;
  if (length > 1 && (text[1] | 32) == 'x') return false;
  if ((text[length - 1] | 32) == 'f') text[--length] = '\0';
  *out = strtod(text, &end);
  return !*end && end != text;
}

static const char escapes[] = "abfnrtv\\'\"?";
static const char meanings[] = "\a\b\f\n\r\t\v\\'\"?";

static int digit_of(char c) {
  if (is_digit(c)) return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

size_t vsg_token_escape(char *out, const char *text, const char *end) {
  const char *known = text < end ? strchr(escapes, *text) : NULL;
  int base = text < end && (*text | 32) == 'x' ? 16 : 8;
  size_t first = base == 16 ? 1 : 0, n = first;
  int value = 0;
  if (known && *known) {
    *out = meanings[known - escapes];
    return 1;
  }
  while (n < 3 && text + n < end && digit_of(text[n]) < base) {
    value = value * base + digit_of(text[n++]);
  }
  *out = (char)value;
  return n > first ? n : 0;
}
