--- Weight files by name: what the manifest knows, where files lie, what proves
-- them. Fetching is visage.weights.fetch's; reading them is visage.loader's.
-- Search order: $VISAGE_WEIGHTS, then weights/ of the checkout, then the path
-- that `visage weights add` registered.
local fetch = require "visage.weights.fetch"
local lfs = require "lfs"
local register = require "visage.weights.register"
local system = require "visage.system"

local weights = {}

--- The folders that are searched, first to last. Downloads go to the first.
-- @treturn {string,...}
function weights.folders()
  local folders = { os.getenv("VISAGE_WEIGHTS") }
  folders[#folders + 1] = system.root() .. "/weights"
  return folders
end

-- A pinned hash always wins: local.lua can only fill what the manifest leaves
-- open, or add entries of its own.
local function merged(entry, recorded)
  if not recorded then return entry end
  local out = {}
  for key, value in pairs(recorded) do out[key] = value end
  for key, value in pairs(entry) do out[key] = value end
  return out
end

--- Every known file: the manifest's entries in its order, then those of local.lua.
-- @treturn {table,...} entries as weights/README.md describes them
function weights.entries()
  local manifest = assert(loadfile(system.root() .. "/weights/manifest.lua"))()
  local recorded = register.read(weights.folders()[1])
  local list = {}
  for i, entry in ipairs(manifest) do
    list[i] = merged(entry, recorded[entry.name])
    recorded[entry.name] = nil
  end
  local own = {}
  for _, entry in pairs(recorded) do own[#own + 1] = entry end
  table.sort(own, function(a, b) return a.name < b.name end)
  return table.move(own, 1, #own, #list + 1, list)
end

local function names_of(entries)
  local names = {}
  for i, entry in ipairs(entries) do names[i] = entry.name end
  return table.concat(names, ", ")
end

-- The names to offer: a group stands for its files.
local function labels_of(entries)
  local labels, seen = {}, {}
  for _, entry in ipairs(entries) do
    local label = entry.group or entry.name
    if not seen[label] then labels[#labels + 1] = label end
    seen[label] = true
  end
  return table.concat(labels, ", ")
end

--- The entries called name, or those of the group of that name.
-- @tparam string name
-- @treturn {table,...} or nil, text, code
function weights.select(name)
  local entries, found = weights.entries(), {}
  for _, entry in ipairs(entries) do
    if entry.name == name or entry.group == name then
      found[#found + 1] = entry
    end
  end
  if found[1] then return found end
  return nil, ("weights %s: no such name in weights/manifest.lua; it has %s")
    :format(name, labels_of(entries)), "ARGUMENT"
end

--- The entries made for a model, and for a variant of it when that is given.
-- @tparam string model
-- @tparam[opt] string variant
-- @treturn {table,...} maybe empty
function weights.for_model(model, variant)
  local found = {}
  for _, entry in ipairs(weights.entries()) do
    if entry.model == model and (not variant or entry.variant == variant) then
      found[#found + 1] = entry
    end
  end
  return found
end

-- Where an entry's file may lie, best first.
local function places(entry)
  local list = {}
  for _, folder in ipairs(weights.folders()) do
    list[#list + 1] = folder .. "/" .. entry.file
  end
  list[#list + 1] = entry.path
  return list
end

--- The first place that holds the entry's file; nothing is hashed.
-- @tparam table entry
-- @treturn ?string path
function weights.locate(entry)
  for _, path in ipairs(places(entry)) do
    if lfs.attributes(path, "mode") == "file" then return path end
  end
end

local function size_text(entry)
  if entry.bytes then return ("%d bytes"):format(entry.bytes) end
  if entry.megabytes then return ("about %.1f MB"):format(entry.megabytes) end
  return "size not published"
end

local function installed()
  local here = {}
  for _, entry in ipairs(weights.entries()) do
    if entry.loader ~= "photo" and weights.locate(entry) then
      here[#here + 1] = entry
    end
  end
  return here[1] and labels_of(here) or "none"
end

local function how_to_get(entry)
  local source = entry.source
  if source.kind == "path" then
    return ("bring it: %s"):format(source.origin or source.path)
  end
  return ("./visage weights get %s%s"):format(entry.group or entry.name,
    entry.licence == "none stated" and " --accept-terms" or "")
end

-- All that someone on a machine without a network needs to bring the file.
local function missing_text(entry)
  local lines = {
    ("weights %s: no file %s here"):format(entry.name, entry.file),
    ("  size       %s"):format(size_text(entry)),
    ("  sha256     %s"):format(entry.sha256
      or "not published; recorded when the file first comes"),
  }
  for i, place in ipairs(places(entry)) do
    lines[#lines + 1] = ("  %s %s"):format(i == 1 and "put it at "
      or "or at     ", place)
  end
  lines[#lines + 1] = "  or fetch   " .. how_to_get(entry)
  if entry.source.url then
    lines[#lines + 1] = "  from       " .. entry.source.url
  end
  lines[#lines + 1] = "  installed  " .. installed()
  return table.concat(lines, "\n")
end

local prove

-- True when the files that a format keeps beside its own are there and right.
local function prove_beside(entry, path)
  for _, name in ipairs(entry.beside or {}) do
    local other = assert(weights.select(name))[1]
    local ok, text, code = prove(other, path:match "^.*/" .. other.file:match "[^/]*$")
    if not ok then return nil, text, code end
  end
  return true
end

-- True when the file is the one the entry names; else nil, text, code.
function prove(entry, path)
  local bytes = lfs.attributes(path, "size")
  if entry.bytes and bytes ~= entry.bytes then
    return nil, ("%s: %d bytes, weights %s wants %d; remove it or bring the"
      .. " right one"):format(path, bytes, entry.name, entry.bytes), "FORMAT"
  end
  if not entry.sha256 then
    return nil, ("%s: no sha256 of weights %s is known yet; record this file's"
      .. " with ./visage weights add %s"):format(path, entry.name, path),
      "FORMAT"
  end
  local sha256, text, code = system.sha256_file(path)
  if not sha256 then return nil, text, code end
  if sha256 ~= entry.sha256 then
    return nil, ("%s: sha256 %s, weights %s wants %s; remove it or bring the"
      .. " right one"):format(path, sha256, entry.name, entry.sha256), "FORMAT"
  end
  return prove_beside(entry, path)
end

--- The file called name, proven by its sha256.
-- @tparam string name
-- @treturn string path, or nil, text, code; the text says how to get it
-- @treturn table its entry
function weights.find(name)
  local found, text, code = weights.select(name)
  if not found then return nil, text, code end
  local entry = found[1]
  if entry.name ~= name then
    return nil, ("weights %s: a group of %d files; name one: %s"):format(name,
      #found, names_of(found)), "ARGUMENT"
  end
  local path = weights.locate(entry)
  if not path then return nil, missing_text(entry), "IO" end
  local ok, why, kind = prove(entry, path)
  if not ok then return nil, why, kind end
  return path, entry
end

--- What a file is, told by its sha256 alone.
-- @tparam string path
-- @treturn table {path, sha256, bytes, known, name, entry}; name and entry are
-- nil when nobody registered it. Or nil, text, code
function weights.identify(path)
  local sha256, text, code = system.sha256_file(path)
  if not sha256 then return nil, text, code end
  local file = {
    path = path, sha256 = sha256, bytes = lfs.attributes(path, "size"),
    known = false,
  }
  for _, entry in ipairs(weights.entries()) do
    if entry.sha256 == sha256 then
      file.known, file.name, file.entry = true, entry.name, entry
      local ok, why, kind = prove_beside(entry, path)
      if not ok then return nil, why, kind end
      break
    end
  end
  return file
end

--- What `--weights NAME|FILE` means.
-- @tparam string spec a name of the manifest, or a path
-- @treturn table as identify gives it, or nil, text, code
function weights.resolve(spec)
  local found = weights.select(spec)
  if found then
    local path, entry, code = weights.find(spec)
    if not path then return nil, entry, code end
    return {
      path = path, sha256 = entry.sha256, bytes = lfs.attributes(path, "size"),
      known = true, name = entry.name, entry = entry,
    }
  end
  if lfs.attributes(spec, "mode") == "file" then return weights.identify(spec) end
  return nil, ("weights %s: neither a file nor a name of weights/manifest.lua"
    .. " (%s)"):format(spec, labels_of(weights.entries())), "IO"
end

local function terms_text(entry)
  return ("weights %s: licence none stated; trained on %s; terms of that data:"
    .. " %s; add --accept-terms if your use is covered"):format(entry.name,
    entry.trained_on or "data not stated", entry.data_terms or "not stated")
end

local function accepted(entry, options)
  return entry.licence ~= "none stated" or options.accept_terms
end

local function record(entry, path)
  if entry.sha256 then return true end
  local sha256, text, code = system.sha256_file(path)
  if not sha256 then return nil, text, code end
  return register.put(weights.folders()[1], {
    name = entry.name, sha256 = sha256, bytes = lfs.attributes(path, "size"),
  })
end

-- Entries of the group that are not here yet.
local function absent(found)
  local list = {}
  for _, entry in ipairs(found) do
    if not weights.locate(entry) then list[#list + 1] = entry end
  end
  return list
end

-- What to bring, and where to, when the network gives nothing.
local function by_hand(entries)
  local lines = { "to bring by hand into " .. weights.folders()[1] .. ":" }
  for _, entry in ipairs(entries) do
    lines[#lines + 1] = ("  %s  %s  sha256 %s"):format(entry.file,
      size_text(entry), entry.sha256 or "not published")
  end
  lines[#lines + 1] = "installed: " .. installed()
  return table.concat(lines, "\n")
end

--- Fetches a file, or a group of files, unless it is here, and proves it.
-- @tparam string name
-- @tparam[opt] table options accept_terms, quiet
-- @treturn {string,...} paths, or nil, text, code
function weights.get(name, options)
  options = options or {}
  local found, text, code = weights.select(name)
  if not found then return nil, text, code end
  for _, entry in ipairs(found) do
    if not accepted(entry, options) then
      return nil, terms_text(entry), "UNSUPPORTED"
    end
  end
  local wanted = absent(found)
  for _, entry in ipairs(wanted) do
    if entry.source.kind == "path" then return nil, missing_text(entry), "IO" end
  end
  local ok, why, kind = fetch.all(wanted, weights.folders()[1], options)
  if not ok then return nil, why .. "\n" .. by_hand(absent(found)), kind end
  local paths = {}
  for i, entry in ipairs(found) do
    paths[i] = weights.locate(entry)
    ok, why, kind = record(entry, paths[i])
    if ok and entry.sha256 then ok, why, kind = prove(entry, paths[i]) end
    if not ok then return nil, why, kind end
  end
  return paths
end

--- Hashes every file that is here.
-- @treturn {table,...} {name, path, status, text}, status "ok", "bad" or
-- "unproven" (no hash is known); files that are not here are left out
function weights.verify()
  local list = {}
  for _, entry in ipairs(weights.entries()) do
    local path = weights.locate(entry)
    if path then
      local ok, text = prove(entry, path)
      list[#list + 1] = {
        name = entry.name, path = path, text = text,
        status = ok and "ok" or entry.sha256 and "bad" or "unproven",
      }
    end
  end
  return list
end

-- The manifest's entry that a file to be added is meant for: by its hash, or,
-- where no hash is known, by its file name.
local function meant_for(file)
  if file.entry then return file.entry end
  local base = file.path:match("[^/]*$")
  for _, entry in ipairs(weights.entries()) do
    if not entry.sha256 and entry.file:match("[^/]*$") == base then
      return entry
    end
  end
end

--- Registers a file in local.lua where it lies; it is not copied.
-- @tparam string path
-- @tparam[opt] table options accept_terms, name, model ("M:VARIANT", for a
-- file that the manifest does not know), licence
-- @treturn table the entry, or nil, text, code
function weights.add(path, options)
  options = options or {}
  local real, text, code = system.realpath(path)
  if not real then return nil, text, code end
  local file, why, kind = weights.identify(real)
  if not file then return nil, why, kind end
  local entry = meant_for(file)
  local own = { path = real, sha256 = file.sha256, bytes = file.bytes }
  if entry then
    own.name = entry.name
  else
    local model, variant = (options.model or ""):match("^([^:]+):([^:]+)$")
    if not model then
      return nil, ("%s: sha256 %s is not in weights/manifest.lua; say what it"
        .. " is with --model MODEL:VARIANT"):format(path, file.sha256), "ARGUMENT"
    end
    own.name = options.name or real:match("[^/]*$")
    own.file, own.model, own.variant = real:match("[^/]*$"), model, variant
    own.source = { kind = "path", path = real }
    own.licence = options.licence or "none stated"
  end
  if not accepted(entry or own, options) then
    return nil, terms_text(entry or own), "UNSUPPORTED"
  end
  local ok, fault, class = register.put(weights.folders()[1], own)
  if not ok then return nil, fault, class end
  return merged(entry or own, own)
end

return weights
