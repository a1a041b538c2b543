--- What the experiment on IJB leaves of templates' scores and searches: figures with
-- their intervals, tables, charts, the published numbers beside them.
local identification = require "visage.metrics.identification"
local intervals = require "visage.metrics.intervals"
local pair_results = require "visage.experiment.pairs.results"
local plot = require "visage.plot"
local scores_of = require "visage.metrics.scores"
local verification = require "visage.metrics.verification"

local ijb_results = {}

local class = {}
class.__index = class

local FARS = { 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1 }
local FPIRS, RANKS = { 0.01, 0.1 }, { 1, 5, 10 }

-- Ranks of the CMC; steps of the tables' curves in each power of ten.
local CMC, STEPS = 20, 10

-- TAR at FARs, as ox-vgg/vgg_face2's README and VGGFace2's page at paperswithcode.com
-- print it; by the names of the weights (weights/manifest.lua) without their release.
local SOURCE = "README of ox-vgg/vgg_face2 (IJB-B), paperswithcode.com (IJB-C)"
local PUBLISHED = {
  ["IJB-B"] = {
    ["resnet50-scratch"] = { [1e-3] = 0.878, [1e-2] = 0.938 },
    ["resnet50-ft"] = { [1e-3] = 0.891, [1e-2] = 0.947 },
    ["senet50-scratch"] = { [1e-3] = 0.888, [1e-2] = 0.949 },
    ["senet50-ft"] = { [1e-3] = 0.908, [1e-2] = 0.956 },
    ["resnet50-256"] = { [1e-3] = 0.898, [1e-2] = 0.956 },
    ["resnet50-128"] = { [1e-3] = 0.904, [1e-2] = 0.956 },
    ["senet50-256"] = { [1e-3] = 0.912, [1e-2] = 0.965 },
    ["senet50-128"] = { [1e-3] = 0.910, [1e-2] = 0.959 },
  },
  ["IJB-C"] = { ["senet50-ft"] = { [1e-3] = 0.927, [1e-2] = 0.967 } },
}

local BEST = "senet50-ft"

--- Adds the option of the intervals.
-- @function options
-- @tparam table parser argparse's
ijb_results.options = pair_results.options

--- Begins the tables and charts of a run.
-- @tparam table run
-- @tparam table p the protocol (visage.data.ijb)
-- @treturn table with the methods below
function ijb_results.new(run, p)
  run:rule("eer", "linear")
  if run.options.rounds > 0 then
    run:rule("intervals", ("95 %%, %d draws of subjects with all their templates; TAR and"
      .. " ranks with the threshold held, TPIR with a threshold for each draw; where whose"
      .. " templates they are is not known, or all draws are alike, Clopper and Pearson's,"
      .. " which takes comparisons as independent"):format(run.options.rounds))
  end
  return setmetatable({
    run = run, p = p, rows = {}, rocs = {}, dets = {}, cmcs = {}, tpirs = {},
    enrolled = run:table("templates",
      { "model", "templates", "failed", "faces", "faces_lost" }).rows,
  }, class)
end

-- A table that is made when it is first needed.
local function rows_of(self, name, columns)
  self.rows[name] = self.rows[name] or self.run:table(name, columns).rows
  return self.rows[name]
end

--- Records how many templates there are and how many failed to enrol.
-- @tparam string name of the model
-- @tparam table found of visage.experiment.ijb.rows
function class:templates(name, found)
  local n = 0
  for _, template in ipairs(self.p.templates) do n = n + (template.omitted and 0 or 1) end
  self.run:metric(name .. "/templates", n)
  self.run:metric(name .. "/templates.failed", found.failed)
  table.insert(self.enrolled, { name, n, found.failed, found.faces, found.lost })
  self.run:print("%s: %d templates of %d faces, %d failed to enrol (%d faces lost)", name, n,
    found.faces, found.failed, found.lost)
end

