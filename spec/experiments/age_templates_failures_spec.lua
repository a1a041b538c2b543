--- age_templates where photos are missing or broken: what is counted and named,
-- on drawn faces with a network that knows nobody.
local results = require "spec.support.results"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"

describe("age_templates with a missing and a broken photo", function()
  local folder, lacking

  setup(function()
    folder = assert(system.temp_dir())
    lacking = synthetic.draw(folder .. "/drawn", 6, tensor.generator(1))
    local broken = lacking ~= "n900001" and "n900001" or "n900002"
    local list = system.read_file(folder .. "/drawn/meta/test_agetemp_imglist.txt")
    assert(system.write_file(("%s/drawn/test/%s"):format(folder,
      list:match(broken .. "/[^\n]+")), "no image"))
  end)

  teardown(function() system.remove_tree(folder) end)

  -- Two networks see every photo.
  local function run(...)
    local out = system.temp_name(folder .. "/out")
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/age_templates.lua", "--data",
      folder .. "/drawn", "--model", "tiny,tiny:seeded", "--quiet", "--out", out,
      stderr = "merge", ...
    }
    assert.equal(0, status, text)
    return results.load(out).data, system.read_file(out .. "/results.json")
  end

  it("says that drawn weights have no hash", function()
    local _, text = run()
    assert.truthy(text:find('"weights_sha256":null', 1, true))
  end)

  it("leaves both subjects out, each once, and counts the broken photo once", function()
    local data = run()
    assert.same({ 4, 80, 1 }, { data.subjects, data.images, data.failures.unreadable })
    assert.equal(2, #data.omitted)
    local why = { [data.omitted[1].subject] = data.omitted[1].why,
      [data.omitted[2].subject] = data.omitted[2].why }
    assert.truthy(why[lacking]:find("1 of 20 images missing", 1, true))
    why[lacking] = nil
    assert.truthy(select(2, next(why)):find("%(unreadable%)"))
  end)

  it("counts the photos that are left when the rest is used", function()
    local data = run("--missing", "use_rest")
    assert.same({ 6, 118, 1 }, { data.subjects, data.images, data.failures.unreadable })
    assert.same({}, data.omitted)
  end)
end)
