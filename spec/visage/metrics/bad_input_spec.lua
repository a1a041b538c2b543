--- Every public function of visage.metrics, fed with nonsense: wrong types, NaN,
-- infinity, nothing, one score, ties only, lists of the wrong length, options that
-- there are not. It raises with its name, what came and what was wanted, or gives
-- nil and a text, or numbers that can be: NaN for what is not known, rates within
-- 0 and 1. The functions are found in the modules; one whose arguments nobody
-- checks fails by name.
local arguments = require "visage.metrics.arguments"
local metrics = require "visage.metrics"
local tensor = require "visage.tensor"

local NAN, INF = 0 / 0, math.huge

local function t(list) return tensor.from(list, "f64") end

local function set()
  return { genuine = t { 0.9, 0.8, 0.7, 0.4 }, impostor = t { 0.1, 0.3, 0.5, 0.2, 0.6 } }
end

local function matrix() return t { { 0.9, 0.2, 0.3 }, { 0.1, 0.8, 0.2 }, { 0.4, 0.5, 0.6 },
  { 0.3, 0.2, 0.1 } } end

local PROBES, GALLERY = { "a", "b", "c", "x" }, { "a", "b", "c" }

local function searches() return metrics.identification.searches(matrix(), PROBES, GALLERY) end

local function generator() return tensor.generator(1) end

local function counts()
  return metrics.stream.add(metrics.stream.new { bins = 10 }, set())
end

local function mean_score(s) return s.genuine:mean() end

-- A good value of each kind.
local GOOD = {
  number = function() return 0.5 end, rank = function() return 1 end,
  share = function() return 0.5 end, whole = function() return 1 end,
  count = function() return 2 end, boolean = function() return true end,
  text = function() return "cosine" end, ["function"] = function() return mean_score end,
  generator = generator, tensor = function() return t { 1, 2 } end, matrix = matrix,
  gallery = matrix,
  places = function() return tensor.from({ 1, 3 }, "i64") end,
  histogram = function() return { genuine = { 0, 2 }, impostor = { 3, 1, 1 } } end,
  numbers = function() return { 0.1, 0.2, 0.4 } end, labels = function() return PROBES end,
  table = set, set = set, sets = set,
  sorted = function() return metrics.scores.sorted(set()) end, counts = counts,
  searches = searches, searched = searches,
  galleries = function() return { searches(), searches() } end,
  parts = function() return { { group = "f", set = set() }, { group = "m", set = set() } } end,
  rates = function()
    return metrics.groups.rates({ { group = "f", set = set() }, { group = "m", set = set() } }, 0.5)
  end,
  trials = function() return { { hits = { true, false }, owners = { "a", "b" } } } end,
  pairs = function()
    return { scores = { 0.9, 0.1, 0.8, 0.3 }, same = { true, false, true, false },
      fold = { 1, 1, 2, 2 } }
  end,
  side = function() return { subjects = GALLERY, groups = { "f", "f", "m" } } end,
  interval = function() return { low = 0.2, high = 0.6, level = 0.95 } end,
  model = function() return { weights = { 2 }, offset = 1, prior = 0.5, ridge = 0 } end,
  tensors = function() return { t { 1 }, t { 2 } } end, systems = function() return t { 1, 2 } end,
  options = function(one)
    local o = {}
    if one.known.generator then o.generator, o.rounds = generator(), 5 end
    return o
  end,
}

local function square() return t { { 1, 0.5, 0.2 }, { 0.5, 1, 0.3 }, { 0.2, 0.3, 1 } } end

