--- Claims: published statements that can be checked, as data. A file of
-- experiments/claims/ returns a list of them. A claim has
--
--   key       its name, a word: "ajb.resnet50"
--   says      what is claimed, in a line
--   source    who says so
--   needs     what must be here, made by claims.weights, claims.data or claims.photo
--   expected  the value claimed: a number, text, boolean, or tables of such
--   within    how far a number may be from it (0), or tables of such by key
--   find      function(here) -> the same as measured here; raises, or gives nil and a
--             text, when it cannot. here[NAME] is the path of each need; here.run
--             the run
--
-- A claim holds (PASS), does not (FAIL), or cannot be checked, for something that it
-- needs is not here (MISSING).
local errors = require "visage.repl.errors"
local face = require "visage.face"
local json = require "visage.json"
local lfs = require "lfs"
local models = require "visage.models"
local named = require "visage.options"
local system = require "visage.system"
local vggface2 = require "visage.data.vggface2"
local weights = require "visage.weights"

local claims = {}

local FIELDS = {
  key = "string", says = "string", source = "string", needs = "table", expected = "any",
  within = "any", find = "function",
}

--- A need: a file of the manifest, or a group of files, by its name.
-- @tparam string name
-- @treturn table
function claims.weights(name)
  return { kind = "weights", name = name }
end

--- A need: a file or folder of --data.
-- @tparam string name
-- @tparam string address where it can be had
-- @tparam[opt=""] string folder of the data into which it belongs
-- @treturn table
function claims.data(name, address, folder)
  return { kind = "data", name = name, address = address, folder = folder or "" }
end

--- A need: a file or folder of VGGFace2 as it is released.
-- @tparam string name
-- @tparam[opt=""] string folder of the data into which it belongs
-- @treturn table
function claims.vggface2(name, folder)
  return claims.data(name, "http://www.robots.ox.ac.uk/~vgg/data/vgg_face2/", folder)
end

--- A need: a photo of --photos.
-- @tparam string name its file name
-- @tparam table from address: where it can be had; or entry: its name in the manifest,
-- by which it can be fetched and is proven
-- @treturn table
function claims.photo(name, from)
  return { kind = "photo", name = name, address = from.address, entry = from.entry }
end

local function fault_of(claim, seen)
  if type(claim) ~= "table" then return "a claim is a table" end
  for key in pairs(claim) do
    if not FIELDS[key] then
      return ("no field is called '%s'; there are %s"):format(tostring(key), named.names(FIELDS))
    end
  end
  for field, kind in pairs(FIELDS) do
    local value = claim[field]
    if kind ~= "any" and field ~= "needs" and type(value) ~= kind then
      return ("%s is a %s, wanted a %s"):format(field, type(value), kind)
    end
  end
  if claim.expected == nil then return "nothing is expected" end
  if not claim.key:find "^[%w_.-]+$" then return ("key '%s' is not one word"):format(claim.key) end
  if seen[claim.key] then return ("key '%s' is there twice"):format(claim.key) end
end

