--- face-reidentification-retail-0095 of Intel's Open Model Zoo: MobileNetV2
-- (Sandler et al. 2018, arXiv 1801.04381) with squeeze-and-excitation and PReLU,
-- a depthwise "global" convolution and a 1x1 one. No builder: the graph is the
-- file's own network.

local retail = { name = "retail-0095", default = "omz" }

retail.variants = {
  omz = {
    about = "Open Model Zoo 2023.0, OpenVINO IR with fp16 constants",
    import = true,
    input = { width = 128, height = 128, channels = 3 },
    -- BGR, 0 to 255: the network's first two operators normalise.
    preprocess = { order = "bgr", mean = { 0, 0, 0 }, scale = 1 },
    resize = "bilinear",
    align = "retail-0095",
    feature = "658",
    distance = "cosine",
    weights = { "retail-0095" },
  },
}

return retail
