--- What print shows of graphs and nets.
local text = {}

--- "23,561,152"
local function grouped(n)
  local digits = ("%d"):format(n)
  local rest = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (rest:gsub("^,", ""))
end

--- "(N,64,112,112)"; an open size is ?.
function text.shape(shape)
  local sizes = {}
  for i, size in ipairs(shape) do
    sizes[i] = size >= 0 and ("%d"):format(size) or i == 1 and "N" or "?"
  end
  return "(" .. table.concat(sizes, ",") .. ")"
end

--- Parameters of each node, by name.
local function counts_of(g)
  local counts, total = {}, 0
  for _, slot in ipairs(g:tensors()) do
    local n = 1
    for _, size in ipairs(slot.shape) do n = n * size end
    counts[slot.node] = (counts[slot.node] or 0) + n
    total = total + n
  end
  return counts, total
end

--- Rows of cells as lines, columns padded to their longest cell.
local function aligned(rows)
  local width, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do width[i] = math.max(width[i] or 0, #cell) end
  end
  for k, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do cells[i] = cell .. (" "):rep(width[i] - #cell) end
    lines[k] = "  " .. table.concat(cells, "  "):gsub("%s+$", "")
  end
  return lines
end

--- One line about the graph, then one per node.
-- @tparam core.graph g
-- @treturn string
function text.graph(g)
  local counts, parameters = counts_of(g)
  local nodes, work, open = g:nodes(), 0, false
  local rows = { { "node", "layer", "from", "shape", "parameters", "multiply-adds" } }
  for _, node in ipairs(nodes) do
    local adds = node.multiply_adds
    if adds < 0 then open = true else work = work + adds end
    rows[#rows + 1] = { node.name, node.layer, table.concat(node.inputs, ", "),
      text.shape(node.shape), grouped(counts[node.name] or 0), adds < 0 and "?" or grouped(adds) }
  end
  local head = ("graph '%s': %d nodes, %s parameters, %s multiply-adds an image"):format(g:name(),
    #nodes, grouped(parameters), open and "? (open input size)" or grouped(work))
  local lines = aligned(rows)
  table.insert(lines, 1, head)
  table.insert(lines, "  outputs: " .. table.concat(g:outputs(), ", "))
  return table.concat(lines, "\n")
end

-- Who computes each node: a row for each node that is not computed with a later
-- one, and for each change of layout before it.
local function step_rows(net)
  local layers, rows = {}, { { "node", "layer", "by" } }
  for _, node in ipairs(net:nodes()) do layers[node.name] = node.layer end
  for _, step in ipairs(net:steps()) do
    rows[#rows + 1] = { step.node, layers[step.node] or "input", step.by }
  end
  if not rows[2] then
    for _, node in ipairs(net:nodes()) do
      rows[#rows + 1] = { node.name, node.layer, net:info().engine }
    end
  end
  return rows
end

local function megabytes(bytes)
  return bytes < 1e5 and ("%.1f KB"):format(bytes / 1e3) or ("%.1f MB"):format(bytes / 1e6)
end

-- "16 images on each of 2 threads", "1 image on 2 threads"
local function part_name(part)
  local each, threads = part.workers > 1, math.max(part.workers, part.threads)
  return ("%d image%s on %s%d thread%s"):format(part.images, part.images == 1 and "" or "s",
    each and "each of " or "", threads, threads == 1 and "" or "s")
end

-- What is kept in memory: a line for all, and one for each way of running.
local function memory_lines(info)
  local lines = { ("  memory: weights %s, to run %s"):format(megabytes(info.weights),
    megabytes(info.bytes)) }
  for _, part in ipairs(info.parts) do
    lines[#lines + 1] = ("    %s: activations %s, scratchpad %s%s"):format(part_name(part),
      megabytes(part.activations), megabytes(part.scratch),
      part.workers > 1 and ", for each" or "")
  end
  return lines
end

--- One line about the net, some about its memory, then one per step, with who computes it: an
-- implementation of the engine's library, the reference engine, or a reorder where
-- the layout changes. A node without a step is computed with the one after it.
-- @tparam core.net net
-- @treturn string
function text.net(net)
  local info, rows = net:info(), step_rows(net)
  local lines = aligned(rows)
  local head = "net of '%s' on %s: engine %s, %s, batch up to %d, plans %d"
  return table.concat({
    head:format(info.graph, info.device, info.engine, info.precision, info.batch, info.plans),
    table.concat(memory_lines(info), "\n"), table.concat(lines, "\n"),
  }, "\n")
end

--- A default as it is written in Lua.
local function written(value)
  if type(value) == "table" then return "{ " .. table.concat(value, ", ") .. " }" end
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

--- Each layer with its parameters, as print shows nn.layers().
-- @tparam table layers
-- @treturn string
function text.layers(layers)
  local lines = {}
  for _, layer in ipairs(layers) do
    local rows = {}
    for i, p in ipairs(layer.parameters) do
      local default = p.default ~= nil and "default " .. written(p.default) or "must be given"
      rows[i] = { p.name, p.kind, default, p.about }
    end
    lines[#lines + 1] = ("%s: %s%s"):format(layer.name, layer.about,
      layer.tensors and "; tensors " .. layer.tensors or "")
    table.move(aligned(rows), 1, #rows, #lines + 1, lines)
  end
  return table.concat(lines, "\n")
end

return text
