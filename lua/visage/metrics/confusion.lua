--- Confusions: who is taken for whom, counted. A name of false is a failure to
-- acquire: nobody was named, which is an error of its own kind.
local arguments = require "visage.metrics.arguments"
local tensor = require "visage.tensor"

local confusion = {}

local function check(name, truths, named)
  if #truths ~= #named then
    error(("%s: %d true names, %d names given"):format(name, #truths, #named), 3)
  end
end

-- What false, a name that nothing else can have, sorts as.
local function order_of(name) return name and "1" .. tostring(name) or "0" end

--- The errors by kind.
-- @tparam {any,...} truths
-- @tparam {any,...} named what each was named; false: nothing
-- @treturn {table,...} { truth, named, count, of: how often truth is in truths }, the
-- most frequent first, then those with the greatest share of `of`, then by names
-- @usage confusion.list({ "a", "a", "b" }, { "b", "b", "b" })[1].count --> 2
function confusion.list(truths, named)
  check("confusion.list", truths, named)
  local list, index, of = {}, {}, {}
  for i, truth in ipairs(truths) do
    of[truth] = (of[truth] or 0) + 1
    if named[i] ~= truth then
      index[truth] = index[truth] or {}
      local one = index[truth][named[i]]
      if not one then
        one = { truth = truth, named = named[i], count = 0 }
        index[truth][named[i]] = one
        list[#list + 1] = one
      end
      one.count = one.count + 1
    end
  end
  for _, one in ipairs(list) do one.of = of[one.truth] end
  table.sort(list, function(a, b)
    if a.count ~= b.count then return a.count > b.count end
    if a.of ~= b.of then return a.of < b.of end
    if a.truth ~= b.truth then return order_of(a.truth) < order_of(b.truth) end
    return order_of(a.named) < order_of(b.named)
  end)
  return list
end

--- The matrix: a row for each true class, a column for each that was named.
-- @tparam {any,...} truths
-- @tparam {any,...} named those of no class, false too, are in no column
-- @tparam {any,...} classes
-- @treturn core.tensor (C, C) i64
function confusion.matrix(truths, named, classes)
  check("confusion.matrix", truths, named)
  local place, out = {}, tensor.zeros({ #classes, #classes }, "i64")
  for c, class in ipairs(classes) do place[class] = c end
  for i, truth in ipairs(truths) do
    local row, column = place[truth], place[named[i]]
    if not row then
      error(("confusion.matrix: '%s' is no class"):format(tostring(truth)), 2)
    end
    if column then out:set(out:get(row, column) + 1, row, column) end
  end
  return out
end

return arguments.checked(confusion, {
  list = "labels labels",
  matrix = "labels labels labels",
})
