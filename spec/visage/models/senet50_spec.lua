require "spec.support.keras_network" "senet50"
require "spec.support.caffe_network" "senet50"
