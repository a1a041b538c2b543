--- Error versus reject for listed pairs: does leaving out the poorest photos lower the
-- share of one person's pairs that fail? Quality is what the list says of its photos, or
-- is measured of the faces that were found.
local face = require "visage.face"
local image = require "visage.image"
local normalise = require "visage.metrics.normalise"
local plot = require "visage.plot"

local pair_quality = {}

-- Of the last pairs no rate says much: a curve is drawn to this share, a table goes on.
local SHOWN = 0.5

-- Figures that are better the nearer they are to nought.
local ANGLES = { yaw = true, pitch = true, roll = true }

--- Adds --quality.
-- @tparam table parser argparse's
function pair_quality.options(parser)
  parser:option("--quality", "Error versus reject by a figure of the faces (the poorer of"
    .. " two): blur, box_side, eye_distance or score (the detector's), more is better; yaw,"
    .. " pitch, roll, less is better (by default the list's quality1 and quality2, if it"
    .. " has them)."):choices { "score", table.unpack(face.quality.columns) }
end

--- The quality of a photo, more is better.
-- @tparam table photo { path, face } as a source of embeddings leaves it: face is { box,
-- points, score, measured } or nil
-- @tparam string name of --quality
-- @tparam[opt] boolean exif turns the photo as its EXIF orientation says
-- @treturn number NaN where it has no face, or none of that figure
function pair_quality.of_photo(photo, name, exif)
  local found = photo.face
  if not found then return 0 / 0 end
  local value = name == "score" and found.score or found.measured and found.measured[name]
  if not value then
    local img = name == "blur" and image.load(photo.path, { exif = exif }) or nil
    value = (name ~= "blur" or img) and face.quality.of(img, found)[name] or 0 / 0
  end
  return ANGLES[name] and -math.abs(value) or value
end

-- The pairs' qualities by the photos of the run.
local function measured(run, photos, list)
  local values, out = {}, {}
  for i, photo in ipairs(photos) do
    values[i] = pair_quality.of_photo(photo, run.options.quality, run.options.exif)
  end
  for i, pair in ipairs(list) do
    local a, b = values[pair.places[1]], values[pair.places[2]]
    out[i] = (a ~= a or b ~= b) and 0 / 0 or math.min(a, b)
  end
  return out
end

--- Begins the table.
-- @tparam table run
-- @tparam {table,...} list pairs, with quality where the list has it
-- @treturn ?table for the functions below; nil where there is no quality
function pair_quality.new(run, list)
  local name = run.options.quality
  if not name and not list[1].quality then return nil end
  run:rule("quality", name or "the list's columns quality1 and quality2")
  return { series = {}, rows = run:table("error_versus_reject",
    { "model", "rejected", "frr", "least_quality" }).rows }
end

--- Records the curve of a source: FRR at its threshold over the share of one person's
-- pairs that is rejected.
-- @tparam table run
-- @tparam table state of new
-- @tparam table source { name, threshold = { at } }
-- @tparam {table,...} photos of the run
-- @tparam {table,...} list pairs
-- @tparam {number,...} scores one a pair
function pair_quality.record(run, state, source, photos, list, scores)
  local all = run.options.quality and run:timed("quality", measured, run, photos, list)
  local set, quality = { genuine = {}, impostor = {} }, {}
  for i, pair in ipairs(list) do
    if pair.same then
      table.insert(set.genuine, scores[i])
      table.insert(quality, all and all[i] or pair.quality)
    end
  end
  if not quality[1] then return end
  local found = normalise.error_versus_reject(set, quality, { threshold = source.threshold.at })
  for k = 1, #found.reject do
    table.insert(state.rows, { source.name, found.reject[k], found.rate[k], found.quality[k] })
  end
  local curve = { name = source.name, x = {}, y = {} }
  for k, share in ipairs(found.reject:totable()) do
    if share <= SHOWN then curve.x[k], curve.y[k] = share, found.rate[k] end
  end
  table.insert(state.series, curve)
  run:metric(source.name .. "/reject.area", found.area)
  run:metric(source.name .. "/reject.ideal", found.ideal)
  run:print("%s: FRR %.4f; mean %.4f while up to a fifth of the pairs is rejected by quality"
    .. " (%.4f is the least possible)", source.name, found.rate[1], found.area, found.ideal)
end

--- Draws the curves of all sources.
-- @tparam table run
-- @tparam table state of new
function pair_quality.finish(run, state)
  if not state.series[1] then return end
  run:plot("error_versus_reject.png", plot.lines, {
    series = state.series, title = "error versus reject by " .. (run.options.quality or "quality"),
    x_title = "share of pairs rejected", y_title = "FRR at the threshold", x_low = 0, y_low = 0,
  })
end

return pair_quality
