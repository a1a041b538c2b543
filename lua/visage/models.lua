--- Networks by name: `models.load "resnet50:keras"` finds, loads and compiles
-- one and says how its input is made. A network is a file of models/;
-- its `variants` are data: a new checkpoint of a known network costs a table.
--
-- Fields of a variant: about, input {width, height, channels}, least (smallest
-- side without top), preprocess (options of image.to_tensor), resize (filter),
-- short (the shorter side of a face image before its middle is cut out; without
-- it the image is resized to the input, whatever its aspect),
-- align (a name of visage.face.align), feature (the embedding's node), mirror
-- ("join" or "sum": the embedding is made of f(x) and f(mirrored x)), distance ("cosine" or
-- "euclidean"), threshold, classes, labels, build (options of the builder), names
-- (for g:load), prefix (taken off the file's names), ignore (patterns of names
-- that are no weights), adapt (function of the file's tensors, for what no rule of
-- names says), top (patterns of the softmax head's names), head (the
-- same per feature), pooled_feature (what `pooling` pools, where there is a
-- head), weights (names in weights/manifest.lua, best first), weights_top,
-- weights_pooled, import (the graph is the file's own, there is no builder), seed
-- and synthetic (no file).

local labels = require "visage.models.labels"
local model_class = require "visage.models.model"
local named = require "visage.options"
local nn = require "visage.nn"
local source = require "visage.models.source"
local weights = require "visage.weights"

local models = { labels = labels }

-- In the order in which they are listed.
local modules = {
  { "resnet50", "visage.models.resnet50" },
  { "senet50", "visage.models.senet50" },
  { "vgg16", "visage.models.vgg16" },
  { "mobilefacenet", "visage.models.mobilefacenet" },
  { "inception-resnet-v1", "visage.models.inception_resnet_v1" },
  { "iresnet", "visage.models.iresnet" },
  { "dlib-resnet", "visage.models.dlib_resnet" },
  { "retail-0095", "visage.models.retail_0095" },
  { "mtcnn", "visage.models.mtcnn" },
  { "retinaface", "visage.models.retinaface" },
  { "tiny", "visage.models.tiny" },
}

local function network_of(name)
  for _, m in ipairs(modules) do
    if m[1] == name then return require(m[2]) end
  end
end

local function sorted_keys(t)
  local list = {}
  for key in pairs(t) do list[#list + 1] = key end
  table.sort(list)
  return list
end

-- The first of a variant's files that is here (not hashed); true without one.
local function installed(variant)
  if not variant.weights then return true end
  for _, name in ipairs(variant.weights) do
    local entries = weights.select(name)
    if entries and weights.locate(entries[1]) then return name end
  end
  return false
end

--- Every network and variant.
-- @treturn {table,...} {name, variant, kind ("embedding" or "detector"), about,
-- default, synthetic, weights (names in the manifest), installed (the first of
-- them whose file is here; true for a network without a file; false)}
function models.list()
  local list = {}
  for _, m in ipairs(modules) do
    local network = require(m[2])
    for _, name in ipairs(sorted_keys(network.variants)) do
      local variant = network.variants[name]
      list[#list + 1] = {
        name = m[1], variant = name, kind = network.kind or "embedding",
        about = variant.about, default = name == network.default,
        synthetic = variant.synthetic or false, weights = variant.weights or {},
        installed = installed(variant),
      }
    end
  end
  return list
end

local function network_names()
  local list = {}
  for i, m in ipairs(modules) do list[i] = m[1] end
  return table.concat(list, ", ")
end

--- The network and variant that "NAME" or "NAME:VARIANT" means.
-- @tparam string spec
-- @treturn table network, or nil, text, code
-- @treturn table variant
-- @treturn string the variant's name
function models.find(spec)
  local name, wanted = spec:match "^([^:]*):?(.*)$"
  local network = network_of(name)
  if not network then
    return nil, ("model %s: no such network; there are %s"):format(name, network_names()),
      "VALUE"
  end
  if wanted == "" then wanted = network.default end
  local variant = network.variants[wanted]
  if not variant then
    return nil, ("model %s: no variant %s; it has %s"):format(name, wanted,
      named.names(network.variants)), "VALUE"
  end
  return network, variant, wanted
end

-- The spec that a file's sha256 tells, when the caller names no network.
local function spec_of(options)
  if type(options.weights) ~= "string" then
    error("models.load: name a network, or a weight file that is known", 3)
  end
  local found, text, code = weights.resolve(options.weights)
  if not found then return nil, text, code end
  if not found.known then
    return nil, ("%s: unknown file (sha256 %s); say which network it is for: %s")
      :format(found.path, found.sha256, network_names()), "VALUE"
  end
  return found.entry.model .. ":" .. found.entry.variant
end

local OPTIONS = {
  weights = true, include_top = true, pooling = true, feature = true, width = true,
  height = true, classes = true, build = true, batch = true, device = true,
  engine = true, threads = true, precision = true, calibration = true, taps = true, short = true,
}

local poolings = { max = true, avg = true, none = true }

-- Misuse of the options, as keras_vggface/models.py checks its own.
local function check(variant, o)
  local function bad(format, ...)
    error(("model %s: "):format(o.name) .. format:format(...), 4)
  end
  if o.pooling and not poolings[o.pooling] then
    bad("pooling is max, avg or none, got %s", tostring(o.pooling))
  end
  if o.pooling and not (variant.pooling or variant.head) then
    bad("there is nothing in it to pool")
  end
  if o.feature ~= variant.feature and not variant.head then
    bad("its feature is %s, got %s; taps gives other nodes", variant.feature, o.feature)
  end
  if o.short and o.short < math.max(o.width, o.height) then
    bad("short is at least the input's %dx%d, got %g", o.width, o.height, o.short)
  end
  local least, want = variant.least, variant.input
  if o.include_top then
    if not variant.classes then bad("it has no softmax head") end
    if o.width ~= want.width or o.height ~= want.height then
      bad("with top the input is %dx%d, got %dx%d", want.width, want.height, o.width,
        o.height)
    end
  elseif variant.import and (o.width ~= want.width or o.height ~= want.height) then
    bad("the input is %dx%d, got %dx%d", want.width, want.height, o.width, o.height)
  elseif least and math.min(o.width, o.height) < least then
    bad("the input is at least %dx%d, got %dx%d", least, least, o.width, o.height)
  elseif variant.head and not o.pooling and not variant.head[o.feature] then
    bad("no feature %s", tostring(o.feature))
  end
end

-- Options of the builder: the caller's over the variant's.
local function build_options(network, variant, options)
  local o = { name = network.name }
  for _, from in ipairs { variant.build or {}, options.build or {} } do
    for k, v in pairs(from) do o[k] = v end
  end
  o.include_top = options.include_top or false
  for _, key in ipairs { "pooling", "feature", "classes", "short" } do
    o[key] = options[key] or variant[key]
  end
  o.width = options.width or variant.input.width
  o.height = options.height or variant.input.height
  return o
end

--- The graphs of a variant without weights, to look at.
-- @tparam string spec "NAME" or "NAME:VARIANT"
-- @treturn table part -> graph: a detector's parts; "" for a network of one
-- graph; none for one that is drawn or imported whole; or nil, text, code
function models.graphs(spec)
  local network, variant, name = models.find(spec)
  if not network then return nil, variant, name end
  local graphs = {}
  for _, part in ipairs(network.parts or {}) do graphs[part] = network.build { part = part } end
  if not network.parts and network.build and not variant.seed then
    graphs[""] = network.build(build_options(network, variant, {}))
  end
  return graphs
end

-- The manifest's names that can serve, best first, and the patterns of the
-- file's tensors that this graph has no node for.
local function wanted(variant, o)
  if o.include_top then return variant.weights_top, {} end
  if variant.head and not o.pooling then
    return variant.weights, variant.head[o.feature]
  end
  return variant.weights_pooled or variant.weights, variant.top
end

local function load_seeded(network, variant, o)
  local g = network.build(o)
  local loaded, text, code = g:load(network.draw(g, variant.seed))
  return loaded, text or {
    name = ("seed %d"):format(variant.seed), known = true, synthetic = true,
  }, code
end

-- Why a file is not for this network, or nil. A file that nobody registered is
-- taken at the caller's word, who must name the variant where there are several.
local function mismatch(network, variant, spec, from)
  local entry = from.entry
  if entry and (entry.model ~= network.name or network.variants[entry.variant] ~= variant) then
    return ("model %s: %s is for %s:%s"):format(spec, from.path, entry.model, entry.variant)
  end
  local variants = sorted_keys(network.variants)
  if not from.known and not spec:find(":", 1, true) and #variants > 1 then
    return ("model %s: %s is unknown; say which variant it is for: %s"):format(network.name,
      from.name or from.path, table.concat(variants, ", "))
  end
end

-- The graph that a file holds, and the source.
local function import_graph(o, from)
  local g, text, code = nn.import(from.path, { name = o.name })
  return g, g and from or text, code
end

-- The graph with its weights, and the source; or nil, text, code.
local function load_graph(network, variant, o, spec, given)
  if variant.seed and not given then return load_seeded(network, variant, o) end
  local names, skip = wanted(variant, o)
  local from, text, code = source.resolve(names or {}, given)
  if not from then return nil, text, code end
  local wrong = mismatch(network, variant, spec, from)
  if wrong then return nil, wrong, "VALUE" end
  if variant.import then return import_graph(o, from) end
  local tensors
  tensors, text, code = source.tensors(from, variant, skip)
  if not tensors then return nil, text, code end
  local g
  g, text, code = network.build(o):load(tensors, variant.names)
  if not g then return nil, ("model %s: %s"):format(o.name, text), code end
  return g, from
end

-- A function that loads a graph again as it was loaded from `from`.
local function loader_of(network, variant, o, spec, given, from)
  return function()
    local g, again, code = load_graph(network, variant, o, spec, given)
    if not g then return nil, again, code end
    if again.sha256 ~= from.sha256 then
      return nil, ("model %s: %s is not what was loaded before"):format(o.name, again.path),
        "FORMAT"
    end
    return g
  end
end

--- Finds, loads and compiles a network.
-- @tparam ?string spec "NAME" or "NAME:VARIANT"; nil: told by options.weights
-- @tparam[opt] table options weights: a path, a name of the manifest or a table
-- of tensors by the file's names; include_top; pooling "max", "avg" or "none";
-- feature; width, height; short; classes; build: fields over the variant's `build`;
-- batch (32), device, engine, threads, precision, taps: for the compiler; calibration,
-- for int8: a file of experiments/calibrate.lua (by default WEIGHTS.int8.json)
-- @treturn model (visage.models.model), or nil, text, code; the text of a
-- missing file says where it can be had and what is installed
function models.load(spec, options)
  options = named.check("models.load", options, OPTIONS)
  local text, code
  if not spec then
    spec, text, code = spec_of(options)
    if not spec then return nil, text, code end
  end
  local network, variant, variant_name = models.find(spec)
  if not network then return nil, variant, variant_name end
  if network.kind == "detector" then
    return nil, ("model %s: a detector; see visage.face"):format(network.name), "VALUE"
  end
  named.check("models.load, build", options.build, variant.build or {})
  local o = build_options(network, variant, options)
  check(variant, o)
  if variant.import and type(options.weights) == "table" then
    error(("model %s: its weights are a file"):format(o.name), 2)
  end
  local g, from, why = load_graph(network, variant, o, spec, options.weights)
  if not g then return nil, from, why end
  -- The file's own tensors, in another layout: gone before the engine packs its.
  collectgarbage()
  return model_class.new {
    name = network.name, variant = variant_name, data = variant, graph = g,
    load = loader_of(network, variant, o, spec, options.weights, from),
    built = o, source = from, compile = options,
  }
end

return models
