--- The age templates of VGGFace2 (Cao et al., FG 2018): four of five photos for
-- each of 100 subjects, two young and two mature.
-- Edit and run again; nothing is compiled.
return {
  name = "vggface2_age",

  -- Where the photos of each subject are listed, one "n000654/0045_01.jpg" a
  -- line. Without a list every photo of every subject's folder is taken.
  list = "test_agetemp_imglist.txt",

  -- All photos that exist. A listed photo that is not among them is missing,
  -- even when only embeddings are read and no photo is looked for.
  inventory = "test_list.txt",

  images_per_subject = 20,

  -- Template -> positions in the subject's part of the list. A function
  -- (subject, images, generator) that returns { name = {image,...} } may stand
  -- here as well, or be all that the file returns.
  templates = {
    young1 = { 1, 2, 3, 4, 5 },
    young2 = { 6, 7, 8, 9, 10 },
    mature1 = { 11, 12, 13, 14, 15 },
    mature2 = { 16, 17, 18, 19, 20 },
  },

  -- Rows and columns of the matrix.
  groups = { "young", "mature" },

  -- Which two templates fill which cell: reproduction (what the Keras reproduction
  -- computes), paper (first template of the row with the second of the column) or
  -- all_cross (every young with every mature template: the least noisy); all are
  -- reported, this one first. lua/visage/templates/pairings.lua has them. More may
  -- stand here, as rows of cells or as functions of the groups:
  --   pairings = { mine = { { { "young1", "young2" }, { "young1", "mature2" } }, ... } },
  pairing = "reproduction",

  -- A rule of lua/visage/templates/pooling.lua: mean, mean_of_images, vggface2,
  -- insightface, ...; or your own: function(x) return x:mean(1) end, where x (N, D) holds
  -- the template's embeddings, or a table { text, pool, compare, similarity }.
  pooling = "mean",

  -- A subject with a missing photo is left out and named ("omit_subject", as in
  -- the reproduction's 99 of 100), or makes do with the rest ("use_rest").
  missing = "omit_subject",

  -- A photo in two templates of one subject would be compared with itself.
  allow_duplicates = false,
}
