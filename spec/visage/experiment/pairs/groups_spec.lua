--- Errors of pairs by groups, counted by hand.
local lfs = require "lfs"
local pair_groups = require "visage.experiment.pairs.groups"
local pair_results = require "visage.experiment.pairs.results"
local run_class = require "visage.experiment.run"
local system = require "visage.system"

describe("pair_groups", function()
  it("gives rates with intervals, how far they lie apart, and bars", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local run = run_class.new({ name = "drawn" }, { out = folder, seed = 1, rounds = 200,
      quiet = true }, {})
    local results = pair_results.new(run, {}, { title = "drawn", eer = "bob" })
    local tables = pair_groups.new(run)
    local list, margins, person = {}, {}, 0
    -- n pairs of different people, of which so many are beyond the threshold.
    local function add(sex, same, n, beyond)
      for i = 1, n do
        person = person + 2
        list[#list + 1] = { same = same, groups = { group_sex = sex },
          subjects = { person, same and person or person + 1 } }
        margins[#margins + 1] = i <= beyond and 0 or -1
      end
    end
    add("f", true, 10, 8)
    add("f", false, 20, 4)
    add("m", true, 10, 9)
    add("m", false, 20, 1)
    add("x", false, 2, 0)
    add(nil, true, 5, 0)
    add("f", true, 1, 0)
    margins[#margins] = 0 / 0
    pair_groups.record(run, tables, results, "m", list, margins, "group_sex")

    -- FMR 0.2, 0.05, 0; FNMR 0.2, 0.1, none; the pair that failed is in neither.
    local found = {}
    for i, row in ipairs(tables.groups) do
      found[i] = { row[3], row[4], row[7], row[10], row[11], row[12] }
    end
    assert.same({ { "f", 0.2, 0.2, 10, 20, 1 }, { "m", 0.05, 0.1, 10, 20, 0 },
      { "x", 0, nil, 0, 2, 0 } }, found)
    assert.is_true(tables.groups[1][5] < 0.2 and tables.groups[1][6] > 0.2)
    -- No error in two comparisons: Clopper and Pearson's.
    assert.same({ 0, nil }, { tables.groups[3][5], tables.groups[3][8] })
    assert.near(1 - math.sqrt(0.025), tables.groups[3][6], 1e-12)

    local m = run.metrics
    assert.near(0.2, m["m/group_sex.fmr.difference"], 1e-15)
    assert.near(0.1, m["m/group_sex.fnmr.difference"], 1e-15)
    assert.near(2, m["m/group_sex.fnmr.ratio"], 1e-15)
    -- Worst over best has no number where the best is nought.
    assert.equal(require "visage.json".null, m["m/group_sex.fmr.ratio"])
    assert.near(1 - (0.2 + 0.1) / 2, m["m/group_sex.fdr"], 1e-15)
    assert.same({ "m", "group_sex", "fmr", 3, "x", 0, "f", 0.2 },
      table.move(tables.spread[1], 1, 8, 1, {}))
    pair_groups.finish(run, tables)
    for _, name in ipairs { "fmr_group_sex.png", "fnmr_group_sex.png" } do
      assert.truthy(lfs.attributes(folder .. "/" .. name), name)
    end
  end)
end)
