local networks = require "spec.support.networks"
local nn = require "visage.nn"
local tensor = require "visage.tensor"

local tiny = networks.tiny

describe("load", function()
  it("sets every tensor by its own name", function()
    local g = tiny(1, 1)
    assert.equal(g, g:load {
      ["c.weight"] = tensor.full({ 1, 1, 1, 1 }, 3), ["c.bias"] = tensor.from { -1 },
    })
    assert.tensor(g:compile():run(tensor.full({ 1, 1, 1, 1 }, 2))).near({ { { { 5 } } } }, 0)
  end)

  it("lists every missing, extra and wrongly shaped tensor, and sets none", function()
    local g = tiny(1, 1)
    g:relu(g:prelu(g:node "r", { name = "p" }))
    local result, text, code = g:load { ["c.weight"] = tensor.ones { 1, 1, 3, 3 },
      ["c.bias"] = tensor.from { 9 }, other = tensor.ones { 2, 2 }, another = tensor.ones { 1 } }
    assert.is_nil(result)
    assert.equal("load: the table of tensors does not fit graph 'tiny': 1 missing, "
      .. [[
1 of the wrong shape, 0 of the wrong dtype, 2 extra
  missing: p.slope, for p.slope (1)
  wrong shape: c.weight is (1,1,3,3), c.weight wants (1,1,1,1)
  extra: another (1)
  extra: other (2,2)]], text)
    assert.equal("FORMAT", code)
    assert.tensor(g:get("c", "bias")).near({ 0 }, 0)
  end)

  it("is partial only on demand, and never of a wrong shape", function()
    local g = tiny(1, 1)
    local some = { ["c.bias"] = tensor.from { 9 }, other = tensor.ones { 2 } }
    assert.is_nil(g:load(some))
    assert.equal(g, g:load(some, nil, { partial = true }))
    assert.tensor(g:get("c", "bias")).near({ 9 }, 0)
    assert.is_nil(g:load({ ["c.bias"] = tensor.ones { 2 } }, nil, { partial = true }))
  end)

  it("finds tensors by the names of the file and arranges them", function()
    local g = nn.graph()
    g:output(g:linear(g:input { "data", features = 2 }, { name = "fc", out = 3 }))
    local function names(node, slot)
      if slot == "bias" then
        return { name = node .. "/b", transform = function(t) return t * 2 end }
      end
      return { name = node .. "/w", reshape = { 2, -1 }, permute = { 2, 1 } }
    end
    local source = {
      ["fc/w"] = tensor.from { 1, 2, 3, 4, 5, 6 }, ["fc/b"] = tensor.from { 1, 2, 3 },
      ["fc/num_batches_tracked"] = tensor.zeros({ 1 }, "i64"),
    }
    assert(g:load(source, names, { ignore = { "num_batches_tracked$" } }))
    assert.tensor(g:get("fc", "weight")).near({ { 1, 4 }, { 2, 5 }, { 3, 6 } }, 0)
    assert.tensor(g:get("fc", "bias")).near({ 2, 4, 6 }, 0)
  end)

  it("leaves out slots whose name is false", function()
    local g = tiny(1, 1)
    assert(g:load({ w = tensor.full({ 1, 1, 1, 1 }, 3) },
      function(_, slot) return slot == "weight" and "w" end))
    assert.tensor(g:get("c", "bias")).near({ 0 }, 0)
  end)

  it("says when a file is not there", function()
    local result, text, code = tiny(1, 1):load "/no/such/file.npz"
    assert.is_nil(result)
    assert.is_truthy(text:find("/no/such/file.npz", 1, true))
    assert.equal("IO", code)
  end)

  it("refuses whole numbers before it sets anything", function()
    local g = tiny(1, 1)
    local result, text = g:load { ["c.weight"] = tensor.full({ 1, 1, 1, 1 }, 3),
      ["c.bias"] = tensor.from({ 9 }, "i64") }
    assert.is_nil(result)
    assert.matches("wrong dtype: c.bias is i64, c.bias wants a float", text, 1, true)
    assert.tensor(g:get("c", "weight")).near({ { { { 1 } } } }, 0)
  end)

  describe("raises at the caller's line", function()
    local source = { ["c.weight"] = tensor.ones { 1, 1, 1, 1 }, ["c.bias"] = tensor.ones { 1 } }

    local function wrong(text, from, names, options)
      local g = tiny(1, 1)
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, message = pcall(function() return (g:load(from, names, options)) end)
      assert.is_false(ok)
      assert.equal(("load_spec.lua:%d: load: %s"):format(line, text), message:match "[^/]*$")
    end

    -- Names that give every slot this place.
    local function rule(place)
      return function() return place end
    end

    it("for a source without tensors", function()
      wrong("the source is a nil, wants a path or a table of tensors")
      wrong("the source holds a number as x, wants tensors by name", { x = 1 })
      wrong("the source holds a tensor as 1, wants tensors by name", { tensor.ones { 1 } })
      wrong("the source holds a string as format, wants tensors by name", { format = "npz" })
    end)

    it("for options that are none", function()
      wrong("no option is called 'partail'; there are partial, ignore", source, nil,
        { partail = true })
      wrong("ignore is a list of patterns", source, nil, { ignore = "x" })
      wrong("the options are a boolean, wants a table", source, nil, true)
      wrong("names is a table, wants a function", source, {})
    end)

    it("for rules that are none", function()
      wrong("c.weight: names gave a number, wants a string, a table, false or nil", source,
        rule(1))
      wrong("c.weight: the table that names gave has no name", source, rule { permute = { 1 } })
      wrong("c.weight: no rule is called 'transpose'; there are name, reshape, permute, transform",
        source, rule { name = "c.weight", transpose = { 2, 1 } })
      wrong("c.weight: permute is a list of the axes, each once", source,
        rule { name = "c.weight", permute = { 1, 1, 2, 3 } })
      wrong("c.weight: reshape is a list of sizes, of which one may be -1", source,
        rule { name = "c.weight", reshape = 1 })
      wrong("c.weight: transform is a function of a tensor", source,
        rule { name = "c.weight", transform = true })
      wrong("the transform of 'c.weight' gave a nil, wants a tensor", source,
        rule { name = "c.weight", transform = function() end })
    end)
  end)
end)
