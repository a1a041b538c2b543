--- Where two checkpoints, or two runs of a network, part: tensor by tensor and
-- layer by layer. Works on tensors; files and networks are opened by
-- commands/weights.lua.
local tensor = require "visage.tensor"

local compare = {}

-- ---- two tensors ----

-- Numbers that are the same whatever the order: to find a transposed copy.
local function fingerprint(t)
  local wide = t:to "f64"
  return { count = t:numel(), sum = wide:sum(), norm = wide:norm() }
end

-- f16 copies differ in the fourth digit.
local LIKE = 1e-3

local function alike(a, b)
  local scale = math.max(a.norm, b.norm)
  return a.count == b.count and math.abs(a.norm - b.norm) <= LIKE * scale
    and math.abs(a.sum - b.sum) <= LIKE * scale * math.sqrt(math.max(a.count, 1))
end

-- ||a - b|| / ||b|| and max|a - b| of equal shapes.
local function distance(a, b)
  local wide = b:to "f64"
  local gap = a:to "f64" - wide
  local size = wide:norm()
  return gap:norm() / (size > 0 and size or 1), gap:numel() > 0 and gap:abs():max() or 0
end

local function same_shape(a, b)
  return table.concat(a:shape(), ",") == table.concat(b:shape(), ",")
end

-- Calls visit with every order of the numbers 1 to n until it returns true.
local function each_order(n, visit)
  local order, used = {}, {}
  local function extend(k)
    if k > n then return visit(order) end
    for i = 1, n do
      if not used[i] then
        used[i], order[k] = true, i
        if extend(k + 1) then return true end
        used[i] = false
      end
    end
    return false
  end
  return extend(1)
end

-- The axes of a in the order that makes b of it, or nil; of up to four axes.
local function transposition(a, b)
  local n, found = a:dims(), nil
  if n ~= b:dims() or n < 2 or n > 4 then return nil end
  each_order(n, function(order)
    local turned = a:permute(order)
    if not same_shape(turned, b) or distance(turned, b) > LIKE then return false end
    found = table.move(order, 1, n, 1, {})
    return true
  end)
  return found
end

-- Whether a and b hold the same numbers in some order.
local function same_numbers(a, b)
  if a:numel() ~= b:numel() then return false end
  local x, y = a:reshape({ -1 }):to "f64", b:reshape({ -1 }):to "f64"
  return (distance((x:sort(1)), (y:sort(1)))) <= LIKE
end

-- ---- two sets ----

-- What all names of a set begin with, up to a point: "net_state_dict.".
local function common_prefix(set)
  local prefix
  for name in pairs(set) do
    prefix = prefix or name
    while name:sub(1, #prefix) ~= prefix do prefix = prefix:sub(1, -2) end
  end
  return (prefix or ""):match "^.*%." or ""
end

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function paired(a, b, name_a, name_b)
  local x, y = a[name_a], b[name_b]
  local row = { a = name_a, b = name_b, shape = x:shape(), other_shape = y:shape() }
  if same_shape(x, y) then
    row.error, row.max = distance(x, y)
    row.state = row.error == 0 and "equal" or "differs"
    if row.error <= LIKE then return row end
  end
  if not same_numbers(x, y) then
    row.state = row.error and "differs" or "other shape"
    return row
  end
  row.order = transposition(x, y)
  row.state, row.error, row.max = "reordered", nil, nil
  if row.order then row.error, row.max = distance(x:permute(row.order), y) end
  return row
end

-- The name in `left`, fingerprints of b by name, whose numbers are those of x.
local function find_alike(x, b, left)
  local wanted = fingerprint(x)
  for _, name in ipairs(sorted(left)) do
    if alike(wanted, left[name]) and same_numbers(x, b[name]) then return name end
  end
end

--- Compares two sets of tensors. They are matched by name, what all names of a
-- set begin with (up to a point) left out; what is left, by its numbers in
-- whatever order.
-- @tparam table a name -> tensor
-- @tparam table b name -> tensor
-- @treturn {table,...} {a, b (names, nil where there is none), state, error,
--   max, order, shape, other_shape}, in the order of a's names: state "equal",
--   "differs", "reordered" (the same numbers to 1e-3 in another order; `order`
--   is a's axes where a transposition makes b of it), "other shape", "only in a"
--   or "only in b"; error is ||a - b|| / ||b||, max the largest |a - b|
function compare.tensors(a, b)
  local from_a, from_b = common_prefix(a), common_prefix(b)
  local rows, left, alone = {}, {}, {}
  for name, t in pairs(b) do left[name] = t end
  for _, name in ipairs(sorted(a)) do
    local other = from_b .. name:sub(#from_a + 1)
    if left[other] then
      left[other] = nil
      rows[#rows + 1] = paired(a, b, name, other)
    else
      rows[#rows + 1] = { a = name, state = "only in a", shape = a[name]:shape() }
      alone[#alone + 1] = rows[#rows]
    end
  end
  for name, t in pairs(left) do left[name] = fingerprint(t) end
  for _, row in ipairs(alone) do
    local other = find_alike(a[row.a], b, left)
    if other then
      left[other] = nil
      for k, v in pairs(paired(a, b, row.a, other)) do row[k] = v end
    end
  end
  for _, name in ipairs(sorted(left)) do
    rows[#rows + 1] = { b = name, state = "only in b", other_shape = b[name]:shape() }
  end
  return rows
end

--- Compares what the nodes of two networks computed of the same image.
-- @tparam {string,...} order the nodes' names, first to last
-- @tparam table a node -> (N, ...)
-- @tparam table b node -> (N, ...)
-- @tparam number tolerance
-- @treturn {table,...} {name, error, max, shape} of the nodes that both have,
--   error = ||a - b|| / ||b||, max = max|a - b| / max|b|; nil for other shapes
-- @treturn integer the first row that is beyond the tolerance, or nil
function compare.layers(order, a, b, tolerance)
  local rows, first = {}, nil
  for _, name in ipairs(order) do
    local x, y = a[name], b[name]
    if x and y then
      local row = { name = name, shape = x:shape() }
      if same_shape(x, y) then
        local gap
        row.error, gap = distance(x, y)
        row.max = gap / math.max(y:abs():max(), 1e-300)
      end
      rows[#rows + 1] = row
      if not first and not (row.error and row.error <= tolerance) then first = #rows end
    end
  end
  return rows, first
end

--- The share of a's numbers that b holds too: by name or in another order.
-- @tparam table a name -> tensor
-- @tparam table b name -> tensor
-- @treturn number from 0 to 1
function compare.share(a, b)
  local common, all = 0, 0
  for _, t in pairs(a) do all = all + t:numel() end
  for _, row in ipairs(compare.tensors(a, b)) do
    if row.a and row.b and (row.state == "reordered" or row.error and row.error <= LIKE) then
      common = common + a[row.a]:numel()
    end
  end
  return all > 0 and common / all or 0
end

--- Only floats of a file: counters such as num_batches_tracked are no weights.
-- @tparam table tensors name -> tensor
-- @treturn table name -> tensor
function compare.floats(tensors)
  local out = {}
  for name, t in pairs(tensors) do
    if tensor.is(t) and t:dtype():find "^b?f" and t:numel() > 0 then out[name] = t end
  end
  return out
end

return compare
