--- Error versus reject by what is known of photos, counted by hand.
local image = require "visage.image"
local lfs = require "lfs"
local networks = require "spec.support.networks"
local pair_quality = require "visage.experiment.pairs.quality"
local run_class = require "visage.experiment.run"
local system = require "visage.system"

describe("pair_quality", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  it("takes what was measured, or measures", function()
    local path = folder .. "/a.png"
    assert(image.save(networks.pixels(1, { 60, 60, 3 }), path))
    local found = { box = { 10, 10, 40, 50 }, score = 0.9, measured = { yaw = -20, blur = 7 } }
    local photo = { path = path, face = found }
    local function of(name) return pair_quality.of_photo(photo, name) end
    assert.same({ 0.9, 7, -20, 30 }, { of "score", of "blur", of "yaw", of "box_side" })
    found.measured = nil
    assert.is_true(of "blur" > 0)
    -- Without points there is no pose; without a face, or its photo, nothing.
    for _, value in ipairs { of "yaw", pair_quality.of_photo({ path = path }, "score"),
      pair_quality.of_photo({ path = folder .. "/none.png", face = found }, "blur") } do
      assert.is_true(value ~= value)
    end
  end)

  it("draws FRR over the share that is rejected", function()
    local run = run_class.new({ name = "drawn" }, { out = folder, seed = 1, quality = "score",
      quiet = true }, {})
    local photos, list = {}, {}
    -- Four pairs of one person, the poorest of them lost, and one of two people.
    for i, score in ipairs { 0.9, 0.5, 0.8, 0.7, 0.1 } do
      photos[2 * i - 1] = { face = { box = { 0, 0, 1, 1 }, score = score } }
      photos[2 * i] = { face = { box = { 0, 0, 1, 1 }, score = 0.95 } }
      list[i] = { same = i < 5, places = { 2 * i - 1, 2 * i } }
    end
    photos[4].face = nil
    local state = pair_quality.new(run, list)
    local printed = stub(_G, "print")
    pair_quality.record(run, state, { name = "m", threshold = { at = 0.5 } }, photos, list,
      { 0.9, 0 / 0, 0.8, 0.4, 0.9 })
    printed:revert()
    assert.stub(printed).called_with("m: FRR 0.5000; mean 0.5000 while up to a fifth of the pairs"
      .. " is rejected by quality (0.5000 is the least possible)")
    -- The pair without a face goes first, then the lost one.
    assert.same({ { "m", 0, 0.5, -math.huge }, { "m", 0.25, 1 / 3, 0.7 }, { "m", 0.5, 0, 0.8 },
      { "m", 0.75, 0, 0.9 } }, state.rows)
    assert.equal(0.5, run.metrics["m/reject.area"])
    pair_quality.finish(run, state)
    assert.truthy(lfs.attributes(folder .. "/error_versus_reject.png"))
    run.options.quality = nil
    assert.is_nil(pair_quality.new(run, list))
  end)
end)
