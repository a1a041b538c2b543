--- A table as a report shows it: columns of numbers to the right, all with a point
-- where some have one, long paths by their ends.
local html = require "visage.report.html"
local values = require "visage.report.values"

local e = html.element

-- So many columns are printed in small letters, or some would fall off the page.
local MANY = 9

-- A text without a place to break it, such as a hash.
local function is_long(text) return #(text:match "%S+" or "") > 24 end

--- Rows under column titles. Columns of numbers only are set to the right.
-- @tparam {string,...} columns
-- @tparam {table,...} rows lists of values, text or nodes; `class` of the row
-- @tparam[opt] {boolean,...} numeric which columns hold numbers
-- @treturn table node
local function grid(columns, rows, numeric)
  numeric = numeric or {}
  local function class(c) return numeric[c] and "number" end
  local head, body, point = {}, {}, {}
  for c, name in ipairs(columns) do
    head[c] = e("th", { class = class(c), scope = "col" }, html.breakable(name))
    local list = {}
    for i, row in ipairs(rows) do list[i] = row[c] end
    point[c] = values.has_fraction(list, #rows)
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for c = 1, #columns do
      local value, full, kind = row[c], nil, class(c)
      if type(value) ~= "table" then
        local short = values.short(value)
        full, value = short ~= value and value, values.show(short, point[c])
        kind = kind or is_long(value) and "long"
      end
      cells[c] = e(c == 1 and "th" or "td", { class = kind, scope = c == 1 and "row",
        title = full }, value)
    end
    body[i] = e("tr", { class = row.class }, cells)
  end
  return e("div", { class = #columns >= MANY and "scroll many" or "scroll" },
    e("table", nil, e("thead", nil, e("tr", nil, head)), e("tbody", nil, body)))
end

return grid
