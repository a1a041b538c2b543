--- Logistic regression of genuine against impostor scores, which calibrates one
-- system's scores or fuses those of several into log likelihood ratios.
--
-- With s = b + w . x and the prior p of a genuine comparison it minimises
--   p mean ln(1 + e^-(s + logit p)) over genuine
--   + (1 - p) mean ln(1 + e^(s + logit p)) over impostors + ridge |w|^2 / 2
-- (Brümmer and du Preez 2006), so that s is a natural-log likelihood ratio for any
-- prior. p = 0.5 minimises Cllr.
local tensor = require "visage.tensor"

local logistic = {}

local MOST_STEPS = 100
-- A step smaller than this, of weights of standardised scores, is the last: the
-- next would be its square.
local SMALL = 1e-8
-- What is left of a number after subtractions, in its own size, is taken for 0
-- below this.
local ROUNDING = 1e-12

-- Rows of scores with the class of each: x (N, D), sign (N) 1 for genuine, -1 for
-- impostor, weight (N), the log odds of the prior.
local function problem(genuine, impostor, prior)
  local g, i = #genuine, #impostor
  local sign, weight = tensor.ones({ g + i }, "f64"), tensor.zeros({ g + i }, "f64")
  sign:narrow(1, g + 1, i):fill(-1)
  weight:narrow(1, 1, g):fill(prior / g)
  weight:narrow(1, g + 1, i):fill((1 - prior) / i)
  return {
    x = tensor.cat({ genuine, impostor }, 1), sign = sign, weight = weight,
    odds = math.log(prior / (1 - prior)),
  }
end

-- The columns moved and scaled to mean 0 and deviation 1, and one of ones; nil
-- where one does not vary.
local function standardised(x)
  local mean, scale = x:mean(1, true), x:var(1, true):sqrt()
  if x:max(1):eq(x:min(1)):max() == 1 then return nil end
  return tensor.cat({ (x - mean) / scale, tensor.ones({ #x, 1 }, "f64") }, 2), mean, scale
end

-- ln(1 + e^-m), which overflows for no m.
local function softplus(m)
  return ((m:abs() * -1):exp() + 1):log() - m:clamp(nil, 0)
end

-- The solution of a x = y (D, D), symmetric and positive definite: by elimination
-- without exchanging rows. nil where a is not, but for rounding.
local function solve(a, y)
  local n, least = #y, {}
  for k = 1, n do least[k] = ROUNDING * a[k][k] end
  for k = 1, n do
    if a[k][k] <= least[k] then return nil end
    for i = k + 1, n do
      local factor = a[i][k] / a[k][k]
      for j = k, n do a[i][j] = a[i][j] - factor * a[k][j] end
      y[i] = y[i] - factor * y[k]
    end
  end
  for k = n, 1, -1 do
    for j = k + 1, n do y[k] = y[k] - a[k][j] * y[j] end
    y[k] = y[k] / a[k][k]
  end
  return y
end

-- How far on its side of the prior each comparison is.
local function margins(p, w)
  return p.sign * (p.z:matmul(w:unsqueeze(2)):squeeze(2) + p.odds)
end

local function loss(p, w)
  return (p.weight * softplus(margins(p, w))):sum() + 0.5 * (p.ridge * w * w):sum()
end

-- Newton's step from w; nil where no finite one is to be had.
local function newton(p, w)
  local miss = 1 / (margins(p, w):exp() + 1)
  local slope = p.ridge * w - (p.weight * p.sign * miss):unsqueeze(1):matmul(p.z):squeeze(1)
  local bend = (p.z * (p.weight * miss * (1 - miss)):unsqueeze(2)):transpose(1, 2):matmul(p.z)
  local rows = bend:totable()
  for k, ridge in ipairs(p.ridge:totable()) do rows[k][k] = rows[k][k] + ridge end
  local step = solve(rows, slope:totable())
  return step and tensor.from(step, "f64")
end

-- Damped Newton: the step is halved until the loss does not grow. Where classes
-- do not overlap the loss falls for ever and the steps do not become small.
local function minimise(p)
  local w = tensor.zeros({ p.z:size(2) }, "f64")
  local now = loss(p, w)
  for _ = 1, MOST_STEPS do
    local step = newton(p, w)
    if not step then return nil end
    if step:abs():max() < SMALL then return w - step end
    local ahead, there
    local share = 1
    repeat
      ahead = w - step * share
      there = loss(p, ahead)
      share = share / 2
    until there <= now or share < 1e-6
    w, now = ahead, there
  end
  return nil
end

--- Weights and offset of the minimum.
-- @tparam core.tensor genuine (G, D) f64, finite
-- @tparam core.tensor impostor (I, D)
-- @tparam number prior of a genuine comparison, more than 0 and less than 1
-- @tparam number ridge 0 or more
-- @treturn {number,...} D weights
-- @treturn number offset
-- @return or nil, text where there is none: the classes do not overlap, a system's
-- scores are all the same or follow from the others'
function logistic.fit(genuine, impostor, prior, ridge)
  local p = problem(genuine, impostor, prior)
  local mean, scale
  p.z, mean, scale = standardised(p.x)
  if not p.z then return nil, "all scores of a system are the same" end
  p.ridge = tensor.zeros({ p.z:size(2) }, "f64")
  p.ridge:narrow(1, 1, #p.ridge - 1):copy(ridge / (scale * scale):squeeze(1))
  local w = minimise(p)
  if not w then
    return nil, "no finite weights: genuine and impostor scores do not overlap, or one system's "
      .. "scores follow from the others'; a ridge helps"
  end
  local weights = w:narrow(1, 1, #w - 1) / scale:squeeze(1)
  return weights:totable(), w[#w] - weights:dot(mean:squeeze(1))
end

return logistic
