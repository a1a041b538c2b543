--- Photos of given sizes for measuring: of a folder, or drawn. Written as PNG, so that
-- every program gets the same pixels, whatever decodes JPEG for it.
local folders = require "visage.data.folders"
local image = require "visage.image"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"
local tensor = require "visage.tensor"

local photos = {}

-- Scaled until it covers the size, and its middle.
local function fitted(img, width, height)
  local shape = img:shape()
  local ratio = math.max(width / shape[2], height / shape[1])
  local w = math.max(width, math.ceil(shape[2] * ratio))
  local h = math.max(height, math.ceil(shape[1] * ratio))
  img = image.resize(img, w, h, "bilinear")
  return image.crop(img, (w - width) // 2, (h - height) // 2, width, height)
end

-- A wall of drawn faces, larger from row to row.
local function wall(faces, width, height)
  local out = tensor.zeros({ height, width, 3 }, "u8")
  local y, n, scale = 0, 0, 0.5
  while y < height do
    local shape = faces[1]:shape()
    local w, h = (shape[2] * scale) // 1, (shape[1] * scale) // 1
    for x = 0, width - 1, w do
      n = n + 1
      local tile = image.resize(faces[n % #faces + 1], w, h, "bilinear")
      local wide, high = math.min(w, width - x), math.min(h, height - y)
      out:narrow(1, y + 1, high):narrow(2, x + 1, wide)
        :copy(tile:narrow(1, 1, high):narrow(2, 1, wide))
    end
    y, scale = y + h, scale * 1.25
  end
  return out
end

local function loaded(paths)
  local list = {}
  for i, path in ipairs(paths) do list[i] = assert(image.load(path)) end
  return list
end

local function of_folder(folder, most)
  local paths = {}
  for i, name in ipairs(assert(folders.photos_below(folder))) do
    if i <= most then paths[i] = folder .. "/" .. name end
  end
  if not paths[1] then error(folder .. ": no photo is in it", 0) end
  return loaded(paths)
end

local function drawn(folder, seed)
  local root, paths = folder .. "/drawn", {}
  synthetic.draw(root, 2, tensor.generator(seed))
  for i, name in ipairs(assert(folders.photos_below(root .. "/test"))) do
    paths[i] = ("%s/test/%s"):format(root, name)
  end
  local list = loaded(paths)
  assert(system.remove_tree(root))
  return list
end

--- Writes photos of one size.
-- @tparam table o from: a folder, or nil for drawn ones; width, height; count, of drawn
-- ones, and at most of a folder's; seed
-- @tparam string folder where they are written
-- @treturn {string,...} their paths
function photos.write(o, folder)
  local paths, faces, list = {}, nil, nil
  if o.from then list = of_folder(o.from, o.count) else faces = drawn(folder, o.seed) end
  for i = 1, list and #list or o.count do
    local img = list and fitted(list[i], o.width, o.height)
    if faces then
      table.insert(faces, table.remove(faces, 1))
      img = wall(faces, o.width, o.height)
    end
    paths[i] = ("%s/%dx%d-%d.png"):format(folder, o.width, o.height, i)
    assert(image.save(img, paths[i]))
  end
  return paths
end

return photos
