require "spec.support.keras_network" "resnet50"
