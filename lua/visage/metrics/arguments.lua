--- What the metrics are given, checked at their border: a wrong type, NaN where a
-- number decides, or an option that there is not raises at the caller with the
-- operation, what came and what was wanted. What a number means is checked by the
-- function itself.
--
--     return arguments.checked(eer, { eer = "set options?:rule,failures" })
local tensor = require "visage.tensor"

local arguments = {}

-- Kind -> { what is wanted, check }.
local KINDS = {}

local function kind(name, wanted, check) KINDS[name] = { wanted = wanted, check = check } end

local function is_number(x) return type(x) == "number" and x == x end

local function is_list(x) return type(x) == "table" and getmetatable(x) == nil end

local function are_numbers(x)
  if tensor.is(x) then return x:dims() == 1 end
  if not is_list(x) then return false end
  for i = 1, #x do
    if type(x[i]) ~= "number" then return false end
  end
  return true
end

local function is_set(x)
  if not is_list(x) then return false end
  local f = x.failures
  return are_numbers(x.genuine) and are_numbers(x.impostor) and (f == nil
    or type(f) == "table" and (f.genuine or 0) >= 0 and (f.impostor or 0) >= 0)
end

local function has(...)
  local keys = { ... }
  return function(x)
    if not is_list(x) then return false end
    for _, key in ipairs(keys) do
      if x[key] == nil then return false end
    end
    return true
  end
end

local function each_is(check)
  return function(x)
    if not is_list(x) then return false end
    for _, one in ipairs(x) do
      if not check(one) then return false end
    end
    return true
  end
end

local is_sorted = has("sorted", "genuine", "impostor")
local is_searches = has("entries", "mated", "nonmated", "mate", "rank", "top")
local is_part = has("group", "set")

kind("number", "a number", is_number)
kind("share", "0 to 1", function(x) return is_number(x) and x >= 0 and x <= 1 end)
kind("rank", "a rank, 1 or more", function(x) return is_number(x) and x >= 1 end)
kind("count", "a whole number, 1 or more", function(x)
  return type(x) == "number" and math.tointeger(x) ~= nil and x >= 1
end)
kind("whole", "a whole number, 0 or more", function(x)
  return type(x) == "number" and math.tointeger(x) ~= nil and x >= 0
end)
kind("boolean", "true or false", function(x) return type(x) == "boolean" end)
kind("text", "a text", function(x) return type(x) == "string" end)
kind("function", "a function", function(x) return type(x) == "function" end)
kind("generator", "a generator, tensor.generator(seed)", function(x)
  return type(x) == "userdata" and not tensor.is(x)
end)
kind("tensor", "a tensor", tensor.is)
kind("matrix", "a tensor on two axes", function(x) return tensor.is(x) and x:dims() == 2 end)
kind("gallery", "a tensor on two axes or an iterator of them", function(x)
  return type(x) == "function" or tensor.is(x) and x:dims() == 2
end)
kind("places", "places, a tensor on one axis", function(x)
  return tensor.is(x) and x:dims() == 1
end)
kind("numbers", "numbers, a list or a tensor on one axis", are_numbers)
kind("labels", "a list", is_list)
kind("table", "a table", is_list)
kind("set", "a score set, numbers as genuine and impostor", is_set)
kind("sets", "a score set or a list of them", function(x)
  return is_set(x) or is_list(x) and x[1] ~= nil and each_is(is_set)(x)
end)
kind("histogram", "whole numbers as genuine and impostor", function(x)
  if not is_list(x) then return false end
  for _, list in ipairs { x.genuine or {}, x.impostor or {} } do
    for _, n in ipairs(are_numbers(list) and list or { -1 }) do
      if not math.tointeger(n) or n < 0 then return false end
    end
  end
  return true
end)
kind("sorted", "what scores.sorted gives", is_sorted)
kind("counts", "what stream.new gives", has("edges", "genuine", "impostor", "failures"))
kind("searches", "what identification.searches gives", is_searches)
kind("interval", "an interval, { low, high, level }", has("low", "high", "level"))
kind("searched", "what identification.searches gives, with its matrix", function(x)
  return is_searches(x) and tensor.is(x.matrix)
end)
kind("galleries", "a list of searches", each_is(is_searches))
kind("parts", "a list of { group, set }", each_is(function(x)
  return is_part(x) and is_set(x.set)
end))
kind("rates", "what groups.rates gives", each_is(has "group"))
kind("trials", "a list of { hits, owners }", each_is(function(x)
  return has("hits", "owners")(x) and is_list(x.hits) and is_list(x.owners)
end))
kind("pairs", "pairs { scores, same, fold }", function(x)
  return has("scores", "same", "fold")(x) and are_numbers(x.scores) and is_list(x.same)
    and is_list(x.fold)
end)
kind("side", "{ subjects, groups }, lists", function(x)
  return has("subjects", "groups")(x) and is_list(x.subjects) and is_list(x.groups)
end)
kind("model", "what normalise.calibrate gives", has("weights", "offset"))
kind("tensors", "a list of tensors", each_is(tensor.is))
kind("systems", "a tensor or a list of tensors", function(x)
  return tensor.is(x) or each_is(tensor.is)(x)
end)

