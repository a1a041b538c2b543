--- What bf16 and int8 change about recognition: real networks on all 4,950 pairs of 100
-- photos of ten people, calibrated on photos of others, which are not scored. Intervals are
-- of draws of the people.
local calibration = require "visage.models.calibration"
local face = require "visage.face"
local image = require "visage.image"
local intervals = require "visage.metrics.intervals"
local lfs = require "lfs"
local models = require "visage.models"
local networks = require "spec.support.networks"
local nn = require "visage.nn"
local shared = require "spec.support.shared"
local system = require "visage.system"
local tensor = require "visage.tensor"
local verification = require "visage.metrics.verification"

local FAR, DRAWS = 0.01, 200

-- Every n-th photo of a folder of people, by name: { image, key = the person }.
local function photos(root, nth)
  local list = {}
  for person in lfs.dir(root) do
    for file in lfs.dir(root .. "/" .. person) do
      if file:find "%.jpg$" then
        list[#list + 1] = { image = ("%s/%s/%s"):format(root, person, file), key = person }
      end
    end
  end
  table.sort(list, function(a, b) return a.image < b.image end)
  local some = {}
  for i = 1, #list, nth do some[#some + 1] = list[i] end
  return some
end

local function faces_of(list, model, choose)
  local detector = assert(face.detector { profile = "facenet-pytorch", weights = networks.mtcnn() })
  local faces, people = {}, {}
  for _ in face.batches(list, {
    model = model, detector = detector, choose = choose, no_face = "skip",
    on_face = function(item, img) faces[#faces + 1], people[#people + 1] = img, item.key end,
  }) do end
  return faces, people
end

-- Ranges as experiments/calibrate.lua finds them, mirrored faces too.
local function calibrate(model, faces, path)
  local list, first = {}, 1
  for _, img in ipairs(faces) do
    list[#list + 1] = model:prepare(img)
    if model.mirror then list[#list + 1] = model:prepare(image.flip(img)) end
  end
  local ranges = nn.calibrate(assert(model:weighted()), function()
    if first > #list then return nil end
    first = first + 4
    return tensor.stack({ table.unpack(list, first - 4, math.min(first - 1, #list)) }, 1)
  end)
  assert(calibration.write(path, model, {
    rule = "max", photos = #faces, photos_sha256 = ("00"):rep(32), ranges = ranges,
  }))
end

-- Cosines of all pairs, or negative distances.
local function scores(model, faces, people)
  local y = model:embed(faces):to "f64"
  if model.distance == "cosine" then y = y / (y ^ 2):sum(2):sqrt():reshape { #faces, 1 } end
  local set, owners = { genuine = {}, impostor = {} }, { genuine = {}, impostor = {} }
  for i = 1, #faces do
    for k = i + 1, #faces do
      local kind = people[i] == people[k] and "genuine" or "impostor"
      table.insert(set[kind], model.distance == "cosine" and (y[i] * y[k]):sum()
        or -(y[i] - y[k]):norm())
      table.insert(owners[kind], { people[i], people[k] })
    end
  end
  return set, owners
end

local function figures(set)
  return { auc = verification.auc(set), tar = verification.tar_at_far(set, FAR).tar }
end

local function change_of_auc(before, after)
  return verification.auc(after) - verification.auc(before)
end

local function has(precision)
  return (networks.tiny(4, 4):compile { precision = precision, ranges = { data = { 0, 1 } } })
end

for spec, weight in pairs { ["mobilefacenet:casia"] = "mobilefacenet-casia",
  ["dlib-resnet"] = "dlib-resnet" } do
  describe("recognition by " .. spec, function()
    local known, strangers = shared.data "lfw10", shared.data "vggface2/train"
    local path = networks.weight(weight)
    if not (known and strangers and path and networks.mtcnn()) then
      return pending "wants photos and weights that are not here"
    end
    if not (has "bf16" and has "int8") then return pending "wants bf16 and int8" end

    local folder, faces, people, before, owners

    setup(function()
      folder = assert(system.temp_dir())
      local model = assert(models.load(spec, { weights = path }))
      faces, people = faces_of(photos(known, 1), model, "centre")
      calibrate(model, faces_of(photos(strangers, 4), model, "largest"), folder .. "/ranges.json")
      before, owners = scores(model, faces, people)
      model:close()
    end)

    teardown(function() system.remove_tree(folder) end)

    local function scores_in(precision)
      local model = assert(models.load(spec, {
        weights = path, precision = precision,
        calibration = precision == "int8" and folder .. "/ranges.json" or nil,
      }))
      local set = scores(model, faces, people)
      model:close()
      return set
    end

    local function drawn() return { generator = tensor.generator(1), rounds = DRAWS } end

    it("is good on 4,950 pairs", function()
      assert.equal(100, #faces)
      assert.equal(4950, #before.genuine + #before.impostor)
      assert(verification.auc(before) > 0.99)
    end)

    it("does not change beyond the intervals of AUC and of TAR at a FAR of 1 % in bf16", function()
      local interval = intervals.bootstrap_scores(before, owners, figures, drawn())
      for name, figure in pairs(figures(scores_in "bf16")) do
        assert(figure >= interval[name].low and figure <= interval[name].high, name)
      end
    end)

    it("changes by less than 0.01 of AUC in int8", function()
      local after = scores_in "int8"
      local interval = intervals.bootstrap_scores({ before, after }, { owners, owners },
        change_of_auc, drawn())
      assert(math.abs(change_of_auc(before, after)) < 0.01)
      assert(interval.low > -0.01 and interval.high < 0.01)
    end)
  end)
end
