--- People, of whom some photos are enrolled and the others searched with: what the
-- identification experiments have in common. Whose faces, which photos, how they
-- are found, and the templates; the figures are visage.metrics.identification's.
local embeddings = require "visage.experiment.embeddings"
local experiment_options = require "visage.experiment.options"
local models = require "visage.models"
local people = require "visage.experiment.gallery.people"
local sizes = require "visage.experiment.gallery.sizes"
local subjects = require "visage.experiment.subjects"
local templates = require "visage.templates"
local tensor = require "visage.tensor"
local vggface2 = require "visage.data.vggface2"

local gallery = {
  --- The people that --data and --images mean; see visage.experiment.gallery.people.
  -- @function read
  read = people.read,

  --- The people of two folders.
  -- @function read_two
  read_two = people.read_two,

  --- TPIR at smaller galleries; see visage.experiment.gallery.sizes.
  -- @function by_size
  by_size = sizes.record,
}

local NAN = 0 / 0

-- Rules that need no more than embeddings.
local POOLING = {
  "mean", "mean_of_images", "vggface2", "insightface", "max_score", "mean_score",
}

local DETECTOR = "ipazc-0.1.1"

--- A converter for argparse: a whole number of photos or people, or a share of them.
-- @tparam string text
-- @treturn number 1, 2, ..., or a fraction; or nil, text
function gallery.amount(text)
  local n = tonumber(text)
  if n and math.tointeger(n) and n >= 1 then return math.tointeger(n) end
  if n and n > 0 and n < 1 then return n end
  return nil, ("'%s' is neither a whole number from 1 on nor a share between 0 and 1"):format(
    text)
end

--- The whole number that an amount is of n, for a share at least 1 and less than n.
-- @tparam number amount
-- @tparam integer n
-- @treturn integer
-- @usage gallery.count(0.5, 9) --> 5
function gallery.count(amount, n)
  if math.type(amount) == "integer" then return amount end
  return math.max(1, math.min(n - 1, math.floor(amount * n + 0.5)))
end

--- Adds the options of the split, of the templates and of the published boxes.
-- @tparam table parser argparse's
-- @tparam table defaults probes
function gallery.options(parser, defaults)
  parser:option("--probes", "Photos of a person that are searched with, drawn by --seed:"
    .. " a number or a share, 0.5; the others are enrolled."):argname("N|SHARE")
    :default(defaults.probes):convert(gallery.amount)
  parser:option("--enrol", "Enrol at most N of the others."):argname("N")
    :convert(experiment_options.whole(1))
  parser:option("--pooling", "How a person's enrolled photos become one template (by default"
    .. " mean_of_images; mean for networks that are made for distances)."):choices(POOLING)
  parser:option("--boxes", "CSV of published boxes, of which --crop (paper) cuts the faces:"
    .. " by default loose_bb_test.csv or loose_bb_train.csv where they are in --data and no"
    .. " network is aligned by points; else the detector, by default " .. DETECTOR .. ".")
    :argname("NAME")
end

