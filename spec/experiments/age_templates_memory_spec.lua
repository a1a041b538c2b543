--- age_templates takes no more memory for many subjects than for few: synthetic
-- photos, the tiny network. What compares subjects with each other grows with the
-- square of their number, up to --impostors.
local image = require "visage.image"
local results = require "spec.support.results"
local sanitized = require "spec.support.sanitized"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- 200 subjects more may cost this much: what is pooled of them, their matrices and
-- their rows of the tables. Their photos would be 20 x 96 x 96 x 3 bytes each.
local SLACK = 8 * 2 ^ 20
-- What the photos of 200 subjects would take if they stayed.
local KEPT = 200 * 20 * 96 * 96 * 3

describe("age_templates on many subjects", function()
  local folder

  -- The same 20 photos for every subject: files are linked, not copied.
  local function add_subjects(first, last)
    for s = first, last do
      local subject = ("%s/train/n%06d"):format(folder, s)
      assert(system.mkdir_p(subject))
      assert.equal(0, (system.run {
        "sh", "-c", ('ln "$1"/photos/*.png "$2"'), "sh", folder, subject,
      }))
    end
  end

  local function peak(name)
    local out = folder .. "/" .. name
    local status, text = system.run {
      system.program(), system.root() .. "/experiments/age_templates.lua",
      "--data", folder, "--model", "tiny", "--crop", "whole", "--quiet", "--out", out,
      "--impostors", "40",
      "--templates", system.root() .. "/experiments/templates/random.lua", stderr = "merge",
    }
    assert.equal(0, status, text)
    return results.load(out)
  end

  setup(function()
    folder = assert(system.temp_dir())
    assert(system.mkdir_p(folder .. "/photos"))
    local stream = tensor.generator(4)
    for i = 1, 20 do
      local noise = (stream:rand({ 96, 96, 3 }, "f64") * 256):to "u8"
      assert(image.save(noise, ("%s/photos/%04d_01.png"):format(folder, i)))
    end
  end)

  teardown(function() system.remove_tree(folder) end)

  it("stays in the memory that it takes for few", function()
    if sanitized then return pending "the address sanitizer keeps freed memory back" end
    add_subjects(1, 40)
    local few = peak "few"
    add_subjects(41, 240)
    local many = peak "many"
    assert.same({ 40, 240 }, { few.data.subjects, many.data.subjects })
    assert.is_true(many.run.synthetic)
    local grown = many.run.peak_rss_bytes - few.run.peak_rss_bytes
    assert.is_true(grown < SLACK, ("%d bytes more for 200 subjects more"):format(grown))
    assert.is_true(SLACK < KEPT / 10)
  end)
end)
