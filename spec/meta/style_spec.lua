--- What every file keeps to, as far as a program can tell.
local tree = require "spec.support.tree"

-- A file longer than this wants to be two.
local MOST_LINES = 600
local WIDTHS = { c = 80, h = 80, def = 80, cu = 80, lua = 100 }

-- Not to be found by itself.
local MARKS = { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X", "HA" .. "CK" }

local function complaints(path)
  local text = tree.read(path)
  local width = WIDTHS[path:match "%.(%w+)$"]
  local found = {}
  local number = 0
  for line in text:gmatch "([^\n]*)\n" do
    number = number + 1
    local function say(what) found[#found + 1] = ("%s:%d: %s"):format(path, number, what) end
    if width and (utf8.len(line) or #line) > width then say("wider than " .. width) end
    if line:find "%s$" then say "ends with a space" end
    if line:find "\t" then say "has a tab" end
    for _, mark in ipairs(MARKS) do
      if line:find("%f[%w]" .. mark .. "%f[%W]") then say("says " .. mark) end
    end
  end
  if text ~= "" and text:sub(-1) ~= "\n" then found[#found + 1] = path .. ": no end of line" end
  if number > MOST_LINES then
    found[#found + 1] = ("%s: %d lines, at most %d"):format(path, number, MOST_LINES)
  end
  return found
end

describe("the style of", function()
  for _, path in ipairs(tree.files("c", "h", "def", "cu", "lua", "py")) do
    it(path, function() assert.same({}, complaints(path)) end)
  end
end)

describe("the opening of", function()
  for _, path in ipairs(tree.files("c", "h", "def", "cu")) do
    it(path .. " says what it is for", function()
      assert.equal("/* ", tree.read(path):sub(1, 3))
    end)
  end
  for _, path in ipairs(tree.files "lua") do
    it(path .. " says what it is for", function()
      local text = tree.read(path):gsub("^#![^\n]*\n", "")
      assert(text:match "^%-%-" or path:match "_spec%.lua$", path)
    end)
  end
end)

-- clang's linker sees those of all files.
describe("functions that are compiled for every processor", function()
  it("have names of their own", function()
    local files, twice = {}, {}
    for _, path in ipairs(tree.files "c") do
      for head in tree.read(path):gmatch "VSG_EVERY_PROCESSOR%s+static([^(]*)%(" do
        local name = head:match "([%w_]+)$"
        if files[name] then twice[#twice + 1] = ("%s: %s, %s"):format(name, files[name], path) end
        files[name] = path
      end
    end
    assert.same({}, twice)
    assert.is_string(files.result_row)
  end)
end)
