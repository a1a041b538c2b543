--- Thresholds that one run found and another applies, and the two conventions of
-- what a threshold accepts.
local json = require "visage.json"
local scores = require "visage.metrics.scores"
local system = require "visage.system"

local thresholds = {}

--- What is accepted, by --accept: NIST's convention, and ISO/IEC 19795-1's.
thresholds.ACCEPT = { at_least = "score >= threshold", above = "score > threshold" }

--- A threshold in the other convention, which decides every double as before.
-- @tparam number threshold
-- @tparam ?boolean strict whether it accepts only what is above it
-- @tparam string accept "at_least" or "above": what is wanted
-- @treturn number
-- @usage thresholds.convert(0.5, true, "at_least") --> the next double above 0.5
function thresholds.convert(threshold, strict, accept)
  local above = accept == "above"
  if above == (strict or false) or threshold - threshold ~= 0 then return threshold end
  return above and -scores.after(-threshold) or scores.after(threshold)
end

--- Reads a run's results for its thresholds.
-- @tparam string folder that the run left
-- @tparam string name of the experiment that it must be of
-- @tparam string accept "at_least" or "above": the convention it must have
-- @treturn table { path, metrics }, or nil, text, code
function thresholds.read(folder, name, accept)
  local path = folder .. "/results.json"
  local text, why, code = system.read_file(path)
  if not text then return nil, why, code end
  local found, fault, kind = json.decode(text)
  if not found then return nil, ("%s: %s"):format(path, fault), kind end
  if found.experiment ~= name or found.status ~= "ok" then
    return nil, ("%s: no finished run of %s"):format(path, name), "FORMAT"
  end
  local rule = found.run.metric_rules.accept
  if rule ~= thresholds.ACCEPT[accept] then
    return nil, ("%s: its thresholds accept %s; --accept %s is %s"):format(path, rule, accept,
      thresholds.ACCEPT[accept]), "VALUE"
  end
  return { path = path, metrics = found.metrics }
end

--- One of its thresholds.
-- @tparam table found of read
-- @tparam string key of the metric
-- @treturn number; raises where there is none
function thresholds.get(found, key)
  local t = found.metrics[key]
  if type(t) ~= "number" then error(("%s: no metric %s"):format(found.path, key), 0) end
  return t
end

return thresholds
