--- MTCNN's ports as named option sets: the same three networks, different
-- arithmetic around them, read in facenet_pytorch/models/utils/detect_face.py
-- (2.6.0) and mtcnn/mtcnn.py (0.1.1). Copy a table to make another.
--
-- min_face_size, factor, thresholds: the usual options.
-- scales: "product" multiplies step by step, "power" takes factor^k.
-- scaled_size: "floor_plus_one" is floor(size * scale + 1), "ceil" rounds up.
-- resize: filter of pyramid and crops. crop: "clip" cuts the crop at the
-- image's edge (its aspect suffers), "zero" fills with zeros.
-- single_precision: P-Net's boxes are computed in f32.
-- union_plus: 1 where areas under "union" count both edge pixels.
-- ties: which of two equal scores comes first. scan: order of P-Net's cells.
-- lone_mirrored: a scale's only candidate takes its offsets from the mirrored
-- column, a slip that the port inherited.
-- fix: boxes lose their fractions before each crop.
-- order: "area" or "score", descending. integers: what is returned is cut to
-- whole pixels, x and y not below zero.

return {
  ["facenet-pytorch"] = {
    about = "timesler/facenet-pytorch 2.6.0, keep_all",
    min_face_size = 20, factor = 0.709, thresholds = { 0.6, 0.7, 0.7 },
    scales = "product", scaled_size = "floor_plus_one",
    resize = "adaptive_area", crop = "clip",
    single_precision = true, union_plus = 0, ties = "first", scan = "rows",
    lone_mirrored = false, fix = false, order = "area", integers = false,
  },
  ["ipazc-0.1.1"] = {
    about = "ipazc/mtcnn 0.1.1, the detector of the reproduction",
    min_face_size = 20, factor = 0.709, thresholds = { 0.6, 0.7, 0.7 },
    scales = "power", scaled_size = "ceil",
    resize = "area", crop = "zero",
    single_precision = false, union_plus = 1, ties = "last", scan = "columns",
    lone_mirrored = true, fix = true, order = "score", integers = true,
  },
}
