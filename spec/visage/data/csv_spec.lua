local csv = require "visage.data.csv"
local system = require "visage.system"

describe("csv.parse", function()
  it("keeps commas inside quotes and drops the blank before them", function()
    assert.same({ { "n000003", "Anne,_Princess_Royal", "205" } },
      csv.parse('n000003, "Anne,_Princess_Royal", 205\n'))
  end)

  it("keeps the blank when asked to", function()
    assert.same({ { "a", " b" } }, csv.parse("a, b", { keep_space = true }))
  end)

  it("reads doubled quotes, line ends inside quotes and empty fields", function()
    assert.same({ { 'say "hi"', "two\nlines", "" }, { "", "x", "" } },
      csv.parse('"say ""hi""","two\nlines",\r\n,x,\r\n'))
  end)

  it("reads a last line without its end and leaves empty lines out", function()
    assert.same({ { "a" }, { "b", "c" } }, csv.parse("a\n\n\nb,c"))
  end)

  it("knows no byte order mark, and where each row begins", function()
    local rows, starts = csv.parse('\xEF\xBB\xBFa,"b\nc"\r\n\nd,e\n')
    assert.same({ { "a", "b\nc" }, { "d", "e" } }, rows)
    assert.same({ 1, 4 }, starts)
  end)

  it("tells the line of a quote that is not closed", function()
    local rows, text, code = csv.parse('a\nb,"c\n', { name = "list.csv" })
    assert.is_nil(rows)
    assert.equal("list.csv:2: a quote is not closed", text)
    assert.equal("FORMAT", code)
  end)

  it("refuses text after a closing quote", function()
    assert.equal("csv:1: text after a closing quote",
      select(2, csv.parse('"a"b,c\n')))
  end)
end)

describe("csv.read", function()
  it("names the fields by the header and refuses ragged rows", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    assert(system.write_file(folder .. "/good.csv", "id, name\n1, x\n"))
    local records, columns = csv.read(folder .. "/good.csv")
    assert.same({ { id = "1", name = "x" } }, records)
    assert.same({ "id", "name" }, columns)
    assert(system.write_file(folder .. "/bad.csv", "id,name\n1\n"))
    local _, text = csv.read(folder .. "/bad.csv")
    assert.truthy(text:find("bad.csv:2: 1 fields, the header has 2", 1, true))
  end)
end)

describe("csv.format", function()
  it("quotes what needs it, and numbers read back the same", function()
    local value = 0.1 + 0.2
    local text = csv.format({ "name", "value" }, { { 'a,"b"', value }, { "c", nil } })
    assert.equal('name,value\n"a,""b""",0.30000000000000004\nc,\n', text)
    local rows = csv.parse(text)
    assert.equal('a,"b"', rows[2][1])
    assert.equal(value, tonumber(rows[2][2]))
  end)

  it("writes a row at a time, as wide as it is told", function()
    assert.equal("a,,0.5,\n", csv.line({ "a", nil, 0.5 }, 4))
  end)

  it("writes infinities and what is not a number", function()
    assert.equal("x\ninf\nnan\n3\n",
      csv.format({ "x" }, { { math.huge }, { 0 / 0 }, { 3 } }))
  end)
end)
