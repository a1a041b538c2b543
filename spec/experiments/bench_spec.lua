--- bench: visage beside programs of ours that speak the peers' protocol.
local results = require "spec.support.results"
local system = require "visage.system"

-- A network of visage's as a peer of another name, its output multiplied.
local FAKE = [[
local loader = require "visage.loader"
local nn = require "visage.nn"
local tensor = require "visage.tensor"
local FACTOR = tonumber(arg[1])
require "visage.bench.server".serve {
  network = function(job)
    local x = assert(tensor.load(job.input))
    local net = assert(nn.import(job.model)):compile { batch = x:size(1), threads = job.threads }
    local y
    return {
      run = function() y = net:run(x) end, about = "fake " .. FACTOR,
      save = function(path) assert(loader.write(path, y * FACTOR)) end,
    }
  end,
}
]]

describe("bench", function()
  local folder
  setup(function()
    folder = assert(system.temp_dir())
    assert(system.write_file(folder .. "/fake.lua", FAKE))
    assert(system.write_file(folder .. "/peers.lua", ([[
      local function fake(name, family, factor)
        return { name = name, family = family, works = { "network" },
          command = { %q, %q, factor } }
      end
      return { fake("right", "onnxruntime", "1"), fake("same", "openvino", "1.00001"),
        fake("wrong", "torch", "2"), fake("also", "torch", "1"),
        { name = "absent", family = "opencv", works = { "network" }, environment = "none" } }
    ]]):format(system.program(), folder .. "/fake.lua")))
  end)
  teardown(function() system.remove_tree(folder) end)

  local function bench(out, peers, ...)
    local status, text = system.run {
      "env", "VISAGE_CACHE=off", system.program(), system.root() .. "/experiments/bench.lua",
      "--peer-list", folder .. "/peers.lua", "--peers", peers, "--no-install", "--works", "network",
      "--networks", "tiny", "--batches", "2", "--threads", "1", "--rounds", "2", "--seconds",
      "0.02", "--pause", "0", "--quiet", "--out", folder .. "/" .. out, stderr = "merge", ...,
    }
    return status, text, status == 0 and results.load(folder .. "/" .. out)
  end

  local function rows_by_name(one)
    local rows = {}
    for _, row in ipairs(one.rows) do rows[row[3]] = row end
    return rows
  end

  it("compares only with what computes the same, and names what is missing", function()
    local status, text, found = bench("a", "all", "--markdown", folder .. "/B.md")
    assert.equal(0, status, text)
    local m, rows = found.metrics, rows_by_name(found.tables.rates)
    assert.is_true(m["tiny/bench.fp32_b2_t1.visage.images_per_second"] > 0)
    assert.is_true(m["tiny/bench.fp32_b2_t1.right.images_per_second"] > 0)
    assert.is_number(m["tiny/bench.fp32_b2_t1.ratio"])
    assert.equal("fake 1", rows.right[4])
    assert.near(1e-5, rows.same[10], 1e-7)
    assert.is_true(rows.same[11] > 0 and rows.same[11] < 2)
    assert.equal("its output is not ours", rows.wrong[12])
    assert.matches("%.venv/peers%-none is not there", rows.absent[12])
    local ratio = found.tables.ratios.rows[1]
    assert.not_equal("wrong", ratio[4])
    assert.equal("yes", ratio[9])
    assert.is_boolean(found.run.metric_rules.load.idle)
    assert.is_string(found.run.metric_rules.machine.cpu)
    local markdown = assert(system.read_file(folder .. "/B.md"))
    assert.truthy(markdown:find("| tiny | fp32_b2_t1 | wrong | fake 2 |", 1, true))
  end)

  it("counts no ratio for which a framework is missing", function()
    local status, text, found = bench("b", "right,same,wrong")
    assert.equal(0, status, text)
    assert.equal("no: without torch", found.tables.ratios.rows[1][9])
    assert.is_number(found.tables.ratios.rows[1][6])
    assert.equal(results.null, found.metrics["tiny/bench.fp32_b2_t1.ratio"])
  end)

  it("measures alone, too", function()
    local status, text, found = bench("c", "none")
    assert.equal(0, status, text)
    assert.equal(1, #found.tables.rates.rows)
  end)

  it("fails at the end, with what it has, where visage cannot", function()
    local status, text = bench("e", "right", "--engine", "steam")
    assert.equal(1, status)
    assert.matches("tiny fp32_b2_t1: visage: .*steam: this build has no such engine", text)
    local found = results.load(folder .. "/e")
    assert.equal("failed", found.status)
    assert.same({ "visage", "right" }, { found.tables.rates.rows[1][3],
      found.tables.rates.rows[2][3] })
  end)

  it("refuses what it does not know", function()
    local function refused(pattern, ...)
      local status, text = bench("d", ...)
      assert.equal(1, status)
      assert.matches(pattern, text)
    end
    refused("%-%-peers tensorfow: no such peer", "right,tensorfow")
    refused("%-%-works walk: no such work; there are network, kernels, detect, job, search, start",
      "none", "--works", "walk")
    refused("no network 'x' is measured", "none", "--networks", "x")
  end)
end)
