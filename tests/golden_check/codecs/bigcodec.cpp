#include "nodes/networks/layers/basic/anti_aliased.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {

/// The pipeline, and the anti-aliasing filter.
void check_bigcodec(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  stages.floats("aa_filter", layers::anti_aliasing_filter(), 1e-6);
}

}  // namespace cfo::golden
