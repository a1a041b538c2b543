local json = require "visage.json"
local system = require "visage.system"
local thresholds = require "visage.experiment.gallery.thresholds"

describe("thresholds", function()
  it("decide alike by either convention", function()
    for _, t in ipairs { 0.5, -0.25, 0, 1e-300 } do
      local above = thresholds.convert(t, false, "above")
      -- s >= t is s > above: above is the next double below.
      assert.is_true(above < t and thresholds.convert(above, true, "at_least") == t)
      assert.equal(t, thresholds.convert(t, false, "at_least"))
      assert.equal(t, thresholds.convert(t, true, "above"))
    end
    assert.equal(0.5 - 0x1p-54, thresholds.convert(0.5, false, "above"))
    assert.equal(math.huge, thresholds.convert(math.huge, false, "above"))
  end)

  it("are read from a finished run of the same experiment and convention", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local function read(change, accept)
      local found = {
        experiment = "openset", status = "ok", metrics = { ["tiny/threshold_at_fpir_0.1"] = 0.25 },
        run = { metric_rules = { accept = "score >= threshold" } },
      }
      if change then change(found) end
      assert(system.write_file(folder .. "/results.json", json.encode(found)))
      return thresholds.read(folder, "openset", accept or "at_least")
    end
    local path = folder .. "/results.json"
    assert.equal(0.25, thresholds.get(read(), "tiny/threshold_at_fpir_0.1"))
    assert.has_error(function() thresholds.get(read(), "tiny/other") end,
      path .. ": no metric tiny/other")
    assert.equal(path .. ": no finished run of openset",
      select(2, read(function(f) f.status = "failed" end)))
    assert.equal(path .. ": its thresholds accept score >= threshold; --accept above is"
      .. " score > threshold", select(2, read(nil, "above")))
    assert(system.write_file(path, "{"))
    assert.truthy(select(2, thresholds.read(folder, "openset", "above")):find(path, 1, true))
    assert.is_nil((thresholds.read(folder .. "/none", "openset", "above")))
  end)
end)
