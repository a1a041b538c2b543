--- What verification experiments leave of scored pairs: AUC and EER, ROC and DET,
-- histograms of the scores, intervals by subject, and the worst errors as a picture.
--
-- A pair is { same, subjects = { a, b }, files = { a, b }, places = { i, j } }: who is
-- on its photos, their names, and their places among the photos of the run. Scores are
-- a number a pair, more is more alike, NaN where a photo has no embedding. A margin is
-- a score less the threshold that judges it.
local chart_of = require "visage.plot"
local intervals = require "visage.metrics.intervals"
local image = require "visage.image"
local scores_of = require "visage.metrics.scores"
local verification = require "visage.metrics.verification"

local pair_results = {}

local class = {}
class.__index = class

-- Points of the ROC's band; a montage has so many pairs of a kind, in so many columns.
local BAND, WORST, COLUMNS, CELL = 40, 6, 6, 176
-- Fewer draws show no ends of an interval.
local LEAST_ROUNDS = 100
-- Letters of a photo's name below its picture.
local LETTERS = 16

local METHOD = "bootstrap by subject"

--- Adds the option of the intervals.
-- @tparam table parser argparse's
function pair_results.options(parser)
  parser:option("--rounds", "Draws of the bootstrap by subject behind the intervals; 0:"
    .. " no intervals."):argname("N"):default("1000"):convert(function(text)
    local n = math.tointeger(tonumber(text))
    if n and (n == 0 or n >= LEAST_ROUNDS) then return n end
    return nil, ("--rounds '%s': wants 0, or %d and more"):format(text, LEAST_ROUNDS)
  end)
end

