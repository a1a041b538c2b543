--- ijb on 1,170 drawn faces by VGGFace2's and InsightFace's rules equals
-- spec/golden/ijb.py, which numpy and scikit-learn made.
local golden = require "spec.support.golden"
local results = require "spec.support.results"
local system = require "visage.system"
local tensor = require "visage.tensor"

-- Ratios of the same counts; scores add up in another order.
local NEAR, SCORE = 1e-12, 1e-7

-- Template, subject, faces, as the golden's docstring has them.
local function templates()
  local list = {}
  for s = 1, 60 do list[s] = { s, s, 3 } end
  for k = 1, 3 do
    for s = 1, 60 do list[#list + 1] = { 100 * k + s, s, 4 + (s + k) % 4 } end
  end
  return list
end

local function drawn(list, n)
  local g = tensor.generator(31)
  local centre, noise = g:rand({ 60, 16 }, "f64") - 0.5, g:rand({ n, 16 }, "f64") - 0.5
  local length, score = g:rand({ n }, "f64") + 0.5, g:rand({ n }, "f64")
  local rows, scores, at = {}, {}, 0
  for _, template in ipairs(list) do
    for _ = 1, template[3] do
      at = at + 1
      rows[at] = (centre[template[2]] + noise[at] * 1.6) * length[at]
      scores[at] = math.floor(score[at] * 1000) / 1000
    end
  end
  return tensor.stack(rows, 1):to "f32", scores
end

local function write(path, lines)
  assert(system.write_file(path, table.concat(lines, "\n") .. "\n"))
end

local function write_search(meta, name, list, first, last)
  local lines = { "TEMPLATE_ID,SUBJECT_ID" }
  for i = first, last do
    for _ = 1, list[i][3] do lines[#lines + 1] = ("%d,%d"):format(list[i][1], list[i][2]) end
  end
  write(("%s/ijbc_1N_%s.csv"):format(meta, name), lines)
end

describe("ijb equals the published evaluators", function()
  local wanted, list, root = golden.load "ijb", templates(), nil

  setup(function()
    root = assert(system.temp_dir())
    local meta = root .. "/meta"
    assert(system.mkdir_p(meta))
    local rows, scores = drawn(list, wanted.faces)
    assert(tensor.save(root .. "/faces.npy", rows))
    assert.tensor(rows[101]).near(wanted.face, 0)
    assert.equal(wanted.score, scores[101])
    local faces, points = {}, {}
    for _, template in ipairs(list) do
      for i = 0, template[3] - 1 do
        local n = #faces + 1
        faces[n] = ("%d.jpg %d %d"):format(n, template[1], 10 * template[1] + i // 2)
        points[n] = ("%d.jpg 1 1 2 1 1 2 1 3 2 3 %.3f"):format(n, scores[n])
      end
    end
    write(meta .. "/ijbc_face_tid_mid.txt", faces)
    write(meta .. "/ijbc_name_5pts_score.txt", points)
    local lines = {}
    for i = 1, 60 do
      for k = 61, #list do
        lines[#lines + 1] = ("%d %d %d"):format(list[i][1], list[k][1],
          list[i][2] == list[k][2] and 1 or 0)
      end
    end
    write(meta .. "/ijbc_template_pair_label.txt", lines)
    write_search(meta, "gallery_G1", list, 1, 30)
    write_search(meta, "gallery_G2", list, 31, 60)
    write_search(meta, "probe_mixed", list, 61, #list)
  end)
  teardown(function() system.remove_tree(root) end)

  local function run(...)
    local out = system.temp_name(root .. "/out")
    local status, text = system.run { system.program(), system.root() .. "/experiments/ijb.lua",
      "--data", root, "--embeddings", root .. "/faces.npy", "--out", out, "--no-cache",
      "--rounds", "0", stderr = "merge", ... }
    assert.equal(0, status, text)
    return results.load(out)
  end

  for name, options in pairs {
    vggface2 = { "--pooling", "vggface2" },
    N0D0 = { "--pooling", "insightface", "--no-detector-scores" },
    N0D1 = { "--pooling", "insightface" },
    N1D0 = { "--pooling", "insightface+l2", "--no-detector-scores" },
    N1D1 = { "--pooling", "insightface+l2" },
  } do
    it("by the rules of " .. name, function()
      local golden_one = wanted[name]
      local found = run("--rule", "nearest_corner", "--fpir-rule", "topk",
        table.unpack(options))
      local function metric(key) return found.metrics["embeddings/" .. key] end
      for k, far in ipairs(wanted.fars) do
        assert.near(golden_one.one_to_one.tar[k], metric(("tar_at_far_%g"):format(far)), NEAR)
      end
      assert.near(golden_one.one_to_one.auc, metric "auc", NEAR)
      for g, gallery in ipairs { "G1", "G2" } do
        local one = golden_one[gallery]
        for k, rank in ipairs { 1, 5, 10 } do
          assert.near(one.ranks[k], metric(("rank_%d.%s"):format(rank, gallery)), NEAR)
        end
        for k, fpir in ipairs(wanted.fpirs) do
          assert.near(one.tpir[k], metric(("tpir_at_fpir_%g.%s"):format(fpir, gallery)), NEAR)
          local row = found.tables.tpir.rows[2 * (k - 1) + g]
          assert.same({ gallery, fpir, true }, { row[2], row[3], row[7] })
          assert.near(one.threshold[k], row[6], SCORE)
        end
      end
      for k, fpir in ipairs(wanted.fpirs) do
        assert.near(golden_one.mean_tpir[k], metric(("tpir_at_fpir_%g.mean"):format(fpir)), NEAR)
      end
    end)
  end

  it("and is the greatest TAR with a FAR of at most the wanted one by default", function()
    local found = run()
    for k, far in ipairs(wanted.fars) do
      assert.near(wanted.vggface2.one_to_one.at_most[k],
        found.metrics[("embeddings/tar_at_far_%g"):format(far)], NEAR)
    end
  end)
end)
