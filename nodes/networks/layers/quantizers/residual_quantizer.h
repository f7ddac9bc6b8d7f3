// Vector quantizers over latents [B, D, F].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

/// One step of vector quantization: vectors to codes and back.
class Codebook {
 public:
  virtual ~Codebook() = default;
  /// x [N, D] -> int64 [N], the code of each vector; the first one on a tie.
  virtual at::Tensor search(const at::Tensor& x) const = 0;
  /// codes int64 [N] in [0, size()) -> [N, D].
  virtual at::Tensor look_up(const at::Tensor& codes) const = 0;
  virtual int64_t size() const = 0;       ///< K, the number of codes
  virtual int64_t dimension() const = 0;  ///< D
};

/// Throws Error unless every one of `codes` (int64, any shape) is a code of `codebook`.
void check_range(const at::Tensor& codes, const Codebook& codebook);

/// A codebook searched by Euclidean distance (EnCodec kin: quantization/core_vq.py, EuclideanCodebook). Distances in
/// the expanded form |e|^2 - 2 x.e (|x|^2 does not change the order), so one matrix product searches everything.
class EuclideanCodebook final : public Codebook {
 public:
  /// `rows` [K, D] float32.
  explicit EuclideanCodebook(at::Tensor rows);

  at::Tensor search(const at::Tensor& x) const override;
  at::Tensor look_up(const at::Tensor& codes) const override;
  int64_t size() const override { return rows_.size(0); }
  int64_t dimension() const override { return rows_.size(1); }

 private:
  at::Tensor rows_;
  at::Tensor minus_two_rows_transposed_;  ///< [D, K]
  at::Tensor squared_norms_;              ///< [K]
};

/// A codebook of few dimensions, reached by a projection and left by another (Improved VQGAN, Yu et al. 2021;
/// descriptinc/descript-audio-codec, dac/nn/quantize.py, VectorQuantize): the nearest row in angle is chosen, and the
/// row as it is (not normalised) goes out.
class FactorisedCodebook final : public Codebook {
 public:
  /// Takes `in_proj` (convolution of kernel 1 or linear layer, D -> `inner`), `rows`.weight [size, inner] and
  /// `out_proj` at `scope`.
  FactorisedCodebook(const tensors::WeightScope& scope, int64_t dimension, int64_t inner, int64_t size,
                     std::string_view rows = "codebook");

  at::Tensor search(const at::Tensor& x) const override;
  at::Tensor look_up(const at::Tensor& codes) const override;
  int64_t size() const override { return rows_.size(0); }
  int64_t dimension() const override { return into_.inputs(); }

 private:
  Linear into_;
  Linear out_of_;
  at::Tensor rows_;
  EuclideanCodebook directions_;  ///< the rows at length 1
};

/// Residual vector quantizer: each codebook codes what the ones before it left.
class ResidualVq {
 public:
  template <typename Kind>
  explicit ResidualVq(std::vector<Kind> codebooks) : ResidualVq(shared(std::move(codebooks))) {}
  explicit ResidualVq(std::vector<std::shared_ptr<const Codebook>> codebooks);

  /// latent [B, D, F] -> codes int64 [B, K, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// codes int64 [B, K, F], K at most size() -> the sum of the rows in codebook order [B, D, F]. Throws Error for codes
  /// out of range.
  at::Tensor decode(const at::Tensor& codes) const;
  int64_t size() const { return static_cast<int64_t>(codebooks_.size()); }

 private:
  template <typename Kind>
  static std::vector<std::shared_ptr<const Codebook>> shared(std::vector<Kind> codebooks) {
    std::vector<std::shared_ptr<const Codebook>> pointers;
    for (auto& codebook : codebooks) pointers.push_back(std::make_shared<const Kind>(std::move(codebook)));
    return pointers;
  }

  std::vector<std::shared_ptr<const Codebook>> codebooks_;
};

}  // namespace cfo::layers
