/* visage.core.line: a line of text typed at a terminal, with libedit's keys and
 * a history. What a line means is lua/visage/repl's business. */
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "core/base/cancel.h"
#include "core/lua/bind.h"
#include "core/lua/interrupt.h"

#define EDITOR_TYPE "core.line"

enum { HISTORY_ENTRIES = 2000 };

typedef struct editor {
  EditLine *edit; /* NULL once closed */
  History *history;
  const char *prompt; /* valid while editor_read runs */
  bool interrupted;
} editor;

int luaopen_visage_core_line(lua_State *L);

static editor *editor_check(lua_State *L) {
  editor *e = luaL_checkudata(L, 1, EDITOR_TYPE);
  luaL_argcheck(L, e->edit, 1, "editor is closed");
  return e;
}

static char *give_prompt(EditLine *edit) {
  editor *e;
  el_get(edit, EL_CLIENTDATA, &e);
  return (char *)e->prompt; /* libedit does not write to it */
}

/* Waits for input; false when Ctrl-C came instead, before or meanwhile. SIGINT
 * is let in by ppoll alone, so that none is lost between the look at the flag
 * and the wait. */
static bool wait_for_input(void) {
  sigset_t interrupt, old;
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, &old);
  while (!vsg_cancelled() && ppoll(&input, 1, NULL, &old) < 0 &&
         errno == EINTR) {
    continue;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return !vsg_cancelled();
}

/* One character for libedit: 1, 0 at the end, -1 on an interrupt. libedit's own
 * reader takes up a read again that Ctrl-C has ended. */
static int get_character(EditLine *edit, wchar_t *out) {
  editor *e;
  mbstate_t state = {0};
  el_get(edit, EL_CLIENTDATA, &e);
  for (;;) {
    char byte;
    if (!wait_for_input()) {
      e->interrupted = true;
      return -1;
    }
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 0;
    size_t used = mbrtowc(out, &byte, 1, &state);
    if (used == 0 || used == 1) return 1;
    /* Half a character is continued; bytes that are none are passed over. */
    if (used == (size_t)-1) state = (mbstate_t){0};
  }
}

/* Bytes become characters by the user's locale; "C" would split UTF-8. */
static void choose_locale(void) {
  setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8");
}

static int line_open(lua_State *L) {
  HistEvent event;
  choose_locale();
  editor *e = lua_newuserdatauv(L, sizeof *e, 0);
  *e = (editor){0};
  luaL_setmetatable(L, EDITOR_TYPE);
  e->history = history_init();
  e->edit = el_init("visage", stdin, stdout, stderr);
  if (!e->history || !e->edit) return luaL_error(L, "line: no memory");
  history(e->history, &event, H_SETSIZE, HISTORY_ENTRIES);
  history(e->history, &event, H_SETUNIQUE, 1);
  el_set(e->edit, EL_CLIENTDATA, e);
  el_set(e->edit, EL_PROMPT, give_prompt);
  el_set(e->edit, EL_GETCFN, get_character);
  el_set(e->edit, EL_EDITOR, "emacs");
  el_set(e->edit, EL_HIST, history, e->history);
  el_set(e->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_source(e->edit, NULL); /* ~/.editrc, where it is */
  return 1;
}

/* editor:read(prompt) -> the line without its end; nil, "end" or nil,
 * "interrupted". */
static int editor_read(lua_State *L) {
  int length;
  editor *e = editor_check(L);
  e->prompt = luaL_checkstring(L, 2);
  e->interrupted = false;
  /* Else libedit shows the prompt first, and keys that follow at once are
   * taken in the terminal's line mode, where Ctrl-D becomes a NUL. */
  el_set(e->edit, EL_PREP_TERM, 1);
  el_resize(e->edit);
  const char *text = el_gets(e->edit, &length);
  if (e->interrupted) interrupt_clear();
  if (!text || length <= 0) {
    lua_pushnil(L);
    lua_pushstring(L, e->interrupted ? "interrupted" : "end");
    return 2;
  }
  if (text[length - 1] == '\n') length--;
  lua_pushlstring(L, text, (size_t)length);
  return 1;
}

static int editor_remember(lua_State *L) {
  HistEvent event;
  editor *e = editor_check(L);
  history(e->history, &event, H_ENTER, luaL_checkstring(L, 2));
  return 0;
}

/* editor:load(path), editor:save(path) -> false when that fails. */
static int editor_load(lua_State *L) {
  HistEvent event;
  editor *e = editor_check(L);
  const char *path = luaL_checkstring(L, 2);
  lua_pushboolean(L, history(e->history, &event, H_LOAD, path) >= 0);
  return 1;
}

static int editor_save(lua_State *L) {
  HistEvent event;
  editor *e = editor_check(L);
  const char *path = luaL_checkstring(L, 2);
  lua_pushboolean(L, history(e->history, &event, H_SAVE, path) >= 0);
  return 1;
}

static int editor_close(lua_State *L) {
  editor *e = luaL_checkudata(L, 1, EDITOR_TYPE);
  if (e->edit) el_end(e->edit);
  if (e->history) history_end(e->history);
  *e = (editor){0};
  return 0;
}

static const luaL_Reg methods[] = {
    {"read", editor_read},
    {"remember", editor_remember},
    {"load", editor_load},
    {"save", editor_save},
    {"close", editor_close},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", editor_close},
    {"__close", editor_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", line_open},
    {NULL, NULL},
};

int luaopen_visage_core_line(lua_State *L) {
  bind_type(L, EDITOR_TYPE, metamethods, methods);
  luaL_newlib(L, functions);
  return 1;
}
