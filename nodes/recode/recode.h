// Audio files through one codec, by the node kinds and the flow that runs are made of.
#pragma once

#include <ATen/core/Tensor.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nodes/recode/file_jobs.h"

namespace cfo::recode {

struct Settings {
  std::string codec;                            ///< name of a card
  std::optional<std::filesystem::path> tables;  ///< a fitted codec's codebooks
  std::string device = "cpu";
  int64_t rate = 0;  ///< of what is written, Hz; 0: the codec's own
  int threads = 0;   ///< 0: as many as cores
};

/// What became of one file.
struct Recoded {
  double audio_seconds = 0;
  double codec_seconds = 0;  ///< wall time in the codec alone
  double bits = 0;           ///< of the codes, each taking log2 of its codebook's size
  double snr_db = 0;
  int64_t clipped = 0;            ///< samples
  std::vector<at::Tensor> codes;  ///< int64 [K, F] a stream
};

/// What a caller is told as files come and go; by any thread, one call at a time but for `began` and
/// `remarked`.
struct Hooks {
  std::function<void(const FileJob&)> began;
  std::function<void(const FileJob&, const Recoded&)> done;
  std::function<void(const FileJob&, const std::string& reason)> failed;
  std::function<void(const FileJob&, const std::string& remark)> remarked;  ///< it is odd, and coded all the same
};

/// Reads, resamples, encodes, quantizes, decodes and writes (16 bit, mono) each file, several side by side; one that
/// fails is told and passed over. Returns early when `stop` becomes true. Throws Error when the codec cannot be
/// opened, OutOfSpace when the disk is full.
void recode(const std::vector<FileJob>& jobs, const Settings& settings, const std::atomic<bool>& stop,
            const Hooks& hooks);

}  // namespace cfo::recode
