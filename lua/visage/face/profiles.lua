--- Detectors as named option sets. MTCNN's ports are the same three networks with
-- different arithmetic around them, read in the Matlab code of kpzhang93's
-- MTCNNv1, facenet_pytorch/models/utils/detect_face.py (2.6.0) and the package
-- mtcnn (0.1.1 and 1.0.0). Copy a table to make another.
--
-- network: which detector reads the set. about: of whom it is.
--
-- MTCNN's:
-- min_face_size, factor, thresholds: the usual options.
-- scales: "product" multiplies step by step, "power" takes factor^k, "count"
-- takes as many as the image would have for faces of 20 pixels.
-- scaled_size: "floor_plus_one" is floor(size * scale + 1), "ceil" rounds up,
-- "floor" down.
-- normalise: whether pixels become numbers around 0 "before" or "after" resizing.
-- resize: filter of pyramid and crops. crop: "clip" cuts the crop at the
-- image's edge (its aspect suffers), "zero" fills with zeros, "sample"
-- interpolates at fractions of a pixel and fills with zeros.
-- passes: whether P-Net's threshold passes what is "at" it or only "above".
-- scan: order of P-Net's cells. ties: which of two equal scores comes first.
-- cells: places of P-Net's cells on the image: "floor", "floor_single" computes
-- them in f32, "exact".
-- lone: where a scale's only candidate takes its offsets from: its "own" cell;
-- the "mirrored" column or the "transposed" place, slips that two ports have.
-- regress_first: boxes move before suppression, P-Net's on the scaled image.
-- suppression: "greedy", or "matrix": a dropped box still drops others.
-- union_plus, least_plus: 1 where sizes count both edge pixels in the areas
-- of overlap over union and over the smaller box.
-- fix: boxes lose their fractions before each crop.
-- mirror_points: points are the mean of those of the crop and of its mirror image.
-- order: "area" or "score", descending.
-- output: "exact"; "cut" to whole pixels, x and y not below zero; "rounded" and
-- held within the image.
--
-- RetinaFace's: threshold: the least score of a face. overlap: over it, over the
-- union, the less sure of two boxes goes. candidates, faces: the most boxes
-- before and after that.

return {
  ["facenet-pytorch"] = {
    about = "timesler/facenet-pytorch 2.6.0, keep_all", network = "mtcnn",
    min_face_size = 20, factor = 0.709, thresholds = { 0.6, 0.7, 0.7 },
    scales = "product", scaled_size = "floor_plus_one", normalise = "after",
    resize = "adaptive_area", crop = "clip", passes = "at", scan = "rows",
    ties = "first", cells = "floor_single", lone = "own", regress_first = false,
    suppression = "greedy", union_plus = 0, least_plus = 1, fix = false,
    mirror_points = false, order = "area", output = "exact",
  },
  ["ipazc-0.1.1"] = {
    about = "ipazc/mtcnn 0.1.1, the detector of the reproduction", network = "mtcnn",
    min_face_size = 20, factor = 0.709, thresholds = { 0.6, 0.7, 0.7 },
    scales = "power", scaled_size = "ceil", normalise = "after",
    resize = "area", crop = "zero", passes = "at", scan = "columns",
    ties = "last", cells = "floor", lone = "mirrored", regress_first = false,
    suppression = "greedy", union_plus = 1, least_plus = 1, fix = true,
    mirror_points = false, order = "score", output = "cut",
  },
  ["ipazc-1.0.0"] = {
    about = "ipazc/mtcnn 1.0.0, rewritten in TensorFlow", network = "mtcnn",
    min_face_size = 20, factor = 0.709, thresholds = { 0.6, 0.7, 0.8 },
    scales = "count", scaled_size = "floor", normalise = "before",
    resize = "tf_area", crop = "sample", passes = "above", scan = "rows",
    ties = "last", cells = "exact", lone = "own", regress_first = true,
    suppression = "matrix", union_plus = 0, least_plus = 0, fix = false,
    mirror_points = false, order = "score", output = "rounded",
  },
  matlab = {
    about = "kpzhang93/MTCNN_face_detection_alignment, MTCNNv1, the original",
    network = "mtcnn",
    min_face_size = 20, factor = 0.709, thresholds = { 0.6, 0.7, 0.7 },
    scales = "power", scaled_size = "ceil", normalise = "after",
    resize = "pdollar", crop = "zero", passes = "at", scan = "rows",
    ties = "last", cells = "floor", lone = "transposed", regress_first = false,
    suppression = "greedy", union_plus = 1, least_plus = 1, fix = true,
    mirror_points = true, order = "score", output = "exact",
  },
  retinaface = {
    about = "RetinaFace on MobileNet-0.25, as biubug6/Pytorch_Retinaface's detect.py",
    network = "retinaface",
    threshold = 0.6, overlap = 0.4, candidates = 5000, faces = 750,
  },
}