-- An option means the same wherever it is taken.
local OPTIONS = {
  accept = "text", alternative = "text", bins = "count", c_fa = "number", c_miss = "number",
  costs = "numbers", ddof = "number", exact = "number", failures = "text", fpir = "number",
  fpirs = "numbers", fta = "text", generator = "generator", high = "number", ignore = "matrix",
  k = "count", kind = "text", level = "number", llr = "boolean", low = "number", max_far = "number",
  measure = "function", min_far = "number", normalise = "boolean", ordered = "boolean",
  p_target = "number", prior = "number", rank = "rank", ridge = "number", rounds = "count",
  rule = "text", score = "text", sizes = "table", strict = "boolean", threads = "count",
  threshold = "number", thresholds = "numbers", ties = "text", tile = "count", top = "count",
  upto = "number", weight = "number",
}

local function shown(x)
  if tensor.is(x) then return ("a tensor of %s"):format(table.concat(x:shape(), " x ")) end
  if type(x) == "table" or type(x) == "function" then return "a " .. type(x) end
  return type(x) == "string" and ("'%s'"):format(x) or tostring(x)
end

-- What is wrong with options, or nil.
local function options_fault(options, known)
  if not is_list(options) then return ("options are %s, want a table"):format(shown(options)) end
  for key, value in pairs(options) do
    if not known[key] then
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      table.sort(names)
      return ("no option is called '%s'; there are %s"):format(tostring(key),
        table.concat(names, ", "))
    end
    local one = KINDS[OPTIONS[key]]
    if one and not one.check(value) then
      return ("option %s is %s, wants %s"):format(key, shown(value), one.wanted)
    end
  end
end

-- "number?" or "options?:rule,failures" as a table.
local function parsed(word)
  local name, optional, names = word:match "^(%w+)(%??):?(.*)$"
  local one = { kind = name, optional = optional == "?", known = {} }
  for option in names:gmatch "[^,]+" do one.known[option] = true end
  return one
end

local function fault(i, one, x)
  if x == nil and one.optional then return nil end
  if one.kind == "options" then return options_fault(x, one.known) end
  local wanted = KINDS[one.kind]
  if one.kind == "any" or wanted.check(x) then return nil end
  return ("argument %d is %s, wants %s"):format(i, shown(x), wanted.wanted)
end

-- What each checked function takes, for the spec that feeds them nonsense.
local signatures = setmetatable({}, { __mode = "k" })

--- A module's functions with their arguments checked.
-- @tparam table module name -> function; changed in place
-- @tparam table signature name -> kinds of the arguments, in order: "set number?";
-- "?" may be nil; "options?:rule,failures" names the options
-- @treturn table module
function arguments.checked(module, signature)
  for name, words in pairs(signature) do
    local list, f = {}, module[name]
    for word in words:gmatch "%S+" do list[#list + 1] = parsed(word) end
    local function guarded(...)
      for i, one in ipairs(list) do
        local why = fault(i, one, (select(i, ...)))
        if why then error(("%s: %s"):format(name, why), 2) end
      end
      return f(...)
    end
    module[name] = guarded
    signatures[guarded] = list
  end
  return module
end

--- What a checked function takes.
-- @tparam function f
-- @treturn ?{table,...} { kind, optional, known (options) } of each argument
function arguments.of(f) return signatures[f] end

return arguments
