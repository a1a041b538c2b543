--- The layout of .safetensors, for loader.write; core/loader/safetensors.c reads
-- it and describes it.
local safetensors = {}

-- The format's name of each dtype, and its place in the file: the widest come
-- first, so that each tensor lies at a multiple of its element's size.
local DTYPES = {
  i64 = { "I64", 1 }, f64 = { "F64", 2 }, f32 = { "F32", 3 }, i32 = { "I32", 4 },
  bf16 = { "BF16", 5 }, f16 = { "F16", 6 }, u8 = { "U8", 7 },
}

local ALIGNMENT = 8 -- of the first element

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f",
  ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    return ESCAPES[c] or c ~= "\127" and ("\\u%04x"):format(c:byte()) or nil
  end) .. '"'
end

local function before(a, b)
  local x, y = DTYPES[a.tensor:dtype()][2], DTYPES[b.tensor:dtype()][2]
  if x ~= y then return x < y end
  return a.name < b.name
end

--- What keeps the tensors from being written, or nil.
function safetensors.fault(items)
  for _, item in ipairs(items) do
    if not utf8.len(item.name) then return ("the name %q is not UTF-8"):format(item.name) end
    if item.name == "__metadata__" then return "no tensor can be called __metadata__" end
  end
end

--- The file's pieces, for core.write_parts: to the byte what the format's own
-- library writes, whatever the order of the items.
-- @tparam table items list of { name =, tensor =, bytes = }
-- @treturn table
function safetensors.parts(items)
  local sorted, entries, parts, at = table.move(items, 1, #items, 1, {}), {}, {}, 0
  table.sort(sorted, before)
  for i, item in ipairs(sorted) do
    local t = item.tensor
    entries[i] = ('%s:{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}'):format(
      quoted(item.name), DTYPES[t:dtype()][1], table.concat(t:shape(), ","), at, at + item.bytes)
    at = at + item.bytes
    parts[i + 1] = t
  end
  local header = "{" .. table.concat(entries, ",") .. "}"
  header = header .. (" "):rep(-#header % ALIGNMENT)
  parts[1] = string.pack("<s8", header)
  return parts
end

return safetensors
