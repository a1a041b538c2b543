--- HTML from nodes: text is escaped because only nodes are not, so no caller can
-- forget it. Images become data URIs. Not a template language.
local html = {}

local Node = {}

-- Elements without an end.
local VOID = { img = true, meta = true, br = true, wbr = true }

local ENTITIES = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

-- Bytes that are no UTF-8 become U+FFFD, one a byte.
local function repaired(text)
  local parts, at = {}, 1
  while true do
    local good, bad = utf8.len(text, at)
    if good then break end
    parts[#parts + 1] = text:sub(at, bad - 1) .. "\u{FFFD}"
    at = bad + 1
  end
  return table.concat(parts) .. text:sub(at)
end

--- Text that a browser shows as it is, in content and in attributes. Control
-- characters, which HTML has no way to write, become U+FFFD.
-- @tparam any text
-- @treturn string
function html.escape(text)
  text = repaired(tostring(text)):gsub("[%z\1-\8\11\12\14-\31\127]", "\u{FFFD}")
  return (text:gsub("[&<>\"']", ENTITIES))
end

local function append(parts, child)
  if child == nil or child == false then return end
  if getmetatable(child) == Node then
    parts[#parts + 1] = child.html
  elseif type(child) == "table" then
    for _, one in ipairs(child) do append(parts, one) end
  else
    parts[#parts + 1] = html.escape(child)
  end
end

--- An element.
-- @tparam string name
-- @tparam ?table attributes values are escaped; false leaves one out
-- @param ... children: nodes, text, lists of both; nil and false are nothing, but
-- a list ends at nil
-- @treturn table node
function html.element(name, attributes, ...)
  local keys, parts = {}, {}
  for key, value in pairs(attributes or {}) do
    if value then keys[#keys + 1] = key end
  end
  table.sort(keys)
  for i, key in ipairs(keys) do
    keys[i] = (' %s="%s"'):format(key, html.escape(attributes[key]))
  end
  parts[1] = "<" .. name .. table.concat(keys) .. ">"
  for i = 1, select("#", ...) do append(parts, (select(i, ...))) end
  if not VOID[name] then parts[#parts + 1] = "</" .. name .. ">" end
  return setmetatable({ html = table.concat(parts) }, Node)
end

--- A name that may be broken after its underscores, points and slashes.
-- @tparam any text
-- @treturn table nodes and text
function html.breakable(text)
  local parts = {}
  for word, mark in tostring(text):gmatch "([^_./]*)([_./]*)" do
    parts[#parts + 1] = word .. mark
    if mark ~= "" then parts[#parts + 1] = html.element "wbr" end
  end
  return parts
end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Base64 (RFC 4648, section 4).
-- @tparam string bytes
-- @treturn string
function html.base64(bytes)
  local letters, parts = {}, {}
  for i = 0, 63 do letters[i] = ALPHABET:sub(i + 1, i + 1) end
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    parts[#parts + 1] = letters[n >> 18] .. letters[n >> 12 & 63]
      .. (b and letters[n >> 6 & 63] or "=") .. (c and letters[n & 63] or "=")
  end
  return table.concat(parts)
end

-- Nothing may be fetched and nothing run, whatever a results.json says.
local POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

--- A whole document.
-- @tparam string title
-- @tparam string style CSS of ours
-- @param ... what the body holds
-- @treturn string
function html.document(title, style, ...)
  local e = html.element
  local body = e("body", nil, e("main", nil, ...))
  local css = setmetatable({ html = "<style>" .. style .. "</style>" }, Node)
  return "<!DOCTYPE html>\n" .. e("html", { lang = "en" },
    e("head", nil, e("meta", { charset = "utf-8" }),
      e("meta", { ["http-equiv"] = "Content-Security-Policy", content = POLICY }),
      e("meta", { name = "viewport", content = "width=device-width, initial-scale=1" }),
      e("title", nil, title), css), body).html .. "\n"
end

return html
