--- Run by spec/core/loader/memory_spec.lua: files of weights read while memory
-- runs out. Zip archives are not among them, for what cannot be looked into is
-- taken for another format, nor JSON, whose library does not always tell.
package.path = "./?.lua;" .. package.path
local loader = require "visage.loader"
local scarce = require "spec.support.scarce"

local operations = {}
for _, path in ipairs {
  "spec/golden/caffe/first.caffemodel", "spec/golden/caffe/second.prototxt",
  "spec/golden/h5/odd.h5", "spec/golden/mat/matio_v73.mat", "spec/golden/mat/simplenn_old.mat",
  "spec/golden/onnx/ops/tiny.onnx", "spec/golden/openvino/tiny_v11.xml",
  "spec/golden/pytorch/legacy.pt", "spec/golden/weights/objects.npy",
  "spec/golden/weights/python2.pkl", "spec/support/corpus/dlib/tiny.dat",
} do
  operations[path] = function() return assert(loader.read(path)) end
end

scarce.each(arg[1], operations, function() return function() end end)
