--- What every spec may use: busted runs this file first.
require "spec.support.tensor"
