/* visage.core.system: what the operating system knows and Lua's own libraries
 * do not tell. lua/visage/system.lua is the face of it. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/process.h"
#include "core/base/sha256.h"
#include "core/lua/bind.h"

#define PROCESS_TYPE "core.process"

int luaopen_visage_core_system(lua_State *L);

/* nil, "what: reason", "IO" for the failed system call. */
static int fail_errno(lua_State *L, const char *what) {
  vsg_error err;
  vsg_fail(&err, VSG_IO, "%s: %s", what, strerror(errno));
  return bind_fail(L, &err);
}

static int system_isatty(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

static int system_clock(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec * 1e-9);
  return 1;
}

static int system_sha256(lua_State *L) {
  char text[VSG_SHA256_TEXT];
  vsg_error err;
  size_t size;
  const char *data = luaL_checklstring(L, 1, &size);
  if (vsg_sha256(text, data, size, &err)) return bind_fail(L, &err);
  lua_pushstring(L, text);
  return 1;
}

static int system_sha256_file(lua_State *L) {
  char text[VSG_SHA256_TEXT];
  vsg_error err;
  const char *path = luaL_checkstring(L, 1);
  if (vsg_sha256_file(text, path, &err)) return bind_fail(L, &err);
  lua_pushstring(L, text);
  return 1;
}

static int system_realpath(lua_State *L) {
  char out[PATH_MAX];
  const char *path = luaL_checkstring(L, 1);
  if (!realpath(path, out)) return fail_errno(L, path);
  lua_pushstring(L, out);
  return 1;
}

static int system_mkdir(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  mode_t mode = (mode_t)luaL_optinteger(L, 2, 0777);
  if (mkdir(path, mode) != 0) return fail_errno(L, path);
  lua_pushboolean(L, 1);
  return 1;
}

static int system_chmod(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  if (chmod(path, (mode_t)luaL_checkinteger(L, 2)) != 0) {
    return fail_errno(L, path);
  }
  lua_pushboolean(L, 1);
  return 1;
}

static int system_rename(lua_State *L) {
  const char *from = luaL_checkstring(L, 1);
  const char *to = luaL_checkstring(L, 2);
  if (rename(from, to) != 0) {
    return fail_errno(L, lua_pushfstring(L, "%s -> %s", from, to));
  }
  lua_pushboolean(L, 1);
  return 1;
}

static int system_temp_dir(lua_State *L) {
  char path[PATH_MAX];
  const char *base = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/visage-XXXXXX", base ? base : "/tmp");
  if (!mkdtemp(path)) return fail_errno(L, path);
  lua_pushstring(L, path);
  return 1;
}

/* For this process and those that it starts. */
static int system_setenv(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  if (setenv(name, luaL_checkstring(L, 2), 1) != 0) {
    return fail_errno(L, name);
  }
  lua_pushboolean(L, 1);
  return 1;
}

static int system_pid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

/* The peak in KiB. getrusage's counts what the parent held when it started this
 * program, so that it serves only where there is no VmHWM. */
static long peak_rss_kib(void) {
  struct rusage usage;
  char line[128];
  long kib = 0;
  FILE *status = fopen("/proc/self/status", "r");
  if (status) {
    while (!kib && fgets(line, sizeof line, status)) {
      if (sscanf(line, "VmHWM: %ld", &kib) != 1) kib = 0;
    }
    fclose(status);
  }
  if (kib > 0) return kib;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static int system_peak_rss(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)peak_rss_kib() * 1024);
  return 1;
}

/* The processors this process may run on, not those of the machine. */
static int system_cores(lua_State *L) {
  cpu_set_t set;
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
  lua_pushinteger(L, n);
  return 1;
}

/* ---- processes ---- */

/* The arguments at index as argv, in a userdata left on the stack. The strings
 * stay in the table, which the caller keeps. */
static char **argv_check(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, index);
  luaL_argcheck(L, n > 0, index, "a command has at least a name");
  char **argv = lua_newuserdatauv(L, sizeof *argv * (size_t)(n + 1), 0);
  for (lua_Integer i = 0; i < n; i++) {
    if (lua_geti(L, index, i + 1) != LUA_TSTRING) {
      luaL_error(L, "run: argument %d is a %s, wanted a string", (int)(i + 1),
                 luaL_typename(L, -1));
    }
    /* posix_spawn does not write through argv. */
    argv[i] = (char *)lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  argv[n] = NULL;
  return argv;
}

/* spawn(command, errors, talk): a process; with talk process:write reaches its
 * standard input. */
static int system_spawn(lua_State *L) {
  static const char *const names[] = {"inherit", "merge", "drop", NULL};
  vsg_error err;
  vsg_stderr errors = (vsg_stderr)luaL_checkoption(L, 2, "inherit", names);
  bool talk = lua_toboolean(L, 3);
  char **argv = argv_check(L, 1);
  vsg_process *process = lua_newuserdatauv(L, sizeof *process, 0);
  *process = (vsg_process){0, -1, -1};
  luaL_setmetatable(L, PROCESS_TYPE);
  if (vsg_process_start(process, argv, errors, talk, &err)) {
    return bind_fail(L, &err);
  }
  return 1;
}

/* The next piece of output; nil at its end. */
static int process_read(lua_State *L) {
  char piece[LUAL_BUFFERSIZE];
  vsg_error err;
  size_t n;
  vsg_process *process = luaL_checkudata(L, 1, PROCESS_TYPE);
  if (vsg_process_read(&n, process, piece, sizeof piece, &err)) {
    return bind_fail(L, &err);
  }
  if (n == 0) return 0;
  lua_pushlstring(L, piece, n);
  return 1;
}

static int process_write(lua_State *L) {
  vsg_error err;
  size_t size;
  vsg_process *process = luaL_checkudata(L, 1, PROCESS_TYPE);
  const char *data = luaL_checklstring(L, 2, &size);
  if (vsg_process_write(process, data, size, &err)) return bind_fail(L, &err);
  lua_pushboolean(L, 1);
  return 1;
}

static int process_wait(lua_State *L) {
  int status;
  vsg_error err;
  vsg_process *process = luaL_checkudata(L, 1, PROCESS_TYPE);
  luaL_argcheck(L, process->pid != 0, 1, "process has been waited for");
  if (vsg_process_wait(&status, process, &err)) return bind_fail(L, &err);
  lua_pushinteger(L, status);
  return 1;
}

static int process_close(lua_State *L) {
  vsg_process_close(luaL_checkudata(L, 1, PROCESS_TYPE));
  return 0;
}

static const luaL_Reg process_methods[] = {
    {"read", process_read}, {"write", process_write},
    {"wait", process_wait}, {"close", process_close},
    {NULL, NULL},
};

static const luaL_Reg process_metamethods[] = {
    {"__gc", process_close},
    {"__close", process_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"isatty", system_isatty},
    {"clock", system_clock},
    {"sha256", system_sha256},
    {"sha256_file", system_sha256_file},
    {"realpath", system_realpath},
    {"mkdir", system_mkdir},
    {"chmod", system_chmod},
    {"rename", system_rename},
    {"temp_dir", system_temp_dir},
    {"setenv", system_setenv},
    {"pid", system_pid},
    {"peak_rss", system_peak_rss},
    {"cores", system_cores},
    {"spawn", system_spawn},
    {NULL, NULL},
};

int luaopen_visage_core_system(lua_State *L) {
  bind_type(L, PROCESS_TYPE, process_metamethods, process_methods);
  luaL_newlib(L, functions);
  return 1;
}
