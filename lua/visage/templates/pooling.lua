--- How the embeddings of a template's images become one vector, by name, and
-- how two such vectors are compared. "vggface2" is what ox-vgg/vgg_face2 does in
-- standard_evaluation/ijb_evaluation.py, "insightface" what deepinsight/insightface
-- does in recognition/_evaluation_/ijb/ijb_evals.py. Each rule is
-- { text, pool, compare, matrix, similarity }: pool(x, facts) takes x (N, D) f64 with
-- N at least 1; facts may hold media {id,...} and scores {number,...}, one for each
-- image; compare(a, b) gives a number, which `similarity` names for the record;
-- matrix(list, list), which a rule may do without, the same numbers for all of one
-- list with all of another, fast.
local named = require "visage.options"
local similarity = require "visage.metrics.similarity"
local tensor = require "visage.tensor"

local function unit_rows(x)
  local length = x:norm(2, 2, true)
  if length:min() == 0 then error("pooling: an embedding has length zero", 0) end
  return x / length
end

local function unit(x) return x / x:norm() end

-- The rows of x summed by medium, or their mean, a row for each medium in the order in
-- which they first appear: one product with a matrix of ones. Without facts.media every
-- image is a medium of its own.
local function by_medium(x, facts, mean)
  local ids, index, members = facts.media or {}, {}, {}
  for i = 1, #x do
    local id = ids[i] or i
    if not index[id] then
      members[#members + 1] = {}
      index[id] = members[#members]
    end
    table.insert(index[id], i)
  end
  if #members == #x then return x end
  local weights = tensor.zeros({ #members, #x }, "f64")
  for row, list in ipairs(members) do
    for _, i in ipairs(list) do weights:set(mean and 1 / #list or 1, row, i) end
  end
  return weights:matmul(x)
end

local function weighted(x, scores)
  return x * tensor.from(scores, "f64"):reshape { -1, 1 }
end

local COSINE = "cosine, f64"

local function cosines(a, b)
  return similarity.cosine_matrix(tensor.stack(a, 1), tensor.stack(b, 1))
end

-- Sets of rows brought to one size, so that all are one tensor (N, size, D): the
-- first row is repeated, which changes no maximum.
local function padded(sets, size)
  local list = {}
  for i, set in ipairs(sets) do
    local rows = { set }
    for k = 2, size - #set + 1 do rows[k] = set:narrow(1, 1, 1) end
    list[i] = tensor.cat(rows, 1)
  end
  return tensor.cat(list, 1)
end

local function largest(sets)
  local size = 0
  for _, set in ipairs(sets) do size = math.max(size, #set) end
  return size
end

-- The largest cosine of all pairs of rows, for every set of a with every one of b.
local function largest_cosines(a, b)
  local rows, columns = largest(a), largest(b)
  local all = padded(a, rows):matmul(padded(b, columns):transpose(1, 2))
  return all:reshape { #a, rows, #b, columns }:max(4):max(2)
end

-- The mean cosine of all pairs of rows is the dot product of the rows' means.
local function mean_cosines(a, b)
  local function means(sets)
    local list = {}
    for i, set in ipairs(sets) do list[i] = set:mean(1) end
    return tensor.stack(list, 1)
  end
  return means(a):matmul(means(b):transpose(1, 2))
end

local rules = {}

rules.mean = {
  text = "plain mean of the raw embeddings (the Keras reproduction)",
  pool = function(x) return x:mean(1) end,
  compare = similarity.cosine, matrix = cosines, similarity = COSINE,
}

rules.mean_of_images = {
  text = "L2 each image, mean, L2",
  pool = function(x) return unit(unit_rows(x):mean(1)) end,
  compare = similarity.cosine, matrix = cosines, similarity = COSINE,
}
rules["l2-mean"] = rules.mean_of_images

rules.vggface2 = {
  text = "L2 each image; media: sum of two or more frames, then L2; sum of"
    .. " media, left unnormalised; L2 at compare time",
  pool = function(x, facts)
    local images <close> = unit_rows(x)
    local media = by_medium(images, facts)
    return (media / media:norm(2, 2, true)):sum(1)
  end,
  compare = similarity.cosine, matrix = cosines, similarity = COSINE,
}

-- The two halves of joined rows (N, 2 D), image and mirrored image, added: (N, D).
local function add_halves(x)
  if x:size(2) % 2 ~= 0 then
    error(("pooling: rows of %d numbers are no two halves"):format(x:size(2)), 0)
  end
  local half = x:size(2) // 2
  return x:narrow(2, 1, half) + x:narrow(2, half + 1, half)
end

local FLAGS = { flip = true, normalise = true, scores = true }

local function describe(flags)
  return (flags.flip and "halves (image, mirrored image) added; " or "")
    .. (flags.normalise and "L2 each image; " or "")
    .. (flags.scores and "each image times its detector score where given; " or "")
    .. "media: mean of two or more frames, no L2; sum of media, L2; dot product"
end

-- InsightFace's rule with its flags, which the names of its results write as F, N
-- and D; N is told here by what it does, for two of its files mean opposites by it.
local function insightface(flags)
  flags = named.check("pooling.insightface", flags, FLAGS)
  return {
    text = describe(flags),
    pool = function(x, facts)
      if flags.flip then x = add_halves(x) end
      if flags.normalise then x = unit_rows(x) end
      if flags.scores and facts.scores then x = weighted(x, facts.scores) end
      return unit(by_medium(x, facts, true):sum(1))
    end,
    compare = function(a, b) return a:dot(b) end,
    matrix = function(a, b)
      return tensor.stack(a, 1):matmul(tensor.stack(b, 1):transpose(1, 2))
    end,
    similarity = "dot product, f64",
  }
end

rules.insightface = insightface { scores = true }
rules["insightface+l2"] = insightface { scores = true, normalise = true }
rules["insightface+flip"] = insightface { scores = true, flip = true }
rules["insightface+flip+l2"] = insightface { scores = true, flip = true, normalise = true }

rules.quality_weighted = {
  text = "L2 each image times its score, mean, L2",
  pool = function(x, facts)
    if not facts.scores then
      error("pooling: quality_weighted needs a score for each image", 0)
    end
    return unit(weighted(unit_rows(x), facts.scores):mean(1))
  end,
  compare = similarity.cosine, matrix = cosines, similarity = COSINE,
}

-- Score fusion keeps the set of images and pools the pairs' scores instead.
rules.max_score = {
  text = "keep the set; the largest cosine of all pairs",
  pool = unit_rows,
  compare = function(a, b) return similarity.cosine_matrix(a, b):max() end,
  matrix = largest_cosines,
  similarity = "largest cosine of all pairs, f64",
}

rules.mean_score = {
  text = "keep the set; the mean cosine of all pairs",
  pool = unit_rows,
  compare = function(a, b) return similarity.cosine_matrix(a, b):mean() end,
  matrix = mean_cosines,
  similarity = "mean cosine of all pairs, f64",
}

local pooling = {
  --- The rules by name; a definition may add its own to a copy.
  rules = rules,

  --- InsightFace's rule with its flags.
  -- @function insightface
  -- @tparam table flags flip: the two halves of joined rows, image and mirrored
  -- image, are added (F); normalise: L2 each image; scores: each image times its
  -- detector score, where facts have scores (D)
  -- @treturn table a rule
  insightface = insightface,
}

-- What a definition's own rule must hold.
local FIELDS = {
  { "text", "string" }, { "pool", "function" }, { "compare", "function" },
}

local function own(rule)
  for _, field in ipairs(FIELDS) do
    local name, wanted = table.unpack(field)
    if type(rule[name]) ~= wanted then
      return nil, ("pooling: the rule's %s is a %s, wanted a %s"):format(name,
        type(rule[name]), wanted)
    end
  end
  return rule
end

-- A function that pools, for vectors that are compared by their cosine.
local function by_function(pool)
  return {
    text = "the definition's own function", pool = pool, compare = similarity.cosine,
    matrix = cosines, similarity = COSINE,
  }
end

--- The rule of a name, or the rule itself when a table of that form is given, or that of
-- a function (x (N, D) f64, facts) that gives one vector.
-- @tparam string|table|function rule
-- @treturn table {text, pool, compare, matrix, similarity}, or nil, text
function pooling.rule(rule)
  if type(rule) == "table" then return own(rule) end
  if type(rule) == "function" then return by_function(rule) end
  if rules[rule] then return rules[rule] end
  return nil, ("pooling: no rule is called '%s'; there are %s"):format(rule,
    named.names(rules))
end

--- Pools embeddings by a rule.
-- @tparam string|table|function rule
-- @tparam core.tensor embeddings (N, D)
-- @tparam[opt] table facts media, scores
-- @treturn core.tensor (D) f64, or (N, D) from the rules that keep the set
function pooling.pool(rule, embeddings, facts)
  local chosen = assert(pooling.rule(rule))
  return chosen.pool(embeddings:to("f64"), facts or {})
end

return pooling
