--- Which published statements hold here? Every claim of experiments/claims/ is checked:
-- PASS, FAIL, or MISSING when a file that it needs is not here and cannot be fetched.
-- MISSING is never PASS.
--
-- Data: nothing must be there. --data holds what is there of VGGFace2 (meta/,
-- bb_landmark/, test/), --photos the photos of Brownlee's tutorial
-- (sharon_stone1.jpg, ...). Weights and reference photos that weights/manifest.lua can
-- fetch are fetched; those whose licence nobody states only with --accept-terms (about
-- 1.1 GB). A file that you bring is put where its MISSING line says.
--
-- Reference: the claims themselves, each with its source; a new one is a table in a file
-- of experiments/claims/. Ten seconds without the big weights; experiment 1 on all
-- photos of its list takes an hour a network on two cores.
--
--     ./visage experiments/reproduce.lua --data /data/vggface2 --photos photos
--     make reproduce ARGS="--accept-terms --data /data/vggface2"
local claims = require "visage.experiment.claims"
local experiment = require "visage.experiment"
local folders = require "visage.data.folders"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"

local FOLDER = system.root() .. "/experiments/claims"

local function options(parser)
  parser:option("--photos", "Folder of photos that claims are about."):argname("DIR")
    :default("data/photos")
  parser:option("--claims", "Files of claims (by default all of experiments/claims).")
    :argname("FILE,...")
  parser:option("--only", "Only claims whose key begins with this."):argname("TEXT")
    :default("")
  parser:flag("--no-fetch", "Fetch nothing.")
  parser:flag("--accept-terms", "Fetch files whose licence nobody states too: your use is"
    .. " covered by the terms of their data (visage weights list --long).")
end

local function files_of(o)
  if o.claims then return experiment.split(o.claims) end
  local list = {}
  for i, name in ipairs(assert(folders.list(FOLDER, "file"))) do list[i] = FOLDER .. "/" .. name end
  return list
end

-- The claims that the command line leaves.
local function wanted(o)
  local list = {}
  for _, claim in ipairs(assert(claims.load(files_of(o)))) do
    if claim.key:sub(1, #o.only) == o.only and #list < (o.limit or math.huge) then
      list[#list + 1] = claim
    end
  end
  if not list[1] then error(("--only %s: no claim begins so"):format(o.only), 0) end
  return list
end

-- What to bring, in a line.
local function lacking_text(lacking)
  local parts = {}
  for i, one in ipairs(lacking) do
    parts[i] = ("%s from %s into %s"):format(one.file, one.address, one.folder)
  end
  return table.concat(parts, "; ")
end

-- For --check: every file that a claim needs, once; nothing is fetched.
local function check(run, list, finder)
  local seen, here, missing = {}, 0, 0
  for _, claim in ipairs(list) do
    for _, need in ipairs(claim.needs or {}) do
      local path, lacking = finder(need)
      if not seen[need.name] then
        here, missing = here + (path and 1 or 0), missing + (path and 0 or 1)
        if lacking then run:print("missing: %s", lacking_text(lacking)) end
      end
      seen[need.name] = true
    end
  end
  if missing > 0 then
    error(("%d of %d things that %d claims need are missing"):format(missing, here + missing,
      #list), 0)
  end
end

local function prepare(run)
  local o = run.options
  if o.model or o.weights then
    error("--model, --weights: every claim names its own network", 0)
  end
  local list = wanted(o)
  local finder = claims.finder {
    data = o.data, photos = o.photos, fetch = not (o.no_fetch or o.check),
    accept_terms = o.accept_terms, quiet = o.quiet or not system.isatty(2),
  }
  run.data.name, run.data.path = "claims", o.data
  run.synthetic = synthetic.is_marked(o.data)
  if o.check then check(run, list, finder) end
  return { claims = list, finder = finder }
end

-- Why files could not be fetched, each once.
local function reasons(verdicts)
  local list = {}
  for _, verdict in ipairs(verdicts) do
    for _, one in ipairs(verdict.lacking) do
      if one.why and not list[one.why] then
        list[one.why] = true
        list[#list + 1] = one.why
      end
    end
  end
  return list
end

-- What to bring, each thing once, and the claims that wait for it.
local function record_lacking(rows, at, claim, lacking)
  for _, one in ipairs(lacking) do
    local row = at[one.file]
    if row then
      row[4] = row[4] .. ", " .. claim.key
    else
      row = { one.file, one.address, one.folder, claim.key }
      at[one.file], rows[#rows + 1] = row, row
    end
  end
end

-- A claim's verdict: a line, a row and a metric.
local function record(run, rows, claim, verdict)
  local expected, missing = claims.show(claim.expected), lacking_text(verdict.lacking)
  local shown = verdict.verdict == "MISSING" and missing or verdict.found
  if verdict.verdict == "FAIL" then shown = ("%s, not %s"):format(shown, expected) end
  run:print("%-7s  %-36s  %s: %s", verdict.verdict, claim.key, claim.says, shown)
  rows[#rows + 1] = { claim.key, claim.says, verdict.verdict, expected, verdict.found,
    claim.source, missing }
  local value = { PASS = 1, FAIL = 0, MISSING = 0 / 0 }
  run:metric("claims/" .. claim.key, value[verdict.verdict])
end

-- The last line, which the report begins with.
local function summary(run, keys)
  local all = #keys.PASS + #keys.FAIL + #keys.MISSING
  run:metric("reproduce/claims", all)
  run:metric("reproduce/hold", #keys.PASS)
  run:metric("reproduce/fail", #keys.FAIL)
  run:metric("reproduce/missing", #keys.MISSING)
  local text = ("%d of %d claims hold, %d fail, %d missing"):format(#keys.PASS, all, #keys.FAIL,
    #keys.MISSING)
  run:note(#keys.MISSING == 0 and text or ("%s, which says nothing about them: %s"):format(text,
    table.concat(keys.MISSING, ", ")))
  run:print("%s", text)
end

local function main(run, study)
  local rows = run:table("claims", { "claim", "says", "verdict", "expected", "found", "source",
    "missing" }).rows
  local bring, seen = run:table("missing", { "file", "address", "folder", "claims" }).rows, {}
  local keys, verdicts = { PASS = {}, FAIL = {}, MISSING = {} }, {}
  for i, claim in ipairs(study.claims) do
    local verdict = claims.judge(claim, study.finder, run)
    record(run, rows, claim, verdict)
    record_lacking(bring, seen, claim, verdict.lacking)
    verdicts[i] = verdict
    table.insert(keys[verdict.verdict], claim.key)
  end
  for _, why in ipairs(reasons(verdicts)) do run:print("not fetched: %s", why) end
  summary(run, keys)
  if keys.FAIL[1] then
    error(("%d claims do not hold: %s"):format(#keys.FAIL, table.concat(keys.FAIL, ", ")), 0)
  end
end

os.exit(experiment.main({
  name = "reproduce", data = "data/vggface2",
  summary = "Which published statements hold here: PASS, FAIL, or MISSING with what to bring.",
  question = "Which published statements hold here?",
  options = options, prepare = prepare, run = main,
}, arg), true)
