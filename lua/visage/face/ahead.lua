--- The items of a pipeline with their photos, decoded while others are worked on:
-- by threads of their own, in the items' order, a bounded number ahead.

local core = require "visage.core.ahead"
local system = require "visage.system"

local ahead = {}

local class = {}
class.__index = class

--- Goes through items.
-- @tparam function next_item gives the next item of face.batches, nil at the end
-- @tparam table o count (items ahead), threads (nil, 0: all processors), exif, kept (of
-- face/kept.lua, or nil)
-- @treturn table to be closed
function ahead.open(next_item, o)
  local cores = system.cores()
  local threads = o.threads ~= 0 and o.threads or cores
  return setmetatable({
    next_item = next_item, count = o.count, exif = o.exif, kept = o.kept,
    reader = core.open(math.min(threads, cores)), first = 1, last = 0, entries = {},
  }, class)
end

-- What the store has of an item, and where in it the item's embedding belongs.
local function look_up(self, item)
  if not self.kept then return nil end
  local found, where = self.kept:find(item)
  if item.fresh then found = nil end
  return found, where
end

-- An item's entry; its photo goes to the threads unless the store has what it is for.
local function enter(self, item)
  local found, where = look_up(self, item)
  local entry = { item = item, where = where, found = found }
  if type(item.image) ~= "string" then
    entry.image = item.image
  elseif not found then
    self.reader:put(item.image, self.exif, where and where.photo.unread)
    entry.reading = true
  end
  return entry
end

local function fill(self)
  while self.next_item and self.last - self.first < self.count do
    local item = self.next_item()
    if not item then
      self.next_item = nil
      return
    end
    self.last = self.last + 1
    self.entries[self.last] = enter(self, item)
  end
end

-- The photo that the threads have read for an entry, and what its bytes are called.
local function receive(self, entry)
  entry.image, entry.text = self.reader:take()
  if not entry.where or not entry.where.photo.unread then return end
  local sha256, size = self.reader:file()
  if sha256 then
    self.kept:read(entry.where, sha256, size)
  else
    entry.where = nil
  end
end

--- The next item.
-- @treturn ?table {item, image (u8, nil when it cannot be read), text (why), where (the
-- store's place for it), found (what the store has instead of it)}; nil at the end
function class:next()
  fill(self)
  local entry = self.entries[self.first]
  if not entry then return nil end
  self.entries[self.first] = nil
  self.first = self.first + 1
  if entry.reading then receive(self, entry) end
  -- Its bytes had no name yet, or a batch before this one has kept it since.
  if entry.where and not entry.found and not entry.item.fresh then
    entry.found = self.kept:at(entry.where)
  end
  return entry
end

--- Seconds that threads have read and decoded, the sum over the threads.
-- @treturn number
function class:seconds()
  return self.reader:seconds()
end

--- Ends the threads.
function class:close()
  self.reader:close()
end

class.__close = class.close

return ahead
