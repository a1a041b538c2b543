--- Class names: numpy's string files, the rebuilt list, decoding.
local labels = require "visage.models.labels"
local shared = require "spec.support.shared"
local tensor = require "visage.tensor"

-- A .npy file as numpy writes an array of strings.
local function npy(descr, count, data)
  local header = ("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }"):format(descr, count)
  header = header .. (" "):rep(-(#header + 11) % 64) .. "\n"
  return "\x93NUMPY\1\0" .. string.pack("<I2", #header) .. header .. data
end

local function ucs4(width, ...)
  local out = {}
  for _, text in ipairs { ... } do
    local n = 0
    for _, code in utf8.codes(text) do
      out[#out + 1], n = string.pack("<I4", code), n + 1
    end
    out[#out + 1] = ("\0\0\0\0"):rep(width - n)
  end
  return table.concat(out)
end

local function file_of(bytes)
  local path = os.tmpname()
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
  return path
end

describe("labels.read_npy", function()
  local function read(bytes)
    local path = file_of(bytes)
    local names, text, code = labels.read_npy(path)
    os.remove(path)
    return names, text, code
  end

  it("reads numpy's Unicode strings", function()
    local names = assert(read(npy("<U5", 3, ucs4(5, " Ann", "Röhm", ""))))
    assert.same({ " Ann", "Röhm", "" }, names)
  end)

  it("reads numpy's byte strings", function()
    assert.same({ "ab", "c" }, assert(read(npy("|S2", 2, "abc\0"))))
  end)

  it("says where a short file ends and what it wanted", function()
    local names, text, code = read(npy("<U5", 3, ucs4(5, "a", "b")))
    assert.is_nil(names)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("3 strings of 20 bytes", 1, true))
  end)

  it("refuses what is no list of strings", function()
    for _, bytes in ipairs { "", "\x93NUMPY", npy("<f4", 1, "0000"), npy("|O", 1, "x") } do
      local names, _, code = read(bytes)
      assert.is_nil(names)
      assert.equal("FORMAT", code)
    end
  end)
end)

describe("labels.load", function()
  it("rebuilds v2 from identity_meta.csv and says so", function()
    local path = shared.data "vggface2/meta/identity_meta.csv"
    if not path then return pending "identity_meta.csv is not here" end
    local found = assert(labels.load("v2", { identity_meta = path }))
    if not found.rebuilt then return pending "the published labels are installed" end
    -- Indices from 0; the names are those that keras-vggface's published examples print.
    local known = {
      [2] = " A._J._Buckley", [1418] = " Channing_Tatum", [2289] = " Elisabeth_Röhm",
      [7422] = " Sharon_Stone", [7687] = " Stevie_Ray",
    }
    assert.equal(8631, #found.names)
    for index, name in pairs(known) do assert.equal(name, found.names[index + 1]) end
  end)

  it("counts the names", function()
    local path = file_of(npy("<U1", 2, ucs4(1, "a", "b")))
    local found, text, code = labels.load("v1", { file = path })
    os.remove(path)
    assert.is_nil(found)
    assert.equal("FORMAT", code)
    assert.truthy(text:find("2 names, labels v1 are 2622", 1, true))
  end)

  it("raises for a version that is not there", function()
    assert.has_error(function() labels.load "v3" end)
  end)
end)

describe("labels.decode", function()
  local probabilities = tensor.from { { 0.1, 0.6, 0.3 }, { 0.5, 0.25, 0.25 } }

  it("gives the most probable first, counted from 0, without the leading space", function()
    local rows = labels.decode(probabilities, { " a", " b", " c" }, 2)
    assert.equal(1, rows[1][1].index)
    assert.equal("b", rows[1][1].name)
    assert.equal(" b", rows[1][1].label)
    assert.near(0.6, rows[1][1].probability, 1e-7)
    assert.equal("c", rows[1][2].name)
    assert.equal(2, #rows[1])
    assert.equal(0, rows[2][1].index)
  end)

  it("does without names and with fewer classes than asked for", function()
    local rows = labels.decode(probabilities)
    assert.equal(3, #rows[1])
    assert.is_nil(rows[1][1].name)
  end)

  it("raises when the names are for another head", function()
    assert.has_error(function() labels.decode(probabilities, { "a" }) end,
      "labels.decode: 1 names for 3 classes")
  end)
end)
