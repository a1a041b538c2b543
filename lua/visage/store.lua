--- Embeddings kept on disk, so that no network runs twice on the same photo with
-- the same settings: one SQLite file in a folder. It knows bytes and plain data,
-- no models and no photos; visage.face.kept says which settings count.
--
--     photos      path, size, mtime -> sha256 of the file's bytes
--     settings    sha256 -> the settings' text, for people
--     embeddings  image (sha256), settings, region -> status, why, vector (f32,
--                 little-endian), face (box, score, points as doubles), seal
--
-- The seal is the head of the sha256 of a row: a row that the disk has changed is
-- as good as none. Each `add` is one transaction in SQLite's write-ahead log: a
-- killed process loses what it has not added and nothing else.
local core = require "visage.core.sqlite"
local lfs = require "lfs"
local row_format = require "visage.store.row"
local system = require "visage.system"

local store = {}

local class = {}
class.__index = class

-- Faces and names: for the user alone.
local FOLDER_MODE, FILE_MODE = 448, 384 -- 0700, 0600
local FILE = "embeddings.sqlite"
-- Counts the layouts below, as the file's user_version.
local LAYOUT = 1
-- How long a write waits for another process's.
local WAIT_MS = 60000
local ATTEMPTS = 50
-- A file changed within its time stamp's resolution keeps stamp and size, so
-- hashes of files as young as this are not remembered.
local SETTLED = 3

local TABLES = [[
create table photos (path blob primary key, size integer not null,
  mtime integer not null, image blob not null) without rowid;
create table settings (id integer primary key, hash blob not null unique,
  text text not null);
create table embeddings (image blob not null, settings integer not null,
  region blob not null, status text not null, why blob, vector blob, face blob,
  seal blob not null, primary key (image, settings, region));
]]

local STATEMENTS = {
  begin = "begin immediate", commit = "commit", rollback = "rollback",
  photo = "select image from photos where path = ? and size = ? and mtime = ?",
  add_photo = "replace into photos values (?, ?, ?, ?)",
  settings = "select id from settings where hash = ?",
  add_settings = "insert or ignore into settings (hash, text) values (?, cast(? as text))",
  find = "select status, why, vector, face, seal from embeddings"
    .. " where image = ? and settings = ? and region = ?",
  add = "replace into embeddings values (?, ?, ?, cast(? as text), ?, ?, ?, ?)",
}

