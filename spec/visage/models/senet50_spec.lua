require "spec.support.keras_network" "senet50"
