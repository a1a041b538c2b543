--- OpenVINO IR: documents written here; spec/golden/openvino has those of the
-- real converter, which spec/visage/nn/import/openvino_spec.lua runs.
local corrupt = require "spec.support.corrupt"
local golden = require "spec.support.golden"
local lfs = require "lfs"
local loader = require "visage.loader"
local shared = require "spec.support.shared"
local system = require "visage.system"

local function layer(id, name, kind, inputs, outputs, data)
  local ports = {}
  for side, list in pairs { input = inputs, output = outputs } do
    for i, port in ipairs(list) do list[i] = ('<port id="%d"><dim>1</dim></port>'):format(port) end
    ports[#ports + 1] = ("<%s>%s</%s>"):format(side, table.concat(list), side)
  end
  return ('<layer id="%d" name="%s" type="%s" version="opset1">%s%s</layer>')
    :format(id, name, kind, data and "<data " .. data .. "/>" or "", table.concat(ports))
end

local function edges(list)
  local out = {}
  for i, e in ipairs(list) do
    out[i] = ('<edge from-layer="%d" from-port="%d" to-layer="%d" to-port="%d"/>')
      :format(table.unpack(e))
  end
  return table.concat(out)
end

local function document(layers, joined, version)
  return ('<?xml version="1.0"?>\n<net name="t" version="%s"><layers>%s</layers>')
    :format(version or "11", table.concat(layers)) .. "<edges>" .. edges(joined) .. "</edges></net>"
end

local CONST = 'element_type="f32" shape="2, 1" offset="4" size="8"'

-- data + w -> sum -> halves: two values, the second of which is the result.
local function small(const, version)
  return document({
    layer(3, "halves", "Split", { 0 }, { 1, 2 }, 'num_splits="2" mode="a,b" flag="true"'),
    layer(0, "data", "Parameter", {}, { 0 }, 'shape="?,2,1..8" element_type="f32"'),
    layer(1, "w", "Const", {}, { 0 }, const or CONST),
    layer(2, "sum", "Add", { 0, 1 }, { 2 }, 'auto_broadcast="numpy" pads="1, -2,3e1" one="7"'),
    layer(4, "out", "Result", { 0 }, {}),
  }, { { 0, 0, 2, 0 }, { 1, 0, 2, 1 }, { 2, 2, 3, 0 }, { 3, 2, 4, 0 } }, version)
end

describe("openvino", function()
  local folder
  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(lfs.mkdir(folder))
  end)
  teardown(function()
    for _, name in ipairs { "a.xml", "a.bin", "b.xml", "a.txt" } do
      os.remove(folder .. "/" .. name)
    end
    lfs.rmdir(folder)
  end)

  local function read(xml, bin)
    assert(system.write_file(folder .. "/a.xml", xml))
    assert(system.write_file(folder .. "/a.bin", bin or string.pack("<fff", 9, 1.5, -2)))
    return loader.read(folder .. "/a.xml")
  end

  local function fails(text, code, xml, bin)
    local got, why, kind = read(xml, bin)
    assert.is_nil(got)
    assert.equal(code, kind)
    assert.truthy(why:find(text, 1, true), why)
  end

  it("gives constants as tensors and layers as operators, after what feeds them", function()
    local got = assert(read(small()))
    assert.equal("openvino", got.format)
    assert.same({ "w" }, got.order)
    assert.same({ { 1.5 }, { -2 } }, got.tensors.w:totable())
    assert.same({
      inputs = { { name = "data", shape = { -1, 2, -1 } } },
      outputs = { "halves:2" },
      operators = {
        {
          type = "Add", name = "sum", inputs = { "data", "w" }, outputs = { "sum" },
          attributes = { version = "opset1", auto_broadcast = "numpy", pads = { 1, -2, 30 },
            one = 7 },
        },
        {
          type = "Split", name = "halves", inputs = { "sum" },
          outputs = { "halves:1", "halves:2" },
          attributes = { version = "opset1", num_splits = 2, mode = "a,b", flag = "true" },
        },
      },
    }, got.network)
  end)

  it("reads every element type", function()
    for _, case in ipairs {
      { "f32", "f", "f32" }, { "f64", "d", "f64" }, { "i64", "i8", "i64" },
      { "i32", "i4", "i32" }, { "u8", "B", "u8" }, { "i8", "b", "i32" },
      { "boolean", "B", "u8" },
    } do
      local type, format, dtype = table.unpack(case)
      local bin = string.pack("<" .. format .. format, 1, 0)
      local got = assert(read(small(('element_type="%s" shape="2" offset="0" size="%d"')
        :format(type, #bin)), bin))
      assert.equal(dtype, got.tensors.w:dtype())
      assert.same({ 1, 0 }, got.tensors.w:totable())
    end
    local half = assert(read(small 'element_type="f16" shape="" offset="0" size="2"', "\x00\x3e"))
    assert.same({}, half.tensors.w:shape())
    assert.equal(1.5, half.tensors.w:item())
  end)

  it("reads versions 10 and 11 and refuses others", function()
    assert.truthy(read(small(nil, "10")))
    fails("version 7, 10 and 11 are read", "UNSUPPORTED", small(nil, "7"))
  end)

  it("checks a constant's place in the .bin", function()
    local const = 'element_type="f32" shape="2" offset="%d" size="%d"'
    assert.truthy(read(small(const:format(4, 8))))
    fails("8 bytes from 5 of a file beside it of 12", "FORMAT", small(const:format(5, 8)))
    fails("4 bytes, its shape wants 8", "FORMAT", small(const:format(4, 4)))
    fails("from 999999999999999999", "FORMAT", small(const:format(999999999999999999, 8)))
    fails("offset is '18446744073709551620'", "FORMAT",
      small 'element_type="f32" shape="2" offset="18446744073709551620" size="8"')
    fails("too large size", "FORMAT",
      small 'element_type="f32" shape="4294967296,4294967296,4" offset="0" size="0"')
    fails("an open or too large size", "FORMAT",
      small 'element_type="f32" shape="?,2" offset="0" size="8"')
    fails("at most 8 sizes", "FORMAT",
      small 'element_type="f32" shape="1,1,1,1,1,1,1,1,2" offset="0" size="8"')
    fails("elements of type 'u4'", "UNSUPPORTED",
      small 'element_type="u4" shape="2" offset="0" size="1"')
  end)

  it("lets constants share bytes, but not without end", function()
    local bin, layers = ("\0"):rep(1 << 20), {}
    for i = 1, 90 do
      layers[i] = layer(i, "c" .. i, "Const", {}, { 0 },
        'element_type="u8" shape="1048576" offset="0" size="1048576"')
    end
    fails("over 4 times the 1048576 bytes beside it", "FORMAT", document(layers, {}), bin)
    for i = 60, 90 do layers[i] = nil end
    assert.equal(59, #assert(read(document(layers, {}), bin)).order)
  end)

  it("wants the .bin beside the .xml", function()
    local _, text, code = loader.decode(small(), "a.xml")
    assert.equal("UNSUPPORTED", code)
    assert.truthy(text:find("bytes in memory", 1, true))
    assert(system.write_file(folder .. "/b.xml", small()))
    _, text, code = loader.read(folder .. "/b.xml")
    assert.equal("IO", code)
    assert.truthy(text:find("b.bin", 1, true), text)
    assert(system.write_file(folder .. "/a.txt", small()))
    _, text, code = loader.read(folder .. "/a.txt")
    assert.equal("UNSUPPORTED", code)
    assert.truthy(text:find("only a name in .xml", 1, true), text)
  end)

  it("refuses a document type, so there are no entities to expand", function()
    local lol = '<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a "aaaaaaaaaa">'
      .. '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><net name="&b;" version="11"/>'
    fails("document type declaration", "FORMAT", lol)
    fails("document type declaration", "FORMAT",
      '<?xml version="1.0"?><!DOCTYPE net SYSTEM "file:///etc/passwd"><net version="11"/>')
    fails("undefined entity", "FORMAT", '<net name="&x;" version="11"></net>')
  end)

  it("refuses what does not fit together", function()
    fails("nested over 64 deep", "FORMAT",
      '<net version="11">' .. ("<a>"):rep(100) .. ("</a>"):rep(100) .. "</net>")
    fails("xml: unclosed token", "FORMAT", small():sub(1, 400))
    fails("no element net", "FORMAT", '<?xml version="1.0"?><a><net version="11"/></a>')
    fails("two layers with id 1", "FORMAT", document({
      layer(1, "a", "Const", {}, { 0 }, CONST), layer(1, "b", "Const", {}, { 0 }, CONST),
    }, {}))
    fails("two tensors are called 'a'", "FORMAT", document({
      layer(1, "a", "Const", {}, { 0 }, CONST), layer(2, "a", "Const", {}, { 0 }, CONST),
    }, {}))
    fails("an edge from port 3 of layer 1", "FORMAT",
      document({ layer(1, "a", "Const", {}, { 0 }, CONST) }, { { 1, 3, 1, 0 } }))
    fails("an edge to port 0 of layer 9", "FORMAT",
      document({ layer(1, "a", "Const", {}, { 0 }, CONST) }, { { 1, 0, 9, 0 } }))
    fails("a second edge to port 0", "FORMAT", document({
      layer(1, "a", "Const", {}, { 0 }, CONST), layer(2, "r", "Result", { 0 }, {}),
    }, { { 1, 0, 2, 0 }, { 1, 0, 2, 0 } }))
    fails("b: waits for itself", "FORMAT", document({
      layer(1, "a", "Relu", { 0 }, { 1 }), layer(2, "b", "Relu", { 0 }, { 1 }),
    }, { { 1, 1, 2, 0 }, { 2, 1, 1, 0 } }))
    fails("a Result of nothing", "FORMAT", document({ layer(1, "r", "Result", { 0 }, {}) }, {}))
    fails("without attribute from-port", "FORMAT", '<net version="11"><layers>'
      .. '</layers><edges><edge from-layer="1"/></edges></net>')
    fails("attribute id is 'x1'", "FORMAT",
      '<net version="11"><layers><layer id="x1" name="a" type="Relu"/></layers></net>')
  end)

  it("orders 20,000 layers that stand backwards without recursion", function()
    local n, layers, joined = 20000, {}, {}
    for i = 1, n do
      layers[i] = layer(n - i, "r" .. n - i, "Relu", { 0 }, { 1 })
      if i > 1 then joined[i - 1] = { n - i, 1, n - i + 1, 0 } end
    end
    local got = assert(read(document(layers, joined)))
    assert.equal("r0", got.network.operators[1].name)
    assert.equal(("r%d"):format(n - 1), got.network.operators[n].name)
  end)

  it("survives every change of a byte and every cut", function()
    local whole = small()
    corrupt.each(whole, function(bytes)
      local got, text, code = read(bytes)
      if got then return end
      assert(type(text) == "string" and text:find("a.xml", 1, true), text)
      assert(code == "FORMAT" or code == "UNSUPPORTED", code)
    end, 7)
    for n = 0, 11 do fails("of a file beside it of " .. n, "FORMAT", whole, ("\0"):rep(n)) end
  end)

  it("reads what the converters of 2021 and of today wrote", function()
    for name, version in pairs { tiny_v10 = 10, tiny_v11 = 11, ops = 11 } do
      local path = golden.path("openvino/" .. name .. ".xml")
      local text = assert(system.read_file(path))
      assert.truthy(text:find(('version="%d">'):format(version), 1, true))
      local network = assert(loader.read(path)).network
      assert.truthy(#network.outputs > 1)
      assert.equal(1, #network.inputs)
    end
  end)

  it("reads retail-0095 as the Model Zoo gives it", function()
    local path = shared.weights "retail-0095/face-reidentification-retail-0095.xml"
    if not path then return pending "retail-0095 is not here" end
    local got = assert(loader.read(path))
    assert.same({ { name = "0", shape = { 1, 3, 128, 128 } } }, got.network.inputs)
    assert.same({ "658" }, got.network.outputs)
    assert.equal(209, #got.order)
    local numbers = 0
    for _, t in pairs(got.tensors) do
      assert.equal("f16", t:dtype())
      numbers = numbers + t:numel()
    end
    assert.equal(2213628, 2 * numbers)
    local conv = got.network.operators[6]
    assert.equal("Convolution", conv.type)
    assert.same({ 64, 3, 3, 3 }, got.tensors.Gather_9106_compressed:shape())
    assert.same({ 2, 2 }, conv.attributes.strides)
    assert.equal("explicit", conv.attributes.auto_pad)
  end)
end)
