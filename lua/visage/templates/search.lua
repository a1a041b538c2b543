--- Photos searched in a gallery of templates: the scores of each photo against
-- each template, all at once. A photo is pooled as a template of its own, so that
-- both sides went through the same rule.
local pooling = require "visage.templates.pooling"
local similarity = require "visage.metrics.similarity"
local tensor = require "visage.tensor"

local search = {}

local NAN = 0 / 0

-- Rules that keep a template's photos: how their scores become one.
local FUSION = {
  max_score = function(scores) return scores:max(1) end,
  mean_score = function(scores) return scores:mean(1) end,
}

-- Rules whose comparison is the cosine of the pooled vectors, in length one or not.
local function by_cosine(rule)
  return rule.compare == similarity.cosine or rule == pooling.rules.insightface
end

-- All rows of a by all rows of b; more is more alike.
local MATRIX = {
  cosine = similarity.cosine_matrix,
  euclidean = function(a, b) return -similarity.euclidean_matrix(a, b) end,
}

-- Probes as the rule pools them, (P, D); a failed one stays NaN.
local function pooled_probes(rule, probes)
  local out = {}
  for i = 1, #probes do
    local first = probes[i]:sum()
    out[i] = first ~= first and probes[i]
      or rule.pool(probes:narrow(1, i, 1), {}):reshape { -1 }
  end
  return tensor.stack(out, 1)
end

-- Column by column, for rules that keep the set or compare in their own way.
local function by_column(rule, fusion, measure, probes, templates)
  local out = tensor.full({ #probes, #templates }, NAN, "f64")
  for column, template in ipairs(templates) do
    if template and fusion then
      out:select(2, column):copy(fusion(measure(template, probes)))
    elseif template then
      for i = 1, #probes do out:set(rule.compare(probes[i], template), i, column) end
    end
  end
  return out
end

--- Scores of photos against templates.
-- @tparam string|table rule of visage.templates, which pooled the templates
-- @tparam core.tensor probes (P, D), one photo each; rows of NaN have failed
-- @tparam {core.tensor,...} templates T of them as templates.pool gives them; false
-- where a subject could not be enrolled
-- @tparam[opt="cosine"] string score "cosine", or "euclidean": the negated distance of
-- what the rule pools
-- @treturn core.tensor (P, T) f64, more is more alike; NaN where either has failed
-- @usage search.scores("mean", tensor.from { { 3, 4 } }, { tensor.from { 4, 3 } })
-- --> 0.96
function search.scores(rule, probes, templates, score)
  local chosen, measure = assert(pooling.rule(rule)), MATRIX[score or "cosine"]
  if not measure then
    error(("templates.scores: there is no score '%s'"):format(score), 2)
  end
  local x = pooled_probes(chosen, probes:to "f64")
  local fusion = FUSION[rule]
  local cosine = (score or "cosine") == "cosine"
  if fusion or cosine and not by_cosine(chosen) then
    return by_column(chosen, fusion, measure, x, templates)
  end
  local rows, none = {}, tensor.full({ x:size(2) }, NAN, "f64")
  for i, template in ipairs(templates) do rows[i] = template or none end
  return measure(tensor.stack(rows, 1), x):transpose(1, 2):contiguous()
end

return search
