--- Templates: sets of a subject's photos pooled into one vector, and the
-- matrices of their similarities. Plain tensors and tables; no photo or model is
-- opened here.
local analysis = require "visage.templates.analysis"
local build = require "visage.templates.build"
local comparisons = require "visage.templates.comparisons"
local definition = require "visage.templates.definition"
local matrix = require "visage.templates.matrix"
local pooling = require "visage.templates.pooling"
local search = require "visage.templates.search"

return {
  check = definition.check,
  load = definition.load,
  names = definition.names,
  pairing_names = definition.pairing_names,
  build = build.subject,
  rules = pooling.rules,
  rule = pooling.rule,
  pool = pooling.pool,
  scores = search.scores,
  matrix = matrix.of,
  mean = matrix.mean,
  effect = matrix.effect,
  sides = matrix.sides,
  comparisons = comparisons.all,
  cell = comparisons.cell,
  mask = comparisons.mask,
  score_set = comparisons.scores,
  analyse = analysis.of,
}
