--- The pose templates of VGGFace2 (Cao et al., FG 2018): six of five photos for
-- each of 368 subjects, two from the front, two in three-quarter view, two in profile.
-- Edit and run again; nothing is compiled. vggface2_age.lua explains each field.
return {
  name = "vggface2_pose",
  list = "test_posetemp_imglist.txt",
  inventory = "test_list.txt",
  images_per_subject = 30,

  templates = {
    front1 = { 1, 2, 3, 4, 5 },
    front2 = { 6, 7, 8, 9, 10 },
    three_quarter1 = { 11, 12, 13, 14, 15 },
    three_quarter2 = { 16, 17, 18, 19, 20 },
    profile1 = { 21, 22, 23, 24, 25 },
    profile2 = { 26, 27, 28, 29, 30 },
  },

  -- Rows and columns of the matrix.
  groups = { "front", "three_quarter", "profile" },

  -- paper: first template of the row with the second of the column; all_cross: every
  -- template of the row's pose with every one of the column's.
  pairing = "paper",

  -- L2 each photo, sum, L2 when compared: as the authors' code pools.
  pooling = "vggface2",

  missing = "omit_subject",
  allow_duplicates = false,
}
