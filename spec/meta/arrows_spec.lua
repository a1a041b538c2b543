--- Which part may use which: the arrows in README.md, told by #include and
-- require lines. Nothing points back.
local tree = require "spec.support.tree"

-- Each folder of core/ and those it may include besides itself.
local CORE = {
  base = {},
  tensor = { "base" },
  graph = { "base", "tensor" },
  cpu = { "base", "tensor", "graph" },
  onednn = { "base", "tensor", "graph", "cpu" },
  cudnn = { "base", "tensor", "graph" },
  backend = { "base", "tensor", "graph", "cpu", "onednn", "cudnn" },
  loader = { "base", "tensor", "graph" },
  image = { "base", "tensor" },
  face = { "base" },
  lua = { "base", "tensor", "graph", "backend", "loader", "image", "face" },
}

-- Library modules that work on plain tensors and tables, and what they never open.
local PLAIN = { "metrics", "templates", "plot" }
local HEAVY = { "models", "face", "image", "data", "nn", "loader", "weights", "experiment" }

local function includes(path)
  local list = {}
  for name in tree.read(path):gmatch '#include%s*["<]([^">]+)[">]' do list[#list + 1] = name end
  return list
end

local function requires(path)
  local list = {}
  for name in tree.read(path):gmatch 'require%s*%(?%s*["\']([%w_.]+)["\']' do
    list[#list + 1] = name
  end
  return list
end

local function set(list)
  local members = {}
  for _, name in ipairs(list) do members[name] = true end
  return members
end

describe("the arrows of the core:", function()
  for _, path in ipairs(tree.files("c", "h", "def", "cu")) do
    local folder = path:match "^core/(%w+)/"
    if folder then
      it(path .. " includes only what it may", function()
        local allowed = set(assert(CORE[folder], "core/" .. folder .. " is not in README.md"))
        allowed[folder] = true
        for _, name in ipairs(includes(path)) do
          local other = name:match "^core/(%w+)/"
          assert(not other or allowed[other], ("%s includes %s"):format(path, name))
          assert(folder == "lua" or not name:match "^l[ua][ua]%w*%.h$",
            ("%s includes %s; only core/lua may"):format(path, name))
        end
      end)
    end
  end
end)

describe("the arrows of the library:", function()
  it("nothing in lua/visage requires an experiment or a spec", function()
    for _, path in ipairs(tree.matching("^lua/", "lua")) do
      for _, name in ipairs(requires(path)) do
        assert(not name:match "^experiments" and not name:match "^spec",
          ("%s requires %s"):format(path, name))
      end
    end
  end)

  it("only lua/visage requires visage.core", function()
    for _, path in ipairs(tree.matching("^experiments/", "lua")) do
      for _, name in ipairs(requires(path)) do
        assert(not name:match "^visage%.core", ("%s requires %s"):format(path, name))
      end
    end
  end)

  it("metrics, templates and plot work on plain tensors and tables", function()
    local heavy = set(HEAVY)
    for _, part in ipairs(PLAIN) do
      for _, path in ipairs(tree.matching("^lua/visage/" .. part .. "[/.]", "lua")) do
        for _, name in ipairs(requires(path)) do
          assert(not heavy[name:match "^visage%.(%w+)"], ("%s requires %s"):format(path, name))
        end
      end
    end
  end)
end)
