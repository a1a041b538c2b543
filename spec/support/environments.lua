--- The Python environments of the real frameworks: .venv/NAME, made of
-- spec/golden/requirements-NAME.txt.
local environments = require "visage.bench.environments"

return {
  --- The interpreter of an environment by its name; or nil and a text.
  python = function(name)
    return environments.python(".venv/" .. name, "spec/golden/requirements-" .. name .. ".txt")
  end,
}
