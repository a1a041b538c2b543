--- `visage info`: this program, its libraries, the machine, and which weights
-- are here. What a report of a fault should quote.
local nn = require "visage.nn"
local system = require "visage.system"
local weights = require "visage.weights"

local function row(name, text)
  print(("  %-14s %s"):format(name, text))
end

local function libraries()
  local names = {}
  for name in pairs(system.versions) do names[#names + 1] = name end
  table.sort(names)
  print "libraries"
  for _, name in ipairs(names) do row(name, system.versions[name]) end
end

local function machine()
  print "machine"
  row("processors", system.cores())
  local engines = {}
  for i, engine in ipairs(nn.engines()) do
    engines[i] = ("%s on %s"):format(engine.name, engine.device)
  end
  row("engines", table.concat(engines, ", "))
end

local function installed()
  print "weights"
  for _, folder in ipairs(weights.folders()) do row("searched", folder) end
  local here, all = {}, weights.entries()
  for _, entry in ipairs(all) do
    if weights.locate(entry) then here[#here + 1] = entry.name end
  end
  row("here", ("%d of %d known%s%s"):format(#here, #all, #here > 0 and ": " or "",
    table.concat(here, ", ")))
end

local function run()
  print(("visage %s, commit %s"):format(system.version, system.commit() or "unknown"))
  row("in", system.root())
  libraries()
  machine()
  installed()
  return 0
end

return { summary = "versions, libraries, the machine, which weights are here", run = run }
