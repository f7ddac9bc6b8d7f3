#include "nodes/networks/codecs/llm_codec/cosine_codebook.h"

namespace cfo::codecs {
namespace {

constexpr double least_norm = 1e-12;  // torch.nn.functional.normalize

}  // namespace

CosineCodebook::CosineCodebook(at::Tensor rows)
    : rows_(std::move(rows)), directions_(rows_ / rows_.norm(2, 1, /*keepdim=*/true).clamp_min_(least_norm)) {}

at::Tensor CosineCodebook::search(const at::Tensor& x) const { return at::mm(x, directions_.t()).argmax(1); }

at::Tensor CosineCodebook::look_up(const at::Tensor& codes) const { return rows_.index_select(0, codes); }

}  // namespace cfo::codecs
