// The names of a shard's root attributes, once for writer and reader.
#pragma once

#include <array>
#include <utility>

#include "storage/shards/shard.h"

namespace cfo::storage {

inline constexpr const char* shard_schema = "cfo-shard";
inline constexpr int64_t shard_schema_version = 1;

/// Root attribute with the digest of the weights of a measure; there only where it was noted.
inline std::string weights_attribute(const std::string& measure) { return measure + "_weights_digest"; }

inline constexpr std::array<std::pair<const char*, std::string ShardAttributes::*>, 10> shard_text_attributes{{
    {"codec", &ShardAttributes::codec},
    {"family", &ShardAttributes::family},
    {"quantizer", &ShardAttributes::quantizer},
    {"auxiliary", &ShardAttributes::auxiliary},
    {"decoder", &ShardAttributes::decoder},
    {"split", &ShardAttributes::split},
    {"graph_digest", &ShardAttributes::graph_digest},
    {"weights_digest", &ShardAttributes::weights_digest},
    {"corpus_digest", &ShardAttributes::corpus_digest},
    {"engine_version", &ShardAttributes::engine_version},
}};

/// A text that shards from before it was thought of lack.
inline constexpr auto shard_device_attribute = "device";

inline constexpr std::array<std::pair<const char*, int64_t ShardAttributes::*>, 2> shard_number_attributes{{
    {"sample_rate", &ShardAttributes::sample_rate},
    {"codec_sample_rate", &ShardAttributes::codec_sample_rate},
}};

}  // namespace cfo::storage
