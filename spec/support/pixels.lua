--- Pixels for the specs of images: made by rules that spec/golden/image.py shares.
local system = require "visage.system"
local tensor = require "visage.tensor"

local pixels = {}

--- An image (height,width,3) u8 from rule(x, y) -> red, green, blue; x, y from 0.
function pixels.draw(width, height, rule)
  local rows = {}
  for y = 1, height do
    rows[y] = {}
    for x = 1, width do rows[y][x] = { rule(x - 1, y - 1) } end
  end
  return tensor.from(rows, "u8")
end

--- image.py's gradient.
function pixels.gradient(width, height)
  return pixels.draw(width, height, function(x, y)
    return x * 255 // (width - 1), y * 255 // (height - 1), (x + y) * 255 // (width + height - 2)
  end)
end

--- image.py's noise: numpy's PCG64(seed).
function pixels.noise(seed, width, height)
  local values = tensor.generator(seed):rand({ height, width, 3 }, "f64")
  return (values * 256):to "u8"
end

--- The sha256 of the pixels, row by row: of what follows the header of a .npy
-- file of them, for that is the quickest way to a tensor's bytes.
function pixels.sha256(img)
  assert(img:dtype() == "u8")
  local path = system.temp_name "/tmp/visage-pixels" .. ".npy"
  assert(tensor.save(path, img:contiguous()))
  local bytes = assert(system.read_file(path))
  os.remove(path)
  local header = ("<I2"):unpack(bytes, 9)
  return system.sha256(bytes:sub(11 + header))
end

--- The largest difference of two images of one shape.
function pixels.distance(a, b)
  return (a:to "f64" - b:to "f64"):abs():max()
end

return pixels
