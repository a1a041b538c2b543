--- Genuine and impostor scores of labelled embeddings, and what a list of
-- scores looks like.
local arguments = require "visage.metrics.arguments"
local similarity = require "visage.metrics.similarity"

local pair = {}

local MATRIX = {
  cosine = similarity.cosine_matrix, euclidean = similarity.euclidean_matrix,
}

--- Scores of all pairs i < j, split by whether their labels are equal.
-- @tparam core.tensor embeddings (N, D)
-- @tparam {any,...} labels N of them
-- @tparam[opt="cosine"] string distance "cosine" (similarities) or "euclidean"
-- @treturn {number,...} genuine
-- @treturn {number,...} impostor
function pair.scores(embeddings, labels, distance)
  local matrix = MATRIX[distance or "cosine"]
  if not matrix then
    error(("pairs: no distance is called '%s'"):format(distance), 2)
  end
  if #labels ~= #embeddings then
    error(("pairs: %d labels for %d embeddings"):format(#labels, #embeddings), 2)
  end
  local scores = matrix(embeddings, embeddings):totable()
  local genuine, impostor = {}, {}
  for i = 1, #labels do
    for j = i + 1, #labels do
      local list = labels[i] == labels[j] and genuine or impostor
      list[#list + 1] = scores[i][j]
    end
  end
  return genuine, impostor
end

--- The value below which a share of the sorted numbers lies, interpolated
-- between neighbours (Hyndman and Fan's type 7, numpy's default).
-- @tparam {number,...} sorted ascending, not empty
-- @tparam number share 0 to 1
-- @treturn number
function pair.quantile(sorted, share)
  if #sorted == 0 then error("quantile: no numbers", 2) end
  local at = share * (#sorted - 1) + 1
  local low = math.floor(at)
  local high = math.min(low + 1, #sorted)
  return sorted[low] + (at - low) * (sorted[high] - sorted[low])
end

--- Count, mean, standard deviation (divided by n - 1) and quantiles.
-- @tparam {number,...} list left as it is
-- @treturn table {n, mean, sd, min, q025, q25, median, q75, q975, max}; all but
-- n nil for an empty list, sd nil for one number
-- @usage pairs.summary { 1, 2, 3, 4 }.median --> 2.5
function pair.summary(list)
  local n = #list
  if n == 0 then return { n = 0 } end
  local sorted = table.move(list, 1, n, 1, {})
  table.sort(sorted)
  local sum, squares = 0, 0
  for _, value in ipairs(sorted) do sum = sum + value end
  local mean = sum / n
  for _, value in ipairs(sorted) do squares = squares + (value - mean) ^ 2 end
  return {
    n = n, mean = mean, sd = n > 1 and math.sqrt(squares / (n - 1)) or nil,
    min = sorted[1], max = sorted[n], median = pair.quantile(sorted, 0.5),
    q025 = pair.quantile(sorted, 0.025), q25 = pair.quantile(sorted, 0.25),
    q75 = pair.quantile(sorted, 0.75), q975 = pair.quantile(sorted, 0.975),
  }
end

return arguments.checked(pair, {
  scores = "matrix labels text?",
  quantile = "numbers share",
  summary = "numbers",
})
