--- Axes, shapes and padding of files as layers have them: what several
-- vocabularies need. b is the builder.
local text = require "visage.nn.text"

local geometry = {}

--- An axis of an input of dims axes as layers count it: 1 is C, as in files. Below
-- zero from the end. The batch is none.
function geometry.axis(b, axis, dims)
  local place = axis < 0 and axis + dims or axis
  if place < 1 or place >= dims then b:refuse("axis %d of %d", axis, dims) end
  return place
end

--- The node with other sizes behind the batch, of which one may be -1.
function geometry.reshaped(b, op, node, sizes)
  if text.shape(node.shape) == text.shape { -1, table.unpack(sizes) } then return node end
  if #sizes == 1 and #node.shape == 4 then return b:add(op, "flatten", node) end
  return b:add(op, "reshape", node, { shape = sizes })
end

--- The padding by which a window gives as many places as the stride fits into the
-- image, the odd row above; a layer's same_tf has it below. window has kernel,
-- stride and dilation.
-- @treturn {integer,...} top, bottom, left, right
function geometry.same_lower(b, node, window)
  local pad = {}
  for i = 1, 2 do
    local size, stride = b:size(node, i + 1), window.stride[i]
    local reach = (window.kernel[i] - 1) * window.dilation[i] + 1
    local all = math.max(0, ((size + stride - 1) // stride - 1) * stride + reach - size)
    pad[2 * i - 1], pad[2 * i] = (all + 1) // 2, all // 2
  end
  return pad
end

return geometry
