--- Template definitions: Lua files that say which photos of a subject form
-- which template and which templates fill which cell of the matrix.
-- experiments/templates/vggface2_age.lua is one and explains each field.
local named = require "visage.options"
local pairings = require "visage.templates.pairings"
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
  pairing = { "string" },
  pooling = { "string", "table", "function", default = "mean" },
  missing = { "string", default = "omit_subject" },
  allow_duplicates = { "boolean", default = false },
}

local MISSING = { omit_subject = true, use_rest = true }

-- The groups of a definition that names none: its templates are young1, young2,
-- mature1 and mature2.
local AGE_GROUPS = { "young", "mature" }

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
    if not (type(value) == field[1] or type(value) == field[2] or type(value) == field[3]) then
      return fault(name, "%s is a %s, wanted a %s", key, type(value), field[1])
    end
  end
  return true
end

-- A cell is one pair of templates, or several whose similarities are averaged.
local function pairs_of(cell)
  return type(cell[1]) == "string" and { cell } or cell
end

local function has(def, template)
  return type(def.templates) == "function" or def.templates[template] ~= nil
end

local function check_cell(def, name, label, cell)
  for _, couple in ipairs(pairs_of(cell)) do
    if #couple ~= 2 then
      return fault(name, "%s holds %d templates, wanted 2", label, #couple)
    end
    for _, template in ipairs(couple) do
      if not has(def, template) then
        return fault(name, "%s names template '%s'; there are %s", label,
          template, named.names(def.templates))
      end
    end
  end
  return true
end

-- The pairings of visage.templates.pairings, where the definition's templates have
-- the names that they pair. A function's names show only when it is called, so one
-- that brings its own pairings has no others.
local function standard_pairings(def)
  local made = {}
  if type(def.templates) == "function" and def.pairings then return made end
  for _, group in ipairs(def.groups) do
    if not (has(def, group .. "1") and has(def, group .. "2")) then return made end
  end
  for pairing, of in pairs(pairings) do made[pairing] = of(def.groups) end
  return made
end

-- The standard pairings and the definition's own, which may be functions of the
-- groups.
local function all_pairings(def)
  local made = standard_pairings(def)
  for pairing, rows in pairs(def.pairings or {}) do
    if type(rows) == "function" then rows = rows(def.groups) end
    made[pairing] = rows
  end
  return made
end

-- Groups name parts of metric keys, MODEL/similarity.ROW.COLUMN.
local function check_groups(def, name)
  local seen = {}
  for i, group in ipairs(def.groups) do
    if type(group) ~= "string" or not group:find "^[^/]+$" then
      return fault(name, "groups: '%s' at place %d; wanted a text without /",
        tostring(group), i)
    end
    if seen[group] then return fault(name, "groups: '%s' is there twice", group) end
    seen[group] = true
  end
  if #def.groups < 2 then
    return fault(name, "groups: %d of them, wanted 2 or more", #def.groups)
  end
  return true
end

local function check_pairings(def, name)
  local n = #def.groups
  for pairing, rows in pairs(def.pairings) do
    if type(rows) ~= "table" then
      return fault(name, "pairing %s is a %s, wanted rows of cells", pairing, type(rows))
    end
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
  local out = { name = name, groups = AGE_GROUPS }
  for key, field in pairs(FIELDS) do
    if field.default ~= nil then out[key] = field.default end
  end
  for key, value in pairs(def) do out[key] = value end
  for key, value in pairs(changes or {}) do out[key] = value end
  local ok, text, code = check_fields(out, name)
  if ok and not out.templates then return fault(name, "no templates in it") end
  if ok then ok, text, code = check_groups(out, name) end
  if not ok then return nil, text, code end
  out.pairings = all_pairings(out)
  ok, text, code = check_pairings(out, name)
  if not ok then return nil, text, code end
  out.pairing = out.pairing or out.pairings.reproduction and "reproduction" or "all_cross"
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

--- The couples of a cell: it is one, or a list of several whose similarities are
-- averaged.
-- @tparam table cell
-- @treturn {{string,string},...}
definition.pairs_of = pairs_of

--- The templates that a definition's pairings compare.
-- @tparam table def as check gives it
-- @treturn {string,...} in byte order
function definition.names(def)
  local seen, list = {}, {}
  for _, rows in pairs(def.pairings) do
    for _, row in ipairs(rows) do
      for _, cell in ipairs(row) do
        for _, couple in ipairs(pairs_of(cell)) do
          for _, name in ipairs(couple) do
            if not seen[name] then list[#list + 1] = name end
            seen[name] = true
          end
        end
      end
    end
  end
  table.sort(list)
  return list
end

--- The names of a definition's pairings, the one that it reports first and then the
-- others in byte order.
-- @tparam table def as check gives it
-- @treturn {string,...}
function definition.pairing_names(def)
  local list = {}
  for name in pairs(def.pairings) do
    if name ~= def.pairing then list[#list + 1] = name end
  end
  table.sort(list)
  return { def.pairing, table.unpack(list) }
end

return definition
