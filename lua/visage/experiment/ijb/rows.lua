--- Templates of many faces as the rows of one matrix: faces are embedded and pooled
-- group by group, so that memory grows with the templates and not with the faces. The
-- protocol is as visage.data.ijb reads it; of its faces those that are `skipped` are not
-- looked at.
local identification = require "visage.metrics.identification"
local ijb = require "visage.data.ijb"
local pooling = require "visage.templates.pooling"
local scores_of = require "visage.metrics.scores"
local tensor = require "visage.tensor"

local template_rows = {}

-- Faces of a group, about. More would not be faster.
local GROUP = 512

-- Places of the templates that are not omitted, those of one subject together: faces
-- that are in several templates show one person, and so are in one group.
local function in_order(p)
  local rows = {}
  for row, template in ipairs(p.templates) do
    if not template.omitted then rows[#rows + 1] = row end
  end
  table.sort(rows, function(a, b)
    local x, y = p.templates[a].subject or "", p.templates[b].subject or ""
    if x == y then return a < b end
    return x < y
  end)
  return rows
end

-- Lists of places of templates.
local function groups(p)
  local list, group, faces, subject = {}, nil, 0, nil
  for _, row in ipairs(in_order(p)) do
    local template = p.templates[row]
    if not group or faces >= GROUP and not (subject and template.subject == subject) then
      group, faces = {}, 0
      list[#list + 1] = group
    end
    group[#group + 1] = row
    faces, subject = faces + #template.faces, template.subject
  end
  return list
end

-- The group's faces that can be looked at, each once.
local function faces_of(p, group)
  local faces, seen = {}, {}
  for _, row in ipairs(group) do
    for _, at in ipairs(p.templates[row].faces) do
      local face = p.faces[at]
      if not seen[at] and not face.skipped then faces[#faces + 1] = face end
      seen[at] = true
    end
  end
  return faces
end

-- Embeddings of the group's faces, f64, by face.
local function embedded(source, faces)
  local rows, failed = source.embed(faces)
  local wide, by_face = rows:to "f64", {}
  for i, face in ipairs(faces) do
    if not failed[i] then by_face[face] = wide[i] end
    -- What a detector found is of no use here, and there are many faces.
    face.face, face.found = nil, nil
  end
  return by_face
end

-- The pooled vector of a template in length one, or nil; and of how many faces.
local function pooled(p, template, by_face, how)
  local rows, n = {}, 0
  local facts = { media = {}, scores = how.scores and {} or nil }
  for i, at in ipairs(template.faces) do
    local row = by_face[p.faces[at]]
    if row then
      n = n + 1
      rows[n], facts.media[n] = row, template.media[i]
      if how.scores then facts.scores[n] = how.scores[at] end
    end
  end
  if n == 0 then return nil, 0 end
  -- Hundreds of thousands of copies are better gone at once than when Lua gets to it.
  local x <close> = tensor.stack(rows, 1)
  local vector = pooling.pool(how.pooling, x, facts)
  local length = vector:norm()
  if length - length ~= 0 or length == 0 then return nil, n end
  return vector / length, n
end

-- Pools the templates of a group into found.rows, which its first vector makes.
local function pool_group(p, group, found, by_face, how)
  for _, row in ipairs(group) do
    local template = p.templates[row]
    local vector, n = pooled(p, template, by_face, how)
    if vector and not found.rows then
      found.rows = tensor.full({ #p.templates, #vector }, 0 / 0, "f64")
    end
    if vector then found.rows[row] = vector else found.failed = found.failed + 1 end
    found.faces, found.lost = found.faces + n, found.lost + #template.faces - n
  end
end

--- The templates of a source.
-- @tparam table run
-- @tparam table source of visage.experiment.embeddings
-- @tparam table p the protocol
-- @tparam table how pooling, the name of a rule that gives one vector; scores of the
-- faces, which weigh them, if any
-- @treturn table { rows (T, D) f64 in length one, NaN where a template is omitted or has
-- failed to enrol, having no face with an embedding or no direction; failed, templates
-- that have; faces that were pooled, as often as they are in a template, and those
-- lost }
function template_rows.of(run, source, p, how)
  local found, list = { failed = 0, faces = 0, lost = 0 }, groups(p)
  local bar = run:progress(source.name .. ", groups of templates", #list)
  for _, group in ipairs(list) do
    local faces = faces_of(p, group)
    local by_face = faces[1] and embedded(source, faces) or {}
    run:timed("pool", pool_group, p, group, found, by_face, how)
    bar:step(1)
  end
  bar:done()
  if not found.rows then error(source.name .. ": no template has a face with an embedding", 0) end
  return found
end

--- Scores of the protocol's pairs.
-- @tparam table p the protocol
-- @tparam table counts of ijb.check_pairs
-- @tparam core.tensor rows of template_rows.of
-- @treturn table a score set, f64
-- @treturn {any,...} whose each genuine pair is; false where that is not known
function template_rows.compare(p, counts, rows)
  local set, at, owners = {}, { genuine = 0, impostor = 0 }, {}
  for kind in pairs(at) do set[kind] = tensor.zeros({ counts[kind] }, "f64") end
  assert(ijb.pairs(p, function(chunk)
    local scores <close> = scores_of.listed(rows, chunk.first, chunk.second)
    local part = scores_of.from_matrix(scores, chunk.same)
    for kind, before in pairs(at) do
      local n = #part[kind]
      if n > 0 then set[kind]:narrow(1, before + 1, n):copy(part[kind]) end
      at[kind] = before + n
      part[kind]:close()
    end
    for _, row in ipairs(scores_of.from_matrix(chunk.first, chunk.same).genuine:totable()) do
      owners[#owners + 1] = p.templates[math.tointeger(row)].subject or false
    end
  end))
  return set, owners
end

-- So many probes' scores with all of a gallery are held at a time.
local BLOCK = 2000

local function picked(rows, list)
  local out = tensor.zeros({ #list, rows:size(2) }, "f64")
  for i, row in ipairs(list) do out[i] = rows[row] end
  return out
end

--- Whose some templates are.
-- @tparam table p the protocol
-- @tparam {integer,...} list places of templates
-- @treturn {string,...} subjects
function template_rows.labels(p, list)
  local out = {}
  for i, row in ipairs(list) do out[i] = p.templates[row].subject end
  return out
end

--- What becomes of searches of probes in a gallery, whose scores are held in blocks.
-- @tparam table p the protocol
-- @tparam core.tensor rows of template_rows.of
-- @tparam {integer,...} entries of the gallery, places of templates
-- @tparam {integer,...} probes the same
-- @tparam table options { ties } of visage.metrics.identification
-- @treturn table searches, without their matrix
function template_rows.search(p, rows, entries, probes, options)
  local names, columns = template_rows.labels(p, entries), picked(rows, entries):transpose(1, 2)
  local all = { entries = #entries, mated = {}, nonmated = {}, mate = {}, rank = {}, top = {},
    ties = options.ties }
  for first = 1, #probes, BLOCK do
    local block = table.move(probes, first, math.min(first + BLOCK - 1, #probes), 1, {})
    local matrix <close> = picked(rows, block):matmul(columns)
    local s = identification.searches(matrix, template_rows.labels(p, block), names, options)
    for _, name in ipairs { "mated", "nonmated" } do
      for _, row in ipairs(s[name]) do table.insert(all[name], first - 1 + row) end
    end
    for _, name in ipairs { "mate", "rank", "top" } do
      table.move(s[name], 1, #s[name], #all[name] + 1, all[name])
    end
  end
  return all
end

return template_rows
