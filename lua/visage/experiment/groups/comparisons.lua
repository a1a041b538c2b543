--- Comparisons of a set of photos: all pairs, or pairs drawn at random; their scores;
-- and which group each belongs to, by labels that photos carry.
local pair_scores = require "visage.experiment.pairs.scores"

local comparisons = {}

-- Photos by subject, in the order in which subjects first come: a list of places, and
-- where in it each subject's photos begin and end.
local function by_subject(photos)
  local groups, at = {}, {}
  for place, photo in ipairs(photos) do
    if not at[photo.subject] then
      at[photo.subject] = {}
      groups[#groups + 1] = at[photo.subject]
    end
    table.insert(at[photo.subject], place)
  end
  local order, ends = {}, {}
  for _, group in ipairs(groups) do
    local first = #order + 1
    table.move(group, 1, #group, first, order)
    for k = first, #order do ends[k] = #order end
  end
  return order, ends
end

-- The pairs of a kind as rows of one place each with how many partners: genuine ones
-- lie behind it among its subject's, impostor ones behind these.
local function partners(order, ends, genuine)
  local before, total = {}, 0
  for k = 1, #order do
    before[k] = total
    total = total + (genuine and ends[k] - k or #order - ends[k])
  end
  return before, total
end

-- The row that pair number n (from 1) is in.
local function row_of(before, n)
  local low, high = 1, #before
  while low < high do
    local middle = (low + high + 1) // 2
    if before[middle] < n then low = middle else high = middle - 1 end
  end
  return low
end

-- count numbers out of 1..total, each as likely as another, ascending (Floyd 1987).
local function sample(generator, count, total)
  local chosen, list = {}, {}
  for last = total - count + 1, total do
    local n = generator:integer(last)
    if chosen[n] then n = last end
    chosen[n] = true
    list[#list + 1] = n
  end
  table.sort(list)
  return list
end

local function listed(order, ends, genuine, numbers, before)
  local first, second = {}, {}
  for i, n in ipairs(numbers) do
    local k = row_of(before, n)
    local start = genuine and k or ends[k]
    first[i], second[i] = order[k], order[start + n - before[k]]
  end
  return { first = first, second = second }
end

local function of_kind(order, ends, genuine, most, generator)
  local before, total = partners(order, ends, genuine)
  local numbers
  if total > most then
    numbers = sample(generator, most, total)
  else
    numbers = {}
    for n = 1, total do numbers[n] = n end
  end
  local list = listed(order, ends, genuine, numbers, before)
  list.total = total
  return list
end

--- Pairs of photos of one person and of two. Of more than `most` of a kind so many are
-- drawn, each pair as likely as another: people with many photos are in more.
-- @tparam {table,...} photos { subject }
-- @tparam integer most of each kind
-- @tparam core.generator generator
-- @treturn table { genuine, impostor }, each { first, second: places of the photos, total:
-- how many pairs there are }
function comparisons.draw(photos, most, generator)
  local order, ends = by_subject(photos)
  return {
    genuine = of_kind(order, ends, true, most, generator),
    impostor = of_kind(order, ends, false, most, generator),
  }
end

-- Pairs whose rows are stacked at a time: 2 x 4096 rows of 2,048 numbers are 134 MB.
local PIECE = 4096

--- Scores of pairs.
-- @tparam table faces of pair_scores.faces
-- @tparam table pairs_ { first, second }
-- @tparam string score of pair_scores
-- @treturn {number,...} more is more alike; NaN where a photo has no embedding
function comparisons.scores(faces, pairs_, score)
  local out = {}
  for from = 1, #pairs_.first, PIECE do
    local list = {}
    for i = from, math.min(from + PIECE - 1, #pairs_.first) do
      list[#list + 1] = { places = { pairs_.first[i], pairs_.second[i] } }
    end
    local part = pair_scores.of(faces, list, { score = score })
    table.move(part, 1, #part, from, out)
    collectgarbage "step"
  end
  return out
end

-- The name of a bin [edge, next): "5-9", the last "40+".
local function bin_name(edges, k)
  if k == #edges then return ("%g+"):format(edges[k]) end
  if math.type(edges[k]) == "integer" and math.type(edges[k + 1]) == "integer" then
    return edges[k + 1] == edges[k] + 1 and tostring(edges[k])
      or ("%d-%d"):format(edges[k], edges[k + 1] - 1)
  end
  return ("%g to %g"):format(edges[k], edges[k + 1])
end

-- The bin of a number, or false.
local function bin_of(edges, names, number)
  local found = false
  for k, edge in ipairs(number and edges or {}) do
    if number >= edge then found = names[k] end
  end
  return found
end

local function bin_names(edges)
  local names = {}
  for k = 1, #edges do names[k] = bin_name(edges, k) end
  return names
end

--- A photo's value as its bin: for by_category.
-- @tparam {number,...} edges as of by_gap
-- @tparam function value of a photo, a number or nil
-- @treturn function of a photo, the name of a bin or nil
function comparisons.binned(edges, value)
  local names = bin_names(edges)
  return function(photo) return bin_of(edges, names, value(photo)) or nil end
end

--- A grouping by how far a number of two photos lies apart: from edge k to below the
-- next; "0-4" is from 0 to below 5.
-- @tparam {number,...} edges rising; the last bin is open
-- @tparam function value of a photo, a number or nil where it is not known
-- @treturn table { names (of all bins, in order), group: of two photos, a name or false;
-- gap: of two photos, a number or nil }
function comparisons.by_gap(edges, value)
  local names = bin_names(edges)
  local function gap(a, b)
    local x, y = value(a), value(b)
    return x and y and math.abs(x - y) or nil
  end
  return { names = names, gap = gap, group = function(a, b)
    return bin_of(edges, names, gap(a, b))
  end }
end

--- A grouping by an attribute that a photo has or has not: "both" have it, "neither"
-- has, or they "differ".
-- @tparam function value of a photo, "yes", "no" or nil
-- @treturn table as of by_gap
function comparisons.by_attribute(value)
  return { names = { "both", "neither", "differ" }, group = function(a, b)
    local x, y = value(a), value(b)
    if not (x and y) then return false end
    return x ~= y and "differ" or x == "yes" and "both" or "neither"
  end }
end

--- A grouping by a category: within one ("f"), or across two ("f / m").
-- @tparam {table,...} photos whose values name the groups
-- @tparam function value of a photo, a text or nil
-- @treturn table as of by_gap
function comparisons.by_category(photos, value)
  local seen, values, names = {}, {}, {}
  for _, photo in ipairs(photos) do
    local one = value(photo)
    if one and not seen[one] then
      seen[one] = true
      values[#values + 1] = one
    end
  end
  table.sort(values)
  for _, one in ipairs(values) do names[#names + 1] = one end
  for i, a in ipairs(values) do
    for k = i + 1, #values do names[#names + 1] = ("%s / %s"):format(a, values[k]) end
  end
  return { names = names, values = values, group = function(a, b)
    local x, y = value(a), value(b)
    if not (x and y) then return false end
    if x == y then return x end
    return x < y and ("%s / %s"):format(x, y) or ("%s / %s"):format(y, x)
  end }
end

--- The comparisons of a kind by group.
-- @tparam table grouping of by_gap, by_attribute, by_category
-- @tparam {table,...} photos
-- @tparam table pairs_ { first, second }
-- @treturn table group -> {places in the list of pairs,...}; false -> those of which a
-- label is not known
function comparisons.split(grouping, photos, pairs_)
  local out = { [false] = {} }
  for i, place in ipairs(pairs_.first) do
    local group = grouping.group(photos[place], photos[pairs_.second[i]])
    out[group] = out[group] or {}
    table.insert(out[group], i)
  end
  return out
end

return comparisons
