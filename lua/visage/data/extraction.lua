--- Embeddings with the photos they belong to: FILE.npy, a matrix (N, D) of f32 (or
-- the maps of a layer, (N, C, H, W)), and FILE.csv beside it with a line for each
-- row, in order:
--
--     path, status, x1, y1, x2, y2, score, left_eye_x, ... mouth_right_y
--
-- (with `data`, SYNTHETIC, before them where the data or the weights are, and with
-- what was measured of the photo behind them, such as blur, yaw). Rows of photos
-- without an embedding are NaN; their status says why. Written row by row, so that
-- memory does not grow with N.
local csv = require "visage.data.csv"
local json = require "visage.json"
local system = require "visage.system"
local tensor = require "visage.tensor"

local extraction = {}

local class = {}
class.__index = class

local COLUMNS = {
  "path", "status", "x1", "y1", "x2", "y2", "score", "left_eye_x", "left_eye_y",
  "right_eye_x", "right_eye_y", "nose_x", "nose_y", "mouth_left_x", "mouth_left_y",
  "mouth_right_x", "mouth_right_y",
}
local MARK = "SYNTHETIC"
local POINTS, FIRST_POINT = 5, 8

-- Numbers that become bytes at a time: more would not fit on Lua's stack.
local PIECE = 8192

