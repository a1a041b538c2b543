--- `visage weights compare` and `identify`: where two checkpoints or two runs
-- part, and which checkpoint a file is.
local compare = require "visage.weights.compare"
local image = require "visage.image"
local lfs = require "lfs"
local loader = require "visage.loader"
local models = require "visage.models"
local nearest = require "visage.weights.nearest"
local tensor = require "visage.tensor"
local text_of = require "visage.nn.text"
local weights = require "visage.weights"

local parted = {}

--- Adds the two actions to the parser.
-- @tparam Parser p argparse's
function parted.options(p)
  local c = p:command("compare", "Print where two checkpoints or two runs part.")
  c:argument("a", "A weight file, or a network: MODEL[:VARIANT][,weights=FILE][,engine=NAME].")
  c:argument("b", "The same.")
  c:flag("--run", "Run files too, layer by layer; their networks are told by sha256.")
  c:option("--photo", "A face to run on (default: a drawn gradient).")
  c:option("--tolerance", "Relative error of a layer that counts as parting."):default "1e-5"
    :convert(tonumber)
  p:command("identify", "Name the published checkpoint that a file is, or is nearest to.")
    :argument("file", "A weight file.")
end

-- ---- tensor by tensor ----

local function state_text(row)
  if row.state == "reordered" and row.order then
    return ("axes %s of a"):format(table.concat(row.order, " "))
  end
  return row.state == "reordered" and "the same numbers in another order" or row.state
end

local STATES = { "equal", "differs", "reordered", "other shape", "only in a", "only in b" }

local function compare_files(a, b)
  local files = {}
  for i, path in ipairs { a, b } do
    local file, text, code = loader.read(path)
    if not file then return nil, text, code end
    files[i] = compare.floats(file.tensors)
  end
  local counts = {}
  for _, row in ipairs(compare.tensors(files[1], files[2])) do
    counts[row.state] = (counts[row.state] or 0) + 1
    local name = row.a or row.b
    if row.a and row.b and row.b ~= row.a then name = row.a .. " = " .. row.b end
    print(("%-9s  %-9s  %-24s %-22s %s"):format(row.error and ("%.2e"):format(row.error) or "",
      row.max and ("%.2e"):format(row.max) or "", text_of.shape(row.shape or row.other_shape),
      state_text(row), name))
  end
  local summary = {}
  for _, state in ipairs(STATES) do
    if counts[state] then summary[#summary + 1] = ("%d %s"):format(counts[state], state) end
  end
  print("columns: ||a - b|| / ||b||, max |a - b|, shape, state, name")
  print("tensors: " .. table.concat(summary, ", "))
  return true
end

-- ---- layer by layer ----

-- "MODEL[:VARIANT][,weights=FILE][,engine=NAME]" or a file.
local function parse(operand)
  if lfs.attributes(operand, "mode") == "file" then return { weights = operand } end
  local spec, rest = operand:match "^([^,=]+)(.*)$"
  local run = { spec = spec }
  for key, value in (rest or ""):gmatch ",(%w+)=([^,]*)" do
    if key ~= "weights" and key ~= "engine" then
      return nil, ("%s: no field '%s'; there are engine, weights"):format(operand, key)
    end
    run[key] = value
  end
  if spec and models.find(spec) then return run end
  return nil, ("%s: neither a file nor a network (MODEL[:VARIANT][,weights=FILE]"
    .. "[,engine=NAME])"):format(operand)
end

local function gradient(width, height)
  local img = tensor.zeros({ height, width, 3 }, "u8")
  img:select(3, 1):copy((tensor.arange(0, width - 1) * 255 / (width - 1)):to "u8")
  img:select(3, 2):copy((tensor.arange(0, height - 1) * 255 / (height - 1)):to("u8")
    :reshape { height, 1 })
  return img
end

-- The names of all nodes, and what each computed of one image; or nil, text.
local function run_of(given, photo)
  local model, text, code = models.load(given.spec,
    { weights = given.weights, engine = given.engine, batch = 1 })
  if not model then return nil, text, code end
  local names = {}
  for _, node in ipairs(model.graph:nodes()) do
    if node.layer ~= "input" then names[#names + 1] = node.name end
  end
  local img = photo or gradient(model.input.width, model.input.height)
  local g <close> = assert(model:weighted())
  local net <close> = g:compile { batch = 1, engine = given.engine, taps = names }
  local results = table.pack(net:run(model:prepare(img):unsqueeze(1)))
  model:close()
  return { names = names, taps = results[results.n] }
end

local function print_layers(rows, first, tolerance)
  for i, row in ipairs(rows) do
    print(("%-9s  %-9s  %-20s %s%s"):format(row.error and ("%.2e"):format(row.error) or "shape",
      row.max and ("%.2e"):format(row.max) or "", text_of.shape(row.shape), row.name,
      i == first and "   <- they part here" or ""))
  end
  print("columns: ||a - b|| / ||b||, max |a - b| / max |b|, shape, layer")
  if #rows == 0 then
    print "layers: none has the same name in both"
  elseif first then
    print(("layers: they part at %s, %d of %d"):format(rows[first].name, first, #rows))
  else
    print(("layers: all %d within %g"):format(#rows, tolerance))
  end
end

local function compare_runs(a, b, options)
  local photo, text, code
  if options.photo then
    photo, text, code = image.load(options.photo)
    if not photo then return nil, text, code end
  end
  local x, y
  x, text, code = run_of(a, photo)
  if not x then return nil, text, code end
  y, text, code = run_of(b, photo)
  if not y then return nil, text, code end
  local rows, first = compare.layers(x.names, x.taps, y.taps, options.tolerance)
  print_layers(rows, first, options.tolerance)
  return true
end

--- The action compare: files tensor by tensor, anything else layer by layer.
-- @tparam table options of the command line
-- @treturn boolean true, or nil, text, code; code "ARGUMENT" for a wrong operand
function parted.compare(options)
  local a, text = parse(options.a)
  if not a then return nil, text, "ARGUMENT" end
  local b, why = parse(options.b)
  if not b then return nil, why, "ARGUMENT" end
  if a.spec or b.spec or options.run or options.photo then return compare_runs(a, b, options) end
  return compare_files(a.weights, b.weights)
end

--- The action identify.
-- @tparam table options of the command line
-- @treturn boolean true, or nil, text, code
function parted.identify(options)
  local found, text, code = weights.identify(options.file)
  if not found then return nil, text, code end
  local file
  file, text, code = loader.read(options.file)
  if not file then return nil, text, code end
  print(("%s: %s, %d tensors, sha256 %s"):format(options.file, file.format, #file.order,
    found.sha256))
  if found.known then
    print(("it is %s, for %s:%s"):format(found.entry.name, found.entry.model, found.entry.variant))
  else
    print "its sha256 is not known"
  end
  for i, row in ipairs(nearest.networks(file.tensors)) do
    if i > 3 then break end
    print(("holds %d of %d tensors of %s, by name and shape"):format(row.found, row.wanted,
      row.spec))
  end
  for i, row in ipairs(nearest.files(file.tensors, options.file)) do
    if i > 3 then break end
    print(("%.1f %% of its numbers are those of %s (%s)"):format(100 * row.share, row.name,
      row.path))
  end
  return true
end

return parted
