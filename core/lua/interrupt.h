/* Ctrl-C: a SIGINT handler that stays armed. It sets the core's cancel flag,
 * which long core calls poll, and makes the running Lua code raise
 * "interrupted!" at its next instruction.
 *
 * As in `lua`, code inside a coroutine is stopped only once it yields or calls
 * the core. */
#ifndef VSG_LUA_INTERRUPT_H
#define VSG_LUA_INTERRUPT_H

#include <lua.h>

/* Installs the handler for the state L, on the thread that calls. A SIGINT that
 * the parent had ignored stays ignored. */
void interrupt_install(lua_State *L);

/* Raises "WHERE: interrupted!", after which the interrupt is answered. */
int interrupt_raise(lua_State *L);

/* Forgets an interrupt that has not been answered yet. */
void interrupt_clear(void);

#endif
