--- Montages: rows of pictures with captions, drawn by the core, for templates,
-- worst errors, nearest neighbours. Pictures are image tensors; nothing is opened
-- here, and who may be shown is the caller's to know (run:montage obeys --no-faces).
--
--     local montage = require "visage.montage"
--     assert(montage.save("errors.png", { rows = {
--       { title = "taken for another", cells = {
--         { image = a, text = "n000106" }, { image = b, text = "0.61", mark = "bad" } } },
--     } }))
local image = require "visage.image"
local tensor = require "visage.tensor"

local montage = {}

local CELL, GAP, TEXT, TITLE = 128, 8, 12, 15
local PAPER, ROOM, INK = { 255, 255, 255 }, { 236, 238, 240 }, { 34, 34, 34 }

-- Frames, told apart by the colour-blind too (Okabe and Ito).
local MARKS = { good = { 0, 158, 115 }, bad = { 213, 94, 0 } }
local FRAME = 4

-- A longer title is cut.
local MOST_TITLE = 800

-- Width of DejaVu Sans' middling letter, of its size.
local LETTER = 0.6

-- Lines of that size take so much room.
local function height_of(size) return math.ceil(size * 1.5) end

-- No more than fits; what is cut off ends in three dots. Bytes that are no UTF-8
-- become question marks.
local function fitted(text, width, size)
  text = tostring(text):gsub("%c", " ")
  if not utf8.len(text) then text = text:gsub("[\128-\255]", "?") end
  local most = math.max(1, math.floor(width / (LETTER * size)))
  if utf8.len(text) <= most then return text end
  return text:sub(1, utf8.offset(text, most) - 1) .. "…"
end

-- The room that a title needs, for a montage of few columns is wide enough for it.
local function room_for(title)
  local letters = title and (utf8.len(tostring(title)) or #title) or 0
  return math.min(MOST_TITLE, math.ceil(letters * LETTER * TITLE))
end

local function write(canvas, x, y, text, width, size)
  return image.draw_text(canvas, x, y, fitted(text, width, size), {
    size = size, color = INK, background = PAPER,
  })
end

-- A picture within a square, its proportions kept.
local function shrunk(img, cell)
  local h, w = img:size(1), img:size(2)
  local scale = cell / math.max(h, w)
  return image.resize(img, math.max(1, math.floor(w * scale + 0.5)),
    math.max(1, math.floor(h * scale + 0.5)), "bicubic")
end

local function fill(canvas, x, y, width, height, colour)
  local part = canvas:narrow(1, y + 1, height):narrow(2, x + 1, width)
  for c = 1, 3 do part:select(3, c):fill(colour[c]) end
end

-- A cell without a picture (no face was found) is its empty room.
local function draw_cell(canvas, x, y, one, cell)
  fill(canvas, x, y, cell, cell, ROOM)
  if one.image then
    local img = shrunk(one.image, cell)
    local h, w = img:size(1), img:size(2)
    canvas:narrow(1, y + (cell - h) // 2 + 1, h):narrow(2, x + (cell - w) // 2 + 1, w):copy(img)
  end
  if one.mark then
    image.draw_box(canvas, { x, y, x + cell, y + cell }, {
      color = MARKS[one.mark], width = FRAME,
    })
  end
  if not one.text then return true end
  return write(canvas, x, y + cell + 1, one.text, cell, TEXT)
end

-- Where each row's title and cells go, and how high all of it is.
local function layout(rows, cell, columns, top)
  local places, y = {}, top
  for i, row in ipairs(rows) do
    local captioned = false
    for _, one in ipairs(row.cells) do captioned = captioned or one.text ~= nil end
    local step = cell + GAP + (captioned and height_of(TEXT) or 0)
    places[i] = { title = y, cells = y + (row.title and height_of(TITLE) or 0), step = step }
    y = places[i].cells + step * math.ceil(#row.cells / columns)
  end
  return places, y
end

local function columns_of(rows, most)
  local columns = 1
  for _, row in ipairs(rows) do columns = math.max(columns, #row.cells) end
  return math.min(columns, most or 8)
end

local function check_rows(rows)
  for i, row in ipairs(rows) do
    for k, one in ipairs(row.cells) do
      if one.mark and not MARKS[one.mark] then
        error(("montage: row %d, cell %d: mark '%s', wanted good or bad"):format(i, k,
          tostring(one.mark)), 3)
      end
    end
  end
end

--- Rows of pictures with captions. A row longer than `columns` is broken.
-- @tparam table options rows { { title, cells = { { image = u8 (H,W,3) or nil, text,
-- mark = "good", "bad" or nil }, ... } }, ... }, title, cell (128, the side of a
-- picture's room in pixels), columns (at most 8)
-- @treturn core.tensor|nil u8 (H,W,3), or nil, text, code when the font is missing
function montage.draw(options)
  check_rows(options.rows)
  local cell, columns = options.cell or CELL, columns_of(options.rows, options.columns)
  local top = GAP + (options.title and height_of(TITLE) + GAP or 0)
  local places, height = layout(options.rows, cell, columns, top)
  local width = GAP + math.max(columns * (cell + GAP), room_for(options.title) + GAP)
  local canvas = tensor.full({ height, width, 3 }, PAPER[1], "u8")
  local ok, text, code = true, nil, nil
  if options.title then
    ok, text, code = write(canvas, GAP, GAP, options.title, width - 2 * GAP, TITLE)
  end
  for i, row in ipairs(options.rows) do
    if ok and row.title then
      ok, text, code = write(canvas, GAP, places[i].title, row.title, width - 2 * GAP, TITLE)
    end
    for k, one in ipairs(row.cells) do
      if not ok then return nil, text, code end
      ok, text, code = draw_cell(canvas, GAP + (k - 1) % columns * (cell + GAP),
        places[i].cells + (k - 1) // columns * places[i].step, one, cell)
    end
  end
  if not ok then return nil, text, code end
  return canvas
end

--- Draws a montage into a file.
-- @tparam string path .png or .jpg
-- @tparam table options as draw's
-- @treturn boolean|nil true, or nil, text, code
function montage.save(path, options)
  local canvas, text, code = montage.draw(options)
  if not canvas then return nil, text, code end
  return image.save(canvas, path)
end

return montage
