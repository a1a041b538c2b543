local eval = require "visage.repl.eval"

describe("visage.repl.eval", function()
  local env, e
  before_each(function()
    env = setmetatable({}, { __index = _G })
    e = eval.new(env)
  end)

  local function values(text)
    local result = e:feed(text)
    assert.equal("ok", result.status, result.text)
    return table.unpack(result.values, 1, result.values.n)
  end

  it("gives an expression's values, nil and several among them", function()
    assert.equal(2, values "1 + 1")
    assert.equal(2, values "=1 + 1")
    assert.same({ n = 3, 1, nil, 3 }, e:feed("1, nil, 3").values)
    assert.equal(0, e:feed("x = 1").values.n)
  end)

  it("keeps globals and the last result, but no local", function()
    values "x = 20"
    assert.equal(21, values "x + 1")
    assert.equal(42, values "_ * 2")
    values "nil"
    assert.equal(42, values "_")
    values "local y = 1"
    assert.is_nil(values "y")
  end)

  it("is silent after a semicolon, not after a comment that ends with one", function()
    assert.is_true(e:feed("1 + 1;").silent)
    assert.is_true(e:feed("1 + 1 ; ").silent)
    assert.is_false(e:feed("1 + 1").silent)
    assert.is_false(e:feed("1 + 1 -- two;").silent)
    assert.is_false(e:feed("';'").silent)
  end)

  it("waits for the rest of an input", function()
    for _, line in ipairs { "for i = 1, 3 do", "  x = i", "  -- and so on" } do
      assert.equal("incomplete", e:feed(line).status)
    end
    assert.equal("ok", e:feed("end").status)
    assert.equal(3, env.x)
    assert.is_nil(e.pending)
    assert.equal("incomplete", e:feed("1 +").status)
    assert.equal(3, values "2")
    assert.equal("incomplete", e:feed("s = [[a").status)
    values "b]]"
    assert.equal("a\nb", env.s)
  end)

  it("forgets an incomplete input on reset", function()
    e:feed "while true do"
    e:reset()
    assert.equal(1, values "1")
  end)

  it("names the line of a syntax error and goes on", function()
    local result = e:feed "x = = 1"
    assert.equal("error", result.status)
    assert.equal("stdin:1: unexpected symbol near '='", result.text)
    assert.is_nil(result.traceback)
    assert.equal(1, values "1")
  end)

  it("names the line of an error, with the frames of the input alone", function()
    e:feed "function f()"
    e:feed "  error 'bad'"
    e:feed "end"
    local result = e:feed "x = f()"
    assert.equal("stdin:2: bad", result.text)
    assert.equal("bad", result.value:match "%a+$")
    assert.equal("stdin:2: in ", result.traceback[3]:match "%w+:2: in ")
    assert.equal("\tstdin:1: in main chunk", result.traceback[4])
    assert.equal(4, #result.traceback)
    assert.is_false(result.interrupted)
    assert.is_function(env.f)
  end)

  it("uses the name it is given", function()
    local cell = eval.new({ error = error }, "cell 3")
    assert.equal("cell 3:2: bad", cell:feed("\nerror 'bad'").text)
  end)

  it("does not touch globals outside its own", function()
    eval.new({}):feed "print = 1"
    assert.is_function(print)
  end)

  it("says without running whether an input is complete", function()
    assert.equal("complete", eval.check "x = 1")
    assert.equal("complete", eval.check "x")
    assert.equal("complete", eval.check "")
    assert.equal("incomplete", eval.check "f(")
    assert.equal("incomplete", eval.check "if x then")
    assert.equal("invalid", eval.check "x y")
    assert.equal("invalid", eval.check "end")
  end)
end)
