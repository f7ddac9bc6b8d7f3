// A codec without C++: a TorchScript module with the methods `encode` and `decode` (a card with `backend:
// torchscript`).
//
//     class Mine(torch.nn.Module):
//         @torch.jit.export
//         def encode(self, wave): ...  # float32 [B, 1, T] -> codes, integers [B, K, F], or a tuple that begins with
//         them
//         @torch.jit.export
//         def decode(self, codes): ... # int64 [B, K, F] -> wave, float32 [B, 1, T']
//     torch.jit.script(Mine().eval()).save("mine.pt")
//
// TRUST: a TorchScript file is a program. Loading and using it runs its code with all the rights of this process; load
// only files whose origin is trusted. (Checkpoint files, by contrast, are read by storage/checkpoint/checkpoint.h, which executes
// nothing.)
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <memory>

#include "nodes/networks/codecs/codec.h"

namespace cfo::codecs {

/// The module in `file` as a codec. Its Latent is the wave itself ([B, 1, T]): `quantize` runs the module's encode,
/// `synthesize` its decode on the codes that `dequantize` hands over as [B, K, F]. K is card.codebooks. The output
/// keeps the length the module gives. Throws Error when the file is no TorchScript module or lacks a method; calls
/// throw Error when the module fails or gives a value of another kind or shape.
std::unique_ptr<Codec> load_torchscript(const Card& card, const std::filesystem::path& file,
                                        c10::Device device = c10::Device(c10::kCPU));

}  // namespace cfo::codecs