local function joined(list, ...)
  local images = {}
  for _, person in ipairs(list) do
    for _, field in ipairs { ... } do
      local photos = person[field] or {}
      table.move(photos, 1, #photos, #images + 1, images)
    end
  end
  return images
end

--- All photos of some people, in order.
-- @tparam {table,...} list of people
-- @treturn {table,...} images
function gallery.images(list) return joined(list, "images") end

--- The photos that are enrolled or searched with.
-- @tparam {table,...} list of people of split
-- @treturn {table,...} images
function gallery.used(list) return joined(list, "enrolled", "probes") end

--- The photos that are searched with, and whose each is.
-- @tparam {table,...} list of people with `probes`
-- @treturn {string,...} names
-- @treturn {table,...} images
function gallery.probes(list)
  local images, names = joined(list, "probes"), {}
  for i, image in ipairs(images) do names[i] = image.subject end
  return names, images
end

--- Which photo has which row of a .npy: one for each photo that is there, of people who
-- are left out, too.
-- @tparam table run
-- @tparam {table,...} everyone images, whose `row` is set
-- @treturn function of the rows, for embeddings.sources
function gallery.number(run, everyone)
  return function(rows)
    if #rows ~= #everyone then
      return nil, ("%s: %d rows; there are %d photos"):format(run.options.embeddings, #rows,
        #everyone), "SHAPE"
    end
    for row, image in ipairs(everyone) do image.row = row end
    return true
  end
end

--- The sources of embeddings (visage.experiment.embeddings) of the photos that a run
-- uses, whose `place` becomes their row's number. A .npy file has a row for each photo
-- that is there, of people who are left out, too.
-- @tparam table run
-- @tparam {table,...} images
-- @tparam {table,...} everyone images of read
-- @treturn {table,...}
function gallery.sources(run, images, everyone)
  for place, image in ipairs(images) do image.place = place end
  return embeddings.sources(run, images, {
    pooling = run.options.pooling, number = gallery.number(run, everyone),
  })
end

--- Splits a list at random.
-- @tparam {any,...} list
-- @tparam integer n
-- @tparam core.generator generator
-- @treturn {any,...} n of it, in the list's order
-- @treturn {any,...} the others
function gallery.draw(list, n, generator)
  local chosen, taken, rest = {}, {}, {}
  local order = generator:permutation(#list)
  for i = 1, n do chosen[order[i]] = true end
  for i, one in ipairs(list) do
    local side = chosen[i] and taken or rest
    side[#side + 1] = one
  end
  return taken, rest
end

--- Divides people at random among galleries that are searched one by one.
-- @tparam table run
-- @tparam {table,...} list of people
-- @tparam integer n galleries
-- @treturn {{table,...},...} the people of each, as many as can be alike
function gallery.divide(run, list, n)
  if n > #list then
    error(("--galleries %d: %d people are enrolled"):format(n, #list), 0)
  end
  local rest, out = list, {}
  for i = 1, n do
    out[i], rest = gallery.draw(rest, (#list * i) // n - (#list * (i - 1)) // n, run.generator)
  end
  run:rule("galleries", n == 1 and "one" or ("%d, searched one by one, then averaged"):format(n))
  return out
end

--- Splits each person's photos into those searched with (`probes`) and those enrolled.
-- @tparam table run of which each person with too few photos is omitted
-- @tparam {table,...} list of people
-- @treturn {table,...} those with both
function gallery.split(run, list)
  local o, kept = run.options, {}
  for _, person in ipairs(list) do
    local n = #person.images
    local wanted = gallery.count(o.probes, n)
    local order, rest = gallery.draw(person.images, math.min(wanted, n), run.generator)
    if n < 2 or not rest[1] then
      run:omit(person.name, n < 2 and "1 photo; one to enrol and one to search with are wanted"
        or ("%d photos; with %d to search with none is left to enrol"):format(n, wanted))
    else
      if o.enrol then rest = gallery.draw(rest, math.min(o.enrol, #rest), run.generator) end
      person.probes, person.enrolled = order, rest
      kept[#kept + 1] = person
    end
  end
  run:rule("probes", math.type(o.probes) == "integer"
    and ("%d photos of each subject, drawn"):format(o.probes)
    or ("a share of %g of each subject's photos, drawn"):format(o.probes))
  run:rule("enrolled", o.enrol and ("at most %d of the others, drawn"):format(o.enrol)
    or "all others")
  run:rule("pooling", o.pooling or "mean_of_images; mean for networks made for distances")
  return kept
end

-- The published boxes' file, if there is one: --boxes, or that of the photos' folder.
local function boxes_file(run)
  local o = run.options
  if o.boxes then return assert(vggface2.find(o.data or ".", o.boxes)) end
  local folder = run.data.photos and run.data.photos:match "[^/]+$"
  return folder and (vggface2.find(o.data, ("loose_bb_%s.csv"):format(folder))) or nil
end

local function any_aligned(specs)
  for _, spec in ipairs(specs) do
    local _, variant = assert(models.find(spec))
    if variant.align then return true end
  end
  return false
end

--- Settles how faces are found, where photos are looked at: by published boxes, by the
-- detector, or not at all (--crop whole). To be called before `sources`.
-- @tparam table run
-- @tparam {table,...} list of people, whose images get their boxes
function gallery.find_faces(run, list)
  local o = run.options
  if o.embeddings or o.crop == "whole" then return end
  if o.boxes and o.detector and o.no_face ~= "published_box" then
    error("--boxes and --detector both say where the faces are; give one of them, or"
      .. " --no-face published_box", 0)
  end
  local boxes = boxes_file(run)
  if boxes then assert(subjects.add_boxes(list, boxes)) end
  if boxes and not o.detector and (o.boxes or not any_aligned(o.model)) then
    o.crop = o.crop or "paper"
    run:rule("faces", "published boxes, " .. boxes:match "[^/]+$")
  else
    o.detector = o.detector or DETECTOR
    o.crop = o.crop or "detector_box"
    run:rule("faces", "detector")
  end
end

--- The pooling rule of a source. The lengths of embeddings that are compared by
-- distance mean something, so they are kept.
-- @tparam table run
-- @tparam table source
-- @treturn string
function gallery.pooling(run, source)
  return run.options.pooling or source.score == "euclidean" and "mean" or "mean_of_images"
end

--- Embeddings of the images; rows of those that have none are NaN.
-- @tparam table source of embeddings.sources
-- @tparam {table,...} images those of sources
-- @treturn core.tensor (N, D)
-- @treturn table failed: why, by place
function gallery.embed(source, images)
  local rows, failed = source.embed(images)
  for place in pairs(failed) do rows[place]:fill(NAN) end
  return rows, failed
end

--- Rows of some images.
-- @tparam core.tensor rows of embed
-- @tparam {integer,...} places
-- @treturn core.tensor (#places, D)
function gallery.pick(rows, places)
  local out = tensor.zeros({ #places, rows:size(2) }, rows:dtype())
  for i, place in ipairs(places) do out[i] = rows[place] end
  return out
end

--- The places of images in the run's list.
-- @tparam {table,...} list of images with `place`
-- @tparam[opt] table failed by place; these are left out
-- @treturn {integer,...}
function gallery.places(list, failed)
  local places = {}
  for _, image in ipairs(list) do
    if not (failed and failed[image.place]) then places[#places + 1] = image.place end
  end
  return places
end

--- A template for each person from the enrolled photos that have an embedding.
-- @tparam string pooling rule of visage.templates
-- @tparam core.tensor rows of embed
-- @tparam table failed
-- @tparam {table,...} list of people
-- @treturn {core.tensor,...} false for a person without any
-- @treturn integer how many have none
function gallery.enrol(pooling, rows, failed, list)
  local made, without = {}, 0
  for i, person in ipairs(list) do
    local places = gallery.places(person.enrolled, failed)
    made[i] = places[1] and templates.pool(pooling, gallery.pick(rows, places)) or false
    if not made[i] then without = without + 1 end
  end
  return made, without
end

--- A row of a montage: a photo that was searched with, and some enrolled ones.
-- @tparam table source
-- @tparam string title
-- @tparam table probe image
-- @tparam {table,...} sides { images, mark }: of each the first `most`
-- @tparam integer most
-- @treturn table for visage.montage
function gallery.row(source, title, probe, sides, most)
  local cells = {}
  local function add(image, mark)
    cells[#cells + 1] = {
      image = source.picture(image), text = image.file:match "[^/]*$", mark = mark,
    }
  end
  add(probe, "bad")
  for _, side in ipairs(sides) do
    for i = 1, math.min(most, #side.images) do add(side.images[i], side.mark) end
  end
  return { title = title, cells = cells }
end

--- Draws rows of cells, unless no photo of them is there.
-- @tparam table run
-- @tparam string name of the picture
-- @tparam string title
-- @tparam {table,...} rows of visage.montage
function gallery.montage(run, name, title, rows)
  local any = false
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do any = any or cell.image ~= nil end
  end
  if any then run:montage(name, { title = title, rows = rows }) end
end

--- Names of people.
-- @tparam {table,...} list
-- @treturn {string,...}
function gallery.names(list)
  local names = {}
  for i, person in ipairs(list) do names[i] = person.name end
  return names
end

return gallery
