--- The work "search": cosines of all probes with all of a gallery, and the best ten of
-- each probe; beside OpenBLAS's matrix product alone, in numpy. visage reads the gallery
-- from its file, block by block; numpy has it in memory.
local loader = require "visage.loader"
local tensor = require "visage.tensor"

local search = {
  --- Families without which a ratio does not count.
  families = { "sgemm" },
}

local PROBES, DIMENSION, BEST, BLOCK = 10000, 2048, 10, 4096

-- Cosines are sums of 2,048 products in f32.
local MOST = 1e-4

local function check(ours, theirs)
  local a, b = assert(tensor.load(ours)), assert(tensor.load(theirs))
  if table.concat(a:shape(), ",") ~= table.concat(b:shape(), ",") then
    return nil, ("its best are %s, not %s"):format(table.concat(b:shape(), "x"),
      table.concat(a:shape(), "x"))
  end
  local far = (b:to "f64" - a:to "f64"):norm() / a:to "f64":norm()
  if far ~= far or far > MOST then return far, "its scores are not ours" end
  return far
end

local function rows(random, count, dimension)
  local x = random:randn { count, dimension }
  return x / x:norm(2, 2, true)
end

--- The works that the options ask for.
-- @tparam table o threads (a list); gallery: how many embeddings; probes, dimension: of
-- smaller searches; seed
-- @tparam string folder for the embeddings
-- @treturn function for a generic for: the next work, as in works/network.lua
function search.works(o, folder)
  return coroutine.wrap(function()
    local random, gallery = tensor.generator(o.seed), o.gallery
    local probes, dimension = o.probes or PROBES, o.dimension or DIMENSION
    local paths = { probes = folder .. "/probes.npy", gallery = folder .. "/gallery.npy" }
    assert(loader.write(paths.probes, rows(random, probes, dimension):to "f32"))
    assert(loader.write(paths.gallery, rows(random, gallery, dimension):to "f32"))
    for _, threads in ipairs(o.threads) do
      coroutine.yield {
        kind = "search", model = "cosine", unit = "comparisons", units = probes * gallery,
        case = ("%dx%d_in_%d_t%d"):format(probes, dimension, gallery, threads),
        families = search.families, check = check,
        job = {
          work = "search", probes = paths.probes, gallery = paths.gallery, best = BEST,
          block = math.min(BLOCK, gallery), threads = threads, precision = "fp32",
        },
      }
    end
    os.remove(paths.probes)
    os.remove(paths.gallery)
  end)
end

return search