-- Arguments that are good together, where those of their kinds are not.
local TOGETHER = {
  ["scores.at_least"] = function() return { t { 0.1, 0.5 }, 0.3, true } end,
  ["scores.both"] = function() return { set(), "both" } end,
  ["scores.totals"] = function() return { GOOD.sorted(), "ignored" } end,
  ["scores.from_matrix"] = function() return { matrix(), metrics.scores.mask(PROBES, GALLERY) } end,
  ["identification.searches"] = function() return { matrix(), PROBES, GALLERY, {} } end,
  ["identification.mean_average_precision"] = function()
    return { matrix(), PROBES, GALLERY, {} }
  end,
  ["identification.by_subject"] = function() return { matrix(), GALLERY } end,
  ["identification.misidentified"] = function() return { searches(), PROBES, GALLERY, 2 } end,
  ["identification.select"] = function() return { searches(), function() return true end } end,
  ["identification.mean"] = function()
    return { GOOD.galleries(), function(s) return metrics.identification.rank_rate(s, 1) end }
  end,
  ["identification.by_size"] = function()
    return { matrix(), PROBES, GALLERY, { sizes = { 2 }, rounds = 2, generator = generator(),
      measure = function(s) return s.entries end } }
  end,
  ["identification.tpir_interval"] = function()
    return { GOOD.galleries(), PROBES, { fpir = 0.5, rounds = 5, generator = generator() } }
  end,
  ["groups.split"] = function()
    return { set(), { genuine = { "f", "f", "m", "m" }, impostor = { "f", "f", "f", "m", "m" } } }
  end,
  ["groups.pairs"] = function() return { square(), GOOD.side(), GOOD.side(), {} } end,
  ["normalise.z"] = function() return { matrix(), matrix(), {} } end,
  ["normalise.combine"] = function() return { GOOD.tensors(), "sum" } end,
  ["normalise.error_versus_reject"] = function()
    return { set(), { 1, 2, 3, 4 }, { threshold = 0.5 } }
  end,
  ["intervals.clopper_pearson"] = function() return { 1, 10, 0.9 } end,
  ["intervals.bootstrap"] = function()
    return { 3, function(list) return #list end, { generator = generator(), rounds = 5 } }
  end,
  ["intervals.bootstrap_scores"] = function()
    return { set(), { genuine = { "a", "b", "a", "b" }, impostor = { "a", "b", "c", "a", "b" } },
      mean_score, { generator = generator(), rounds = 5 } }
  end,
  ["intervals.bootstrap_means"] = function()
    return { { fnmr = { 0, 1, 1, 0 } }, { "a", "b", "a", "b" },
      { generator = generator(), rounds = 5 } }
  end,
  ["confusion.matrix"] = function()
    return { { "a", "b" }, { "a", false }, { "a", "b" } }
  end,
  ["stream.counts"] = function() return { counts(), 0.2 } end,
  ["verification.cllr"] = function() return { set(), { llr = true } } end,
}

-- Functions whose number is a share, and the places of arguments that are.
local GIVES_SHARE = { ["verification.auc"] = true, ["verification.hter"] = true,
  ["verification.wer"] = true, ["verification.f_score"] = true,
  ["identification.dir"] = true, ["identification.fnir"] = true, ["identification.fpir"] = true,
  ["identification.rank_rate"] = true, ["identification.mean_average_precision"] = true,
  ["special.binomial"] = true, ["special.binomial_tail"] = true,
  ["special.binomial_tail_inverse"] = true, ["verification.min_cllr"] = true,
  ["intervals.clopper_pearson"] = true }
-- (Those of kind "share" are told by it.)
local TAKES_SHARE = { ["verification.tar_at_far"] = 2, ["verification.fnmr_at_fmr"] = 2,
  ["verification.far_at_tar"] = 2, ["verification.min_wer"] = 2, ["verification.wer"] = 3,
  ["stream.tar_at_far"] = 2, ["identification.threshold_at_fpir"] = 2 }

-- Lists that go with nothing else in the call may have any length.
local ANY_LENGTH = { ["scores.mask 1"] = true, ["scores.mask 2"] = true,
  ["confusion.matrix 3"] = true }

-- Keys of results that hold shares.
local SHARES = { far = true, frr = true, tar = true, fmr = true, fnmr = true, fta = true,
  eer = true, auc = true, fpir = true, tpir = true, fnir = true, val = true, accuracy = true,
  wer = true, precision = true, recall = true, ap = true, p = true, rate = true, reject = true,
  auc_low = true, auc_high = true, zero_fmr = true, zero_fnmr = true }
local COUNTED = { tp = true, fn = true, fp = true, tn = true, count = true }

-- Text that Lua itself or the core makes of a mistake inside.
local CRUDE = { "attempt to", "bad argument", "got no value", "invalid ", "stack overflow",
  "number has no integer" }

-- nil where an outcome is sound, else what is wrong with it.
local function fault_of_value(value, key, seen)
  if type(value) == "number" then
    if SHARES[key] and not (value ~= value or value >= 0 and value <= 1) then
      return ("%s is %s"):format(key, value)
    end
    if COUNTED[key] and not (value >= 0 and value // 1 == value) then
      return ("%s is %s"):format(key, value)
    end
  elseif tensor.is(value) and SHARES[key] and value:numel() > 0 then
    local low, high = value:min(), value:max()
    if low < 0 or high > 1 then return ("%s has %s to %s"):format(key, low, high) end
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    if type(value.low) == "number" and value.low > value.high then
      return ("low %s, high %s"):format(value.low, value.high)
    end
    for k, one in pairs(value) do
      local why = fault_of_value(one, type(k) == "number" and key or k, seen)
      if why then return why end
    end
  end
end

-- What may call itself the operation: any function of the metrics, and what they share.
local NAMES = { scores = true, bootstrap = true, permutation = true }
for module, functions in pairs(metrics) do
  for name in pairs(functions) do
    NAMES[name], NAMES[module .. "." .. name] = true, true
  end
end

local function fault_of_error(text, name)
  if type(text) ~= "string" then return "raised no text" end
  for _, crude in ipairs(CRUDE) do
    if text:find(crude, 1, true) then return "raised '" .. text .. "'" end
  end
  local operation = text:gsub("^[^\n:]+:%d+: ", ""):match "^([%w_.]+): "
  if not operation then return "raised without an operation: '" .. text .. "'" end
  if operation ~= name and not NAMES[operation] then
    return ("of %s raised '%s'"):format(name, text)
  end
end

-- Calls f; verdict: "raise" or "sound".
local function fault(full, f, args, verdict)
  local out = table.pack(pcall(f, table.unpack(args, 1, args.n)))
  if not out[1] then return fault_of_error(out[2], full:match "%.(.*)") end
  if out[2] == nil and type(out[3]) == "string" then return nil end
  if verdict == "raise" then return ("gave %s"):format(tostring(out[2])) end
  for i = 2, out.n do
    local why = fault_of_value(out[i], GIVES_SHARE[full] and "far" or nil, {})
    if why then return why end
  end
end

local function changed_set(change)
  local one = set()
  change(one)
  return one
end

-- What sets of scores there may be; those that name no verdict give sound numbers.
local function strange_sets()
  local function of(genuine, impostor, failures)
    return { genuine = t(genuine), impostor = t(impostor), failures = failures }
  end
  return {
    { "no genuine", of({}, { 0.1, 0.2, 0.3, 0.4, 0.5 }) },
    { "no impostor", of({ 0.5, 0.6, 0.7, 0.8 }, {}) },
    { "none", of({}, {}) }, { "one score each", of({ 0.5 }, { 0.4 }) },
    { "one score each, the wrong way", of({ 0.4 }, { 0.5 }) },
    { "ties only", of({ 0.5, 0.5, 0.5, 0.5 }, { 0.5, 0.5, 0.5, 0.5, 0.5 }) },
    { "some NaN", of({ 0.5, NAN, 0.7, 0.9 }, { 0.1, NAN, 0.3, NAN, 0.8 }) },
    { "NaN only", of({ NAN, NAN, NAN, NAN }, { NAN, NAN, NAN, NAN, NAN }) },
    { "infinity", of({ 0.5, INF, 0.7, 0.9 }, { 0.1, -INF, 0.3, INF, 0.8 }) },
    { "great numbers", of({ 1e308, 1e300, 1, 2 }, { -1e308, 1e308, 0, 1, 2 }) },
    { "failures", of({ 0.5, 0.6, 0.8, 0.9 }, { 0.1, 0.2, 0.3, 0.4, 0.6 },
      { genuine = 9, impostor = 99 }) },
    { "lists", { genuine = { 0.5, 0.6, 0.7, 0.9 }, impostor = { 0.1, 0.2, 0.3, 0.4, 0.7 } } },
    { "a text among the scores", { genuine = { 0.5, "x" }, impostor = { 0.1 } }, "raise" },
    { "two axes", { genuine = matrix(), impostor = matrix() }, "raise" },
    { "no impostor field", { genuine = t { 0.5 } }, "raise" },
    { "failures below zero", changed_set(function(s)
      s.failures = { genuine = -1, impostor = 0 }
    end), "raise" },
  }
end

local function strange_matrices(good)
  local n, m = good:size(1), good:size(2)
  local with_nan = good:clone()
  with_nan[1] = tensor.full({ m }, NAN, "f64")
  return {
    { "a row of NaN", with_nan }, { "NaN only", tensor.full({ n, m }, NAN, "f64") },
    { "ties only", tensor.full({ n, m }, 0.5, "f64") },
    { "infinity", tensor.full({ n, m }, INF, "f64") }, { "zeros", tensor.zeros({ n, m }, "f64") },
    { "a column less", good:narrow(2, 1, m - 1) }, { "a row less", good:narrow(1, 1, n - 1) },
    { "no rows", good:narrow(1, 1, 0) }, { "one axis", t { 1, 2 }, "raise" },
  }
end

local NUMBERS = { number = true, share = true, rank = true, count = true, whole = true }

-- The strange values of an argument: { what, value, verdict }.
local function strange(full, place, one, good)
  local list = {}
  local function add(what, value, verdict) list[#list + 1] = { what, value, verdict or "sound" } end
  for what, value in pairs { ["a text"] = "x", ["a number"] = 5, ["an empty table"] = {},
    ["true"] = true, ["a function"] = print } do
    local fits = what == "a text" and one.kind == "text" or what == "true" and one.kind == "boolean"
      or what == "a number" and (NUMBERS[one.kind])
      or what == "a function" and (one.kind == "function" or one.kind == "gallery")
    if not fits then
      local empty = what == "an empty table" and (type(good) == "table" or one.kind == "numbers")
      add(what, value, empty and "sound" or "raise")
    end
  end
  add("nil", nil, one.optional and "sound" or "raise")
  if NUMBERS[one.kind] then
    add("NaN", NAN, "raise")
    for _, x in ipairs { INF, -INF, 0, -1, 1e300, 1e-12 } do
      local out = (one.kind == "share" or TAKES_SHARE[full] == place) and not (x >= 0 and x <= 1)
      add(tostring(x), x, out and "raise" or "sound")
    end
    if one.kind == "count" or one.kind == "whole" then add("a half", 1.5, "raise") end
  elseif one.kind == "set" or one.kind == "sets" then
    for _, case in ipairs(strange_sets()) do add(table.unpack(case)) end
  elseif one.kind == "matrix" then
    for _, case in ipairs(strange_matrices(good)) do add(table.unpack(case)) end
  elseif one.kind == "labels" then
    local verdict = not ANY_LENGTH[full .. " " .. place] and "raise" or "sound"
    add("a label less", table.move(good, 1, #good - 1, 1, {}), verdict)
    add("a label more", table.move({ "z" }, 1, 1, #good + 1, table.move(good, 1, #good, 1, {})),
      verdict)
    local none, same = {}, {}
    for i = 1, #good do none[i], same[i] = false, "a" end
    add("no label known", none)
    add("one label for all", same)
  elseif one.kind == "numbers" then
    add("NaN among them", t { 0.1, NAN, 0.3 })
    add("nothing", t {})
    add("infinity", { INF, -INF, 0 })
    add("a text", { 0.1, "x" }, "raise")
    add("two axes", matrix(), "raise")
  elseif one.kind == "tensor" or one.kind == "places" then
    add("NaN", t { NAN, 1 })
    add("nothing", t {})
    add("zeros", t { 0, 0 })
    add("two axes", matrix())
  elseif one.kind == "options" then
    local function with(key, value)
      local o = {}
      for k, v in pairs(good) do o[k] = v end
      o[key] = value
      return o
    end
    add("an option that there is not", with("nope", 1), "raise")
    for key in pairs(one.known) do
      add(key .. " NaN", with(key, NAN), "raise")
      add(key .. " a table of texts", with(key, { "x" }), "raise")
      add(key .. " a text that there is not", with(key, "nope"), "raise")
      for _, x in ipairs { -1, 0, 0.5, 1, 2, INF } do
        add(("%s %s"):format(key, x), with(key, x))
      end
    end
  end
  return list
end

local function good_arguments(full, signature)
  if TOGETHER[full] then return TOGETHER[full]() end
  local args = {}
  for i, one in ipairs(signature) do args[i] = GOOD[one.kind](one) end
  return args
end

describe("metrics", function()
  for module, functions in pairs(metrics) do
    for name, f in pairs(functions) do
      local full = module .. "." .. name
      if type(f) == "function" then
        it(full .. " is not fooled", function()
          local signature = arguments.of(f)
          assert(signature, "nobody checks its arguments: name them at the end of its module, in"
            .. " arguments.checked")
          local args = good_arguments(full, signature)
          args.n = #signature
          assert.is_nil(fault(full, f, args, "sound"))
          local faults = {}
          for place, one in ipairs(signature) do
            for _, case in ipairs(strange(full, place, one, args[place])) do
              local bad = good_arguments(full, signature)
              bad.n, bad[place] = #signature, case[2]
              local why = fault(full, f, bad, case[3])
              if why then
                faults[#faults + 1] = ("argument %d, %s: %s"):format(place, case[1], why)
              end
            end
          end
          table.sort(faults)
          assert.same({}, faults)
        end)
      end
    end
  end
end)
