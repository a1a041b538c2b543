/* generator(seed): random numbers for Lua; core/tensor/random.h says which.
 *
 * The userdata is the generator itself, for it owns nothing. */
#include "core/lua/tensor.h"
#include "core/tensor/random.h"

#define GENERATOR_TYPE "core.generator"

static vsg_generator *generator_check(lua_State *L, int index) {
  return luaL_checkudata(L, index, GENERATOR_TYPE);
}

static int random_generator(lua_State *L) {
  lua_Integer seed = luaL_checkinteger(L, 1);
  luaL_argcheck(L, seed >= 0, 1, "a seed is 0 or more");
  vsg_generator *g = lua_newuserdatauv(L, sizeof *g, 0);
  vsg_generator_seed(g, (uint64_t)seed);
  luaL_setmetatable(L, GENERATOR_TYPE);
  return 1;
}

/* What draws a tensor from a generator. */
typedef vsg_status drawing(vsg_tensor **out, vsg_generator *g, vsg_dtype dtype,
                           int dims, const long *shape, vsg_error *err);

static int draw(lua_State *L, drawing *from) {
  long shape[VSG_MAX_DIMS];
  vsg_error err;
  vsg_generator *g = generator_check(L, 1);
  int dims = shape_check(L, 2, shape);
  vsg_dtype dtype = dtype_check(L, 3, VSG_f32);
  vsg_tensor **out = tensor_box(L);
  return tensor_done(L, from(out, g, dtype, dims, shape, &err), &err);
}

/* g:rand(shape, dtype) */
static int random_rand(lua_State *L) { return draw(L, vsg_tensor_rand); }

static int random_randn(lua_State *L) { return draw(L, vsg_tensor_randn); }

static int random_uniform(lua_State *L) {
  lua_pushnumber(L, vsg_generator_uniform(generator_check(L, 1)));
  return 1;
}

static lua_Integer integer_upto(vsg_generator *g, lua_Integer n) {
  return (lua_Integer)vsg_generator_below(g, (uint64_t)n) + 1;
}

/* g:integer(n): 1 .. n */
static int random_integer(lua_State *L) {
  vsg_generator *g = generator_check(L, 1);
  lua_Integer n = luaL_checkinteger(L, 2);
  luaL_argcheck(L, n >= 1, 2, "wants 1 or more");
  lua_pushinteger(L, integer_upto(g, n));
  return 1;
}

/* Fisher and Yates, from the end: the list at index changes in place. */
static void shuffle(lua_State *L, int index, vsg_generator *g) {
  for (lua_Integer i = luaL_len(L, index); i > 1; i--) {
    lua_Integer j = integer_upto(g, i);
    lua_geti(L, index, i);
    lua_geti(L, index, j);
    lua_seti(L, index, i);
    lua_seti(L, index, j);
  }
}

/* g:shuffle(list) */
static int random_shuffle(lua_State *L) {
  vsg_generator *g = generator_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  shuffle(L, 2, g);
  lua_settop(L, 2);
  return 1;
}

/* g:permutation(n): a table of 1 .. n in random order */
static int random_permutation(lua_State *L) {
  vsg_generator *g = generator_check(L, 1);
  lua_Integer n = luaL_checkinteger(L, 2);
  luaL_argcheck(L, n >= 0, 2, "wants 0 or more");
  lua_settop(L, 2);
  lua_newtable(L);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_pushinteger(L, i);
    lua_seti(L, 3, i);
  }
  shuffle(L, 3, g);
  return 1;
}

static const luaL_Reg methods[] = {
    {"integer", random_integer},
    {"permutation", random_permutation},
    {"rand", random_rand},
    {"randn", random_randn},
    {"shuffle", random_shuffle},
    {"uniform", random_uniform},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {{NULL, NULL}};

void tensor_random_open(lua_State *L) {
  bind_type(L, GENERATOR_TYPE, metamethods, methods);
}

const luaL_Reg tensor_random_functions[] = {
    {"generator", random_generator},
    {NULL, NULL},
};
