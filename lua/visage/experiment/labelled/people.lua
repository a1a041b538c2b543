--- Photos whose people are known, and what became of naming them: reading a folder
-- with one folder a person; accuracies with intervals, a table of photos, of people
-- and of confusions, and the worst errors as a picture. For closed sets: everyone on
-- the photos is among those who can be named.
local confusion = require "visage.metrics.confusion"
local identification = require "visage.metrics.identification"
local image = require "visage.image"
local intervals = require "visage.metrics.intervals"
local people = require "visage.experiment.gallery.people"
local plot = require "visage.plot"
local synthetic = require "visage.data.synthetic"
local system = require "visage.system"

local labelled = {}

-- Ranks whose accuracies are told.
local RANKS = { 1, 5 }
-- Errors and failures that are shown; confusions that are printed.
local SHOWN, LOST, PRINTED = 12, 8, 3
-- Of the picture, so that two names have room.
local COLUMNS, CELL = 4, 208
-- People beyond whom a confusion matrix cannot be read.
local MOST_PEOPLE = 40
local LEVEL = 0.95

-- What nobody's folder is called: a photo without an embedding was named so.
local NOBODY = "(no embedding)"

--- Leaves the same file twice in one person's folder out, and counts it. In two people's
-- folders it stays, since nobody knows whose it is, but that is said and counted.
-- @tparam table run
-- @tparam {table,...} list of people, as visage.experiment.gallery's; their images get
-- their file's sha256, `hash`, where there is a file
-- @treturn {table,...} the list
function labelled.unique(run, list)
  local owner = {}
  for _, person in ipairs(list) do
    local kept = {}
    for _, one in ipairs(person.images) do
      one.hash = system.sha256_file(one.path)
      local other = owner[one.hash or one]
      local again = other and other.subject == one.subject
      if other then
        run:count(again and "repeated_photos" or "two_names")
        run:say("%s: the same file as %s%s", one.file, other.file,
          again and "; it counts once" or ", and under another name")
      end
      if not again then kept[#kept + 1] = one end
      owner[one.hash or one] = other or one
    end
    person.images = kept
  end
  return list
end

--- The people of a folder with one folder a person, and all their photos, each once.
-- @tparam table run
-- @tparam string root
-- @treturn {table,...} { name, images = { { file = "NAME/1.jpg", path, subject, hash },... } }
-- @treturn {table,...} images, as many as there are files
function labelled.read(run, root)
  root = root:gsub("(.)/+$", "%1")
  run.synthetic = run.synthetic or synthetic.is_marked(root)
  local list, everyone = assert(people.of_folder(root)), {}
  for _, person in ipairs(list) do
    table.move(person.images, 1, #person.images, #everyone + 1, everyone)
  end
  return labelled.unique(run, list), everyone
end

-- The columns of the best scores of a row, NaN left out.
local function best_columns(row, top)
  local made = row:eq(row):sum()
  local values, columns = row:sort(1, true)
  -- NaN counts as the greatest.
  local skip, list = #row - made, {}
  for k = 1, math.min(top, made) do
    list[k] = { column = columns[skip + k], score = values[skip + k] }
  end
  return list
end

--- What each photo was named.
-- @tparam {table,...} images with `truth`, one of the names
-- @tparam core.tensor scores (P, S), more is more likely; NaN: not compared
-- @tparam {string,...} names S
-- @tparam table failed why a photo has no embedding, by place
-- @tparam integer top how many names are kept
-- @treturn {table,...} { image, truth, why (no embedding), rank (of the truth; of equal
-- scores it is the last), score (of the truth), ranked = { { name, score, column }, ... } }
function labelled.answers(images, scores, names, failed, top)
  local truths, list = {}, {}
  for i, one in ipairs(images) do truths[i] = one.truth end
  local searches = identification.searches(scores, truths, names)
  if #searches.nonmated > 0 then
    local first = images[searches.nonmated[1]]
    error(("answers: %s is nobody's name here"):format(first.truth), 2)
  end
  for i, one in ipairs(images) do
    local ranked = failed[i] and {} or best_columns(scores[i], top)
    for _, answer in ipairs(ranked) do answer.name = names[answer.column] end
    -- Who only ties for the first place was not found.
    if searches.rank[i] > 1 and ranked[2] and ranked[1].name == one.truth then
      ranked[1], ranked[2] = ranked[2], ranked[1]
    end
    list[i] = {
      image = one, truth = one.truth, why = failed[i], rank = searches.rank[i],
      score = searches.mate[i], ranked = ranked,
    }
  end
  return list
end

-- The tables of a run, begun with its first judgement.
local function tables_of(run, top)
  if not run.judged then
    local columns = { "model", "photo", "truth", "status", "rank", "truth_score", "named", "score" }
    for k = 2, top do columns[#columns + 1] = "name" .. k end
    run.judged = {
      photos = run:table("photos", columns),
      people = run:table("people",
        { "model", "name", "photos", "failed", "correct", "accuracy", "low", "high" }),
      confusions = run:table("confusions", { "model", "truth", "named", "count", "of" }),
    }
  end
  return run.judged
end

-- A share with its interval, recorded.
local function share(run, key, correct, n)
  run:metric(key, n > 0 and correct / n or 0 / 0)
  if n == 0 then return 0 / 0, 0 / 0 end
  local low, high = intervals.clopper_pearson(correct, n, LEVEL)
  run:interval(key, {
    low = low, high = high, level = LEVEL, n = n,
    method = "Clopper-Pearson, photos taken as independent",
  })
  return low, high
end

local function count(answers, test)
  local n = 0
  for _, one in ipairs(answers) do
    if test(one) then n = n + 1 end
  end
  return n
end

-- Accuracies over all photos, of which failures are errors, and over those that have
-- an embedding.
local function record_accuracy(run, key, answers, classes)
  local lost = count(answers, function(one) return one.why end)
  for _, rank in ipairs(RANKS) do
    if rank < classes then
      local correct = count(answers, function(one) return not one.why and one.rank <= rank end)
      local name = ("%s/accuracy.top%d"):format(key, rank)
      local low, high = share(run, name, correct, #answers)
      share(run, name .. ".acquired", correct, #answers - lost)
      run:print("%s: top-%d %.4f (%.0f %% %.4f to %.4f), %d of %d photos; of the %d with an"
        .. " embedding %.4f", key, rank, run.metrics[name], 100 * LEVEL, low, high, correct,
        #answers, #answers - lost, correct / math.max(1, #answers - lost))
    end
  end
  run:metric(key .. "/photos", #answers)
  run:metric(key .. "/photos.failed", lost)
  run:metric(key .. "/names", classes)
end

local function record_photos(rows, key, answers, sign, top)
  for _, one in ipairs(answers) do
    local row, first = {
      key, one.image.file, one.truth, one.why or "ok", not one.why and one.rank or nil,
    }, one.ranked[1]
    if one.score == one.score then row[6] = sign * one.score end
    if first then row[7], row[8] = first.name, sign * first.score end
    for k = 2, math.min(top, #one.ranked) do row[7 + k] = one.ranked[k].name end
    rows[#rows + 1] = row
  end
end

-- The people, those first of whom the smallest share was found.
local function record_people(rows, key, answers)
  local list, index = {}, {}
  for _, one in ipairs(answers) do
    local name = one.truth
    if not index[name] then
      index[name] = { name = name, photos = 0, failed = 0, correct = 0 }
      list[#list + 1] = index[name]
    end
    local person = index[name]
    person.photos = person.photos + 1
    if one.why then person.failed = person.failed + 1
    elseif one.rank == 1 then person.correct = person.correct + 1 end
  end
  table.sort(list, function(a, b)
    local x, y = a.correct / a.photos, b.correct / b.photos
    if x ~= y then return x < y end
    return a.name < b.name
  end)
  for _, p in ipairs(list) do
    rows[#rows + 1] = { key, p.name, p.photos, p.failed, p.correct, p.correct / p.photos,
      intervals.clopper_pearson(p.correct, p.photos, LEVEL) }
  end
  return list
end

-- True names and those that were given.
local function named_of(answers)
  local truths, named = {}, {}
  for i, one in ipairs(answers) do
    truths[i], named[i] = one.truth, not one.why and one.ranked[1] and one.ranked[1].name or false
  end
  return truths, named
end

local function record_confusions(run, rows, key, answers)
  local list = confusion.list(named_of(answers))
  for i, one in ipairs(list) do
    rows[#rows + 1] = { key, one.truth, one.named or NOBODY, one.count, one.of }
    if i <= PRINTED then
      run:print("  %s named %s: %d of %d", one.truth, one.named or NOBODY, one.count, one.of)
    end
  end
end

local function draw_matrix(run, key, answers, list)
  if #list > MOST_PEOPLE then return end
  local classes = {}
  for i, person in ipairs(list) do classes[i] = person.name end
  table.sort(classes)
  local truths, named = named_of(answers)
  run:plot(("confusion_%s.png"):format(key), plot.heat_map, {
    matrix = confusion.matrix(truths, named, classes), rows = classes, columns = classes,
    row_title = "true", column_title = "named", format = "%g", title = key .. ": who is named whom",
    caption = "Photos of each person by the name they got; those without an embedding are left"
      .. " out.",
    width = 360 + 40 * #classes, height = 280 + 40 * #classes,
  })
end

-- Errors by the score of the wrong name, the surest first.
local function surest_errors(answers)
  local list = {}
  for _, one in ipairs(answers) do
    if not one.why and one.rank > 1 and one.ranked[1] then list[#list + 1] = one end
  end
  table.sort(list, function(a, b)
    if a.ranked[1].score ~= b.ranked[1].score then return a.ranked[1].score > b.ranked[1].score end
    return a.image.file < b.image.file
  end)
  return list
end

-- A wrongly named face and, in a row of its own, faces beside it.
local function error_rows(list, options, sign)
  local rows, alone = {}, {}
  for i, one in ipairs(list) do
    if i > SHOWN then break end
    local named = one.ranked[1]
    local cell = { image = options.picture(one.image), mark = "bad", text = ("%s: %s %.3f")
      :format(one.truth, named.name, sign * named.score) }
    if options.beside then
      cell.text = one.truth
      rows[#rows + 1] = {
        title = ("%s named %s"):format(one.image.file, named.name),
        cells = { cell, table.unpack(options.beside(one)) },
      }
    else
      alone[#alone + 1] = cell
    end
  end
  if alone[1] then rows[1] = { cells = alone } end
  return rows
end

-- Photos without an embedding, whole.
local function failures_row(answers)
  local cells = {}
  for _, one in ipairs(answers) do
    if one.why and #cells < LOST then
      cells[#cells + 1] = {
        image = image.load(one.image.path),
        text = ("%s: %s"):format(one.why, one.image.file:match "[^/]*$"),
      }
    end
  end
  return cells[1] and { title = "without an embedding", cells = cells }
end

local function draw_errors(run, key, answers, options, sign)
  local rows, any = error_rows(surest_errors(answers), options, sign), false
  rows[#rows + 1] = failures_row(answers)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do any = any or cell.image ~= nil end
  end
  if any then
    run:montage(("errors_%s.png"):format(key), {
      title = key .. ": the worst errors", rows = rows, columns = COLUMNS, cell = CELL,
      caption = options.beside and "Framed orange: the face that was taken, under its true name;"
        .. " beside it the best photo of who was named and, green, of the right person, with their "
        .. options.kind .. "." or "Each face: its true name, the name it got and its "
        .. options.kind .. ". The surest errors come first.",
    })
  end
end

--- Records what the answers are worth.
-- @tparam table run
-- @tparam string key the network's, for metrics
-- @tparam {table,...} answers of labelled.answers
-- @tparam table options kind: "similarity", "probability", or "distance", of which the
-- scores are the negative; classes: how many names there are; top: names in the table of
-- photos; picture: function of an image that gives its face; beside: function of an
-- answer that gives more cells for its row of the picture
function labelled.judge(run, key, answers, options)
  if #answers == 0 then error(key .. ": no photo to name", 0) end
  local sign, top = options.kind == "distance" and -1 or 1, options.top
  local tables = tables_of(run, top)
  run:rule("failures", "a photo without an embedding is an error; .acquired leaves it out")
  run:rule("ties", "of equal scores the true name comes last")
  record_accuracy(run, key, answers, options.classes)
  record_photos(tables.photos.rows, key, answers, sign, top)
  local list = record_people(tables.people.rows, key, answers)
  record_confusions(run, tables.confusions.rows, key, answers)
  draw_matrix(run, key, answers, list)
  draw_errors(run, key, answers, options, sign)
end

return labelled
