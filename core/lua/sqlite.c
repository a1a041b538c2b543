/* visage.core.sqlite: one file of tables, by SQLite. What the tables are is
 * lua/visage/store.lua's business.
 *
 * Strings go in and come out as blobs, byte for byte; SQL that wants text
 * casts. Statements may be collected after their connection: SQLite keeps a
 * closed one until its last statement is gone. */
#include <sqlite3.h>

#include "core/lua/bind.h"

#define DATABASE_TYPE "core.sqlite"
#define STATEMENT_TYPE "core.sqlite.statement"

int luaopen_visage_core_sqlite(lua_State *L);

/* Mistakes in the SQL apart from the world's faults: a full disk, a locked or
 * corrupt file. */
static vsg_status status_of(int code) {
  switch (code & 0xff) {
    case SQLITE_NOMEM:
      return VSG_MEMORY;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return VSG_ARGUMENT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return VSG_FORMAT;
    default:
      return VSG_IO;
  }
}

static int fail(lua_State *L, sqlite3 *db, int code) {
  vsg_error err;
  vsg_fail(&err, status_of(code), "sqlite: %s",
           db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
  return bind_fail(L, &err);
}

static int done(lua_State *L, sqlite3 *db, int code) {
  if (code != SQLITE_OK) return fail(L, db, code);
  lua_pushboolean(L, 1);
  return 1;
}

static int sqlite_open(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  sqlite3 **db = (sqlite3 **)bind_box(L, DATABASE_TYPE);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  int code = sqlite3_open_v2(path, db, flags, NULL);
  return code == SQLITE_OK ? 1 : fail(L, *db, code);
}

/* database:execute(sql): statements whose rows nobody wants. */
static int database_execute(lua_State *L) {
  sqlite3 *db = bind_check(L, 1, DATABASE_TYPE);
  return done(L, db,
              sqlite3_exec(db, luaL_checkstring(L, 2), NULL, NULL, NULL));
}

static int database_prepare(lua_State *L) {
  size_t length;
  sqlite3 *db = bind_check(L, 1, DATABASE_TYPE);
  const char *sql = luaL_checklstring(L, 2, &length);
  sqlite3_stmt **box = (sqlite3_stmt **)bind_box(L, STATEMENT_TYPE);
  int code = sqlite3_prepare_v3(db, sql, (int)length, SQLITE_PREPARE_PERSISTENT,
                                box, NULL);
  return code == SQLITE_OK ? 1 : fail(L, db, code);
}

/* database:in_transaction(): SQLite ends one by itself after some faults. */
static int database_in_transaction(lua_State *L) {
  sqlite3 *db = bind_check(L, 1, DATABASE_TYPE);
  lua_pushboolean(L, !sqlite3_get_autocommit(db));
  return 1;
}

static int database_close(lua_State *L) {
  sqlite3 **box = luaL_checkudata(L, 1, DATABASE_TYPE);
  sqlite3_close_v2(*box);
  *box = NULL;
  return 0;
}

/* The value at index becomes parameter number, from 1. A string must stay on
 * the stack until the statement is reset. */
static int bind_value(lua_State *L, int index, sqlite3_stmt *s, int number) {
  size_t length;
  const char *bytes;
  switch (lua_type(L, index)) {
    case LUA_TNIL:
      return sqlite3_bind_null(s, number);
    case LUA_TNUMBER:
      return lua_isinteger(L, index)
                 ? sqlite3_bind_int64(s, number, lua_tointeger(L, index))
                 : sqlite3_bind_double(s, number, lua_tonumber(L, index));
    default:
      bytes = luaL_checklstring(L, index, &length);
      return sqlite3_bind_blob64(s, number, bytes, length, SQLITE_STATIC);
  }
}

static void push_column(lua_State *L, sqlite3_stmt *s, int column) {
  switch (sqlite3_column_type(s, column)) {
    case SQLITE_NULL:
      lua_pushnil(L);
      break;
    case SQLITE_INTEGER:
      lua_pushinteger(L, sqlite3_column_int64(s, column));
      break;
    case SQLITE_FLOAT:
      lua_pushnumber(L, sqlite3_column_double(s, column));
      break;
    default: {
      /* The bytes first: their number is that of the blob. */
      const char *bytes = sqlite3_column_blob(s, column);
      lua_pushlstring(L, bytes ? bytes : "",
                      (size_t)sqlite3_column_bytes(s, column));
    }
  }
}

/* Steps to the end; the rows are appended to the table on top. */
static int step_all(lua_State *L, sqlite3_stmt *s) {
  int code;
  for (lua_Integer row = 1; (code = sqlite3_step(s)) == SQLITE_ROW; row++) {
    int columns = sqlite3_column_count(s);
    lua_createtable(L, columns, 0);
    for (int i = 0; i < columns; i++) {
      push_column(L, s, i);
      lua_rawseti(L, -2, i + 1);
    }
    lua_rawseti(L, -2, row);
  }
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* statement:run(...) -> the rows, each a list of its columns. */
static int statement_run(lua_State *L) {
  sqlite3_stmt *s = bind_check(L, 1, STATEMENT_TYPE);
  int wanted = sqlite3_bind_parameter_count(s), code = SQLITE_OK;
  luaL_argcheck(L, lua_gettop(L) == 1 + wanted, 2,
                "not as many values as the statement has parameters");
  sqlite3_reset(s);
  for (int i = 1; i <= wanted && code == SQLITE_OK; i++) {
    code = bind_value(L, i + 1, s, i);
  }
  lua_newtable(L);
  if (code == SQLITE_OK) code = step_all(L, s);
  /* The text of the fault first: a statement that is reset may change it. */
  int results = code == SQLITE_OK ? 1 : fail(L, sqlite3_db_handle(s), code);
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return results;
}

static int statement_close(lua_State *L) {
  sqlite3_stmt **box = luaL_checkudata(L, 1, STATEMENT_TYPE);
  sqlite3_finalize(*box);
  *box = NULL;
  return 0;
}

static const luaL_Reg database_methods[] = {
    {"execute", database_execute},
    {"prepare", database_prepare},
    {"in_transaction", database_in_transaction},
    {"close", database_close},
    {NULL, NULL},
};

static const luaL_Reg database_metamethods[] = {
    {"__gc", database_close},
    {"__close", database_close},
    {NULL, NULL},
};

static const luaL_Reg statement_methods[] = {
    {"run", statement_run},
    {"close", statement_close},
    {NULL, NULL},
};

static const luaL_Reg statement_metamethods[] = {
    {"__gc", statement_close},
    {"__close", statement_close},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"open", sqlite_open},
    {NULL, NULL},
};

int luaopen_visage_core_sqlite(lua_State *L) {
  bind_type(L, DATABASE_TYPE, database_metamethods, database_methods);
  bind_type(L, STATEMENT_TYPE, statement_metamethods, statement_methods);
  luaL_newlib(L, functions);
  return 1;
}
