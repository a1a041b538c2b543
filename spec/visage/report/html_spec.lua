local html = require "visage.report.html"

describe("HTML", function()
  local e = html.element

  it("escapes every text and no node", function()
    assert.equal([[<p title="&quot;&#39;">a &lt;b&gt; &amp; <b>c</b></p>]],
      e("p", { title = "\"'" }, "a <b> & ", e("b", nil, "c")).html)
  end)

  it("takes lists, and nothing for nil and false", function()
    assert.equal("<p>1ab</p>", e("p", { class = false }, 1, nil, false, { "a", { "b" } }).html)
  end)

  it("repairs what is no UTF-8 and what HTML cannot write", function()
    assert.equal("a\u{FFFD}b\u{FFFD}é\u{FFFD}", html.escape "a\xffb\0é\xc3")
    assert.equal("a\tb\nc", html.escape "a\tb\nc")
  end)

  it("has no end where there is none", function()
    assert.equal('<img alt="x">', e("img", { alt = "x" }).html)
  end)

  it("writes base64 (RFC 4648, section 10)", function()
    for bytes, text in pairs {
      [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=",
      foobar = "Zm9vYmFy", ["\251\255\0"] = "+/8A",
    } do
      assert.equal(text, html.base64(bytes))
    end
  end)

  it("makes a document that may fetch and run nothing", function()
    local page = html.document("a < b", "p { color: red }", e("p", nil, "text"))
    assert.equal("<!DOCTYPE html>\n", page:sub(1, 16))
    assert.truthy(page:find("<title>a &lt; b</title>", 1, true))
    assert.truthy(page:find("default-src &#39;none&#39;", 1, true))
    assert.truthy(page:find("<style>p { color: red }</style>", 1, true))
    assert.truthy(page:find("<body><main><p>text</p></main></body>", 1, true))
  end)
end)
