--- The demonstration where nothing can be fetched, and where all is here.
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local system = require "visage.system"

describe("make demo", function()
  local folder

  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  -- A checkout without any weights, so that what is fetched here cannot be found.
  local function copy_checkout()
    local root = folder .. "/checkout"
    assert(system.mkdir_p(root .. "/weights"))
    assert.equal(0, (system.run {
      "sh", "-c", 'cp "$1" "$3/visage" && cp -R "$2/lua" "$2/experiments" "$3"'
        .. ' && cp "$2/weights/manifest.lua" "$3/weights"', "sh", system.program(),
      system.root(), root,
    }))
    return root
  end

  -- As make demo runs it, from root; results lie in `out`, by default runs/demo.
  -- Nothing can be fetched; what is in the folder of weights can be used.
  local function run(root, program, weights, out)
    return system.run {
      "env", "-C", root, "PIP_NO_INDEX=1", "PIP_FIND_LINKS=", "VISAGE_WEIGHTS=" .. weights,
      program, "experiments/demo.lua", out, stderr = "merge",
    }
  end

  it("says exactly what it cannot have, draws the rest and exits 1", function()
    local root = copy_checkout()
    local status, text = run(root, root .. "/visage", folder .. "/weights")
    assert.equal(1, status, text)
    assert.truthy(text:find("photos of face_recognition 1.3.0 cannot be had: weights demo/", 1,
      true), text)
    assert.truthy(text:find("\nreal 0/3, synthetic 1\n$"), text)
    local found = results.load(root .. "/runs/demo/age_templates")
    assert.is_true(found.run.synthetic)
    assert.same({ { subject = "n900006", why = "1 of 20 images missing: n900006/0007_01.jpg" } },
      found.data.omitted)
    for line in text:gmatch "[^\n]*age effect[^\n]*" do
      assert.truthy(line:find "^SYNTHETIC", line)
    end
  end)

  it("takes no option for a folder", function()
    local status, text = system.run { system.program(),
      system.root() .. "/experiments/demo.lua", "--hepl", stderr = "merge" }
    assert.equal(2, status)
    assert.truthy(text:find("demo: unknown option '--hepl'", 1, true), text)
  end)

  it("names both people and agrees with the published rule", function()
    if not (networks.weight "dlib-resnet" and networks.weight "demo/obama.jpg") then
      return pending "dlib-resnet and the demonstration's photos are not here: make demo"
    end
    local status, text = run(system.root(), system.program(),
      os.getenv "VISAGE_WEIGHTS" or system.root() .. "/weights", folder .. "/out")
    assert.equal(0, status, text)
    assert.truthy(text:find("the rule is right for 6 of 6 pairs", 1, true), text)
    assert.truthy(text:find("excluded: 32bit.png is obama2.jpg saved again", 1, true))
    local named = select(2, text:gsub("  1%. obama ", ""))
    assert.equal(2, named)
    assert.truthy(text:find("\nreal 3/3, synthetic 1\n$"), text)
  end)
end)
