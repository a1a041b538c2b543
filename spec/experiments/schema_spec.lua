--- Every experiment of the folder leaves a results.json that the schema knows: a
-- spec of its own runs it and loads what it left by spec/support/results.lua. And
-- the schema itself sees what is wrong.
local dkjson = require "dkjson"
local json = require "visage.json"
local lfs = require "lfs"
local results = require "spec.support.results"
local runs = require "spec.support.runs"
local system = require "visage.system"
local tree = require "spec.support.tree"

-- Texts of the specs of a script: NAME_spec.lua and NAME_*_spec.lua.
local function specs_of(name)
  local texts = {}
  local pattern = "^spec/experiments/" .. name .. "[%w_]*_spec%.lua$"
  for _, path in ipairs(tree.matching(pattern, "lua")) do
    texts[#texts + 1] = tree.read(path)
  end
  return table.concat(texts)
end

describe("a spec validates what is left by", function()
  for _, path in ipairs(tree.matching("^experiments/[^/]+%.lua$", "lua")) do
    local name = path:match "([^/]+)%.lua$"
    it(path, function()
      local text = specs_of(name)
      assert(text:find('require "spec.support.results"', 1, true) and text:find("results.load(", 1,
        true), ("no spec/experiments/%s_spec.lua runs the script on drawn data and calls"
        .. " results.load(OUT) of spec.support.results"):format(name))
    end)

    if not tree.read(path):find("experiment.main(", 1, true) then goto continue end
    it(path .. ", whose options are explained", function()
      local status, text = system.run { system.program(), system.root() .. "/" .. path, "--help",
        stderr = "merge" }
      assert.equal(0, status, text)
      for _, word in ipairs { "Usage: ", "--out", "--check" } do
        assert.truthy(text:find(word, 1, true), name .. " --help lacks " .. word)
      end
    end)
    ::continue::
  end
end)

describe("the schema", function()
  local function faults(change)
    local found = runs.results()
    if change then change(found) end
    return results.faults((dkjson.decode(json.encode(found), 1, json.null)))
  end

  it("knows a run's results", function() assert.same({}, faults()) end)

  for what, case in pairs {
    ["a key that is missing"] = { function(f) f.run.seed = nil end, "results.run.seed is missing" },
    ["a key that it does not know"] = { function(f) f.extra = 1 end,
      "results.extra is no key of the schema" },
    ["another type"] = { function(f) f.data.images = "9" end,
      "results.data.images is string (9), wanted count" },
    ["a metric without its model"] = { function(f) f.metrics.eer = 0.5 end,
      "metric 'eer': a key is MODEL/metric.part" },
    ["per cent"] = { function(f) f.metrics["tiny/accuracy.mean"] = 99.5 end,
      "metric tiny/accuracy.mean is 99.5, wanted 0 to 1" },
    ["half a photo"] = { function(f) f.metrics["tiny/pairs.failed"] = 0.5 end,
      "metric tiny/pairs.failed is 0.5, wanted a count" },
    ["an interval beside its metric"] = {
      function(f) f.metrics["tiny/rank2"] = 0.7 end,
      "intervals tiny/rank2: 0.7 is not within 0.6 and 0.65" },
    ["an interval of nothing"] = { function(f) f.metrics["tiny/rank2"] = nil end,
      "intervals tiny/rank2: no such metric" },
    ["a short row"] = { function(f) f.tables.per_subject.rows[2] = { "x" } end,
      "table per_subject row 2 has 1 cells, wanted 2" },
    ["a column twice"] = { function(f) f.tables.per_subject.columns = { "a", "a" } end,
      "table per_subject has column 2 'a' again" },
    ["a hash that is none"] = { function(f) f.models[1].weights_sha256 = "abc" end,
      "models[1].weights_sha256 is string (abc), wanted sha256?" },
    ["a claim that is none"] = {
      function(f) f.models[1].overlap = "some" end,
      "models[1].overlap is string (some), wanted overlap" },
    ["failures by halves"] = { function(f) f.data.failures.no_face = 0.5 end,
      "results.data.failures.no_face is float (0.5), wanted count" },
    ["a fault without its text"] = { function(f) f.status = "failed" end,
      "status is failed, error" },
    ["a synthetic network in a run that is not"] = {
      function(f) f.models[1].synthetic = true end,
      "models[1] is synthetic, the run is not" },
  } do
    it("sees " .. what, function()
      local text = table.concat(faults(case[1]), "\n")
      assert.truthy(text:find(case[2], 1, true), text)
    end)
  end

  it("sees a file that is not there, and a CSV that lacks rows", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local text = select(2, pcall(results.load, runs.write(folder)))
    assert.truthy(text:find("run.files: per_subject.csv is not there", 1, true), text)
    assert.truthy(text:find("table per_subject has 35 rows, its CSV -1", 1, true), text)
    assert.truthy(lfs.attributes(folder .. "/results.json"))
  end)
end)
