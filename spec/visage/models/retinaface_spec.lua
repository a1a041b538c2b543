--- RetinaFace with its real weights against PyTorch on noise of two sizes.
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local networks = require "spec.support.networks"
local retinaface = require "visage.models.retinaface"
local tensor = require "visage.tensor"

local variant = retinaface.variants["mobilenet0.25"]

-- The golden's picture: noise whose cells of 8x8 pixels are their means.
local function picture(case)
  local height, width = case.size[1], case.size[2]
  local x = networks.pixels(case.seed, { 1, 3, height, width }):to "f64"
  for y = 1, height, 8 do
    for left = 1, width, 8 do
      local cell = x:narrow(3, y, math.min(8, height - y + 1))
        :narrow(4, left, math.min(8, width - left + 1))
      local mean = cell:mean(4, true):mean(3, true)
      cell:copy(mean:to "u8")
    end
  end
  return (x - tensor.from({ 104, 117, 123 }, "f64"):reshape { 1, 3, 1, 1 }):to "f32"
end

-- The node that is the end of a module of the golden.
local nodes = {
  ["body.stage1"] = "body.stage1.5.5", ["body.stage2"] = "body.stage2.5.5",
  ["body.stage3"] = "body.stage3.1.5", ["fpn.merge1"] = "fpn.merge1.2",
  ["fpn.merge2"] = "fpn.merge2.2", ssh1 = "ssh1", ssh3 = "ssh3",
}

local function taps_of(case)
  local list = {}
  for name in pairs(case.taps) do list[#list + 1] = nodes[name] end
  return list
end

local function check_output(y, wanted)
  assert.same(wanted.shape, y:shape())
  local flat, n = y:reshape { -1 }, #wanted.picked
  assert.near(wanted.norm, flat:to "f64":norm(), 1e-5 * wanted.norm)
  local picked = {}
  for i = 1, n do picked[i] = flat:get(1 + (flat:numel() - 1) * (i - 1) // (n - 1)) end
  -- f32 through 40 layers: the golden measures 2e-6 against double precision.
  assert.is_true(networks.relative_error(tensor.from(picked), tensor.from(wanted.picked)) < 1e-5)
end

describe("retinaface", function()
  local path = networks.weight "retinaface-mobilenet0.25"

  for _, case in ipairs(golden.load("retinaface").cases) do
    it(("gives PyTorch's answers at %dx%d"):format(case.size[2], case.size[1]), function()
      if not path then return pending "mobilenet0.25_Final.pth is not here" end
      local file = assert(loader.read(path))
      local tensors = {}
      for name, t in pairs(file.tensors) do
        if not name:find(variant.ignore[1]) then tensors[name] = t end
      end
      local g = assert(retinaface.build():load(tensors, variant.names))
      local net <close> = g:compile { batch = 1, taps = taps_of(case) }
      local classes, offsets, points, taps = net:run(picture(case))
      check_output(classes, case.outputs.classes)
      check_output(offsets, case.outputs.boxes)
      check_output(points, case.outputs.points)
      for name, wanted in pairs(case.taps) do
        local tap = taps[nodes[name]]
        assert.same(wanted.shape, tap:shape())
        assert.near(wanted.norm, tap:to "f64":norm(), 1e-5 * wanted.norm)
        local first = tap:reshape({ -1 }):narrow(1, 1, #wanted.first)
        assert.tensor(first).near(wanted.first, 1e-5 * tap:abs():max())
      end
    end)
  end

  it("has two priors for each cell of its three maps, their sizes rounded up", function()
    local net <close> = (function()
      local g, random = retinaface.build(), tensor.generator(1)
      for _, t in ipairs(g:tensors()) do g:set(t.node, t.slot, random:rand(t.shape)) end
      return g:compile { batch = 1 }
    end)()
    local classes, offsets, points = net:run(tensor.ones { 1, 3, 33, 64 })
    -- 33 x 64: 5 x 8, 3 x 4 and 2 x 2 cells.
    local priors = 2 * (40 + 12 + 4)
    assert.same({ { 1, 2 * priors }, { 1, 4 * priors }, { 1, 10 * priors } },
      { classes:shape(), offsets:shape(), points:shape() })
  end)
end)