--- Reads files of claims.
-- @tparam {string,...} paths
-- @treturn {table,...} claims, in their order, or nil, text, code
function claims.load(paths)
  local list, seen = {}, {}
  for _, path in ipairs(paths) do
    local chunk, text = loadfile(path, "t")
    if not chunk then return nil, text, "FORMAT" end
    local found = chunk()
    if type(found) ~= "table" then
      return nil, path .. ": wanted a list of claims", "FORMAT"
    end
    for i, claim in ipairs(found) do
      local fault = fault_of(claim, seen)
      if fault then return nil, ("%s: claim %d: %s"):format(path, i, fault), "FORMAT" end
      seen[claim.key] = true
      list[#list + 1] = claim
    end
  end
  return list
end

-- Where an entry's file can be had.
local function address_of(entry)
  local source = entry.source
  if source.url then return source.url end
  if source.kind == "package" then
    return ("%s in the package %s %s"):format(source.member, source.package, source.version)
  end
  return source.origin or source.path
end

-- By kind: the path of a need, or nil and what lacks.
local locate = {}

function locate.weights(need, places)
  local entries = assert(weights.select(need.name))
  local absent = {}
  for _, entry in ipairs(entries) do
    if not weights.locate(entry) then absent[#absent + 1] = entry end
  end
  local paths, text
  if not absent[1] or places.fetch then
    paths, text = weights.get(need.name, {
      accept_terms = places.accept_terms, quiet = places.quiet,
    })
  end
  if paths then return paths[1] end
  local lacking = {}
  for i, entry in ipairs(absent[1] and absent or entries) do
    lacking[i] = {
      file = entry.file, address = address_of(entry), folder = weights.folders()[1],
      why = text and text:match "^[^\n]*",
    }
  end
  return nil, lacking
end

function locate.data(need, places)
  local path = vggface2.find(places.data, need.name)
  local whole = places.data .. "/" .. need.name
  if not path and lfs.attributes(whole, "mode") == "directory" then path = whole end
  if path then return path end
  return nil, { {
    file = need.name, address = need.address,
    folder = places.data .. (need.folder ~= "" and "/" .. need.folder or ""),
  } }
end

-- Another photo of the same name would speak for or against nothing.
function locate.photo(need, places)
  local path = places.photos .. "/" .. need.name
  local there = lfs.attributes(path, "mode") == "file"
  if not need.entry and there then return path end
  if there and weights.identify(path).name == need.entry then return path end
  if need.entry then return locate.weights({ name = need.entry }, places) end
  return nil, { { file = need.name, address = need.address, folder = places.photos } }
end

--- Finds what claims need; what can be fetched is, once.
-- @tparam table places data, photos: folders; fetch: try the manifest's sources;
-- accept_terms, quiet: of weights.get
-- @treturn function need -> path (of a group: of its first), or nil and a list of what
-- lacks: {file, address, folder, why: it could not be fetched}
function claims.finder(places)
  local known = {}
  return function(need)
    local id = need.kind .. " " .. need.name
    if not known[id] then known[id] = table.pack(locate[need.kind](need, places)) end
    return known[id][1], known[id][2]
  end
end

-- The largest difference that `within` allows of the value under a key.
local function allowed(within, key)
  if type(within) == "table" then return within[key] or 0 end
  return within
end

--- Whether a value is the one that is expected.
-- @tparam any expected
-- @tparam any found
-- @tparam[opt=0] number|table within largest difference of numbers, or tables of such
-- by key (0 where there is none)
-- @treturn boolean
function claims.equal(expected, found, within)
  if type(expected) ~= type(found) then return false end
  if type(expected) == "number" then return math.abs(expected - found) <= (within or 0) end
  if type(expected) ~= "table" then return expected == found end
  for key in pairs(found) do
    if expected[key] == nil then return false end
  end
  for key, value in pairs(expected) do
    if not claims.equal(value, found[key], allowed(within, key)) then return false end
  end
  return true
end

--- A value in a line.
-- @tparam any value
-- @treturn string
function claims.show(value)
  if type(value) == "number" then return ("%.10g"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  if next(value) == nil then return "none" end
  local parts, keys = {}, {}
  for i, item in ipairs(value) do parts[i] = claims.show(item) end
  for key in pairs(value) do
    if not math.type(key) then keys[#keys + 1] = key end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = ("%s %s"):format(key, claims.show(value[key]))
  end
  for i, part in ipairs(parts) do
    if type(value[i]) == "table" then parts[i] = "(" .. part .. ")" end
  end
  return table.concat(parts, ", ")
end

-- Options of the command line that say how to compute.
local function how(run)
  local o = run.options
  return {
    engine = o.engine, threads = o.threads, device = o.device ~= "auto" and o.device or nil,
  }
end

--- Opens a network for a claim and records it.
-- @tparam table here of the claim
-- @tparam string spec "NAME:VARIANT"
-- @tparam table options of models.load; resize: a filter instead of the network's own;
-- crop: how the face is cut, for the record
-- @treturn model
function claims.network(here, spec, options)
  local load = how(here.run)
  load.precision = here.run.options.precision
  for key, value in pairs(options) do
    if key ~= "resize" and key ~= "crop" then load[key] = value end
  end
  local model = assert(models.load(spec, load))
  model.resize = options.resize or model.resize
  local about, info = model:describe(), model.net:info()
  about.crop, about.pooling = options.crop or {}, about.pooling or "none"
  here.run.device, here.run.engine = info.device, info.engine
  here.run:model(about)
  return model
end

--- Opens a face detector for a claim.
-- @tparam table here of the claim
-- @tparam string profile
-- @tparam[opt] table options fields over the profile's
-- @treturn detector
function claims.detector(here, profile, options)
  local open = how(here.run)
  open.profile = profile
  for key, value in pairs(options or {}) do open[key] = value end
  return assert(face.detector(open))
end

-- Shared options as words of another script's command line.
local function passed_on(o)
  local words = {}
  for _, name in ipairs { "device", "engine", "precision", "batch", "threads", "cache", "seed" } do
    if o[name] then
      words[#words + 1] = "--" .. name
      words[#words + 1] = tostring(o[name])
    end
  end
  for _, name in ipairs { "no_cache", "no_faces", "quiet" } do
    if o[name] then words[#words + 1] = "--" .. name:gsub("_", "-") end
  end
  return words
end

--- Runs another experiment for a claim; its results stay in OUT/SCRIPT_NAME.
-- @tparam table here of the claim
-- @tparam string script "age_templates"
-- @tparam string name tells the folders of several runs apart
-- @tparam {string,...} arguments
-- @treturn table what its results.json holds; raises when it failed
function claims.experiment(here, script, name, arguments)
  local out = ("%s/%s_%s"):format(here.run.out, script, name)
  local command = { system.program(), ("%s/experiments/%s.lua"):format(system.root(), script),
    "--out", out, "--force" }
  for _, words in ipairs { passed_on(here.run.options), arguments } do
    table.move(words, 1, #words, #command + 1, command)
  end
  command.each = function() end
  local status = system.run(command)
  local text = assert(system.read_file(out .. "/results.json"))
  local found = assert(json.decode(text))
  if status ~= 0 then error(("%s: %s"):format(out, found.error), 0) end
  return found
end

-- What a claim's own function finds; Ctrl-C goes on up.
local function measure(claim, here)
  local ok, found, text = pcall(claim.find, here)
  if not ok and errors.interrupted(found) then error(found, 0) end
  if not ok then return nil, tostring(found) end
  if found == nil then return nil, text or "nothing was found" end
  return found
end

--- Checks a claim.
-- @tparam table claim
-- @tparam function finder of claims.finder
-- @tparam table run given to the claim as here.run
-- @treturn table {verdict = "PASS", "FAIL" or "MISSING", found, lacking}: what
-- was measured or why it could not be; what lacks, as the finder gives it
function claims.judge(claim, finder, run)
  local here, lacking = { run = run }, {}
  for _, need in ipairs(claim.needs or {}) do
    local path, missing = finder(need)
    here[need.name] = path
    table.move(missing or {}, 1, #(missing or {}), #lacking + 1, lacking)
  end
  if lacking[1] then return { verdict = "MISSING", lacking = lacking } end
  local found, why = measure(claim, here)
  local holds = found ~= nil and claims.equal(claim.expected, found, claim.within)
  return {
    verdict = holds and "PASS" or "FAIL", lacking = {},
    found = found ~= nil and claims.show(found) or "could not be measured: " .. why,
  }
end

return claims
