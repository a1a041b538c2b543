--- The programs that bench.lua measures beside visage.
--
-- name: in results and tables. family: what a ratio asks for (a framework counts as
-- measured when one of its modes was). environment: requirements-NAME.txt of this folder,
-- made in .venv/peers-NAME; without one it is visage itself. script: a file of this
-- folder, and its mode. works: what it can do.
return {
  { name = "onnxruntime", family = "onnxruntime", environment = "onnxruntime",
    script = "onnxruntime_peer.py", works = { "network", "job" } },
  { name = "openvino", family = "openvino", environment = "openvino",
    script = "openvino_peer.py", mode = "latency", works = { "network", "job" } },
  { name = "openvino-streams", family = "openvino", environment = "openvino",
    script = "openvino_peer.py", mode = "throughput", works = { "network" } },
  { name = "torch-eager", family = "torch", environment = "torch",
    script = "torch_peer.py", mode = "eager", works = { "network", "job" } },
  { name = "torch-compiled", family = "torch", environment = "torch",
    script = "torch_peer.py", mode = "compiled", works = { "network", "job" } },
  { name = "tensorflow", family = "tensorflow", environment = "tensorflow",
    script = "tensorflow_peer.py", mode = "graph", works = { "network" } },
  { name = "tensorflow-xla", family = "tensorflow", environment = "tensorflow",
    script = "tensorflow_peer.py", mode = "xla", works = { "network" } },
  { name = "opencv", family = "opencv", environment = "opencv",
    script = "opencv_peer.py", works = { "network" } },
  { name = "numpy-sgemm", family = "sgemm", environment = "numpy",
    script = "numpy_peer.py", mode = "product", works = { "search" } },
  { name = "numpy-search", family = "numpy", environment = "numpy",
    script = "numpy_peer.py", mode = "search", works = { "search" } },
  { name = "reproduction", family = "reproduction", environment = "mtcnn",
    script = "reproduction_peer.py", works = { "job", "job:mtcnn" } },
  { name = "facenet-pytorch", family = "facenet-pytorch", environment = "torch",
    script = "facenet_peer.py", works = { "detect:facenet-pytorch" } },
  { name = "mtcnn", family = "mtcnn", environment = "mtcnn",
    script = "mtcnn_peer.py", works = { "detect:mtcnn" } },
  { name = "without-own", family = "onednn", script = "visage.lua", mode = "own",
    works = { "kernels:own" } },
  { name = "without-winograd", family = "onednn", script = "visage.lua", mode = "winograd",
    works = { "kernels:winograd" } },
}
