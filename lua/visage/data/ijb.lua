--- The protocols of IJB-B and IJB-C (NIST): templates of many photos and frames,
-- compared in listed pairs (1:1) and searched in two galleries (1:N). Two layouts of
-- the same protocols are about; SET is ijbb or ijbc:
--
--     InsightFace's   meta/SET_face_tid_mid.txt          NAME TEMPLATE MEDIUM
--                     meta/SET_name_5pts_score.txt       NAME, five points, a score
--                     meta/SET_template_pair_label.txt   TEMPLATE TEMPLATE 1 or 0
--                     meta/SET_1N_gallery_G1.csv, _G2.csv, SET_1N_probe_mixed.csv
--                     loose_crop/NAME                    a face of each line
--     NIST's          protocols/SET_1N_gallery_G1.csv, _G2.csv, SET_1N_probe_mixed.csv
--                     protocols/SET_11_G1_G2_matches.csv TEMPLATE,TEMPLATE
--                     images/FILENAME                    whole photos and frames
--
-- IJB-B calls its galleries S1 and S2. ijb/insightface.lua and ijb/nist.lua read the
-- two, ijb/pairs.lua the pairs. In each a medium is a photo, or a video of which
-- several frames are in the template.
local insightface = require "visage.data.ijb.insightface"
local lfs = require "lfs"
local nist = require "visage.data.ijb.nist"
local pairs_of = require "visage.data.ijb.pairs"

local ijb = {
  pairs = pairs_of.each, check_pairs = pairs_of.check,
}

local SETS = { ijbb = "IJB-B", ijbc = "IJB-C" }

-- Where NIST's own files lie, below the data folder.
local FOLDERS = { "protocols", "protocol", "meta", "." }

local GALLERIES = { { "G1", "G2" }, { "S1", "S2" } }

local function is_file(path) return lfs.attributes(path, "mode") == "file" end

-- The files of both galleries and the probes, as far as they are there.
local function searches(folder, set)
  local found = { galleries = {} }
  for _, names in ipairs(GALLERIES) do
    for i, name in ipairs(names) do
      local path = ("%s/%s_1N_gallery_%s.csv"):format(folder, set, name)
      if is_file(path) then found.galleries[i] = { name = name, path = path } end
    end
  end
  local probes = ("%s/%s_1N_probe_mixed.csv"):format(folder, set)
  found.probes = is_file(probes) and probes or nil
  return found
end

local function in_insightface(root, set)
  local start = ("%s/meta/%s_"):format(root, set)
  if not is_file(start .. "face_tid_mid.txt") then return nil end
  local found = searches(root .. "/meta", set)
  found.layout, found.faces = "insightface", start .. "face_tid_mid.txt"
  local points, list = start .. "name_5pts_score.txt", start .. "template_pair_label.txt"
  found.points = is_file(points) and points or nil
  found.pairs = is_file(list) and list or nil
  return found
end

local function in_nist(root, set)
  for _, below in ipairs(FOLDERS) do
    local folder = root .. "/" .. below
    local found = searches(folder, set)
    if found.galleries[1] and found.galleries[2] and found.probes then
      found.layout = "nist"
      for _, names in ipairs(GALLERIES) do
        local list = ("%s/%s_11_%s_matches.csv"):format(folder, set, table.concat(names, "_"))
        found.pairs = found.pairs or is_file(list) and list or nil
      end
      return found
    end
  end
end

--- Looks for the files of a set.
-- @tparam string root the data folder
-- @tparam[opt] string set "ijbb" or "ijbc"; by default the one that is there
-- @treturn table { set = "IJB-C", layout = "insightface" | "nist", pairs, probes, faces,
-- points (paths, nil where there is none), galleries = { { name, path }, ... } }, or
-- nil, text, code
function ijb.find(root, set)
  local found = {}
  for _, name in ipairs { "ijbb", "ijbc" } do
    if not set or set == name then
      local one = in_insightface(root, name) or in_nist(root, name)
      if one then
        one.set = SETS[name]
        found[#found + 1] = one
      end
    end
  end
  if found[2] then
    return nil, ("%s holds IJB-B and IJB-C; say which with --set"):format(root), "ARGUMENT"
  end
  if found[1] then return found[1] end
  local name = set or "ijbc"
  return nil, ("%s: neither meta/%s_face_tid_mid.txt (InsightFace's package) nor"
    .. " protocols/%s_1N_gallery_G1.csv, _G2.csv and %s_1N_probe_mixed.csv (NIST's) is in it")
    :format(root, name, name, name), "IO"
end

local READERS = { insightface = insightface.read, nist = nist.read }

--- Reads the templates.
-- @tparam table files of find
-- @tparam string images folder of the photos
-- @treturn table { set, layout, faces = { { key, path, box or points } }; scores of the
-- faces where there are some; templates = { { id, subject, faces, media } }, the faces'
-- places and their media; row_of, from an id to the template's place;
-- galleries = { { name, path, rows } }, probes = { path, rows }, places of templates;
-- pairs, the path; repeated = { { path, line }, ... }, lines that say what an earlier
-- one says }, or nil, text, code
function ijb.read(files, images)
  local p = {
    set = files.set, layout = files.layout, faces = {}, templates = {}, row_of = {},
    galleries = {}, pairs = files.pairs, repeated = {},
  }
  local ok, text, code = READERS[files.layout](p, files, images)
  if not ok then return nil, text, code end
  return p
end

return ijb
