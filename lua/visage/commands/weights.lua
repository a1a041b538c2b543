--- `visage weights`: what weight files are known and here; fetch, prove, add,
-- compare, identify.
local argparse = require "argparse"
local parted = require "visage.commands.weights.parted"
local weights = require "visage.weights"

local function parser()
  local p = argparse("visage weights", "Weight files: what is known, what is"
    .. " here. weights/README.md explains the terms.")
  p:command_target("action")
  local list = p:command("list", "List what weights/manifest.lua and local.lua name.")
  list:flag("--long", "Also print hashes, data and terms.")
  local get = p:command("get", "Fetch a file or a group and check its sha256.")
  get:argument("name", "A name or group of the list."):args("+")
  get:flag("--accept-terms", "Fetch files whose licence is not stated.")
  get:flag("--quiet", "No progress bar.")
  p:command("verify", "Hash every file that is here.")
  local add = p:command("add", "Register a file where it lies, by its sha256.")
  add:argument("file", "A weight file.")
  add:option("--model", "MODEL:VARIANT, for a file that the manifest does not know.")
  add:option("--name", "The name to give it (default: its file name).")
  add:option("--licence", "Its licence, for the record.")
  add:flag("--accept-terms", "Register a file whose licence is not stated.")
  parted.options(p)
  return p
end

local function size_of(entry)
  if entry.bytes then return ("%.3g MB"):format(entry.bytes / 1e6) end
  return entry.megabytes and ("~%.3g MB"):format(entry.megabytes) or "?"
end

local actions = {}

-- As wide as the longest name and model of the manifest.
local LINE = "%-33s %-9s %11s  %-33s %s"

function actions.list(options)
  print(LINE:format("NAME", "STATE", "SIZE", "MODEL", "LICENCE"))
  for _, entry in ipairs(weights.entries()) do
    local path = weights.locate(entry)
    local model = entry.model and ("%s:%s"):format(entry.model, entry.variant)
    print(LINE:format(entry.name, path and "here" or "not here", size_of(entry),
      model or entry.group, entry.licence))
    if options.long then
      print("    file       " .. (path or entry.file))
      print("    sha256     " .. (entry.sha256 or "not published"))
      print("    trained on " .. (entry.trained_on or "not stated"))
      print("    data terms " .. (entry.data_terms or "not stated"))
      print("    withdrawn  " .. tostring(entry.withdrawn or "no"))
    end
  end
  print("folders: " .. table.concat(weights.folders(), ", "))
  return true
end

-- One that cannot be had does not keep the others from coming.
function actions.get(options)
  local faults = {}
  for _, name in ipairs(options.name) do
    local paths, text = weights.get(name, options)
    if paths then
      print(table.concat(paths, "\n"))
    else
      faults[#faults + 1] = text
    end
  end
  if not faults[1] then return true end
  return nil, table.concat(faults, "\n")
end

function actions.verify()
  local bad = 0
  local files = weights.verify()
  for _, file in ipairs(files) do
    print(("%-8s %-33s %s"):format(file.status, file.name, file.path))
    if file.status ~= "ok" then
      print("         " .. file.text)
      bad = bad + 1
    end
  end
  if bad == 0 then
    print(("%d files, each with its sha256"):format(#files))
    return true
  end
  return nil, ("%d of %d files are not proven"):format(bad, #files)
end

function actions.add(options)
  local entry, text = weights.add(options.file, options)
  if not entry then return nil, text end
  print(("%s: %s, sha256 %s"):format(entry.name, entry.path, entry.sha256))
  return true
end

actions.compare = parted.compare
actions.identify = parted.identify

return {
  summary = "weight files: list, get, verify, add, compare, identify",

  --- Runs the command.
  -- @tparam {string,...} arguments those after the word `weights`
  -- @treturn integer exit status
  run = function(arguments)
    local ok, options = parser():pparse(arguments)
    if not ok then
      io.stderr:write("visage weights: ", options, "\n")
      return 2
    end
    local done, text, code = actions[options.action](options)
    if done then return 0 end
    io.stderr:write("visage weights: ", text, "\n")
    return code == "ARGUMENT" and 2 or 1
  end,
}
