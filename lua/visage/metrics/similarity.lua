--- How alike two embeddings are. All arithmetic in f64, whatever the dtype.
local arguments = require "visage.metrics.arguments"
local tensor = require "visage.tensor"

local similarity = {}

local function as_f64(t, name, which)
  if t:dims() ~= 1 then
    error(("%s: the %s embedding has %d axes, wanted 1"):format(name, which,
      t:dims()), 3)
  end
  return t:to("f64")
end

local function same_length(name, a, b)
  if #a ~= #b then
    error(("%s: embeddings of %d and %d numbers"):format(name, #a, #b), 3)
  end
end

--- Cosine similarity of two embeddings.
-- @tparam core.tensor a (D), any length but zero
-- @tparam core.tensor b (D)
-- @treturn number in [-1, 1]
-- @usage similarity.cosine(tensor.from {3, 4}, tensor.from {4, 3}) --> 0.96
function similarity.cosine(a, b)
  local x, y = as_f64(a, "cosine", "first"), as_f64(b, "cosine", "second")
  same_length("cosine", x, y)
  local length = x:norm() * y:norm()
  if length == 0 then error("cosine: an embedding has length zero", 2) end
  return x:dot(y) / length
end

--- Euclidean distance of two embeddings.
-- @tparam core.tensor a (D)
-- @tparam core.tensor b (D)
-- @treturn number zero or more
function similarity.euclidean(a, b)
  local x, y = as_f64(a, "euclidean", "first"), as_f64(b, "euclidean", "second")
  same_length("euclidean", x, y)
  return (x - y):norm()
end

local function as_rows(t, name)
  if t:dims() ~= 2 then
    error(("%s: embeddings have %d axes, wanted 2 (N, D)"):format(name,
      t:dims()), 3)
  end
  return t:to("f64")
end

--- Cosine similarity of every row of a with every row of b.
-- @tparam core.tensor a (N, D), no row of length zero
-- @tparam core.tensor b (M, D)
-- @treturn core.tensor (N, M) f64
function similarity.cosine_matrix(a, b)
  local x, y = as_rows(a, "cosine_matrix"), as_rows(b, "cosine_matrix")
  local lengths = { x:norm(2, 2, true), y:norm(2, 2, true) }
  for _, length in ipairs(lengths) do
    if length:min() == 0 then
      error("cosine_matrix: an embedding has length zero", 2)
    end
  end
  return (x / lengths[1]):matmul((y / lengths[2]):transpose(1, 2))
end

--- Euclidean distance of every row of a from every row of b.
-- @tparam core.tensor a (N, D)
-- @tparam core.tensor b (M, D)
-- @treturn core.tensor (N, M) f64
function similarity.euclidean_matrix(a, b)
  local x, y = as_rows(a, "euclidean_matrix"), as_rows(b, "euclidean_matrix")
  local out = tensor.zeros({ #x, #y }, "f64")
  -- Differences, not |x|^2 + |y|^2 - 2xy, which loses the digits of small ones.
  for i = 1, #x do out[i] = (y - x[i]):norm(2, 2) end
  return out
end

local function check_rows(name, x, y)
  if #x ~= #y then error(("%s: %d and %d embeddings"):format(name, #x, #y), 3) end
  return x, y
end

--- Cosine similarity of each row of a with the row of b at its place.
-- @tparam core.tensor a (N, D)
-- @tparam core.tensor b (N, D)
-- @treturn core.tensor (N) f64; NaN where a row has length zero or holds NaN
function similarity.cosine_rows(a, b)
  local x, y = check_rows("cosine_rows", as_rows(a, "cosine_rows"), as_rows(b, "cosine_rows"))
  return (x * y):sum(2) / (x:norm(2, 2) * y:norm(2, 2))
end

--- Euclidean distance of each row of a from the row of b at its place.
-- @tparam core.tensor a (N, D)
-- @tparam core.tensor b (N, D)
-- @treturn core.tensor (N) f64
function similarity.euclidean_rows(a, b)
  local x, y = check_rows("euclidean_rows", as_rows(a, "euclidean_rows"),
    as_rows(b, "euclidean_rows"))
  return (x - y):norm(2, 2)
end

return arguments.checked(similarity, {
  cosine = "tensor tensor",
  euclidean = "tensor tensor",
  cosine_matrix = "tensor tensor",
  euclidean_matrix = "tensor tensor",
  cosine_rows = "tensor tensor",
  euclidean_rows = "tensor tensor",
})
