--- What the command line means: a command, a script, `-e`, or the REPL.
-- A first word with no `/` and no `.` is a command; anything else is a script,
-- run exactly as `lua` would run it. Called once by core/lua/main.c.
local errors = require "visage.repl.errors"
local system = require "visage.system"

local FAILED, MISUSED = 1, 2
-- What a shell reports of a program that Ctrl-C ended.
local INTERRUPTED = 130

local function complain(text)
  io.stderr:write("visage: ", text, "\n")
  io.stderr:flush()
end

-- Calls f; an error is reported as `lua` reports it. Returns an exit status.
local function call(f, ...)
  local ok, result = errors.call(f, ...)
  if ok then return 0, result end
  local tail = result.traceback and "\n\t[C]: in ?" or ""
  complain(errors.text(result) .. tail)
  return result.interrupted and INTERRUPTED or FAILED
end

-- The global `arg`: argv with the script, at its place `script`, as number 0.
local function set_arg(argv, script)
  arg = {}
  for i = 0, #argv do arg[i - script] = argv[i] end
end

local function run_chunk(chunk, text, ...)
  if not chunk then
    complain(text)
    return FAILED
  end
  return (call(chunk, ...))
end

local function run_command(name, arguments)
  local command, text = require("visage.commands").find(name)
  if not command then
    complain(text)
    return MISUSED
  end
  local status, result = call(command.run, arguments)
  return status == 0 and result or status
end

-- Reads the options before the first word: the codes of -e in order, flags, and
-- the place of the first word.
local function read_options(argv)
  local options = { codes = {} }
  local i = 1
  while argv[i] do
    local word = argv[i]
    if word == "-" or word:sub(1, 1) ~= "-" then break end
    if word == "--" then
      i = i + 1
      break
    elseif word == "-e" then
      i = i + 1
      if not argv[i] then return nil, "'-e' needs an argument" end
      options.codes[#options.codes + 1] = argv[i]
    elseif word:sub(1, 2) == "-e" then
      options.codes[#options.codes + 1] = word:sub(3)
    elseif word == "-i" then
      options.interactive = true
    elseif word == "-v" or word == "--version" then
      options.version = true
    elseif word == "-h" or word == "--help" then
      options.help = true
    else
      return nil, ("unrecognized option '%s'; visage --help lists them"):format(word)
    end
    i = i + 1
  end
  options.first = i
  return options
end

-- Runs the word at argv[first], a command or a script.
local function run_word(argv, first)
  local word = argv[first]
  local rest = table.move(argv, first + 1, #argv, 1, {})
  if word ~= "-" and not word:find "[/.]" then return run_command(word, rest) end
  set_arg(argv, first)
  local chunk, text = loadfile(word ~= "-" and word or nil)
  return run_chunk(chunk, text, table.unpack(rest))
end

local function print_version()
  print(("visage %s, %s"):format(system.version, require("visage.core.versions").lua))
end

return function(argv)
  local options, text = read_options(argv)
  if not options then
    complain(text)
    return MISUSED
  end
  if options.help then return run_command("help", {}) end
  if options.version then print_version() end
  local first = options.first
  set_arg(argv, argv[first] and first or 0)
  local status = 0
  for _, code in ipairs(options.codes) do
    status = run_chunk(load(code, "=(command line)"))
    if status ~= 0 then return status end
  end
  local asked = options.version or #options.codes > 0
  if argv[first] then
    status = run_word(argv, first)
  elseif not asked and not options.interactive and not system.isatty(0) then
    status = run_chunk(loadfile())
  end
  if options.interactive or (not argv[first] and not asked and system.isatty(0)) then
    return require("visage.repl").run(_G)
  end
  return status
end
