--- Template definitions: Lua files that say which photos of a subject form
-- which template and which templates fill which cell of the matrix.
-- experiments/templates/vggface2_age.lua is one and explains each field.
local named = require "visage.options"
local pooling = require "visage.templates.pooling"
local system = require "visage.system"

local definition = {}

-- Every field a definition may have, with its type and, where it has one, its
-- default.
local FIELDS = {
  name = { "string" },
  list = { "string" },
  inventory = { "string" },
  images_per_subject = { "number" },
  templates = { "table", "function" },
  groups = { "table" },
  pairings = { "table" },
  pairing = { "string", default = "reproduction" },
  pooling = { "string", "table", default = "mean" },
  missing = { "string", default = "omit_subject" },
  allow_duplicates = { "boolean", default = false },
}

local MISSING = { omit_subject = true, use_rest = true }

-- A file that returns a function gives the templates young1, young2, mature1
-- and mature2; these are its cells.
local AGE_GROUPS = { "young", "mature" }
local AGE_PAIRINGS = {
  reproduction = {
    { { "young1", "young2" }, { "young1", "mature1" } },
    { { "mature2", "young2" }, { "mature1", "mature2" } },
  },
  paper = {
    { { "young1", "young2" }, { "young1", "mature2" } },
    { { "mature1", "young2" }, { "mature1", "mature2" } },
  },
  all_cross = {
    { { "young1", "young2" },
      { { "young1", "mature1" }, { "young1", "mature2" },
        { "young2", "mature1" }, { "young2", "mature2" } } },
    { { { "young1", "mature1" }, { "young1", "mature2" },
        { "young2", "mature1" }, { "young2", "mature2" } },
      { "mature1", "mature2" } },
  },
}

local function fault(name, text, ...)
  return nil, ("%s: " .. text):format(name, ...), "FORMAT"
end

local function check_fields(def, name)
  for key, value in pairs(def) do
    local field = FIELDS[key]
    if not field then
      return fault(name, "no field is called '%s'; there are %s", key,
        named.names(FIELDS))
    end
    if type(value) ~= field[1] and type(value) ~= field[2] then
      return fault(name, "%s is a %s, wanted a %s", key, type(value), field[1])
    end
  end
  return true
end

-- A cell is one pair of templates, or several whose similarities are averaged.
local function pairs_of(cell)
  return type(cell[1]) == "string" and { cell } or cell
end

local function check_cell(def, name, label, cell)
  for _, couple in ipairs(pairs_of(cell)) do
    if #couple ~= 2 then
      return fault(name, "%s holds %d templates, wanted 2", label, #couple)
    end
    for _, template in ipairs(couple) do
      if type(def.templates) == "table" and not def.templates[template] then
        return fault(name, "%s names template '%s'; there are %s", label,
          template, named.names(def.templates))
      end
    end
  end
  return true
end

local function check_pairings(def, name)
  local n = #def.groups
  for pairing, rows in pairs(def.pairings) do
    for i = 1, n do
      for j = 1, n do
        local label = ("pairing %s, cell %d %d"):format(pairing, i, j)
        local cell = (rows[i] or {})[j]
        if type(cell) ~= "table" then
          return fault(name, "%s is missing; %d groups make %d x %d cells",
            label, n, n, n)
        end
        local ok, text, code = check_cell(def, name, label, cell)
        if not ok then return nil, text, code end
      end
    end
  end
  return true
end

--- Checks a definition and fills in what it leaves out.
-- @tparam table|function def a function gives the templates young1, young2,
-- mature1, mature2 of a subject
-- @tparam[opt] string name for messages
-- @tparam[opt] table changes pairing, pooling and such, put over the file's
-- @treturn table a new table, or nil, text, code
function definition.check(def, name, changes)
  name = name or "definition"
  if type(def) == "function" then def = { templates = def } end
  if type(def) ~= "table" then
    return fault(name, "a definition is a table or a function, this is a %s",
      type(def))
  end
  local out = { name = name, groups = AGE_GROUPS, pairings = AGE_PAIRINGS }
  for key, field in pairs(FIELDS) do
    if field.default ~= nil then out[key] = field.default end
  end
  for key, value in pairs(def) do out[key] = value end
  for key, value in pairs(changes or {}) do out[key] = value end
  local ok, text, code = check_fields(out, name)
  if ok and not out.templates then return fault(name, "no templates in it") end
  if ok then ok, text, code = check_pairings(out, name) end
  if not ok then return nil, text, code end
  if not out.pairings[out.pairing] then
    return fault(name, "no pairing is called '%s'; there are %s", out.pairing,
      named.names(out.pairings))
  end
  if not MISSING[out.missing] then
    return fault(name, "missing = '%s'; there are %s", out.missing,
      named.names(MISSING))
  end
  local rule, why = pooling.rule(out.pooling)
  if not rule then return fault(name, "%s", why) end
  return out
end

--- Runs a definition file and checks what it returns.
-- @tparam string path
-- @tparam[opt] table changes as for check
-- @treturn table or nil, text, code
function definition.load(path, changes)
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local chunk, mistake = load(text, "@" .. path)
  if not chunk then return nil, mistake, "FORMAT" end
  return definition.check(chunk(), path, changes)
end

definition.pairs_of = pairs_of

return definition
