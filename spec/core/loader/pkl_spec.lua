--- Plain pickles of numpy's arrays: core/loader/pkl.c.
local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local loader = require "visage.loader"
local system = require "visage.system"
local tensor = require "visage.tensor"

local function path(name) return golden.path("weights/" .. name) end

describe("a .pkl", function()
  for _, name in ipairs { "python2.pkl", "python3.pkl" } do
    it(name .. " gives the arrays by their keys", function()
      local got, stream = assert(loader.read(path(name))), tensor.generator(12)
      assert.equal("pkl", got.format)
      assert.same({ "layer1.0.conv1.weight", "bn1.running_mean" }, got.order)
      for i, shape in ipairs { { 2, 3, 1, 2 }, { 5 } } do
        local wanted = (stream:rand(shape, "f64") - 0.5):to "f32"
        assert.tensor(got.tensors[got.order[i]]).near(wanted, 0)
      end
    end)
  end

  it("calls nothing that a pickle names", function()
    local got, text, code = loader.decode(
      "\x80\2cnumpy.core.multiarray\n_reconstruct\n0cos\nsystem\nU\4true\x85R.", "a.pkl")
    assert.is_nil(got)
    assert.equal("UNSUPPORTED", code)
    assert.truthy(text:find("os.system", 1, true), text)
  end)

  it("survives every cut and flipped byte", function()
    local whole = assert(system.read_file(path "python2.pkl"))
    corrupt.each(whole, function(bytes, what)
      local ok = corrupt.survives(bytes, what)
      if what:find "^cut" then assert.is_false(ok) end
    end)
  end)
end)
