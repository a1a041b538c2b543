--- How the embeddings of a template's images become one vector, by name, and
-- how two such vectors are compared. "vggface2" is what ox-vgg/vgg_face2 does in
-- standard_evaluation/ijb_evaluation.py, "insightface" what deepinsight/insightface
-- does in recognition/_evaluation_/ijb/ijb_evals.py. Each rule is
-- { text, pool, compare, similarity }: pool(x, facts) takes x (N, D) f64 with N at
-- least 1; facts may hold media {id,...} and scores {number,...}, one for each
-- image; compare(a, b) gives a number, which `similarity` names for the record.
local named = require "visage.options"
local similarity = require "visage.metrics.similarity"
local tensor = require "visage.tensor"

local function unit_rows(x)
  local length = x:norm(2, 2, true)
  if length:min() == 0 then error("pooling: an embedding has length zero", 0) end
  return x / length
end

local function unit(x) return x / x:norm() end

-- The rows of x split by medium, in the order in which media first appear.
-- Without facts.media every image is a medium of its own.
local function media_of(x, facts)
  local ids = facts.media or {}
  local groups, index = {}, {}
  for i = 1, #x do
    local id = ids[i] or i
    if not index[id] then
      index[id] = {}
      groups[#groups + 1] = index[id]
    end
    table.insert(index[id], x[i])
  end
  for i, rows in ipairs(groups) do groups[i] = tensor.stack(rows, 1) end
  return groups
end

local function weighted(x, scores)
  return x * tensor.from(scores, "f64"):reshape { -1, 1 }
end

local COSINE = "cosine, f64"

local rules = {}

rules.mean = {
  text = "plain mean of the raw embeddings (the Keras reproduction)",
  pool = function(x) return x:mean(1) end,
  compare = similarity.cosine, similarity = COSINE,
}

rules.mean_of_images = {
  text = "L2 each image, mean, L2",
  pool = function(x) return unit(unit_rows(x):mean(1)) end,
  compare = similarity.cosine, similarity = COSINE,
}
rules["l2-mean"] = rules.mean_of_images

rules.vggface2 = {
  text = "L2 each image; media: sum of two or more frames, then L2; sum of"
    .. " media, left unnormalised; L2 at compare time",
  pool = function(x, facts)
    local media = media_of(unit_rows(x), facts)
    for i, frames in ipairs(media) do media[i] = unit(frames:sum(1)) end
    return tensor.stack(media, 1):sum(1)
  end,
  compare = similarity.cosine, similarity = COSINE,
}

rules.insightface = {
  text = "each image times its detector score where given; media: mean of two"
    .. " or more frames, no L2; sum of media, L2; dot product",
  pool = function(x, facts)
    if facts.scores then x = weighted(x, facts.scores) end
    local media = media_of(x, facts)
    for i, frames in ipairs(media) do media[i] = frames:mean(1) end
    return unit(tensor.stack(media, 1):sum(1))
  end,
  compare = function(a, b) return a:dot(b) end,
  similarity = "dot product, f64",
}

rules.quality_weighted = {
  text = "L2 each image times its score, mean, L2",
  pool = function(x, facts)
    if not facts.scores then
      error("pooling: quality_weighted needs a score for each image", 0)
    end
    return unit(weighted(unit_rows(x), facts.scores):mean(1))
  end,
  compare = similarity.cosine, similarity = COSINE,
}

-- Score fusion keeps the set of images and pools the pairs' scores instead.
rules.max_score = {
  text = "keep the set; the largest cosine of all pairs",
  pool = unit_rows,
  compare = function(a, b) return similarity.cosine_matrix(a, b):max() end,
  similarity = "largest cosine of all pairs, f64",
}

rules.mean_score = {
  text = "keep the set; the mean cosine of all pairs",
  pool = unit_rows,
  compare = function(a, b) return similarity.cosine_matrix(a, b):mean() end,
  similarity = "mean cosine of all pairs, f64",
}

local pooling = {
  --- The rules by name; a definition may add its own to a copy.
  rules = rules,
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

--- The rule of a name, or the rule itself when a table of that form is given.
-- @tparam string|table rule
-- @treturn table {text, pool, compare, similarity}, or nil, text
function pooling.rule(rule)
  if type(rule) == "table" then return own(rule) end
  if rules[rule] then return rules[rule] end
  return nil, ("pooling: no rule is called '%s'; there are %s"):format(rule,
    named.names(rules))
end

--- Pools embeddings by a rule.
-- @tparam string|table rule
-- @tparam core.tensor embeddings (N, D)
-- @tparam[opt] table facts media, scores
-- @treturn core.tensor (D) f64, or (N, D) from the rules that keep the set
function pooling.pool(rule, embeddings, facts)
  local chosen = assert(pooling.rule(rule))
  return chosen.pool(embeddings:to("f64"), facts or {})
end

return pooling
