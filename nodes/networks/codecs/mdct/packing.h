// Indices of small quantizers packed into tokens of one size.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/networks/codecs/mdct/numbers.h"

namespace cfo::codecs::mdct {

/// How many values each index of a frame has, in order: the envelope's indices, then the shape's.
std::vector<int64_t> index_sizes(const Numbers& numbers);

/// A mixed-radix packing: neighbouring indices share a token as long as the product of their sizes is the token's size;
/// the first index of a token is its lowest digit. An index as large as a token is a token.
class Packing {
 public:
  /// Throws Error naming `where` unless the sizes fill tokens of `token_size` exactly.
  Packing(const std::vector<int64_t>& sizes, int64_t token_size, const std::string& where);

  /// indices int64 [R, sizes] -> tokens int64 [R, tokens()].
  at::Tensor pack(const at::Tensor& indices) const;
  /// The inverse. Tokens must lie in [0, token_size).
  at::Tensor unpack(const at::Tensor& tokens) const;
  int64_t tokens() const { return tokens_; }

 private:
  int64_t tokens_ = 0;
  at::Tensor size_, place_, token_;  ///< of each index: how many values, its place value, its token; int64 [sizes]
};

}  // namespace cfo::codecs::mdct