local function raw(hex)
  return (hex:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function digest(bytes) return raw(system.sha256(bytes)) end

--- The folder that is used when none is named: $VISAGE_CACHE, else visage in
-- $XDG_CACHE_HOME or ~/.cache.
-- @treturn ?string nil when $VISAGE_CACHE is "off"
function store.folder()
  local own, base = os.getenv "VISAGE_CACHE", os.getenv "XDG_CACHE_HOME"
  if own == "off" then return nil end
  if own and own ~= "" then return own end
  if not base or base == "" then base = (os.getenv "HOME" or ".") .. "/.cache" end
  return base .. "/visage"
end

-- Makes the tables of a new file, or says that the file is not of this layout.
local function lay_out(db)
  -- Closed here: the file is not done with while a statement is open.
  local statement <close>, text, code = db:prepare "pragma user_version"
  if not statement then return nil, text, code end
  local rows
  rows, text, code = statement:run()
  if not rows then return nil, text, code end
  if rows[1][1] == LAYOUT then return true end
  if rows[1][1] ~= 0 then
    return nil, ("has layout %d, this program's is %d"):format(rows[1][1], LAYOUT),
      "UNSUPPORTED"
  end
  return db:execute(TABLES .. "pragma user_version = " .. LAYOUT)
end

-- SQLite does not wait where two processes turn a new file to WAL at once, for
-- either might hold what the other wants: one is told at once that the file is
-- locked. A transaction waits, so the next attempt finds the other's work done.
local function write_ahead(db)
  local ok, text, code
  for _ = 1, ATTEMPTS do
    ok, text, code = db:execute "pragma journal_mode = wal"
    if ok or not text:find("locked", 1, true) then break end
    if not (db:execute "begin immediate" and db:execute "commit") then break end
  end
  return ok, text, code
end

-- Two processes that begin a file do so one after the other.
local function begin(db)
  local ok, text, code = db:execute(("pragma busy_timeout = %d"):format(WAIT_MS))
  if ok then ok, text, code = write_ahead(db) end
  if ok then ok, text, code = db:execute "pragma synchronous = normal" end
  if ok then ok, text, code = db:execute "begin immediate" end
  if not ok then return nil, text, code end
  ok, text, code = lay_out(db)
  if not ok then return nil, text, code end
  return db:execute "commit"
end

local function prepare_all(db)
  local list = {}
  for name, sql in pairs(STATEMENTS) do
    local statement, text, code = db:prepare(sql)
    if not statement then return nil, text, code end
    list[name] = statement
  end
  return list
end

local function explained(path, text, code)
  local what = ("%s: %s"):format(path, text)
  if code == "FORMAT" then what = what .. "; remove the file to begin a new one" end
  return what
end

--- Opens the store of a folder, which is made if it is not there.
-- @tparam string folder
-- @tparam[opt] table options on_fault: called with a text when the file fails
-- later; the store then finds or keeps nothing more, and nothing else fails
-- @treturn store, or nil, text, code
function store.open(folder, options)
  local ok, text, code = system.mkdir_p(folder, FOLDER_MODE)
  if not ok then return nil, text, code end
  local path = folder .. "/" .. FILE
  local db, statements
  db, text, code = core.open(path)
  if not db then return nil, explained(path, text, code), code end
  ok, text, code = begin(db)
  if ok then ok, text, code = system.chmod(path, FILE_MODE) end
  if ok then statements, text, code = prepare_all(db) end
  if not statements then
    db:close()
    return nil, explained(path, text, code), code
  end
  return setmetatable({
    path = path, db = db, statements = statements, failed = {},
    on_fault = options and options.on_fault or function() end,
  }, class)
end

-- The file has failed: said once for reading and once for writing.
local function fault(self, what, text, code)
  self.failed[what] = explained(self.path, text, code)
  self.on_fault(("%s; embeddings are %s from now on"):format(self.failed[what],
    what == "find" and "neither looked up nor kept" or "not kept"))
  if what == "find" then self.failed.add = self.failed.find end
end

-- The rows of a statement; none once reading has failed.
local function look(self, name, ...)
  if self.failed.find then return {} end
  local rows, text, code = self.statements[name]:run(...)
  if rows then return rows end
  fault(self, "find", text, code)
  return {}
end

-- f(run) in a transaction, where run(name, ...) is a statement of it.
local function transaction(self, f)
  if self.failed.add then return false end
  local why
  local function run(name, ...)
    if why then return end
    local rows, text, code = self.statements[name]:run(...)
    if not rows then why = { text, code } end
  end
  run "begin"
  f(run)
  run "commit"
  if not why then return true end
  if self.db:in_transaction() then self.statements.rollback:run() end
  fault(self, "add", why[1], why[2])
  return false
end

--- The number that stands for settings in this file.
-- @tparam string text that tells them from all others
-- @treturn ?integer nil when the file has failed
function class:settings(text)
  local hash = digest(text)
  local found = look(self, "settings", hash)[1]
  if not found and transaction(self, function(run)
    run("add_settings", hash, text)
  end) then
    found = look(self, "settings", hash)[1]
  end
  return found and found[1]
end

--- Names an image file by its bytes, as far as that is known without them.
-- @tparam string path
-- @treturn ?table {image (sha256, 32 bytes)} when the file's path, size and time say that
-- its bytes were hashed before; else {unread (true) ...}, which `named` completes; nil
-- when there is no file
function class:photo(path)
  local about, full = lfs.attributes(path), system.realpath(path)
  if not about or not full then return nil end
  local known = look(self, "photo", full, about.size, about.modification)[1]
  if known then return { image = known[1] } end
  return { unread = true, path = full, size = about.size, changed = about.modification }
end

--- Names a photo whose bytes were read.
-- @tparam table photo of `photo`, unread; completed: {image, remember}
-- @tparam string sha256 64 digits
-- @tparam integer size bytes that were hashed
function class.named(_, photo, sha256, size)
  local settled = photo.size == size and os.time() - photo.changed > SETTLED
  photo.image, photo.unread = raw(sha256), nil
  photo.remember = settled and { photo.path, photo.size, photo.changed, photo.image } or nil
end

--- What is kept of an image.
-- @tparam string image sha256, 32 bytes
-- @tparam integer settings
-- @tparam ?table region box {x1, y1, x2, y2} that was given with it
-- @treturn ?table {status, text, vector (D), face {box, score, points}}
function class:find(image, settings, region)
  local place = row_format.region(region)
  local found = look(self, "find", image, settings, place)[1]
  if not found then return nil end
  return row_format.unpack(found, image .. place)
end

--- Keeps a batch, in one transaction.
-- @tparam {table,...} entries {photo (of store:photo), settings, region, status,
-- text, vector (f32 tensor (D) or nil), face}
-- @treturn boolean
function class:add(entries)
  return transaction(self, function(run)
    for _, entry in ipairs(entries) do
      local photo, place = entry.photo, row_format.region(entry.region)
      if photo.remember then run("add_photo", table.unpack(photo.remember)) end
      run("add", photo.image, entry.settings, place,
        row_format.pack(entry, photo.image .. place))
    end
  end)
end

--- Gives the file back; what was added stays.
function class:close()
  for _, statement in pairs(self.statements) do statement:close() end
  self.db:close()
end

return store
