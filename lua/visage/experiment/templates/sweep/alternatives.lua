--- The alternatives of a sweep: which settings there are, what --sweep says of them, and
-- what measures each, a definition or sources of its own.
local embeddings = require "visage.experiment.embeddings"
local face = require "visage.face"
local named = require "visage.options"
local options_of = require "visage.experiment.options"
local templates = require "visage.templates"
local tensor = require "visage.tensor"

local alternatives = {}

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

-- The published box instead of a detector's.
local NO_DETECTOR = "none"

local function profiles()
  local set = { [NO_DETECTOR] = true }
  for name in pairs(face.profiles) do set[name] = true end
  return set
end

-- By setting: the option of visage.experiment.embeddings that it changes (none: it is
-- the definition's), and the set of values that there are (none: the definition says).
local SETTINGS = {
  crop = { option = "crop", values = function() return set_of(embeddings.crops()) end },
  filter = { option = "filter", values = function() return set_of(embeddings.filters) end },
  profile = { option = "detector", values = profiles },
  choose = { option = "choose", values = function() return set_of(embeddings.choices) end },
  pooling = { values = function() return templates.rules end },
  pairing = {},
}

--- Reads a value of --sweep.
-- @tparam string text "crop=paper,box"
-- @treturn table { setting, values }, or nil, text
function alternatives.parse(text)
  local setting, list = text:match "^([^=]+)=(.+)$"
  local known = SETTINGS[setting]
  if not setting then return nil, ("'%s': wanted SETTING=VALUE,..."):format(text) end
  if not known then
    return nil, ("no setting '%s'; there are %s"):format(setting, named.names(SETTINGS))
  end
  local values, seen = options_of.split(list), {}
  local there = known.values and known.values()
  if not values[1] then return nil, setting .. ": no value" end
  for _, value in ipairs(values) do
    if there and not there[value] then
      return nil, ("%s has no '%s'; it has %s"):format(setting, value, named.names(there))
    end
    if seen[value] then return nil, ("%s: '%s' is there twice"):format(setting, value) end
    seen[value] = true
  end
  return { setting = setting, values = values }
end

-- The run as sources of an alternative see it: with one other option, and what happens to
-- their photos is counted apart from the run's own.
local function view_of(run, option, value)
  local view = { options = {}, counts = {} }
  for key, of in pairs(run.options) do view.options[key] = of end
  view.options[option] = value ~= NO_DETECTOR and value or nil
  function view.count(_, kind, n)
    view.counts[kind] = (view.counts[kind] or 0) + (n or 1)
  end
  function view.rule() end
  return setmetatable(view, { __index = run })
end

-- The detector of a view, opened once a profile.
local function detector_of(view, opened)
  local o = view.options
  if not o.detector then return nil end
  -- Asked anew, it says that a detector and the whole photo cannot be.
  if o.crop == "whole" or not opened[o.detector] then
    opened[o.detector] = embeddings.detector(view)
  end
  return opened[o.detector]
end

-- A setting of the photos: sources, one for each of the baseline's, of the same networks.
local function of_photos(run, setting, value, base, opened)
  local view = view_of(run, SETTINGS[setting].option, value)
  local detector, sources = detector_of(view, opened), {}
  for i, source in ipairs(base.sources) do
    local model = setmetatable({ resize = view.options.filter or source.model.resize },
      { __index = source.model })
    sources[i] = embeddings.from_network(view, model, detector)
    sources[i].check(base.images)
  end
  return {
    setting = setting, value = value, definition = base.definition, sources = sources,
    counts = view.counts,
  }
end

-- A setting of the definition.
local function of_definition(run, setting, value, definition)
  if setting == "pooling" then
    -- A rule that wants a detector's scores says now that there are none.
    templates.pool(value, tensor.ones { 2, 2 }, { scores = run.options.detector and { 1, 1 } })
  elseif not definition.pairings[value] then
    error(("--sweep pairing: no pairing is called '%s'; there are %s"):format(value,
      named.names(definition.pairings)), 0)
  end
  local changed = { [setting] = value }
  for key, of in pairs(definition) do
    if changed[key] == nil then changed[key] = of end
  end
  return { setting = setting, value = value, definition = changed }
end

--- Opens what --sweep names.
-- @tparam table run
-- @tparam table base definition, sources, images: those of the baseline
-- @treturn {table,...} { setting, value, definition, sources and counts (what happened to
-- its photos, by kind; both nil where the baseline's embeddings serve) }
function alternatives.open(run, base)
  local list, seen, opened = {}, {}, {}
  for _, given in ipairs(run.options.sweep) do
    local setting = given.setting
    local of_photo = SETTINGS[setting].option ~= nil
    if seen[setting] then error(("--sweep %s: it is there twice"):format(setting), 0) end
    if of_photo and run.options.embeddings then
      error(("--sweep %s: the file of --embeddings has it in it; pooling and pairing can be"
        .. " swept"):format(setting), 0)
    end
    if setting == "choose" and not run.options.detector then
      error("--sweep choose: without --detector a photo has one face, its published box", 0)
    end
    seen[setting] = true
    for _, value in ipairs(given.values) do
      list[#list + 1] = of_photo and of_photos(run, setting, value, base, opened)
        or of_definition(run, setting, value, base.definition)
    end
  end
  return list
end

return alternatives
