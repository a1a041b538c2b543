--- calibrate: ranges of the tiny network on noise, and an extraction with 8 bits by them.
local image = require "visage.image"
local json = require "visage.json"
local lfs = require "lfs"
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local system = require "visage.system"
local tensor = require "visage.tensor"

local function has_int8()
  return (networks.tiny(4, 4):compile { precision = "int8", ranges = { data = { 0, 1 } } })
end

describe("calibrate", function()
  local folder, photos, file

  setup(function()
    folder = assert(system.temp_dir())
    photos, file = folder .. "/photos", folder .. "/tiny.json"
    assert(system.mkdir_p(photos))
    for i = 1, 6 do
      assert(image.save(networks.pixels(i, { 40, 48, 3 }), ("%s/%d.png"):format(photos, i)))
    end
    assert(system.write_file(photos .. "/3.png", "no image"))
  end)

  teardown(function() system.remove_tree(folder) end)

  local function run(script, out, ...)
    return system.run {
      "env", "VISAGE_CACHE=" .. folder .. "/cache", system.program(),
      ("%s/experiments/%s.lua"):format(system.root(), script), "--model", "tiny", "--crop",
      "whole", "--quiet", "--out", folder .. "/" .. out, stderr = "merge", ...,
    }
  end

  local function ran(script, out, ...)
    local status, text = run(script, out, ...)
    assert.equal(0, status, text)
    return results.load(folder .. "/" .. out)
  end

  it("leaves the range of every node, and from which photos", function()
    local found = ran("calibrate", "a", "--to", file, photos)
    local record = json.decode(assert(system.read_file(file)))
    assert.same({ "tiny", "seeded", "max", 5 },
      { record.model, record.variant, record.rule, record.photos })
    local hashes = {}
    for _, i in ipairs { 1, 2, 4, 5, 6 } do
      hashes[#hashes + 1] = system.sha256_file(("%s/%d.png"):format(photos, i))
    end
    table.sort(hashes)
    assert.equal(system.sha256(table.concat(hashes, "\n")), record.photos_sha256)
    local nodes = 0
    for _, row in ipairs(found.tables.ranges.rows) do
      assert.same({ row[3], row[4] }, record.ranges[row[1]])
      nodes = nodes + 1
    end
    assert.equal(nodes, found.metrics["tiny/nodes"])
    assert.same({ unreadable = 1, no_face = 0 }, found.data.failures)
  end)

  it("makes embeddings with 8 bits, which results and the cache tell from others", function()
    if not has_int8() then return pending "int8 is not computed in on this machine" end
    ran("calibrate", "b", "--to", file, "--rule", "percentile", photos)
    local plain = ran("extract", "fp32", photos)
    local first = ran("extract", "int8", "--precision", "int8", "--calibration", file, photos)
    local again = ran("extract", "again", "--precision", "int8", "--calibration", file, photos)
    assert.same({ "fp32", "int8" }, { plain.run.precision, first.run.precision })
    assert.equal(system.sha256_file(file), first.models[1].calibration.sha256)
    assert.same({ 5, 5, 0 },
      { plain.run.cache.computed, first.run.cache.computed, again.run.cache.computed })
    local a = assert(tensor.load(folder .. "/fp32/embeddings.npy"))
    local b = assert(tensor.load(folder .. "/int8/embeddings.npy"))
    for _, i in ipairs { 1, 6 } do
      local off = networks.relative_error(b[i], a[i])
      assert(off > 1e-4 and off < 0.1, off)
    end
    ran("calibrate", "c", "--to", file, photos)
    local other = ran("extract", "other", "--precision", "int8", "--calibration", file, photos)
    assert.equal(5, other.run.cache.computed)
  end)

  it("says what is wrong with its command line", function()
    local function wrong(expected, script, ...)
      local status, text = run(script, "none", ...)
      assert.not_equal(0, status)
      assert.truthy(text:find(expected, 1, true), text)
    end
    wrong("the weights are no file; --to says where ranges go", "calibrate", photos)
    wrong("--precision: ranges are those of fp32", "calibrate", "--precision", "bf16", photos)
    wrong("no such photo or folder", "calibrate", "--to", file, folder .. "/photos/none")
    wrong("--calibration is for --precision int8", "extract", "--calibration", file, photos)
    wrong("--calibration names 2 files, --model names 1 networks", "extract", "--precision",
      "int8", "--calibration", file .. "," .. file, photos)
    wrong("no such calibration, which int8 needs; from a folder of faces it is made by",
      "extract", "--precision", "int8", photos)
    assert.is_nil(lfs.attributes(folder .. "/none/results.json"))
  end)
end)
