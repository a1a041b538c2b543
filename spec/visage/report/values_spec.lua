local values = require "visage.report.values"

describe("values", function()
  it("show numbers to four digits, or as few as they need", function()
    for text, value in pairs {
      ["0.6235"] = 0.62345678, ["42"] = 42.0, ["-3"] = -3, ["1.25e-05"] = 1.25e-5,
      ["nan"] = math.abs(0 / 0), text = "text", ["true"] = true, ["0"] = 0.0,
    } do
      assert.equal(text, values.show(value))
    end
    assert.equal("–", values.show(nil))
  end)

  it("show whole numbers as their neighbours with a point", function()
    assert.same({ "1.0000", "0.0000", "10000000", "x" }, {
      values.show(1, true), values.show(0, true), values.show(1e7, true), values.show("x", true) })
    assert.is_true(values.has_fraction({ 1, nil, 0.5 }, 3))
    assert.is_false(values.has_fraction({ 1, "0.5", nil }, 3))
  end)

  it("show long paths by their last folder and name", function()
    local path = "/some/where/in/a/very/long/folder/a_photo.jpg"
    assert.equal("…/folder/a_photo.jpg", values.short(path))
    assert.equal("/short/path/of.jpg", values.short "/short/path/of.jpg")
    local text = "a sentence with either/or and more words than a path has"
    assert.equal(text, values.short(text))
    assert.equal(3, values.short(3))
  end)

  it("sort numbers in keys by their size", function()
    assert.same({ "rank1", "rank2", "rank10" }, values.keys { rank10 = 1, rank2 = 1, rank1 = 1 })
  end)

  it("sort keys of very many digits", function()
    local long = ("9"):rep(400)
    assert.same({ "1", long }, values.keys { [long] = 1, ["1"] = 1 })
  end)

  it("flatten plain data", function()
    assert.same({ { "crop.margin", "0.3" }, { "mean", "1, 2.5" }, { "none", "none" } },
      values.flat { mean = { 1, 2.5 }, crop = { margin = 0.3 }, none = {} })
  end)

  it("flatten no deeper than eight names", function()
    local t = {}
    t.t = t
    assert.same({}, values.flat(t))
  end)

  it("quote words for a shell", function()
    assert.equal([[x.lua --data 'a b' 'it'\''s' '']], values.command {
      "x.lua", "--data", "a b", "it's", "",
    })
  end)

  it("show bytes", function()
    assert.equal("52 MB", values.bytes(52e6))
    assert.equal("1.50 GB", values.bytes(1.5e9))
  end)
end)
