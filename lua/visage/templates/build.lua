--- From a definition and one subject's images to that subject's templates.
-- An image is a table with `file`; `missing` is set, to the reason where there is
-- one, when it cannot be used.
local definition = require "visage.templates.definition"

local build = {}

-- How many missing images are named.
local NAMED = 5

local function missing_text(missing, count)
  local more = #missing > NAMED and (", and %d more"):format(#missing - NAMED) or ""
  return ("%d of %d images missing: %s%s"):format(#missing, count,
    table.concat(missing, ", ", 1, math.min(#missing, NAMED)), more)
end

-- The images that are there, and the names of those that are not.
local function split(images)
  local present, missing = {}, {}
  for _, image in ipairs(images) do
    if image.missing then
      missing[#missing + 1] = image.missing == true and image.file
        or ("%s (%s)"):format(image.file, image.missing)
    else
      present[#present + 1] = image
    end
  end
  return present, missing
end

-- The templates of a table of positions.
local function by_position(positions, images)
  local templates = {}
  for name, places in pairs(positions) do
    local list = {}
    for _, place in ipairs(places) do
      local image = images[place]
      if not image then
        return nil, ("template %s wants image %d, the subject has %d"):format(
          name, place, #images)
      end
      if not image.missing then list[#list + 1] = image end
    end
    templates[name] = list
  end
  return templates
end

local function names_of(templates)
  local names = {}
  for name in pairs(templates) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- What the pairings name must be there, which only a function can leave out.
local function check_names(def, subject, templates)
  for _, name in ipairs(definition.names(def)) do
    if not templates[name] then
      error(("templates: the pairings want template %s; of %s there are %s"):format(name,
        subject, table.concat(names_of(templates), ", ")), 0)
    end
  end
end

local function check(def, subject, templates)
  local owner = {}
  for _, name in ipairs(names_of(templates)) do
    for _, image in ipairs(templates[name]) do
      if owner[image.file] and not def.allow_duplicates then
        error(("templates: image %s of %s is in template %s and in template %s"
          .. "; allow_duplicates = true in the definition lets it be"):format(
          image.file, subject, owner[image.file], name), 0)
      end
      owner[image.file] = name
    end
  end
end

-- The first template, in the order of names, that has no image left.
local function empty(templates)
  for _, name in ipairs(names_of(templates)) do
    if not templates[name][1] then return name end
  end
end

--- The templates of one subject.
-- A subject with missing images is judged first, so that one that is omitted
-- is never an error for an image in two templates (n009286 has both).
-- @tparam table def as definition.check gives it
-- @tparam string subject
-- @tparam {table,...} images in the order of the list
-- @tparam[opt] table generator for definitions that draw at random
-- @treturn table template name -> {image,...}, or nil and why it is omitted
function build.subject(def, subject, images, generator)
  local count = def.images_per_subject
  if count and #images < count then
    return nil, ("%d images, the definition wants %d"):format(#images, count)
  end
  local present, missing = split(images)
  if missing[1] and def.missing == "omit_subject" then
    return nil, missing_text(missing, #images)
  end
  local templates, why
  if type(def.templates) == "function" then
    templates, why = def.templates(subject, present, generator)
  else
    templates, why = by_position(def.templates, images)
  end
  if not templates then return nil, why or "the definition gave no templates" end
  local none = empty(templates)
  if none then return nil, ("no image is left for template %s"):format(none) end
  check_names(def, subject, templates)
  check(def, subject, templates)
  return templates
end

return build
