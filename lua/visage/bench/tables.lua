--- The tables of a benchmark, and the same as Markdown.
local tables = {
  --- Columns: what each program did, for networks in 10^9 multiply-adds a second too, and
  -- how many processors it kept busy itself.
  rates = { "model", "case", "program", "version", "unit", "per_second", "low", "high", "gmac_s",
    "error", "processors", "remark" },

  --- Columns: ours to the best peer.
  ratios = { "model", "case", "visage", "best", "best_per_second", "ratio", "low", "high",
    "counts", "disturbed" },

  --- Columns: where the time of a run goes, in seconds, of those who tell.
  parts = { "model", "case", "program", "part", "seconds" },
}

local function number(value)
  return value and ("%.4g"):format(value) or "-"
end

local function cell(value)
  if math.type(value) == "float" then return number(value) end
  return value == nil and "-" or (tostring(value):gsub("|", "/"))
end

local function line(cells)
  return "| " .. table.concat(cells, " | ") .. " |"
end

--- All three as one text.
-- @tparam string text what is to be known of the machine
-- @tparam table rows ratios, rates and parts, rows of those columns
-- @treturn string
function tables.markdown(text, rows)
  local out = { "# Benchmark", "",
    "Made by `make bench`. Medians of the rounds with quartiles (low, high); a ratio is ours to",
    "the best peer's, round by round. An error is ||theirs - ours|| / ||ours||; of faces it is the",
    "largest difference in pixels, of a job's matrix that over the largest 1 - cosine.", "", text,
    "" }
  for _, name in ipairs { "ratios", "rates", "parts" } do
    local columns = tables[name]
    out[#out + 1] = line(columns)
    out[#out + 1] = "|" .. ("---|"):rep(#columns)
    for _, row in ipairs(rows[name]) do
      local cells = {}
      for i = 1, #columns do cells[i] = cell(row[i]) end
      out[#out + 1] = line(cells)
    end
    out[#out + 1] = ""
  end
  return table.concat(out, "\n")
end

return tables
