--- The pairs of templates of IJB's 1:1 protocols: 8,010,270 in IJB-B, 15,658,489 in
-- IJB-C. They are read in blocks, so that memory does not grow with their number.
--
--     InsightFace's list   11065 1 0        two templates, 1 where they are one person
--     NIST's list          11065,1          whether they are: by their subjects
local core = require "visage.core.scores"
local fields = require "visage.data.ijb.fields"
local tensor = require "visage.tensor"

local pairs_of = {}

local BLOCK = 1 << 19

-- A line: its begin, two ids, a label or nothing, its end. Anything else, such as an
-- empty line, goes the long way.
local PATTERNS = {
  insightface = "()(%d+)[ \t]+(%d+)[ \t]+([01])[ \t]*\r?\n()",
  nist = "()(%d+),[ \t]*(%d+)()[ \t]*\r?\n()",
}

local WANTS = { insightface = "two templates and 1 or 0", nist = "two templates" }

-- What is wrong with a block, some line of which is no pair or names an unknown
-- template; nil where it has empty lines and no fault.
local function fault_in(p, text, line)
  local pattern = "^" .. PATTERNS[p.layout] .. "$"
  for one in text:gmatch "([^\n]*)\n" do
    line = line + 1
    if one:find "%S" then
      local _, a, b = (one:gsub("%s+$", "") .. "\n"):match(pattern)
      if not a then
        return fields.fault(p.pairs, line, "wants %s, has '%s'", WANTS[p.layout],
          one:gsub("%s+$", ""))
      end
      for _, id in ipairs { a, b } do
        if not p.row_of[tonumber(id)] then
          return fields.fault(p.pairs, line, "there is no template %s", id)
        end
      end
    end
  end
end

-- Empty lines and blanks at the ends of lines taken out.
local function tidied(text)
  return (text:gsub("[ \t\r]*\n", "\n"):gsub("\n\n+", "\n"):gsub("^\n", ""))
end

-- Columns of the templates by place: whose they are, and which are left out.
local function columns_of(p)
  local subject, omitted = {}, {}
  for row, template in ipairs(p.templates) do
    subject[row], omitted[row] = template.subject or false, template.omitted or false
  end
  return { row_of = p.row_of, subject = subject, omitted = omitted,
    pattern = PATTERNS[p.layout] }
end

-- The pairs of a block put into the lists, which keep their room from block to
-- block; nil where not all of it is pairs, else its lines.
local function fill(lists, columns, text)
  local first, second, same, n = lists.first, lists.second, lists.same, 0
  local row_of, subject, omitted = columns.row_of, columns.subject, columns.omitted
  local at, count = 1, 0
  for from, a, b, label, to in text:gmatch(columns.pattern) do
    local x, y = row_of[tonumber(a)], row_of[tonumber(b)]
    if from ~= at or not (x and y) then return nil end
    at, count = to, count + 1
    if not (omitted[x] or omitted[y]) then
      n = n + 1
      first[n], second[n] = x, y
      -- NIST's lists have no label but a position here.
      if label == "1" or label ~= "0" and subject[x] == subject[y] then same[n] = 1
      else same[n] = 0 end
    end
  end
  for i = #first, n + 1, -1 do first[i], second[i], same[i] = nil, nil, nil end
  return at == #text + 1 and count or nil
end

-- Whole lines of a file, about a block of them; the last one may lack its end.
local function blocks(file)
  local begun = false
  return function()
    local text = file:read(BLOCK)
    if not text then return nil end
    text = text .. (file:read "L" or "")
    if not begun then text = text:gsub("^\xEF\xBB\xBF", "") end
    begun = true
    return text:sub(-1) == "\n" and text or text .. "\n"
  end
end

--- Goes through the pairs, those of templates that are `omitted` left out.
-- @tparam table p protocol of visage.data.ijb
-- @tparam function visit of { first, second (P) i64, places of templates; same (P) u8,
-- 1 where they are one person }, which are its only until it returns
-- @treturn boolean true, or nil, text (with the line), code
function pairs_of.each(p, visit)
  local file <close>, why = io.open(p.pairs, "rb")
  if not file then return nil, why, "IO" end
  local columns, line = columns_of(p), 0
  local lists = { first = {}, second = {}, same = {} }
  for text in blocks(file) do
    local count = fill(lists, columns, text)
    if not count then
      local _, fault, code = fault_in(p, text, line)
      if fault then return nil, fault, code end
      assert(fill(lists, columns, tidied(text)))
      count = select(2, text:gsub("\n", ""))
    end
    if lists.first[1] then
      local first <close> = tensor.from(lists.first, "i64")
      local second <close> = tensor.from(lists.second, "i64")
      local same <close> = tensor.from(lists.same, "u8")
      visit { first = first, second = second, same = same }
    end
    line = line + count
  end
  return true
end

-- Pairs are numbered; those of a part of the numbers are sorted at a time.
local PARTS = 8

-- The numbers of a part, sorted.
local function part_of(numbers, low, high)
  local inside = {}
  for i, block in ipairs(numbers) do
    local above <close> = block:ge(low)
    local below <close> = block:lt(high)
    local mask <close> = above * below
    local outside
    inside[i], outside = core.split(block, mask)
    outside:close()
  end
  local all <close> = tensor.cat(inside, 1)
  for _, block in ipairs(inside) do block:close() end
  return (core.sort(all))
end

-- How many numbers came before, and one that did.
local function repeated(numbers, most)
  local count, one = 0, nil
  for part = 1, PARTS do
    local sorted <close> = part_of(numbers, most * (part - 1) / PARTS, most * part / PARTS)
    if #sorted > 1 then
      local before <close> = sorted:narrow(1, 1, #sorted - 1)
      local again <close> = before:eq(sorted:narrow(1, 2, #sorted - 1))
      local n = again:sum()
      count = count + n
      if n > 0 then one = one or sorted[again:argmax()] end
    end
  end
  return count, one
end

-- A number of each pair, the same in either order; exact in f64.
local function numbers_of(chunk, n)
  local low <close> = tensor.minimum(chunk.first, chunk.second)
  local high <close> = tensor.maximum(chunk.first, chunk.second)
  local rows <close> = low * n
  local number <close> = rows + high
  return number:to "f64"
end

--- Looks at all pairs: counts them, and finds those that an earlier line has, in
-- either order.
-- @tparam table p
-- @treturn table { genuine, impostor, repeated (a count), example ("1 and 2", of those)
-- }, or nil, text, code
function pairs_of.check(p)
  local genuine, total, greatest = 0, 0, 0
  local numbers, n = {}, #p.templates + 1
  local ok, text, code = pairs_of.each(p, function(chunk)
    genuine, total = genuine + chunk.same:sum(), total + #chunk.same
    local block = numbers_of(chunk, n)
    numbers[#numbers + 1], greatest = block, math.max(greatest, block:max())
  end)
  if not ok then return nil, text, code end
  local out = { genuine = genuine, impostor = total - genuine, repeated = 0 }
  if total == 0 then return out end
  local one
  out.repeated, one = repeated(numbers, greatest + 1)
  for _, block in ipairs(numbers) do block:close() end
  if one then
    local first, second = math.tointeger(one // n), math.tointeger(one % n)
    out.example = ("%d and %d"):format(p.templates[first].id, p.templates[second].id)
  end
  return out
end

return pairs_of
