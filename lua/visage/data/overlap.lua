--- Are the people of a test among those that a network was trained on? Then it
-- knows them, and its numbers say less. What data sets' makers state about pairs of
-- them; of all others nothing is known.
local overlap = {}

-- Training data -> people of the test -> { overlap, who says so }.
local STATED = {
  VGGFace2 = {
    ["VGGFace2 test"] = { "none claimed",
      "identity_meta.csv: the 500 test identities are not among the 8,631 of training" },
    ["VGGFace2 train"] = { "known all", "identity_meta.csv: the identities of training" },
  },
  VGGFace = {
    ["VGGFace2 test"] = { "none claimed",
      "class_overlap_vgg1_2.txt: 53 identities, all of VGGFace2's training part" },
    ["VGGFace2 train"] = { "known 53", "class_overlap_vgg1_2.txt" },
  },
  -- dlib's ResNet, in the manifest's words.
  ["about 3 million faces: FaceScrub, VGG and photos from the web"] = {
    LFW = { "none claimed", "davisking/dlib-models, README: identities of LFW were avoided" },
  },
}

-- Data sets that a network saw one after the other.
local function sets_of(trained_on)
  local sets = {}
  for name in (trained_on .. ", then "):gmatch "(.-), then " do sets[#sets + 1] = name end
  return sets
end

-- The worse news first.
local RANK = { known = 1, unknown = 2, none = 3 }

local function rank(found) return RANK[found[1]:match "^%a+"] end

--- What is known of the overlap.
-- @tparam ?string trained_on of the manifest, such as "MS-Celeb-1M, then VGGFace2";
-- nil: not stated
-- @tparam ?string people of the test, such as "VGGFace2 test" or "LFW"
-- @treturn string "none claimed", "known N" (or "known all") or "unknown"
-- @treturn ?string who says so
-- @usage overlap.of("VGGFace", "VGGFace2 train") --> "known 53"
function overlap.of(trained_on, people)
  local worst
  for _, set in ipairs(trained_on and people and sets_of(trained_on) or {}) do
    local found = (STATED[set] or {})[people] or { "unknown" }
    if not worst or rank(found) < rank(worst) then worst = found end
  end
  return table.unpack(worst or { "unknown" })
end

return overlap
