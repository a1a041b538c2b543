--- Which chart shows what: series of bars, files that a run is given.
local group_plots = require "visage.experiment.groups.plots"

local function show(series)
  local out = {}
  for i, one in ipairs(series) do
    local y = {}
    for k, value in ipairs(one.y) do y[k] = value == value and tostring(value) or "-" end
    out[i] = one.name .. ": " .. table.concat(y, " ")
  end
  return out
end

describe("group_plots", function()
  -- A run that keeps what it is asked to draw.
  local function recorder()
    local drawn = {}
    return { plot = function(_, name, _, options) drawn[#drawn + 1] = { name, options } end }, drawn
  end

  local function figures(group, fnmr, fmr)
    return { group = group, fnmr = fnmr and { value = fnmr }, fmr = fmr and { value = fmr, low = 0,
      high = 1 }, similarity = { genuine = { value = fnmr } }, gap = { genuine = 3 } }
  end

  it("have a place for each group, whether it has a figure or not", function()
    local series = group_plots.series({ "f", "m" }, {
      { series = "a", group = "m", figure = { value = 0.5, low = 0.25, high = 0.75 } },
      { series = "b", group = "f", figure = { value = 1 } }, { series = "b", group = "m" },
    })
    assert.same({ "a: - 0.5", "b: 1 -" }, show(series))
    assert.same({ 0.25, 0.75 }, { series[1].low[2], series[1].high[2] })
    -- No interval, no whisker.
    assert.is_true(series[2].low[1] ~= series[2].low[1])
  end)

  it("put networks side by side, and attributes together", function()
    local run, drawn = recorder()
    local sex = { name = "sex", title = "sex", names = { "f", "m" } }
    local hat = { name = "hat", title = "hat", names = { "both", "neither" }, attribute = true }
    local beard = { name = "beard", title = "beard", names = hat.names, attribute = true }
    group_plots.bars(run, {
      { source = "x:y", grouping = sex, found = { groups = { figures("f", 0.1, 0) } } },
      { source = "x:y", grouping = hat, found = { groups = { figures("both", 0.2) } } },
      { source = "x:y", grouping = beard, found = { groups = { figures("both", 0.3),
        figures("neither", 0.4) } } },
      { source = "z", grouping = sex, found = { groups = { figures("m", 0.5, 0.25) } } },
    })
    local names = {}
    for i, one in ipairs(drawn) do names[i] = one[1] end
    assert.same({ "fnmr_sex.png", "fmr_sex.png", "fnmr_attributes_x:y.png",
      "fmr_attributes_x:y.png" }, names)
    assert.same({ "x:y: 0.1 -", "z: - 0.5" }, show(drawn[1][2].series))
    assert.same({ "x:y: 0 -", "z: - 0.25" }, show(drawn[2][2].series))
    assert.same({ "hat", "beard" }, drawn[3][2].groups)
    assert.same({ "both: 0.2 0.3", "neither: - 0.4" }, show(drawn[3][2].series))
  end)

  it("put no more attributes in a chart than can be read", function()
    local run, drawn = recorder()
    local collected = {}
    for i = 1, 13 do
      collected[i] = { source = "z", found = { groups = { figures("both", 0.2) } },
        grouping = { name = "a" .. i, names = { "both" }, attribute = true } }
    end
    group_plots.bars(run, collected)
    assert.same({ "fnmr_attributes_z.png", 12, "fnmr_attributes2_z.png", { "a13" } }, {
      drawn[1][1], #drawn[1][2].groups, drawn[3][1], drawn[3][2].groups })
  end)

  it("draw similarity at each group's mean gap", function()
    local run, drawn = recorder()
    group_plots.over_gap(run, { source = "z", grouping = { name = "age_gap", title = "years" },
      found = { groups = { figures("0-4", 0.5) } } })
    assert.equal("similarity_age_gap_z.png", drawn[1][1])
    local series = drawn[1][2].series
    assert.same({ { 3 }, { 0.5 }, {} }, { series[1].x, series[1].y, series[2].x })
  end)
end)
