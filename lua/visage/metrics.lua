--- Metrics: what similarity scores say. Pure functions of tensors and tables; no
-- model or photo is opened here.
--
--     local metrics = require "visage.metrics"
--     print(metrics.verification.eer(set).eer)
return {
  similarity = require "visage.metrics.similarity",
  pairs = require "visage.metrics.pairs",
  scores = require "visage.metrics.scores",
  verification = require "visage.metrics.verification",
  identification = require "visage.metrics.identification",
  search = require "visage.metrics.search",
  confusion = require "visage.metrics.confusion",
  groups = require "visage.metrics.groups",
  normalise = require "visage.metrics.normalise",
  folds = require "visage.metrics.folds",
  intervals = require "visage.metrics.intervals",
  permutation = require "visage.metrics.permutation",
  stream = require "visage.metrics.stream",
  special = require "visage.metrics.special",
}
