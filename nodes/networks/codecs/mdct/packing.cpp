#include "nodes/networks/codecs/mdct/packing.h"

#include "base/error.h"

namespace cfo::codecs::mdct {

std::vector<int64_t> index_sizes(const Numbers& numbers) {
  if (numbers.quantizer != Quantizer::scalar) {
    return std::vector<int64_t>(static_cast<std::size_t>(numbers.tokens), numbers.codebook_size);
  }
  std::vector<int64_t> sizes = numbers.envelope_levels;
  for (std::size_t i = 0; i < numbers.shape_levels.size(); ++i) {
    sizes.insert(sizes.end(), static_cast<std::size_t>(numbers.shape_bins[i]), numbers.shape_levels[i]);
  }
  return sizes;
}

Packing::Packing(const std::vector<int64_t>& sizes, int64_t token_size, const std::string& where) {
  std::vector<int64_t> places, tokens;
  int64_t place = 1;
  for (const int64_t size : sizes) {
    places.push_back(place);
    tokens.push_back(tokens_);
    place *= size;
    if (place > token_size) break;
    if (place == token_size) {
      ++tokens_;
      place = 1;
    }
  }
  if (place != 1 || tokens_ == 0) {
    throw Error(
        "{}: the levels, taken in order, do not multiply up to tokens of codebook_size {}; change levels or bins",
        where, token_size);
  }
  size_ = at::tensor(sizes, at::kLong);
  place_ = at::tensor(places, at::kLong);
  token_ = at::tensor(tokens, at::kLong);
}

at::Tensor Packing::pack(const at::Tensor& indices) const {
  if (tokens_ == indices.size(1)) return indices;
  const auto digits = indices * place_.to(indices.device());
  return at::zeros({indices.size(0), tokens_}, indices.options())
      .scatter_add_(1, token_.to(indices.device()).expand_as(digits), digits);
}

at::Tensor Packing::unpack(const at::Tensor& tokens) const {
  if (tokens_ == size_.size(0)) return tokens;
  const auto device = tokens.device();
  const auto spread = tokens.index_select(1, token_.to(device));
  return at::floor_divide(spread, place_.to(device)).remainder(size_.to(device));
}

}  // namespace cfo::codecs::mdct
