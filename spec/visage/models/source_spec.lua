--- Where tensors come from.
local loader = require "visage.loader"
local source = require "visage.models.source"
local tensor = require "visage.tensor"

describe("source.resolve", function()
  it("takes tensors as they are", function()
    local given = { a = tensor.zeros { 1 } }
    local from = assert(source.resolve({}, given))
    assert.equal(given, source.tensors(from, { prefix = "x." }))
    assert.is_false(from.known)
  end)

  it("adapts them as the variant says", function()
    local from = assert(source.resolve({}, { a = tensor.zeros { 1 } }))
    local found = source.tensors(from, { adapt = function(t) return { b = t.a } end })
    assert.is_true(found.b ~= nil and found.a == nil)
  end)

  it("says of a path that is not there that it is not", function()
    local from, text, code = source.resolve({ "mtcnn-pnet" }, "/no/such/file.pt")
    assert.is_nil(from)
    assert.equal("IO", code)
    assert.truthy(text:find("/no/such/file.pt", 1, true))
  end)
end)

describe("source.tensors", function()
  it("takes the prefix off and leaves out what the graph has no use for", function()
    local path = os.tmpname()
    assert(loader.write(path, {
      ["net.a.weight"] = tensor.ones { 2 }, ["net.a.count"] = tensor.ones { 1 },
      ["net.top.weight"] = tensor.ones { 3 }, ["b.weight"] = tensor.ones { 4 },
    }))
    local found = assert(source.tensors({ path = path },
      { prefix = "net.", ignore = { "%.count$" } }, { "^top%." }))
    os.remove(path)
    local names = {}
    for name in pairs(found) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "a.weight", "b.weight" }, names)
  end)
end)
