--- age_templates --repeats: how the age effect spreads when chance alone deals
-- the photos of real people to templates.
local networks = require "spec.support.networks"
local results = require "spec.support.results"
local shared = require "spec.support.shared"
local system = require "visage.system"

local DATA, MOBILE = shared.data "vggface2/train", networks.weight "mobilefacenet-casia"
local MTCNN = networks.mtcnn()
local REPEATS = 1000

describe("age_templates --repeats", function()
  if not (DATA and MOBILE and MTCNN) then
    it("spreads around 0", function() pending "no vggface2/train, MobileFaceNet or MTCNN" end)
    return
  end

  it("spreads around 0 when the photos are dealt at random", function()
    local folder = assert(system.temp_dir())
    finally(function() system.remove_tree(folder) end)
    local status, text = system.run {
      "env", "VISAGE_WEIGHTS=" .. MTCNN.pnet:match "^(.*)/mtcnn/", system.program(),
      system.root() .. "/experiments/age_templates.lua", "--data", DATA:match "^(.*)/train$",
      "--images", "train", "--model", "mobilefacenet", "--weights", MOBILE,
      "--detector", "facenet-pytorch", "--no-face", "skip", "--repeats", tostring(REPEATS),
      "--templates", system.root() .. "/experiments/templates/random.lua", "--quiet",
      "--out", folder .. "/out", stderr = "merge",
    }
    assert.equal(0, status, text)
    local found = results.load(folder .. "/out")
    assert.same({ 4, 80, 0 },
      { found.data.subjects, found.data.images, found.data.failures.no_face })
    local rows, metrics = found.tables.repeats.rows, found.metrics
    assert.equal(REPEATS, #rows)
    assert.same({ 1, REPEATS }, { rows[1][2], rows[REPEATS][2] })
    -- Of the mean matrix, and the mean of the subjects' effects.
    assert.near(rows[1][3], metrics["mobilefacenet/age_effect"], 1e-15)
    local mean = metrics["mobilefacenet/age_effect_repeats.mean"]
    local sd = metrics["mobilefacenet/age_effect_repeats.sd"]
    -- Four standard errors of a mean of independent draws.
    assert.is_true(math.abs(mean) < 4 * sd / math.sqrt(REPEATS),
      ("mean %g, sd %g"):format(mean, sd))
    assert.is_true(metrics["mobilefacenet/age_effect_repeats.q025"] < 0)
    assert.is_true(metrics["mobilefacenet/age_effect_repeats.q975"] > 0)
    assert.equal("\137PNG",
      system.read_file(folder .. "/out/age_effect_mobilefacenet.png"):sub(1, 4))
  end)
end)
