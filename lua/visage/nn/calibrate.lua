--- The ranges of a graph's numbers on given inputs, by which int8 is scaled.
local calibrate = {}

-- The rule "percentile" cuts off one of so many numbers on either side.
local ONE_OF = 10000

-- The smallest and the largest number.
local function extremes(t)
  return t:min(), t:max()
end

-- The ends of what is left.
local function percentiles(t)
  local flat = t:reshape { -1 }
  local beyond = flat:numel() // ONE_OF + 1
  local least, most = (-flat):topk(beyond, 1), flat:topk(beyond, 1)
  return -least[beyond], most[beyond]
end

--- How a node's range on a batch is found, and how those of two batches make one: max
-- keeps every number; percentile cuts off the outermost 1 of 10,000 on each side of a
-- batch, and takes the mean of the batches.
calibrate.rules = {
  max = {
    of = extremes,
    join = function(range, low, high)
      return { math.min(range[1], low), math.max(range[2], high) }
    end,
  },
  percentile = {
    of = percentiles,
    join = function(range, low, high, n)
      return { range[1] + (low - range[1]) / n, range[2] + (high - range[2]) / n }
    end,
  },
}

--- Runs the graph in f32 and looks at the numbers of all nodes.
-- @tparam core.graph g
-- @tparam function batches that gives the next input tensor (N,...) each time, nil at
-- the end; no batch is larger than the first
-- @tparam string rule of calibrate.rules
-- @treturn table node -> { low, high }
function calibrate.ranges(g, batches, rule)
  local how = calibrate.rules[rule]
  local names, ranges, net, count = {}, {}, nil, 0
  for i, node in ipairs(g:nodes()) do names[i] = node.name end
  for x in batches do
    net = net or assert(g:compile { batch = x:size(1), taps = names })
    count = count + 1
    local results = table.pack(net:run(x))
    for name, t in pairs(results[results.n]) do
      local low, high = how.of(t)
      ranges[name] = ranges[name] and how.join(ranges[name], low, high, count) or { low, high }
    end
  end
  if net then net:close() end
  return ranges
end

return calibrate
