--- Files, processes and the machine: what Lua's own libraries do not tell.
-- Faults of the world give nil, text, code.
local core = require "visage.core.system"
local lfs = require "lfs"

local system = {
  --- This program's version.
  version = "0.1",

  --- The versions of the libraries in use: name -> text.
  versions = require "visage.core.versions",

  --- True when the file descriptor (0, 1, 2) is a terminal.
  -- @function isatty
  -- @tparam integer fd
  -- @treturn boolean
  isatty = core.isatty,

  --- Seconds that only grow, for measuring.
  -- @function clock
  -- @treturn number
  clock = core.clock,

  --- The SHA-256 of a string, 64 lower-case hexadecimal digits.
  -- @function sha256
  -- @tparam string bytes
  -- @treturn string
  sha256 = core.sha256,

  --- The SHA-256 of a file's bytes; nil, text, code when it cannot be read.
  -- @function sha256_file
  -- @tparam string path
  -- @treturn string
  sha256_file = core.sha256_file,

  --- The absolute path with no links and no dots; nil, text, code if it is not there.
  -- @function realpath
  -- @tparam string path
  -- @treturn string
  realpath = core.realpath,

  --- Sets a file's permission bits: chmod("cache", 448) is 0700.
  -- @function chmod
  -- @tparam string path
  -- @tparam integer mode
  -- @treturn boolean true, or nil, text, code
  chmod = core.chmod,

  --- Renames a file, replacing what has the new name, in one step.
  -- @function rename
  -- @tparam string from
  -- @tparam string to
  -- @treturn boolean true, or nil, text, code
  rename = core.rename,

  --- Makes a new empty folder under $TMPDIR or /tmp, readable by the user alone.
  -- @function temp_dir
  -- @treturn string its path, or nil, text, code
  temp_dir = core.temp_dir,

  --- Sets an environment variable, for this process and those it starts.
  -- @function setenv
  -- @tparam string name
  -- @tparam string value
  -- @treturn boolean true, or nil, text, code
  setenv = core.setenv,

  --- The most memory this process has held, in bytes.
  -- @function peak_rss
  -- @treturn integer
  peak_rss = core.peak_rss,

  --- How many processors this process may run on.
  -- @function cores
  -- @treturn integer
  cores = core.cores,
}

local function is_folder(path)
  return lfs.attributes(path, "mode") == "directory"
end

--- Makes a folder and those above it that are missing.
-- @tparam string path
-- @tparam[opt] integer mode permission bits of the folders made (0777 less the umask)
-- @treturn boolean true, or nil, text, code
function system.mkdir_p(path, mode)
  if is_folder(path) then return true end
  local above = path:match("^(.*[^/])/+[^/]+/*$")
  if above then
    local ok, text, code = system.mkdir_p(above, mode)
    if not ok then return nil, text, code end
  end
  local ok, text, code = core.mkdir(path, mode)
  -- Another process may have made it in the meantime.
  if ok or is_folder(path) then return true end
  if lfs.attributes(path) then return nil, path .. ": not a folder", "IO" end
  return nil, text, code
end

--- Removes a file or a folder with all that is in it; links are not followed.
-- @tparam string path
-- @treturn boolean true (also when it was not there), or nil, text, code
function system.remove_tree(path)
  local mode = lfs.symlinkattributes(path, "mode")
  if not mode then return true end
  if mode == "directory" then
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then
        local ok, text, code = system.remove_tree(path .. "/" .. name)
        if not ok then return nil, text, code end
      end
    end
  end
  local ok, text = os.remove(path)
  if not ok then return nil, text, "IO" end
  return true
end

local names_given = 0

--- A name beside path that no one else uses: write there, then rename to path.
-- @tparam string path
-- @treturn string
function system.temp_name(path)
  names_given = names_given + 1
  return ("%s.tmp-%d-%d"):format(path, core.pid(), names_given)
end

--- Writes a whole file so that path never holds half of it. What is no regular
-- file (a device, a pipe) is not replaced.
-- @tparam string path
-- @tparam string bytes
-- @tparam[opt] integer mode permission bits
-- @treturn boolean true, or nil, text, code
function system.write_file(path, bytes, mode)
  local old = lfs.attributes(path, "mode")
  if old and old ~= "file" and old ~= "directory" then
    return nil, path .. ": not a regular file; writing would replace it", "IO"
  end
  local temporary = system.temp_name(path)
  local file, text = io.open(temporary, "wb")
  if not file then return nil, text, "IO" end
  local ok, why, code = file:write(bytes), nil, nil
  -- A full disk may show only when the buffer is flushed.
  ok = file:close() and ok
  if not ok then why, code = path .. ": cannot be written", "IO" end
  if ok and mode then ok, why, code = core.chmod(temporary, mode) end
  if ok then ok, why, code = core.rename(temporary, path) end
  if not ok then
    os.remove(temporary)
    return nil, why, code
  end
  return true
end

--- Reads a whole file.
-- @tparam string path
-- @treturn string its bytes, or nil, text, code
function system.read_file(path)
  local file, text = io.open(path, "rb")
  if not file then return nil, text, "IO" end
  local bytes, why = file:read("a")
  file:close()
  if not bytes then return nil, ("%s: %s"):format(path, why), "IO" end
  return bytes
end

--- Runs a program, found on PATH, without a shell, and waits for it.
-- @tparam {string,...} command name and arguments; field stderr: "inherit" (default),
-- "merge" (into the output) or "drop"; field each: function(text) called with each
-- piece of output as it comes, which is then not kept
-- @treturn integer exit status (128 + signal when killed), or nil, text, code if it
-- cannot be started
-- @treturn string what it wrote to standard output
-- @usage local status, text = system.run { "git", "rev-parse", "HEAD", stderr = "drop" }
function system.run(command)
  local process <close>, text, code = core.spawn(command, command.stderr)
  if not process then return nil, text, code end
  local pieces = {}
  local each = command.each or function(piece) pieces[#pieces + 1] = piece end
  for piece in process.read, process do each(piece) end
  local status, why, kind = process:wait()
  if not status then return nil, why, kind end
  return status, table.concat(pieces)
end

--- Starts a program, found on PATH, without a shell, to talk with it.
-- @tparam {string,...} command name and arguments; field stderr as in system.run
-- @treturn core.process write(text) to its standard input, read(): the next piece of
-- its output, nil at the end; wait(): ends its input, gives its exit status; close():
-- ends it, as leaving a scope of <close> does. Or nil, text, code
-- @usage local cat <close> = assert(system.start { "cat" })
-- cat:write "hello"
-- print(cat:read()) --> hello
function system.start(command)
  return core.spawn(command, command.stderr, true)
end

--- The folder that holds lua/, weights/ and experiments/: the checkout, or
-- PREFIX/share/visage once installed. The one place where such paths come from.
-- @treturn string an absolute path
function system.root()
  local source = debug.getinfo(1, "S").source
  return core.realpath(source:match("^@(.*)/[^/]*$") .. "/../..")
end

--- The path of the running program.
-- @treturn string
function system.program()
  return core.realpath "/proc/self/exe"
end

--- Which commit is running: the checkout's, with "-dirty" when tracked files
-- differ from it, or the one that was installed.
-- @treturn ?string nil when it cannot be told
function system.commit()
  local root = system.root()
  local installed = system.read_file(root .. "/COMMIT")
  if installed then return (installed:gsub("%s+$", "")) end
  local status, text = system.run {
    "git", "-C", root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*",
    stderr = "drop",
  }
  return status == 0 and (text:gsub("%s+$", "")) or nil
end

return system
