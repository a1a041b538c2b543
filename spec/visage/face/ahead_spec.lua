--- Photos decoded ahead, of files made here.
local ahead = require "visage.face.ahead"
local face = require "visage.face"
local golden = require "spec.support.golden"
local image = require "visage.image"
local models = require "visage.models"
local networks = require "spec.support.networks"
local sanitized = require "spec.support.sanitized"
local system = require "visage.system"

describe("items with their photos decoded ahead", function()
  local folder, paths
  local COUNT, BROKEN = 40, 17

  setup(function()
    folder, paths = assert(system.temp_dir()), {}
    for i = 1, COUNT do
      paths[i] = ("%s/%d.png"):format(folder, i)
      -- Of many sizes, for those that are put first not to be done first.
      assert(image.save(networks.pixels(i, { 20 + 300 * (i % 3), 50, 3 }), paths[i]))
    end
    assert(system.write_file(paths[BROKEN], "no image"))
  end)

  teardown(function() system.remove_tree(folder) end)

  -- How many were asked for is counted.
  local function items_of(asked)
    return function()
      asked.count = (asked.count or 0) + 1
      return paths[asked.count] and { image = paths[asked.count] }
    end
  end

  it("come in their order, each with what its file holds", function()
    for _, threads in ipairs { 0, 1, 3, 1000 } do
      local photos <close> = ahead.open(items_of {}, { count = 8, threads = threads })
      for i = 1, COUNT do
        local entry = photos:next()
        assert.equal(paths[i], entry.item.image)
        if i == BROKEN then
          local _, text = image.load(paths[i])
          assert.same({ nil, text }, { entry.image, entry.text })
        else
          assert.tensor(entry.image).near(image.load(paths[i]), 0)
        end
      end
      assert.is_nil(photos:next())
      assert.is_nil(photos:next())
    end
  end)

  it("are asked for no further ahead of the one that is given than told", function()
    local asked = {}
    local photos <close> = ahead.open(items_of(asked), { count = 5 })
    photos:next()
    assert.equal(6, asked.count)
    photos:next()
    assert.equal(7, asked.count)
  end)

  it("may be images already, and turned upright", function()
    local img, path = networks.pixels(1, { 9, 8, 3 }), golden.path "images/exif6.jpg"
    local list, i = { { image = img }, { image = path } }, 0
    local photos <close> = ahead.open(function()
      i = i + 1
      return list[i]
    end, { count = 4, exif = true })
    assert.equal(img, photos:next().image)
    assert.tensor(photos:next().image).near(image.load(path, { exif = true }), 0)
    assert.is_true(photos:seconds() > 0)
  end)

  it("are thousands in the memory of a few, one of them no image", function()
    if sanitized then return pending "the address sanitizer keeps freed memory back" end
    local small, model = paths[1], assert(models.load("tiny", { batch = 32 }))
    local function run(count)
      local i, last = 0, nil
      for batch in face.batches(function()
        i = i + 1
        if i > count then return nil end
        return { image = i == count // 2 and paths[BROKEN] or small }
      end, { model = model }) do
        for place, status in pairs(batch.status) do
          if status ~= "ok" then last = batch.items[place].image end
        end
        assert.is_true(batch.counts.unreadable == nil or last == paths[BROKEN])
        if batch.first + #batch.items > count then
          assert.same({ ok = count - 1, unreadable = 1 }, batch.counts)
        end
      end
    end
    run(200)
    local before = system.peak_rss()
    run(2000)
    -- 2,000 photos are 92 MiB of pixels here.
    assert.is_true(system.peak_rss() - before < 8 * 2 ^ 20)
    model:close()
  end)

  it("may be left before their end", function()
    local model <close> = setmetatable({}, { __close = function(m) m.model:close() end })
    model.model = assert(models.load("tiny", { batch = 4 }))
    for batch in face.batches(items_of {}, { model = model.model }) do
      if batch.first > 1 then break end
    end
    local photos = ahead.open(items_of {}, { count = 30 })
    photos:next()
    photos:close()
    photos:close()
    assert.has_error(function() photos:next() end)
  end)
end)