local function exact(hits)
  local k = 0
  for _, hit in ipairs(hits) do k = k + (hit and 1 or 0) end
  local low, high = intervals.clopper_pearson(k, #hits)
  return { low = low, high = high, level = 0.95, method = "Clopper-Pearson", n = #hits }
end

-- Records the interval of a share, or of the mean of several, whose metric is recorded.
local function record_share(self, key, lists)
  local rounds, known, found = self.run.options.rounds, true, nil
  if rounds == 0 then return nil end
  for _, list in ipairs(lists) do
    for _, owner in ipairs(list.owners) do known = known and owner end
  end
  if known then
    found = intervals.bootstrap_shares(lists, { generator = self.run.generator, rounds = rounds })
  end
  if not lists[2] and not (found and found.low < found.high) then found = exact(lists[1].hits) end
  if found and found.low < found.high then self.run:interval(key, found) end
  return found
end

local function passes(score, at)
  return score > at.threshold or score == at.threshold and not at.strict
end

local function compared(list)
  local n = 0
  for _, value in ipairs(list) do n = n + (value == value and 1 or 0) end
  return n
end

-- TAR at the wanted FARs, with intervals.
local function record_tars(self, name, sorted, genuine, owners)
  local rows = rows_of(self, "verification", { "model", "far", "tar", "low", "high",
    "far_reached", "threshold", "supported" })
  local rule, said = self.run.options.rule, {}
  for _, far in ipairs(FARS) do
    local at = verification.tar_at_far(sorted, far, { rule = rule })
    local key = ("%s/tar_at_far_%g"):format(name, far)
    self.run:metric(key, at.tar)
    self.run:metric(key .. ".supported", at.supported and 1 or 0)
    local hits, found = {}, nil
    for i, score in ipairs(genuine) do hits[i] = passes(score, at) end
    -- Between two points of the ROC no threshold has the TAR.
    if rule ~= "interpolate" then
      found = record_share(self, key, { { hits = hits, owners = owners } }) or {}
    end
    found = found or {}
    rows[#rows + 1] = { name, far, at.tar, found.low, found.high, at.far, at.threshold,
      at.supported }
    said[#said + 1] = ("%.4f%s"):format(at.tar, at.supported and "" or "?")
  end
  self.run:print("%s: TAR at FAR 1e-6 to 0.1: %s (?: fewer than 30 false accepts expected)",
    name, table.concat(said, " "))
end

-- Steps of the logarithm from 10^low to 1.
local function steps(low)
  local list = {}
  for k = low * STEPS, 0 do list[#list + 1] = 10 ^ (k / STEPS) end
  return list
end

local function record_roc(self, name, sorted)
  local rows = rows_of(self, "roc", { "model", "far", "tar", "threshold" })
  for _, far in ipairs(steps(-6)) do
    local at = verification.tar_at_far(sorted, far)
    rows[#rows + 1] = { name, far, at.tar, at.threshold }
  end
  local roc = verification.roc(sorted, { points = "corners" })
  table.insert(self.rocs, { name = name, x = roc.far, y = roc.tar })
  table.insert(self.dets, { name = name, x = roc.far, y = 1 - roc.tar })
  local eer = verification.eer(sorted, { rule = "linear" }).eer
  self.run:metric(name .. "/auc", roc.auc)
  self.run:metric(name .. "/eer", eer)
  self.run:print("%s: AUC %.6f, EER %.4f", name, roc.auc, eer)
end

--- Records 1:1.
-- @tparam string name of the model
-- @tparam table set { genuine, impostor }, tensors; NaN: a template that failed
-- @tparam {any,...} owners whose each genuine pair is; false where that is not known
function class:verification(name, set, owners)
  local genuine = set.genuine:totable()
  local sorted = self.run:timed("score", scores_of.sorted, set)
  local failed = sorted.failures.genuine + sorted.failures.impostor
  self.run:metric(name .. "/pairs", #set.genuine + #set.impostor)
  self.run:metric(name .. "/pairs.genuine", #set.genuine)
  self.run:metric(name .. "/pairs.failed", failed)
  self.run:print("%s: %d pairs, %d of one person; %d with a template that failed", name,
    #set.genuine + #set.impostor, #set.genuine, failed)
  if #sorted.genuine == 0 or #sorted.impostor == 0 then
    return self.run:say("%s: no ROC: %d pairs of one person and %d of two could be compared",
      name, #sorted.genuine, #sorted.impostor)
  end
  record_tars(self, name, sorted, genuine, owners)
  record_roc(self, name, sorted)
end

local function ranked(s, rank, labels)
  local hits, owners = {}, {}
  for i, row in ipairs(s.mated) do
    hits[i], owners[i] = s.mate[i] == s.mate[i] and s.rank[i] <= rank, labels[row]
  end
  return { hits = hits, owners = owners }
end

-- Rank rates of each gallery, of both in the mean, and over all probes.
local function record_ranks(self, name, list, labels)
  local run, said = self.run, {}
  local rows = rows_of(self, "ranks", { "model", "gallery", "entries", "mated", "nonmated",
    "failed", "rank_1", "rank_5", "rank_10" })
  for g, s in ipairs(list) do
    rows[#rows + 1] = { name, self.p.galleries[g].name, s.entries, #s.mated,
      #s.nonmated, #s.mate - compared(s.mate) + #s.top - compared(s.top) }
  end
  for k, rank in ipairs(RANKS) do
    local lists, right, all = {}, 0, 0
    for g, s in ipairs(list) do
      local key = ("%s/rank_%d.%s"):format(name, rank, self.p.galleries[g].name)
      local rate = identification.rank_rate(s, rank)
      lists[g] = ranked(s, rank, labels)
      run:metric(key, rate)
      record_share(self, key, { lists[g] })
      rows[#rows - #list + g][6 + k] = rate
      right, all = right + math.floor(rate * #s.mated + 0.5), all + #s.mated
    end
    local mean = identification.mean(list, function(s)
      return identification.rank_rate(s, rank)
    end)
    run:metric(("%s/rank_%d.mean"):format(name, rank), mean)
    record_share(self, ("%s/rank_%d.mean"):format(name, rank), lists)
    run:metric(("%s/rank_%d.pooled"):format(name, rank), right / all)
    said[k] = ("rank %d %.4f"):format(rank, mean)
  end
  run:print("%s: %s (mean of the galleries)", name, table.concat(said, ", "))
end

local function record_cmc(self, name, list)
  local most = CMC
  for _, s in ipairs(list) do most = math.min(most, s.entries) end
  local rows = rows_of(self, "cmc", { "model", "rank", "rate" })
  local mean = identification.mean(list, function(s) return identification.cmc(s, most) end)
  local ranks = {}
  for rank = 1, most do
    ranks[rank] = rank
    rows[#rows + 1] = { name, rank, mean[rank] }
  end
  table.insert(self.cmcs, { name = name, x = ranks, y = mean })
end

-- TPIR of each gallery and in the mean at the wanted FPIRs.
local function record_tpirs(self, name, list, labels)
  local run, o, said = self.run, self.run.options, {}
  local rows = rows_of(self, "tpir", { "model", "gallery", "fpir", "tpir", "fpir_reached",
    "threshold", "strict", "supported" })
  for k, fpir in ipairs(FPIRS) do
    local label = ("%s/tpir_at_fpir_%g"):format(name, fpir)
    local mean, each = identification.mean(list, function(s)
      return identification.threshold_at_fpir(s, fpir, { rule = o.fpir_rule })
    end)
    local supported = true
    for g, at in ipairs(each) do
      run:metric(("%s.%s"):format(label, self.p.galleries[g].name), at.tpir)
      rows[#rows + 1] = { name, self.p.galleries[g].name, fpir, at.tpir, at.fpir, at.threshold,
        at.strict, at.supported }
      supported = supported and at.supported
    end
    run:metric(label .. ".mean", mean.tpir)
    run:metric(label .. ".supported", supported and 1 or 0)
    if o.rounds > 0 then
      local found = run:timed("intervals", identification.tpir_interval, list, labels,
        { fpir = fpir, rule = o.fpir_rule, generator = run.generator, rounds = o.rounds })
      if found.low < found.high then run:interval(label .. ".mean", found) end
    end
    said[k] = ("%.4f at FPIR %g%s"):format(mean.tpir, fpir, supported and "" or "?")
  end
  run:print("%s: TPIR %s (mean of the galleries)", name, table.concat(said, ", "))
  for g, s in ipairs(list) do
    local curve = identification.curve(s, { points = "corners" })
    table.insert(self.tpirs, { name = ("%s, %s"):format(name, self.p.galleries[g].name),
      x = curve.fpir, y = curve.tpir })
  end
end

--- Records 1:N.
-- @tparam string name of the model
-- @tparam {table,...} list searches of each gallery
-- @tparam {any,...} labels whose each probe is
function class:identification(name, list, labels)
  self.run:metric(name .. "/probes", #labels)
  local open = true
  for g, s in ipairs(list) do
    local gallery = self.p.galleries[g].name
    self.run:print("%s, %s: %d people, %d mated searches, %d of strangers", name, gallery,
      s.entries, #s.mated, #s.nonmated)
    if #s.mated == 0 then
      return self.run:say("%s: no ranks: none of the probes is in %s", name, gallery)
    end
    open = open and compared(s.top) > 0
  end
  record_ranks(self, name, list, labels)
  record_cmc(self, name, list)
  if not open then
    return self.run:say("%s: no TPIR: a gallery has no stranger that could be compared", name)
  end
  record_tpirs(self, name, list, labels)
end

--- Records what is published: of a network's own weights beside its figures, else of
-- the best of VGGFace2's under its name.
-- @tparam table source { name, model }
function class:published(source)
  local weights = source.model and source.model.weights.name or ""
  local all, name = PUBLISHED[self.p.set], source.name
  local values = all[weights:gsub("%-%a+(%-%w+)$", "%1")]
  if not values then name, values = BEST .. " (published)", all[BEST] end
  for far, tar in pairs(values) do
    self.run:reference(SOURCE, { [("%s/tar_at_far_%g"):format(name, far)] = tar })
  end
end

--- Draws the curves of all models.
function class:plots()
  local run, set = self.run, self.p.set
  local function draw(name, chart, series, title, more)
    if not series[1] then return end
    local given = { series = series, title = ("%s, %s"):format(set, title) }
    for key, value in pairs(more or {}) do given[key] = value end
    run:plot(name, chart, given)
  end
  draw("roc.png", plot.roc, self.rocs, "1:1", { x_low = 1e-6 })
  draw("det.png", plot.det, self.dets, "1:1", { low = 1e-6 })
  draw("cmc.png", plot.cmc, self.cmcs, "1:N, mean of the galleries")
  draw("tpir.png", plot.search, self.tpirs, "1:N", { x_low = 1e-4, y_title = "TPIR, rank 1" })
end

return ijb_results
