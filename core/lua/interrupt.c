/* Ctrl-C; see interrupt.h. */
#include "core/lua/interrupt.h"

#include <lauxlib.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "core/base/cancel.h"

/* So many interrupts over so many seconds that nothing answers end the
 * program: the way out of a loop in a coroutine or of a deaf library. */
enum { PATIENCE = 5, PATIENCE_SECONDS = 3 };

/* What a signal handler can reach has no other address than globals. */
static lua_State *main_state;
static pthread_t main_thread;
static volatile sig_atomic_t unanswered;
static time_t first_unanswered;

static void stop_hook(lua_State *L, lua_Debug *where) {
  (void)where; /* the hook's signature */
  interrupt_raise(L);
}

static void on_interrupt(int signal_number) {
  if (!pthread_equal(pthread_self(), main_thread)) {
    /* lua_sethook walks the stack of calls, which only its own thread keeps
     * still; workers hand the signal on. */
    pthread_kill(main_thread, signal_number);
    return;
  }
  if (unanswered == 0) first_unanswered = time(NULL);
  if (++unanswered >= PATIENCE &&
      time(NULL) - first_unanswered >= PATIENCE_SECONDS) {
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
  }
  vsg_cancel_set(true);
  lua_sethook(main_state, stop_hook,
              LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

void interrupt_install(lua_State *L) {
  struct sigaction action = {.sa_handler = on_interrupt}, old;
  main_state = L;
  main_thread = pthread_self();
  sigemptyset(&action.sa_mask);
  /* No SA_RESTART: a read that waits must return, so that Lua goes on. */
  sigaction(SIGINT, NULL, &old);
  if (old.sa_handler != SIG_IGN) sigaction(SIGINT, &action, NULL);
}

void interrupt_clear(void) {
  lua_sethook(main_state, NULL, 0, 0);
  vsg_cancel_set(false);
  unanswered = 0;
}

int interrupt_raise(lua_State *L) {
  lua_Debug frame;
  interrupt_clear();
  /* In a hook level 0 is the Lua function; in a C function its caller is 1. */
  int level = lua_getstack(L, 0, &frame) && lua_getinfo(L, "S", &frame) &&
              *frame.what == 'C';
  luaL_where(L, level);
  lua_pushstring(L, "interrupted!");
  lua_concat(L, 2);
  return lua_error(L);
}
