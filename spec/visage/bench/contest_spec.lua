--- Contests of programs of ours that say how fast they are: a request for so many
-- seconds is answered at once.
local contest = require "visage.bench.contest"
local system = require "visage.system"

-- Runs per second of its first, second, ... time; ends where they do. Each notes its turn.
local function program(name, rates, log)
  return { system.program(), "-e", ([[
    local rates, turn = { %s }, 0
    for line in io.lines() do
      if line:find("prepare", 1, true) then
        if not line:find('"threads":3', 1, true) then error "threads are lost" end
        print '{"ok":true,"about":"a program"}'
      else
        turn = turn + 1
        if not rates[turn] then
          io.stderr:write "hello\nit is tired\n"
          os.exit(1)
        end
        local log = assert(io.open("%s", "a"))
        log:write("%s") log:close()
        print(('{"ok":true,"runs":%%d,"seconds":1,"cpu":1}'):format(rates[turn]))
      end
      io.flush()
    end]]):format(table.concat(rates, ","), log, name) }
end

describe("a contest", function()
  local folder
  before_each(function() folder = assert(system.temp_dir()) end)
  after_each(function() system.remove_tree(folder) end)

  local function run(list, check)
    local said = {}
    local count = contest.run({
      job = { work = "any", threads = 3 }, units = 10,
      check = check or function() return 0 end,
    }, list, {
      rounds = 2, seconds = 1, pause = 0, say = function(one) said[#said + 1] = one.name end,
    })
    return count, said
  end

  it("measures in turns, in units", function()
    local log = folder .. "/log"
    local list = {
      { name = "A", output = folder .. "/A", command = program("A", { 1, 2 }, log) },
      { name = "B", output = folder .. "/B", command = program("B", { 3, 4 }, log) },
      { name = "C", why = "it is not installed" },
    }
    local count, said = run(list)
    assert.equal("ABAB", system.read_file(log))
    assert.same({ { 10, 20 }, { 30, 40 } }, { list[1].rates, list[2].rates })
    assert.same({ "A", "B", "C" }, said)
    assert.equal(4, count.stretches)
    assert.same({ nil, "it is not installed" }, { list[3].rates, list[3].why })
    assert.equal("a program", list[2].about)
    assert.equal(1, list[2].processors)
  end)

  it("goes on without one that ends, and without what is not ours", function()
    local log = folder .. "/log"
    local list = {
      { name = "A", output = folder .. "/A", command = program("A", { 1, 2 }, log) },
      { name = "B", output = folder .. "/B", command = program("B", { 3 }, log) },
      { name = "C", output = folder .. "/C", command = program("C", { 5, 6 }, log) },
    }
    run(list, function(_, theirs) return 0.5, theirs:find "C$" and "wrong" or nil end)
    assert.equal("ABCAC", system.read_file(log))
    assert.is_nil(list[2].rates)
    assert.equal("it ended, with status 1: it is tired", list[2].why)
    assert.same({ { 50, 60 }, 0.5, "wrong", false },
      { list[3].rates, list[3].error, list[3].wrong, list[3].counts })
    assert.is_true(list[1].counts)
  end)

  it("compares with a reference where there is one", function()
    local compared = {}
    local list = {
      { name = "A", output = folder .. "/A", command = program("A", { 1, 1 }, folder .. "/log") },
    }
    contest.run({ job = { threads = 3 }, units = 1, reference = "fp32.npy",
      check = function(ours, theirs) compared = { ours, theirs } return 0 end,
    }, list, { rounds = 1, seconds = 1, pause = 0, say = function() end })
    assert.same({ "fp32.npy", folder .. "/A" }, compared)
  end)

  it("is none when the first cannot take part", function()
    local list = { { name = "A", output = folder .. "/A", command = { "false" } },
      { name = "B", output = folder .. "/B", command = { "true" } } }
    assert.equal(0, run(list).stretches)
    assert.equal("it ended, with status 1", list[1].why)
  end)
end)
