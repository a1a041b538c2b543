require "spec.support.keras_network" "resnet50"
require "spec.support.caffe_network" "resnet50"
