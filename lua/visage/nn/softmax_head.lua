--- A softmax layer trained on features that stay as they are: multinomial logistic
-- regression, the last layer of a network whose trunk is frozen.
--
-- With z = W x + b it minimises
--   the mean of ln(sum of e^z) - z[truth] over the rows + decay |W|^2 / 2,
-- b left alone, by L-BFGS or by stochastic gradient descent with momentum. (This
-- decay is 1 / (C N) of scikit-learn's LogisticRegression, and the weight_decay of
-- PyTorch's SGD.) Features may be standardised for the training; the layer that
-- comes out takes them as they are.
--
--     local head, report = softmax_head.train(features, { "a", "b", "a", ... }, { decay = 1e-3 })
--     softmax_head.probabilities(head, others)
--     assert(softmax_head.save(head, "head.safetensors"))  -- and head.csv, the names
local csv = require "visage.data.csv"
local lbfgs = require "visage.nn.lbfgs"
local loader = require "visage.loader"
local named = require "visage.options"
local nn = require "visage.nn"
local system = require "visage.system"
local tensor = require "visage.tensor"

local softmax_head = {}

-- Rows that are looked at together: memory does not grow with their number.
local CHUNK = 1024

local OPTIONS = {
  classes = true, method = true, decay = true, standardise = true, steps = true,
  tolerance = true, epochs = true, rate = true, momentum = true, batch = true,
  generator = true, on_step = true,
}

local function chunks(n)
  local first = 1 - CHUNK
  return function()
    first = first + CHUNK
    if first <= n then return first, math.min(CHUNK, n - first + 1) end
  end
end

-- The sorted labels, unless they are given.
local function classes_of(labels, given)
  local classes, place = given or {}, {}
  if not given then
    for _, label in ipairs(labels) do
      if not place[label] then classes[#classes + 1] = label end
      place[label] = true
    end
    table.sort(classes)
  end
  for c, class in ipairs(classes) do place[class] = c end
  return classes, place
end

-- Places of the labels among the classes.
local function places_of(name, labels, place)
  local places = {}
  for i, label in ipairs(labels) do
    places[i] = place[label]
    if not math.tointeger(places[i]) then
      error(("%s: row %d is of '%s', which is no class"):format(name, i, tostring(label)), 4)
    end
  end
  return places
end

local function check(name, features, labels)
  if features:dims() ~= 2 or #features ~= #labels then
    error(("%s: features of %s for %d labels, wants a row for each"):format(name,
      table.concat(features:shape(), " x "), #labels), 3)
  end
  for i, sum in ipairs(features:sum(2):totable()) do
    if sum - sum ~= 0 then
      error(("%s: row %d of the features is not finite"):format(name, i), 3)
    end
  end
end

-- What is taken from each feature and what it is divided by, (1, D) each.
local function scaling(features, standardise)
  local d = features:size(2)
  local mean, scale = tensor.zeros({ 1, d }, "f64"), tensor.ones({ 1, d }, "f64")
  if not standardise then return mean, scale end
  mean:copy(features:mean(1, true))
  scale:copy(features:var(1, true):to "f64":sqrt())
  -- A feature that never changes, as of a dead unit, stays 0.
  local still = features:max(1):eq(features:min(1))
  for c, flag in ipairs(still:totable()) do
    if flag == 1 then scale:set(1, 1, c) end
  end
  return mean, scale
end

-- Rows as the training sees them, with a one for the offset behind.
local function prepared(p, rows)
  return tensor.cat({ (rows:to "f64" - p.mean) / p.scale,
    tensor.ones({ #rows, 1 }, "f64") }, 2)
end

local function one_hot(places, classes)
  local truth = tensor.zeros({ #places, classes }, "f64")
  for i, place in ipairs(places) do truth:set(1, i, place) end
  return truth
end

-- Sums over rows x (n, D + 1) of the cross-entropy and of its gradient by theta
-- (C, D + 1), which holds W and, last, b.
local function cross_entropy(x, places, theta)
  local z = x:matmul(theta:transpose(1, 2))
  local top = z:max(2, true)
  local e, truth = (z - top):exp(), one_hot(places, #theta)
  local total = e:sum(2, true)
  local loss = (total:log() + top - (z * truth):sum(2, true)):sum()
  return loss, (e / total - truth):transpose(1, 2):matmul(x)
end

-- The decay's part in the gradient: nothing for the offsets.
local function decayed(p, theta)
  return theta * p.decay
end

-- The mean cross-entropy of all rows at theta, with the decay, and the gradient.
local function objective(p, theta)
  local loss, gradient = 0, decayed(p, theta)
  local penalty = (gradient * theta):sum() / 2
  for first, count in chunks(#p.features) do
    local one, slope = cross_entropy(prepared(p, p.features:narrow(1, first, count)),
      table.move(p.places, first, first + count - 1, 1, {}), theta)
    loss, gradient = loss + one / #p.features, gradient + slope / #p.features
  end
  return loss + penalty, gradient, loss
end

-- The layer for features as they are.
local function head_of(p, theta)
  local d = theta:size(2) - 1
  local scaled = theta:narrow(2, 1, d)
  local weight = scaled / p.scale
  return {
    classes = p.classes, weight = weight,
    bias = theta:select(2, d + 1) - (weight * p.mean):sum(2),
  }
end

local methods = {}

function methods.lbfgs(p, theta, o)
  local shape, losses, last = theta:shape(), {}, nil
  local x, report = lbfgs.minimise(function(x)
    local value, gradient, loss = objective(p, x:reshape(shape))
    last = loss
    return value, gradient:reshape { -1 }
  end, theta:reshape { -1 }, {
    steps = o.steps, tolerance = o.tolerance,
    on_step = function(step, now)
      losses[step] = last
      o.on_step(step, last, function() return head_of(p, now:reshape(shape)) end)
    end,
  })
  return x:reshape(shape), { losses = losses, steps = report.steps, converged = report.converged }
end

-- Some rows of a matrix, in the order of the list.
local function picked(features, list)
  local rows = {}
  for i, row in ipairs(list) do rows[i] = features[row] end
  return tensor.stack(rows, 1)
end

-- One pass over the rows; theta and velocity change in place. Gives the mean
-- cross-entropy that the batches had.
local function epoch_of(p, theta, velocity, order, o)
  local n, loss = #order, 0
  for first = 1, n, o.batch do
    local list = table.move(order, first, math.min(first + o.batch - 1, n), 1, {})
    local places = {}
    for i, row in ipairs(list) do places[i] = p.places[row] end
    local one, slope = cross_entropy(prepared(p, picked(p.features, list)), places, theta)
    velocity:copy(velocity * o.momentum + slope / #list + decayed(p, theta))
    theta:copy(theta - velocity * o.rate)
    loss = loss + one / n
  end
  return loss
end

-- As PyTorch's SGD: v = momentum v + gradient, theta = theta - rate v.
function methods.sgd(p, theta, o)
  local velocity, losses, order = tensor.zeros(theta:shape(), "f64"), {}, {}
  for i = 1, #p.places do order[i] = i end
  for epoch = 1, o.epochs do
    if o.generator then o.generator:shuffle(order) end
    losses[epoch] = epoch_of(p, theta, velocity, order, o)
    if losses[epoch] ~= losses[epoch] then
      error(("train: the loss is not a number in epoch %d; a smaller rate helps"):format(epoch), 0)
    end
    o.on_step(epoch, losses[epoch], function() return head_of(p, theta) end)
  end
  return theta, { losses = losses, steps = o.epochs }
end

-- The options with their defaults.
local function options_of(given)
  named.check("softmax_head.train", given, OPTIONS)
  local o = {
    method = "lbfgs", decay = 1e-3, standardise = true, epochs = 50, rate = 0.1,
    momentum = 0.9, batch = 32, on_step = function() end,
  }
  for key, value in pairs(given or {}) do o[key] = value end
  if not methods[o.method] then
    error(("softmax_head.train: there is no method '%s'; there are %s"):format(
      tostring(o.method), named.names(methods)), 3)
  end
  return o
end

-- Every class must have been seen, or nothing is learnt of it.
local function check_classes(classes, places)
  local seen = {}
  for _, place in ipairs(places) do seen[place] = true end
  if #classes < 2 then
    error(("softmax_head.train: %d class, wants 2 or more"):format(#classes), 3)
  end
  for c, class in ipairs(classes) do
    if not seen[c] then
      error(("softmax_head.train: no row is of class '%s'"):format(class), 3)
    end
  end
end

--- Trains a layer, from zeros.
-- @tparam core.tensor features (N, D), finite
-- @tparam {string,...} labels the class of each row
-- @tparam[opt] table options method "lbfgs" (at most 200 `steps`, until no element
-- of the gradient is above `tolerance`, 1e-6) or "sgd" (`epochs` 50, `rate` 0.1,
-- `momentum` 0.9, `batch` 32, shuffled where there is a `generator`); decay (1e-3);
-- standardise (true): by the rows' means and deviations; classes: their order (by
-- default sorted); on_step(number, loss, head): after a step or epoch, head() being
-- the layer as it is then
-- @treturn table head { weight (C, D), bias (C), classes }, f64, for features as given
-- @treturn table { losses: the mean cross-entropy after each step, for sgd that of
-- the epoch's batches before their steps; steps; converged (lbfgs) }
function softmax_head.train(features, labels, options)
  local o = options_of(options)
  check("softmax_head.train", features, labels)
  local classes, place = classes_of(labels, o.classes)
  local p = { features = features, classes = classes, decay = nil }
  p.places = places_of("softmax_head.train", labels, place)
  check_classes(classes, p.places)
  p.mean, p.scale = scaling(features, o.standardise)
  p.decay = tensor.full({ 1, features:size(2) + 1 }, o.decay, "f64")
  p.decay:set(0, 1, features:size(2) + 1)
  local theta, report = methods[o.method](p,
    tensor.zeros({ #classes, features:size(2) + 1 }, "f64"), o)
  return head_of(p, theta), report
end

-- Calls visit(first, z) with the values before the softmax of some rows at a time.
local function each_chunk(head, features, visit)
  for first, count in chunks(#features) do
    local x = features:narrow(1, first, count):to "f64"
    visit(first, x:matmul(head.weight:transpose(1, 2)) + head.bias)
  end
end

--- The probability of each class.
-- @tparam table head
-- @tparam core.tensor features (N, D)
-- @treturn core.tensor (N, C) f64
function softmax_head.probabilities(head, features)
  local parts = { tensor.zeros({ 0, #head.classes }, "f64") }
  each_chunk(head, features, function(_, z)
    local e = (z - z:max(2, true)):exp()
    parts[#parts + 1] = e / e:sum(2, true)
  end)
  return tensor.cat(parts, 1)
end

--- The mean cross-entropy, without decay.
-- @tparam table head
-- @tparam core.tensor features (N, D)
-- @tparam {string,...} labels
-- @treturn number NaN of no rows
function softmax_head.loss(head, features, labels)
  check("softmax_head.loss", features, labels)
  local _, place = classes_of(labels, head.classes)
  local places, sum = places_of("softmax_head.loss", labels, place), 0
  each_chunk(head, features, function(first, z)
    local top = z:max(2, true)
    local truth = one_hot(table.move(places, first, first + #z - 1, 1, {}), #head.classes)
    sum = sum + ((z - top):exp():sum(2, true):log() + top - (z * truth):sum(2, true)):sum()
  end)
  return sum / #labels
end

--- The layer as a network: rows of features to probabilities, to be compiled or
-- exported.
-- @tparam table head
-- @treturn core.graph its nodes: features, classifier, probabilities
function softmax_head.graph(head)
  local g = nn.graph { name = "softmax_head" }
  local x = g:input { "features", features = head.weight:size(2) }
  x = g:linear(x, { name = "classifier", out = #head.classes })
  g:output(g:softmax(x, { name = "probabilities" }))
  g:set("classifier", "weight", head.weight:to "f32")
  g:set("classifier", "bias", head.bias:to "f32")
  return g
end

local function names_path(path) return (path:gsub("%.%w+$", "") .. ".csv") end

--- Saves a layer: classifier.weight (C, D) and classifier.bias (C), f32, and beside
-- the file, with the extension .csv, the classes' names in their order.
-- @tparam table head with `features`, what it was trained on, if that is to be kept
-- @tparam string path .safetensors, .npz or .h5
-- @treturn boolean true, or nil, text, code
function softmax_head.save(head, path)
  local rows = {}
  for c, class in ipairs(head.classes) do rows[c] = { class, head.features } end
  local ok, text, code = system.write_file(names_path(path),
    csv.format({ "class", head.features and "features" }, rows))
  if not ok then return nil, text, code end
  return softmax_head.graph(head):save(path)
end

--- Loads a layer.
-- @tparam string path of softmax_head.save
-- @treturn table head, with `features` where they were kept; or nil, text, code
function softmax_head.load(path)
  local file, text, code = loader.read(path)
  if not file then return nil, text, code end
  local weight, bias = file.tensors["classifier.weight"], file.tensors["classifier.bias"]
  if not (weight and bias) or weight:dims() ~= 2 or bias:dims() ~= 1 or #bias ~= #weight then
    return nil, path .. ": not a softmax layer: wants classifier.weight (C, D) and"
      .. " classifier.bias (C)", "FORMAT"
  end
  local lines, why, kind = csv.read(names_path(path), { keep_space = true })
  if not lines then return nil, why, kind end
  local classes = {}
  for c, line in ipairs(lines) do classes[c] = line.class end
  if #classes ~= #weight then
    return nil, ("%s: %d names in its column class, the layer has %d classes"):format(
      names_path(path), #classes, #weight), "FORMAT"
  end
  return { weight = weight:to "f64", bias = bias:to "f64", classes = classes,
    features = lines[1] and lines[1].features }
end

return softmax_head
