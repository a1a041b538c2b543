--- The file that int8 is scaled by, and what happens without one that fits.
local calibration = require "visage.models.calibration"
local json = require "visage.json"
local models = require "visage.models"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

local function has_int8()
  return (networks.tiny(4, 4):compile { precision = "int8", ranges = { data = { 0, 1 } } })
end

describe("a calibration", function()
  local folder, path, model

  setup(function()
    folder = assert(system.temp_dir())
    path = folder .. "/w.npz.int8.json"
    model = assert(models.load("tiny", { batch = 2 }))
    assert(calibration.write(path, model, {
      rule = "max", photos = 2, photos_sha256 = ("ab"):rep(32),
      ranges = nn.calibrate(model:weighted(), coroutine.wrap(function()
        coroutine.yield(tensor.generator(1):randn { 2, 3, 32, 32 })
      end)),
    }))
  end)

  teardown(function()
    model:close()
    system.remove_tree(folder)
  end)

  local wanted = { spec = "tiny:seeded" }

  it("is looked for beside the weights", function()
    assert.equal("/a/b.h5.int8.json", calibration.path { path = "/a/b.h5" })
    assert.is_nil(calibration.path {})
  end)

  it("comes back as it was written", function()
    local found = assert(calibration.read(path, wanted))
    assert.same({ "max", 2, ("ab"):rep(32) }, { found.rule, found.photos, found.photos_sha256 })
    assert.equal(system.sha256_file(path), found.sha256)
    for _, node in ipairs(model.graph:nodes()) do
      local range = found.ranges[node.name]
      assert.is_true(range[1] <= range[2], node.name)
    end
  end)

  local function refused(text, expected, code)
    local other = folder .. "/other.json"
    assert(system.write_file(other, text))
    local found, why, kind = calibration.read(other, { spec = "m:v", sha256 = ("0"):rep(64) })
    assert.is_nil(found)
    assert.equal(other .. ": " .. expected, why)
    assert.equal(code, kind)
  end

  it("of another format or other weights is refused", function()
    local no = "no calibration: its format is not 'visage int8 ranges 1'"
    refused("{", no, "FORMAT")
    refused("7", no, "FORMAT")
    refused('{"format":"visage int8 ranges 2"}', no, "FORMAT")
    for _, range in ipairs { "[1,0]", "[1]", "1", '["a","b"]', "{}" } do
      refused(('{"format":"visage int8 ranges 1","ranges":{"c":%s}}'):format(range),
        "the range of c is not [low, high]", "FORMAT")
    end
    refused(('{"format":"visage int8 ranges 1","weights_sha256":"%s"}'):format(("1"):rep(64)),
      ("made for the weights of sha256 %s; these are %s"):format(("1"):rep(64), ("0"):rep(64)),
      "VALUE")
  end)

  it("that is not there is an error that says how it is made", function()
    local found, text, code = models.load("tiny", { precision = "int8", calibration = "/no.json" })
    assert.is_nil(found)
    assert.equal("model tiny: /no.json: no such calibration, which int8 needs; from a folder of"
      .. " faces it is made by ./visage experiments/calibrate.lua --model tiny:seeded FOLDER", text)
    assert.equal("IO", code)
    text = select(2, models.load("tiny", { precision = "int8" }))
    assert.truthy(text:find("model tiny: --calibration: no such calibration", 1, true))
  end)

  it("is what int8 computes by, and results say which", function()
    if not has_int8() then return pending "int8 is not computed in on this machine" end
    local quick = assert(models.load("tiny", { precision = "int8", calibration = path }))
    assert.equal("int8", quick.net:info().precision)
    assert.same({ file = path, sha256 = system.sha256_file(path), rule = "max", photos = 2,
      photos_sha256 = ("ab"):rep(32) }, quick:describe().calibration)
    local x = tensor.generator(1):randn { 2, 3, 32, 32 }
    local off = networks.relative_error((quick:run(x)), (model:run(x)))
    assert(off > 1e-4 and off < 0.1, off)
    quick:close()
    assert.is_nil(model:describe().calibration)
    assert.truthy(json.encode(model:describe()))
  end)
end)
