local tables = require "visage.report.tables"

local COLUMNS = { "model", "tar_at_far", "n" }
local ROWS = { { "a|b & c_1", 0.5, 10 }, { "50 % <x>", -1, nil } }

describe("tables", function()
  it("are Markdown", function()
    assert.equal([[
| model | tar\_at\_far | n |
| --- | ---: | ---: |
| a\|b & c\_1 | 0.5000 | 10 |
| 50 % \<x\> | -1.0000 | – |
]], tables.markdown(COLUMNS, ROWS))
  end)

  it("are TeX, with what it would read as commands escaped", function()
    assert.equal([[
\begin{tabular}{lrr}
\hline
model & tar\_at\_far & n \\
\hline
a\textbar{}b \& c\_1 & 0.5000 & 10 \\
50 \% \textless{}x\textgreater{} & $-$1.0000 & -- \\
\hline
\end{tabular}
]], tables.tex(COLUMNS, ROWS))
    local text = tables.tex({ "x" }, { { 1e-7 }, { 2.5e9 } }, { caption = "100 % {}", label = "t" })
    assert.truthy(text:find("1.00$\\cdot10^{-7}$ \\\\", 1, true), text)
    assert.truthy(text:find("2500000000", 1, true), text)
    assert.truthy(text:find("\\caption{100 \\% \\{\\}}\\label{t}\n\\end{table}", 1, true), text)
  end)

  it("are HTML", function()
    local text = tables.html(COLUMNS, ROWS)
    assert.truthy(text:find("50 % &lt;x&gt;", 1, true), text)
    assert.truthy(text:find("0.5000", 1, true))
  end)

  it("put columns of numbers on the right", function()
    assert.same({ false, true, true }, tables.numeric(COLUMNS, ROWS))
    assert.same({ false }, tables.numeric({ "x" }, {}))
  end)
end)
