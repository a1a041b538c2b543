--- A control without age: 20 photos of a subject, dealt at random into four
-- templates of five. Whatever age effect comes out is chance, so its spread over
-- many draws says how large an effect must be to mean anything.
--
--     ./visage experiments/age_templates.lua --data DIR --repeats 1000
--       --templates experiments/templates/random.lua
return {
  name = "random",

  -- No list: the first 20 photos of every subject's folder, in byte order.
  images_per_subject = 20,

  -- Two halves that chance alone tells apart.
  groups = { "heads", "tails" },

  templates = function(_, images, random)
    local deck = random:shuffle(table.move(images, 1, #images, 1, {}))
    local made = {}
    for i, name in ipairs { "heads1", "heads2", "tails1", "tails2" } do
      made[name] = table.move(deck, 5 * i - 4, 5 * i, 1, {})
    end
    return made
  end,
}
