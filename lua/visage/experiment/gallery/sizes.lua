--- How TPIR changes with the number of people enrolled, by drawing smaller galleries.
local identification = require "visage.metrics.identification"
local tensor = require "visage.tensor"

local sizes = {}

-- The sizes that a gallery of so many people has; others are named.
local function possible(run, wanted, gallery, people)
  local list = {}
  for _, size in ipairs(wanted) do
    if size <= people then
      list[#list + 1] = size
    else
      run:say("--sizes %d: gallery %d has %d people", size, gallery, people)
    end
  end
  return list
end

--- TPIR at FPIRs of galleries of some sizes, ten drawn of each.
-- @tparam table run
-- @tparam {table,...} list searches of each gallery, with `names` of its people
-- @tparam {string,...} labels whose each probe is
-- @tparam table options sizes, fpirs, rank, rule of threshold_at_fpir
-- @treturn {table,...} rows { gallery, fpir, people, tpir, deviation, draws }
-- @treturn {table,...} series of plot.lines, one for each gallery and FPIR
function sizes.record(run, list, labels, options)
  local rows, series = {}, {}
  for i, s in ipairs(list) do
    local there = possible(run, options.sizes, i, s.entries)
    for _, fpir in ipairs(options.fpirs) do
      local curve = { name = ("%sFPIR %g"):format(#list > 1 and ("gallery %d, "):format(i) or "",
        fpir), x = {}, y = {}, low = {}, high = {} }
      for k, one in ipairs(identification.by_size(s.matrix, labels, s.names, {
        sizes = there, ties = s.ties, generator = tensor.generator(run.options.seed),
        measure = function(part)
          return identification.threshold_at_fpir(part, fpir,
            { rank = options.rank, rule = options.rule }).tpir
        end,
      })) do
        rows[#rows + 1] = { i, fpir, one.size, one.mean, one.sd, #one.values }
        curve.x[k], curve.y[k] = one.size, one.mean
        curve.low[k] = math.max(0, one.mean - one.sd)
        curve.high[k] = math.min(1, one.mean + one.sd)
      end
      if curve.x[1] then series[#series + 1] = curve end
    end
  end
  return rows, series
end

return sizes