-- NumPy's format 1.0: magic, version, length and text of the header, which ends
-- at a multiple of 64 bytes.
local function npy_header(rows, shape)
  local text = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %s), }")
    :format(rows, table.concat(shape, ", "))
  local size = (10 + #text + 1 + 63) // 64 * 64
  return "\x93NUMPY\1\0" .. string.pack("<I2", size - 10) .. text
    .. (" "):rep(size - 11 - #text) .. "\n"
end

--- Begins a pair of files, which get their names when they are whole.
-- @tparam string npy path
-- @tparam string csv_path
-- @tparam table options rows; shape: of one row, { D } or { C, H, W }; synthetic:
-- marks every line; measured: names of more columns, filled from a batch's `measured`
-- @treturn table with add and finish, for a `local x <close>`; or nil, text, code
function extraction.create(npy, csv_path, options)
  local measured = options.measured or {}
  local columns = options.synthetic and { "data", table.unpack(COLUMNS) }
    or { table.unpack(COLUMNS) }
  local self = setmetatable({
    rows = options.rows, count = 0, synthetic = options.synthetic, measured = measured,
    columns = table.move(measured, 1, #measured, #columns + 1, columns),
    shape = options.shape, parts = {},
  }, class)
  for kind, path in pairs { npy = npy, csv = csv_path } do
    -- What a killed run leaves is overwritten by the next.
    local file, text = io.open(path .. ".part", "wb")
    if not file then return nil, text, "IO" end
    self.parts[kind] = { path = path, file = file }
  end
  self.parts.npy.file:write(npy_header(options.rows, options.shape))
  self.parts.csv.file:write(csv.line(self.columns, #self.columns))
  return self
end

local function line_of(self, path, status, face, measured)
  local row, at = { path, status }, 2
  for _, value in ipairs(face and { face.box[1], face.box[2], face.box[3], face.box[4],
    face.score } or {}) do
    at = at + 1
    row[at] = value
  end
  for _, point in ipairs(face and face.points or {}) do
    row[at + 1], row[at + 2] = point[1], point[2]
    at = at + 2
  end
  for c, name in ipairs(self.measured) do
    row[#COLUMNS + c] = measured and measured[name]
  end
  if self.synthetic then row = table.move(row, 1, #self.columns - 1, 2, { MARK }) end
  return csv.line(row, #self.columns)
end

local function append(part, bytes)
  local ok, text = part.file:write(bytes)
  if ok then return true end
  return nil, ("%s: %s"):format(part.path, text), "IO"
end

-- Appends a row's numbers as f32, little-endian.
local function append_row(part, row)
  local flat = row:contiguous():reshape { -1 }
  for first = 1, #flat, PIECE do
    local numbers = flat:narrow(1, first, math.min(PIECE, #flat - first + 1)):totable()
    local ok, text, code = append(part, string.pack("<" .. ("f"):rep(#numbers),
      table.unpack(numbers)))
    if not ok then return nil, text, code end
  end
  return true
end

local function check_shape(self, rows)
  local came, wanted = table.concat(rows:shape(), " x ", 2), table.concat(self.shape, " x ")
  if came ~= wanted then
    error(("add: rows of %s, the file's are %s"):format(came, wanted), 3)
  end
end

--- Appends a batch of face.batches.
-- @tparam table batch items (image is the path), embeddings (n, ...), status, faces; measured:
-- of each item a table by column, or nil
-- @treturn boolean true, or nil, text, code
function class:add(batch)
  check_shape(self, batch.embeddings)
  for i, item in ipairs(batch.items) do
    local line = line_of(self, item.image, batch.status[i], batch.faces[i],
      batch.measured and batch.measured[i])
    local ok, text, code = append_row(self.parts.npy, batch.embeddings[i])
    if ok then ok, text, code = append(self.parts.csv, line) end
    if not ok then return nil, text, code end
  end
  self.count = self.count + #batch.items
  return true
end

--- Ends the files and gives them their names.
-- @treturn boolean true, or nil, text, code
function class:finish()
  if self.count ~= self.rows then
    return nil, ("%s: %d of %d rows"):format(self.parts.npy.path, self.count, self.rows),
      "FORMAT"
  end
  for _, part in pairs(self.parts) do
    -- A full disk may show only now.
    local ok, why = part.file:close()
    if not ok then return nil, ("%s: %s"):format(part.path, why), "IO" end
    local renamed, text, code = system.rename(part.path .. ".part", part.path)
    if not renamed then return nil, text, code end
    part.done = true
  end
  return true
end

-- Removes what was not finished.
function class:__close()
  for _, part in pairs(self.parts) do
    if io.type(part.file) == "file" then part.file:close() end
    if not part.done then os.remove(part.path .. ".part") end
  end
end

-- The lines of one CSV.
local function lines_of(path)
  local lines, text, code = csv.read(path, { keep_space = true })
  if not lines then return nil, text, code end
  if lines[1] and not (lines[1].path and lines[1].status) then
    return nil, path .. ": no columns path and status", "FORMAT"
  end
  return lines
end

-- The matrix and lines of one CSV.
local function read_one(path)
  local lines, text, code = lines_of(path)
  if not lines then return nil, text, code end
  local matrix = path:gsub("%.csv$", ".npy")
  local rows
  rows, text, code = tensor.load(matrix)
  if not rows then return nil, text, code end
  if rows:dims() < 2 or #rows ~= #lines then
    return nil, ("%s: %d rows; %s has %d lines"):format(matrix, #rows, path, #lines),
      "SHAPE"
  end
  return rows:dims() > 2 and rows:reshape { #rows, -1 } or rows, lines
end

--- Reads extractions, the shards of one in their order; maps become rows.
-- @tparam {string,...} paths of the CSV files
-- @treturn tensor (N, D), or nil, text, code
-- @treturn {table,...} lines: path, status and the other columns as strings
-- @treturn boolean whether any is marked as synthetic
function extraction.read(paths)
  local all, lines, synthetic = {}, {}, false
  for i, path in ipairs(paths) do
    local rows, part, code = read_one(path)
    if not rows then return nil, part, code end
    if i > 1 and rows:size(2) ~= all[1]:size(2) then
      return nil, ("%s: rows of %d numbers; those of %s have %d"):format(path, rows:size(2),
        paths[1], all[1]:size(2)), "SHAPE"
    end
    all[i] = rows
    table.move(part, 1, #part, #lines + 1, lines)
    synthetic = synthetic or part[1] ~= nil and part[1].data == MARK
  end
  return tensor.cat(all, 1), lines, synthetic
end

--- What made an extraction: the first network of the results.json beside it.
-- @tparam string path of the CSV or .npy
-- @treturn ?table as results.json has it; nil where there is none
function extraction.made_by(path)
  local text = system.read_file((path:match "^(.*/)" or "") .. "results.json")
  local found = text and json.decode(text)
  return type(found) == "table" and type(found.models) == "table" and found.models[1] or nil
end

-- A photo's folder and name: what stays the same wherever a data set lies.
local function last_two(path)
  return path:match "[^/]+/[^/]+$" or path
end

--- The photos of extractions as data sets name them, folder and file.
-- @tparam {string,...} paths of the CSV files
-- @treturn {string,...} "n000001/0001_01.jpg", in order, or nil, text, code
function extraction.files(paths)
  local files = {}
  for _, path in ipairs(paths) do
    local lines, text, code = lines_of(path)
    if not lines then return nil, text, code end
    for _, line in ipairs(lines) do files[#files + 1] = last_two(line.path) end
  end
  return files
end

-- Where each photo's row is: by its path, and by the end of it, which is false when
-- two paths end so.
local function places(lines)
  local by_path, by_end = {}, {}
  for row, line in ipairs(lines) do
    local short = last_two(line.path)
    if by_end[short] and lines[by_end[short]].path ~= line.path then
      by_end[short] = false
    elseif by_end[short] == nil then
      by_end[short] = row
    end
    by_path[line.path] = row
  end
  return by_path, by_end
end

local KNOWN = {}
for _, name in ipairs(COLUMNS) do KNOWN[name] = true end

-- The face of a line as a detector gives it, with what was measured of it; nil where
-- the line has no box.
local function face_of(line)
  local face = { box = {}, points = {}, score = tonumber(line.score), measured = {} }
  for c, name in ipairs { "x1", "y1", "x2", "y2" } do face.box[c] = tonumber(line[name]) end
  for c = FIRST_POINT, #COLUMNS, 2 do
    local x, y = tonumber(line[COLUMNS[c]]), tonumber(line[COLUMNS[c + 1]])
    table.insert(face.points, x and y and { x, y })
  end
  if #face.points < POINTS then face.points = nil end
  for name, value in pairs(line) do
    if not KNOWN[name] then face.measured[name] = tonumber(value) end
  end
  return #face.box == 4 and face or nil
end

--- Says which row of an extraction belongs to which image: by its path, else by the
-- last folder and the name of it. An image without an embedding is missing.
-- @tparam {table,...} images {path or file = "n000001/0001_01.jpg"}; set are row, face:
-- { box, points, score, measured = numbers by column }, found: its box; or missing: the
-- line's status, or true when there is none
-- @tparam tensor rows of read
-- @tparam {table,...} lines of read
-- @treturn integer how many have a row, or nil, text, code when two photos of the
-- extraction may be meant
function extraction.number(images, rows, lines)
  local by_path, by_end = places(lines)
  local found = 0
  for _, image in ipairs(images) do
    local path = image.path or image.file
    local row = by_path[path]
    if not row then row = by_end[last_two(path)] end
    if row == false then
      return nil, ("two photos of the extraction end in %s; which is %s?"):format(
        last_two(path), path), "VALUE"
    end
    local value = row and rows:get(row, 1)
    image.row, image.missing = nil, nil
    if not row then
      image.missing = true
    elseif value ~= value then
      -- A file may say that all is well and hold NaN.
      local status = lines[row].status
      image.missing = status == "ok" and "not_finite" or status
    else
      image.row, image.face, found = row, face_of(lines[row]), found + 1
      image.found = image.face and image.face.box
    end
  end
  return found
end

return extraction