--- Takes pairs with a person whom --exclude names out of the list itself, and counts the
-- people that are left.
-- @tparam table run
-- @tparam {table,...} list pairs with subjects
function pair_results.keep(run, list)
  local people, left = {}, {}
  for _, pair in ipairs(list) do
    for _, name in ipairs(pair.subjects) do
      if not left[name] then people[#people + 1] = { name = name } end
      left[name] = true
    end
  end
  left = {}
  local rest, n = run:keep(people), 0
  for _, one in ipairs(rest) do left[one.name] = true end
  for i, pair in ipairs(list) do
    list[i] = nil
    if left[pair.subjects[1]] and left[pair.subjects[2]] then
      n = n + 1
      list[n] = pair
    end
  end
  if n == 0 then error("no pair is left", 0) end
  run.data.subjects = #rest
end

--- Begins the tables and charts of a run.
-- @tparam table run
-- @tparam {table,...} photos of the run, in order: { path, ... }
-- @tparam table options title and x_low of the charts, eer: a rule of verification.eer
-- @treturn table with the methods below
function pair_results.new(run, photos, options)
  run:rule("eer", options.eer)
  run:rule("failures", "no match, and so errors of FRR, TAR, EER and accuracy; AUC is of"
    .. " pairs that were compared")
  if run.options.rounds > 0 then
    run:rule("intervals", ("95 %%: %s, %d draws; a share that all draws give alike has"
      .. " Clopper and Pearson's, and another figure none"):format(METHOD, run.options.rounds))
  end
  return setmetatable({
    run = run, photos = photos, title = options.title, x_low = options.x_low,
    eer = options.eer, curves = {}, dets = {},
    roc = run:table("roc", { "model", "threshold", "far", "tar" }).rows,
    band = run:table("roc_band", { "model", "far", "tar", "low", "high" }).rows,
    worst = run:table("worst", { "model", "kind", "rank", "photo1", "photo2", "score",
      "error" }).rows,
  }, class)
end

--- The score set of pairs, and the subjects of each of its comparisons.
-- @tparam {table,...} list pairs; one whose truth is not known (same is nil) is left out
-- @tparam {number,...} values one a pair
-- @treturn table { genuine, impostor }
-- @treturn table { genuine, impostor }: { a, b } for each comparison
function pair_results.sides(list, values)
  local set, subjects = { genuine = {}, impostor = {} }, { genuine = {}, impostor = {} }
  for i, pair in ipairs(list) do
    local kind = pair.same and "genuine" or "impostor"
    if pair.same ~= nil then
      table.insert(set[kind], values[i])
      table.insert(subjects[kind], pair.subjects)
    end
  end
  return set, subjects
end

local function drawn(self, set, subjects, statistic)
  if self.run.options.rounds == 0 then return {} end
  return self.run:timed("intervals", intervals.bootstrap_scores, set, subjects, statistic, {
    generator = self.run.generator, rounds = self.run.options.rounds,
  })
end

-- An interval of a share of n from its draws.
local function share_interval(found, share, n)
  return found and n > 0 and intervals.share(found, share, n) or nil
end

-- An interval is made to hold its figure: draws of a few subjects may all lie beside it.
local function record(self, key, interval)
  if not (interval and interval.low < interval.high) then return end
  local value = self.run.metrics[key]
  self.run:interval(key, {
    low = math.min(interval.low, value), high = math.max(interval.high, value),
    level = interval.level, method = interval.method, n = interval.n,
  })
end

local function accepted(margin, strict) return margin > 0 or margin == 0 and not strict end

--- Intervals of FMR and FNMR.
-- @tparam table set margins
-- @tparam table subjects of sides
-- @treturn table { fmr, fnmr }: each { low, high, level, method, n }, or nil
function class:rates(set, subjects)
  local sorted, out = scores_of.sorted(set), {}
  local function rates(s)
    local c = verification.counts(s, 0)
    return {
      fmr = #s.impostor > 0 and c.fp / #s.impostor or nil,
      fnmr = #s.genuine > 0 and c.fn / #s.genuine or nil,
    }
  end
  local here = rates(sorted)
  if not next(here) then return out end
  local found = drawn(self, set, subjects, rates)
  for name, kind in pairs { fmr = "impostor", fnmr = "genuine" } do
    out[name] = found[name] and share_interval(found[name], here[name], #sorted[kind])
  end
  return out
end

--- Records the interval of the share of pairs that are judged rightly.
-- @tparam string key of the metric
-- @tparam {table,...} list pairs, all of known truth
-- @tparam {number,...} margins one a pair
-- @tparam[opt=false] boolean strict a margin of 0 is not accepted
function class:accuracy(key, list, margins, strict)
  local right, count = {}, 0
  for i, pair in ipairs(list) do
    right[i] = accepted(margins[i], strict) == pair.same and 1 or 0
    count = count + right[i]
  end
  local set, subjects = pair_results.sides(list, right)
  local found = drawn(self, set, subjects, function(s)
    return { share = (s.genuine:sum() + s.impostor:sum()) / (#s.genuine + #s.impostor) }
  end)
  record(self, key, share_interval(found.share, count / #list, #list))
end

-- The ROC's band: TAR at even steps of log FAR, here and between which ends.
local function record_band(self, name, fars, here, found)
  local curve = { name = name, x = fars, y = {}, low = {}, high = {} }
  for k, far in ipairs(fars) do
    local one = found[k]
    curve.y[k] = here[k]
    curve.low[k], curve.high[k] = one and one.low or here[k], one and one.high or here[k]
    self.band[#self.band + 1] = { name, far, here[k], one and one.low, one and one.high }
  end
  if not next(found) then curve.low, curve.high = nil, nil end
  table.insert(self.curves, curve)
end

-- What is drawn again and again: AUC, EER, TAR at the wanted FARs and at the band's.
local function figures_of(self, fars, band)
  return function(s)
    -- A draw of which all of a kind failed.
    if #s.genuine == 0 or #s.impostor == 0 then return {} end
    local out = {
      auc = verification.auc(s), eer = verification.eer(s, { rule = self.eer }).eer,
    }
    for _, far in ipairs(fars) do
      out[("tar_at_far_%g"):format(far)] = verification.tar_at_far(s, far).tar
    end
    for k = 1, #band do out[k] = verification.tar_at_far(s, band[k]).tar end
    return out
  end
end

--- Records AUC, EER and TAR at fixed FARs with their intervals, and keeps the curves.
-- Both kinds of pairs are needed.
-- @tparam string name of the model, as in metric keys
-- @tparam table set score set
-- @tparam table subjects of sides
-- @tparam[opt] {number,...} fars
-- @treturn table the EER as of verification.eer
function class:curve(name, set, subjects, fars)
  local sorted = scores_of.sorted(set)
  local all = verification.roc(sorted, { points = "corners" })
  for i = 1, #all.far do
    self.roc[#self.roc + 1] = { name, all.thresholds[i], all.far[i], all.tar[i] }
  end
  local band = verification.roc(sorted, { points = BAND }).far:totable()
  local figures = figures_of(self, fars or {}, band)
  local found, here = drawn(self, set, subjects, figures), figures(sorted)
  local genuine = scores_of.totals(sorted)
  for key, value in pairs(here) do
    if type(key) == "string" then
      local metric = ("%s/%s"):format(name, key)
      self.run:metric(metric, value)
      record(self, metric, key:find "^tar" and share_interval(found[key], value, genuine)
        or found[key])
    end
  end
  record_band(self, name, band, here, found)
  table.insert(self.dets, { name = name, x = all.far, y = 1 - all.tar })
  return verification.eer(sorted, { rule = self.eer })
end

--- Draws how the scores of both kinds lie.
-- @tparam string name of the model
-- @tparam table set score set, distances as such
-- @tparam table options x_title, threshold
function class:histogram(name, set, options)
  self.run:plot(("scores_%s.png"):format(name), chart_of.histogram, {
    series = { { name = "two people", x = set.impostor }, { name = "one person",
      x = set.genuine } },
    title = ("%s: scores"):format(name), x_title = options.x_title,
    marks = { options.threshold },
  })
end

-- The places of the pairs of a kind, the worst first: of two people the most alike, of
-- one person the least; equal ones as they come.
local function ranked(list, margins, same)
  local places = {}
  for i, pair in ipairs(list) do
    if pair.same == same and margins[i] == margins[i] then places[#places + 1] = i end
  end
  table.sort(places, function(i, j)
    if margins[i] == margins[j] then return i < j end
    return (margins[i] < margins[j]) == same
  end)
  return places
end

-- A photo's name, with its folder where that fits.
local function short(file)
  local both = file:gsub("%.%w+$", ""):match "[^/]*/?[^/]*$"
  if #both <= LETTERS then return both end
  local name = both:match "[^/]*$"
  local most = utf8.len(name) or 0
  -- The end, where the number is, tells photos of one person apart.
  return most > LETTERS and "…" .. name:sub(utf8.offset(name, -LETTERS)) or name
end

local function picture_of(source, photo)
  return source.picture and source.picture(photo) or nil
end

-- The two pictures of a pair.
local function add_pair(self, cells, source, pair, shown, wrong)
  for k = 1, 2 do
    local name = short(pair.files[k])
    cells[#cells + 1] = {
      image = picture_of(source, self.photos[pair.places[k]]),
      text = k == 1 and ("%.3f %s"):format(shown, name) or name,
      mark = wrong and "bad" or "good",
    }
  end
end

-- Writes the worst pairs of a kind down, and gives their row of the montage.
local function worst_row(self, source, list, margins, options, same)
  local places, cells, errors = ranked(list, margins, same), {}, 0
  for _, i in ipairs(places) do
    if accepted(margins[i], options.strict) ~= same then errors = errors + 1 end
  end
  for rank = 1, math.min(WORST, #places) do
    local i = places[rank]
    local pair, shown = list[i], options.shown(i)
    self.worst[#self.worst + 1] = { source.name, same and "one person" or "two people", rank,
      pair.files[1], pair.files[2], shown, rank <= errors }
    add_pair(self, cells, source, pair, shown, rank <= errors)
  end
  return cells[1] and {
    cells = cells,
    title = ("%s: %d of %d taken for %s"):format(same and "one person, the least alike"
      or "two people, the most alike", errors, #places, same and "two" or "one"),
  }
end

-- Photos without an embedding, whole, for there is no face of theirs.
local function failed_row(self, failed)
  local cells, kinds, counts = {}, {}, {}
  for i, photo in ipairs(self.photos) do
    local kind = failed[i]
    if kind then
      if not counts[kind] then kinds[#kinds + 1] = kind end
      counts[kind] = (counts[kind] or 0) + 1
      if #cells < COLUMNS then
        cells[#cells + 1] = { text = short(photo.key),
          image = photo.path and image.load(photo.path) or nil }
      end
    end
  end
  for i, kind in ipairs(kinds) do kinds[i] = ("%s %d"):format(kind, counts[kind]) end
  return cells[1] and { cells = cells, title = "no embedding: " .. table.concat(kinds, ", ") }
end

--- Draws the pairs that went most wrong, or came nearest to it, and photos without an
-- embedding.
-- @tparam table source { name, picture } of embeddings.sources
-- @tparam {table,...} list pairs
-- @tparam {number,...} margins one a pair
-- @tparam table options shown: function(i), the number to write for pair i; failed:
-- why photos have no embedding, by place; strict: a margin of 0 is not accepted
function class:errors(source, list, margins, options)
  local rows = {}
  for _, same in ipairs { false, true } do
    rows[#rows + 1] = worst_row(self, source, list, margins, options, same)
  end
  rows[#rows + 1] = failed_row(self, options.failed)
  if not rows[1] then return end
  self.run:montage(("worst_%s.png"):format(source.name), {
    rows = rows, cell = CELL, columns = COLUMNS, title = source.name,
  })
end

-- The lowest end of the bands that can be seen.
local function lowest(curves, x_low)
  local least = 1
  for _, curve in ipairs(curves) do
    for k, far in ipairs(curve.x) do
      if far >= x_low then least = math.min(least, (curve.low or curve.y)[k]) end
    end
  end
  -- Room for a curve that lies at the upper edge.
  return math.min(least, 0.99)
end

--- Draws ROC and DET of all models.
function class:finish()
  if not self.curves[1] then return end
  self.run:plot("roc.png", chart_of.roc, {
    series = self.curves, title = self.title .. ": ROC", x_low = self.x_low,
    y_low = math.max(0, lowest(self.curves, self.x_low) * 10 // 1 / 10),
  })
  self.run:plot("det.png", chart_of.det, {
    series = self.dets, title = self.title .. ": DET", x_title = "FAR", y_title = "FRR",
  })
end

return pair_results
