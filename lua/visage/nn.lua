--- Networks: a graph of layers, its weights, and its compiled form.
--
--     local nn = require "visage.nn"
--     local g = nn.graph { name = "tiny" }
--     local x = g:input { "data", 3, 224, 224 }
--     x = g:conv2d(x, { name = "conv1", out = 64, kernel = 7, stride = 2, pad = "same_tf" })
--     g:output(g:relu(x))
--     assert(g:load("weights.h5"))
--     local net = assert(g:compile { batch = 32, taps = { "conv1" } })
--     local y, taps = net:run(images)
--
-- Every layer of `nn.layers()` is a method of a graph: `g:LAYER(x, options)`,
-- and for several inputs `g:add(a, b)` or `g:concat({ a, b }, { axis = 1 })`.
-- Shapes are N,C,H,W; axes count from 1 and leave the batch out, so 1 is C.
-- What else a graph does (input, output, set, get, node, nodes, tensors,
-- outputs, compile) is in core/lua/graph.c, a net (run, nodes, info, close) in
-- core/lua/net.c.
local core = require "visage.core.graph"
local calibrate = require "visage.nn.calibrate"
local export = require "visage.nn.export"
local import = require "visage.nn.import"
local load = require "visage.nn.load"
local text = require "visage.nn.text"

local nn = {}

local graph = core.graph_type.__index

--- An empty graph: `nn.graph { name = "tiny" }`.
-- @tparam[opt] table options name
-- @treturn core.graph
function nn.graph(options)
  return core.new(options and options.name)
end

--- The layer vocabulary: a list of { name, about, tensors, parameters }, where
-- tensors says the names and shapes of its slots in words and each parameter is
-- { name, kind, default, least, about }; without a default it must be given.
-- `print(nn.layers())` shows it.
-- @treturn table
function nn.layers()
  return setmetatable(core.layers(), { __tostring = text.layers })
end

--- The engines of this build, a device's default first.
-- @treturn {table,...} {device, name}
function nn.engines()
  return core.engines()
end

--- The network that a file holds, with its weights: a graph like one built by
-- hand. Nodes are called as the file's operators are, or where those have no
-- name as what they give.
--
--     local g = assert(nn.import "MobileFaceNet.onnx")
--     local net = assert(g:compile { batch = 32 })
-- @tparam string|table source a path; a list of paths, of which the first with a
--   network gives it and all give tensors; or what loader.read returned
-- @tparam[opt] table options name, of the graph; inputs, sizes for inputs that
--   the file leaves open, `{ NAME = { C, H, W } }` or `{ features }`; outputs, names of values or
--   operators that become the outputs in place of the file's
-- @treturn core.graph|nil g, or nil, a text and a code: "UNSUPPORTED" with every
--   operator that no layer stands for, "FORMAT" for a file that contradicts itself
function nn.import(source, options)
  if options == nil then options = {} end
  return import(source, options)
end

--- The ranges of a graph's numbers on given inputs, for g:compile { precision =
-- "int8", ranges = }: each node is run in f32.
-- @tparam core.graph g with one input
-- @tparam function batches that gives the next input (N,...) each time, nil at the end;
-- no batch is larger than the first
-- @tparam[opt="max"] string rule max: every number is kept; percentile: the outermost 1
-- of 10,000 on each side of a batch are cut off, and batches averaged
-- @treturn table node -> { low, high }
function nn.calibrate(g, batches, rule)
  rule = rule or "max"
  if not calibrate.rules[rule] then
    error(("calibrate: no rule is called '%s'; there are max, percentile"):format(rule), 2)
  end
  return calibrate.ranges(g, batches, rule)
end

--- Gives the graph's tensors their numbers; all of them or none.
--
-- `names(node, slot)` says where the source keeps a slot: a name; a table
-- { name =, reshape =, permute =, transform = } whose rules are applied in that
-- order (permute counts axes from 1, transform is a function of a tensor); nil
-- for the slot's own name, "node.slot"; false for a slot that this source does
-- not hold. What is missing, left over or of the wrong shape or dtype (weights
-- are floats) is an error that lists every name.
-- @tparam string|table source a file (visage.loader reads it), what
--   loader.read returned, or a table name -> tensor
-- @tparam[opt] function names
-- @tparam[opt] table options partial = true: tensors may be missing or left
--   over; ignore = { pattern, ... }: names of the source that are no weights
-- @treturn core.graph|nil g, or nil, a text and a code
function graph.load(g, source, names, options)
  if options == nil then options = {} end
  return load(g, source, names, options)
end

--- Writes the graph's weights to a file that graph.load reads back: .safetensors,
-- .npz or .h5, by the extension. All of them must be set.
--
-- They are called "node.slot", or as `names` says, the same function that
-- graph.load takes: a permute is undone, and weights of one framework become a
-- file for another. A reshape or transform cannot be undone and raises.
--
--     assert(g:load("resnet50.pth", torch_names))
--     assert(g:save("resnet50.h5", keras_names)) -- for Keras's load_weights
-- @tparam string path the file appears whole or not at all
-- @tparam[opt] function names
-- @treturn boolean true, or nil, a text and a code
function graph.save(g, path, names)
  return export.save(g, path, names)
end

--- Writes the graph with its weights as a model for other programs: an .onnx
-- (opset 18, any batch), in which nodes, inputs and outputs keep their names and
-- weights are "node.slot".
--
--     assert(g:export "resnet50.onnx")
-- @tparam string path the file appears whole or not at all
-- @treturn boolean true, or nil, a text and a code: "UNSUPPORTED" with every node
--   that ONNX cannot say, or for a model of over 2 GiB
function graph.export(g, path)
  return export.export(g, path)
end

core.graph_type.__tostring = text.graph
core.net_type.__tostring = text.net

return nn
