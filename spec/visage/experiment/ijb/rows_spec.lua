local identification = require "visage.metrics.identification"
local run_class = require "visage.experiment.run"
local template_rows = require "visage.experiment.ijb.rows"
local tensor = require "visage.tensor"

local function new_run()
  return run_class.new({ name = "spec" }, { quiet = true, seed = 1, out = "none" }, {})
end

-- A source of the faces' own vectors, that remembers which it was asked for.
local function source_of(vectors)
  local asked = {}
  return {
    name = "drawn",
    embed = function(faces)
      local rows = {}
      for i, face in ipairs(faces) do
        asked[#asked + 1], rows[i] = face.key, vectors[face.key]
      end
      return tensor.from(rows), {}
    end,
  }, asked
end

describe("rows of templates", function()
  it("are pooled media in length one; a shared face is embedded once", function()
    local p = {
      faces = { { key = "a" }, { key = "b" }, { key = "c", skipped = true } },
      templates = {
        { id = 7, subject = "x", faces = { 1, 2 }, media = { "m", "n" } },
        { id = 8, subject = "x", faces = { 2 }, media = { "n" } },
        { id = 9, subject = "y", faces = { 3 }, media = { "o" } },
        { id = 10, subject = "z", faces = { 1 }, media = { "o" }, omitted = true },
      },
    }
    local source, asked = source_of { a = { 3, 0 }, b = { 0, 2 } }
    local found = template_rows.of(new_run(), source, p, { pooling = "vggface2" })
    assert.same({ "a", "b" }, asked)
    assert.same({ 1, 3, 1 }, { found.failed, found.faces, found.lost })
    assert.equal("f64", found.rows:dtype())
    assert.tensor(found.rows:narrow(1, 1, 2)).near({ { 0.5 ^ 0.5, 0.5 ^ 0.5 }, { 0, 1 } }, 1e-15)
    for row = 3, 4 do assert.is_true(found.rows:get(row, 1) ~= found.rows:get(row, 1)) end
    -- Scores weigh the faces: (3, 0) / 3 + (0, 2).
    found = template_rows.of(new_run(), source, p,
      { pooling = "insightface", scores = { 1 / 3, 1, 1 } })
    assert.tensor(found.rows[1]).near({ 0.2 ^ 0.5, 0.8 ^ 0.5 }, 1e-7)
  end)

  it("come in groups, however many faces there are", function()
    local p, vectors, n = { faces = {}, templates = {} }, {}, 0
    local g = tensor.generator(1)
    for t = 1, 900 do
      local template = { id = t, subject = ("%d"):format(t % 700), faces = {}, media = {} }
      for _ = 1, 7 do
        n = n + 1
        p.faces[n] = { key = n }
        vectors[n] = { g:uniform(), g:uniform() }
        table.insert(template.faces, n)
        table.insert(template.media, n)
      end
      p.templates[t] = template
    end
    local source, asked = source_of(vectors)
    local found = template_rows.of(new_run(), source, p, { pooling = "mean" })
    assert.same({ n, n }, { #asked, found.faces })
    for t = 1, 900, 131 do
      local sum = { 0, 0 }
      for _, at in ipairs(p.templates[t].faces) do
        for k = 1, 2 do sum[k] = sum[k] + vectors[at][k] end
      end
      assert.near(sum[1] / math.sqrt(sum[1] ^ 2 + sum[2] ^ 2), found.rows:get(t, 1), 1e-6)
    end
  end)

  it("are searched in blocks as they are at once", function()
    local g = tensor.generator(2)
    local rows = g:rand({ 4500, 3 }, "f64") - 0.5
    rows = rows / rows:norm(2, 2, true)
    rows[3], rows[77] = 0 / 0, 0 / 0
    local p, entries, probes = { templates = {} }, {}, {}
    for t = 1, 4500 do
      p.templates[t] = { subject = t % 30 }
      if t <= 20 then entries[t] = t else probes[#probes + 1] = t end
    end
    local found = template_rows.search(p, rows, entries, probes, { ties = "pessimistic" })
    local whole = identification.searches(
      rows:narrow(1, 21, 4480):matmul(rows:narrow(1, 1, 20):transpose(1, 2)),
      template_rows.labels(p, probes), template_rows.labels(p, entries))
    for _, name in ipairs { "mated", "nonmated", "rank" } do
      assert.same(whole[name], found[name])
    end
    for _, name in ipairs { "mate", "top" } do
      for i, value in ipairs(whole[name]) do
        local other = found[name][i]
        assert.is_true(value == other or value ~= value and other ~= other
          or math.abs(value - other) < 1e-14)
      end
    end
    assert.equal(20, found.entries)
  end)

  it("want a face with an embedding", function()
    local p = { faces = { { key = "a" } },
      templates = { { id = 1, subject = "x", faces = { 1 }, media = { 1 } } } }
    assert.has_error(function()
      template_rows.of(new_run(), source_of { a = { 0, 0 } }, p, { pooling = "mean" })
    end, "drawn: no template has a face with an embedding")
  end)
end)
