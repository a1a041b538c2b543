--- Limited-memory BFGS (Nocedal 1980; Nocedal and Wright 2006, algorithm 7.4) for
-- smooth functions of a vector, such as the losses of linear classifiers. The line
-- search halves the step until Armijo's condition holds, which is enough where the
-- function is convex; others may stop early.
local lbfgs = {}

-- Steps that are remembered.
local MEMORY = 10
-- The share of the promised fall that a step must bring (Armijo's constant).
local ARMIJO = 1e-4
local MOST_HALVINGS = 40
-- Near the minimum a fall is lost in the rounding of the sums.
local ROUNDING = 1e-14

-- The two loops: an inverse Hessian of the remembered steps times the gradient.
local function direction(memory, gradient)
  local q, shares, newest = gradient, {}, memory[#memory]
  for k = #memory, 1, -1 do
    shares[k] = memory[k].step:dot(q) / memory[k].bend
    q = q - memory[k].change * shares[k]
  end
  if newest then q = q * (newest.bend / newest.change:dot(newest.change)) end
  for k, one in ipairs(memory) do
    q = q + one.step * (shares[k] - one.change:dot(q) / one.bend)
  end
  return -q
end

-- The first of 1, 1/2, 1/4, ... of the way that falls enough; nil where none does.
local function search(value, x, at, way, first)
  local slope, share = at.gradient:dot(way), first
  if slope ~= slope or slope >= 0 then return nil end
  for _ = 1, MOST_HALVINGS do
    local next_x = x + way * share
    local there, gradient = value(next_x)
    local room = ROUNDING * (1 + math.abs(at.value))
    if there <= at.value + ARMIJO * share * slope + room then
      return next_x, { value = there, gradient = gradient }
    end
    share = share / 2
  end
end

local function remember(memory, step, change)
  local bend = step:dot(change)
  -- Without curvature there is nothing to learn from the step.
  if bend ~= bend or bend <= 0 then return end
  memory[#memory + 1] = { step = step, change = change, bend = bend }
  if #memory > MEMORY then table.remove(memory, 1) end
end

--- Goes down from x.
-- @tparam function value x -> the function's value and its gradient (N) there
-- @tparam core.tensor x (N) f64; stays as it is
-- @tparam table options steps (200 at most); tolerance (1e-6): done where no
-- element of the gradient is larger; on_step: called with the step's number, its x
-- and the value there
-- @treturn core.tensor (N) where it ended
-- @treturn table { value, steps, converged: whether the tolerance was reached }
function lbfgs.minimise(value, x, options)
  local tolerance, memory, steps = options.tolerance or 1e-6, {}, 0
  local at = {}
  at.value, at.gradient = value(x)
  local function done() return at.gradient:norm(math.huge) <= tolerance end
  while not done() and steps < (options.steps or 200) do
    local first = memory[1] and 1 or math.min(1, 1 / at.gradient:norm())
    local next_x, there = search(value, x, at, direction(memory, at.gradient), first)
    if not next_x then break end
    remember(memory, next_x - x, there.gradient - at.gradient)
    x, at, steps = next_x, there, steps + 1
    if options.on_step then options.on_step(steps, x, at.value) end
  end
  return x, { value = at.value, steps = steps, converged = done() }
end

return lbfgs
