--- Matrices of the Biometric Evaluation Environment (.mtx, .mask), which OpenBR writes:
--
--     S2 or D2                  similarities or distances; the 2 is the version
--     name of the target set    (the gallery: columns)
--     name of the query set     (the probes: rows)
--     MF rows columns E         F: float32, B: bytes of a mask; E: 0x12345678 as the
--                               machine that wrote it has it in memory, four bytes
--     rows x columns elements, row by row
--
-- The greatest float, positive or negative, marks what could not be compared.
local metric_scores = require "visage.metrics.scores"
local system = require "visage.system"
local tensor = require "visage.tensor"

local bee = {}

local LITTLE, BIG = "\x78\x56\x34\x12", "\x12\x34\x56\x78"
local FLT_MAX = 0x1.fffffep127

-- Bytes of a mask: match, non-match; all else (0: don't care) is ignored.
local MASK = { [0xff] = metric_scores.MATCH, [0x7f] = metric_scores.NON_MATCH }

-- What the first four lines say and where the elements begin; nil, text.
local function header_of(bytes)
  local kind, target, query, at = bytes:match "^([SD])2\r?\n([^\n]*)\n([^\n]*)\n()"
  if not kind then return nil, "does not begin with S2 or D2 and the names of two sets" end
  local element, rows, columns, stop = bytes:match("^M([FB]) (%d+) (%d+) ()", at)
  local order = stop and bytes:sub(stop, stop + 3)
  if not (order == LITTLE or order == BIG) or bytes:sub(stop + 4, stop + 4) ~= "\n" then
    return nil, "its fourth line is not MF or MB, rows, columns and the order of bytes"
  end
  return {
    distance = kind == "D", target = target:gsub("\r$", ""), query = query:gsub("\r$", ""),
    mask = element == "B", rows = math.tointeger(tonumber(rows)),
    columns = math.tointeger(tonumber(columns)), little = order == LITTLE, at = stop + 5,
  }
end

-- As many bytes as the header promises; no product of its numbers is trusted.
local function check_size(h, bytes)
  local size, left = h.mask and 1 or 4, #bytes - h.at + 1
  if not (h.rows and h.columns) or h.rows < 1 or h.columns < 1 or h.columns > left
    or h.rows > left or h.rows * h.columns * size ~= left then
    return nil, ("%s x %s elements of %d bytes, the file has %d bytes for them"):format(
      h.rows or "too many", h.columns or "too many", size, left)
  end
  return true
end

-- Numbers of a row at a time: so many results has no call.
local CHUNK = 4096

-- Row y, read by `format`, each number through `change`.
local function fill_row(row, h, bytes, y, format, change)
  local size = h.mask and 1 or 4
  for first = 1, h.columns, CHUNK do
    local n = math.min(CHUNK, h.columns - first + 1)
    local values = table.pack(string.unpack((h.little and "<" or ">") .. format:rep(n), bytes,
      h.at + size * ((y - 1) * h.columns + first - 1)))
    values[n + 1] = nil
    for i = 1, n do values[i] = change(values[i]) end
    row:narrow(1, first, n):copy(tensor.from(values, row:dtype()))
  end
end

--- Reads a matrix of scores or a mask.
-- @tparam string path
-- @treturn core.tensor (probes, gallery): f32, more is more alike (distances are
-- negated), NaN for what could not be compared; a mask as u8 of visage.metrics.scores,
-- MATCH, NON_MATCH, IGNORE, for scores.from_matrix. nil, text, code
-- @treturn table { target, query } names of the sets
function bee.read(path)
  local bytes, why, code = system.read_file(path)
  if not bytes then return nil, why, code end
  local h, text = header_of(bytes)
  local ok = h
  if h then ok, text = check_size(h, bytes) end
  if not ok then return nil, ("%s: %s"):format(path, text), "FORMAT" end
  local out = tensor.zeros({ h.rows, h.columns }, h.mask and "u8" or "f32")
  local change = h.mask and function(v) return MASK[v] or metric_scores.IGNORE end
    or function(v)
      if v == FLT_MAX or v == -FLT_MAX then return 0 / 0 end
      return h.distance and -v or v
    end
  for y = 1, h.rows do fill_row(out[y], h, bytes, y, h.mask and "B" or "f", change) end
  return out, { target = h.target, query = h.query }
end

return bee
