#include "storage/run_folder/output_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <ctime>
#include <fstream>

#include "base/digest.h"
#include "base/error.h"
#include "base/file_stamp.h"
#include "base/parallel.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t block_bytes = 16 * 1024;
constexpr uint64_t quick_blocks = 16;  ///< evenly spread, the first and the last among them
constexpr int64_t remembered_seconds = 24 * 3600;

/// The files of an output: itself, or what the folder holds, sorted.
std::vector<fs::path> files_of(const fs::path& output) {
  if (!fs::is_directory(output)) return {output};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(output))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string full_digest(const fs::path& output, const std::vector<fs::path>& files) {
  if (!fs::is_directory(output)) return digest_of_file(output);
  Digest digest;
  for (const auto& file : files) digest.field(fs::relative(file, output).string()).field(digest_of_file(file));
  return digest.hex();
}

/// Digest over a few blocks of each file; over all of a short one.
std::string quick_digest(const std::vector<fs::path>& files) {
  Digest digest;
  std::array<char, block_bytes> block{};
  for (const auto& file : files) {
    const uint64_t size = fs::file_size(file);
    std::ifstream stream(file, std::ios::binary);
    const uint64_t blocks = std::min(quick_blocks, (size + block_bytes - 1) / block_bytes);
    for (uint64_t i = 0; i < blocks; ++i) {
      const uint64_t spare = size > block_bytes ? size - block_bytes : 0;
      const uint64_t begin = size <= quick_blocks * block_bytes ? i * block_bytes : spare * i / (blocks - 1);
      stream.seekg(static_cast<std::streamoff>(begin));
      const uint64_t bytes = std::min(block_bytes, size - begin);
      if (!stream.read(block.data(), static_cast<std::streamsize>(bytes)))
        throw Error("{}: cannot be read", file.string());
      digest.bytes(block.data(), bytes);
    }
  }
  return digest.hex();
}

std::string stamp_of(const std::vector<fs::path>& files) {
  if (files.size() == 1) return file_stamp(files.front());
  Digest digest;
  for (const auto& file : files) digest.field(file.filename().string()).field(file_stamp(file));
  return digest.hex();
}

uint64_t size_of(const std::vector<fs::path>& files) {
  uint64_t bytes = 0;
  for (const auto& file : files) bytes += fs::file_size(file);
  return bytes;
}

/// "" when the output is what it was, else what is wrong with it. Renews its stamps.
std::string look_at(const fs::path& path, OutputFile& output, Thoroughness how, bool& renewed) {
  const auto files = files_of(path);
  if (const uint64_t bytes = size_of(files); bytes != output.bytes)
    return fmt::format("has {} bytes instead of {}", bytes, output.bytes);
  const std::string stamp = stamp_of(files);
  const int64_t now = std::time(nullptr), age = now - output.checked;
  const bool same_times = !output.stamp.empty() && stamp == output.stamp;
  const bool remembered = age >= 0 && age < remembered_seconds;
  if (same_times && (how == Thoroughness::quick || remembered)) {
    const bool same = output.quick.empty() || quick_digest(files) == output.quick;
    return same ? "" : "does not hold what it held when it was finished";
  }
  if (full_digest(path, files) != output.sha256) return "does not hold what it held when it was finished";
  output.stamp = stamp;
  output.quick = quick_digest(files);
  output.checked = now;
  renewed = true;
  return "";
}

}  // namespace

OutputFile measure_output(const fs::path& run_folder, const fs::path& relative) {
  const fs::path path = run_folder / relative;
  const auto files = files_of(path);
  return {.path = relative.string(),
          .bytes = size_of(files),
          .sha256 = full_digest(path, files),
          .quick = quick_digest(files),
          .stamp = stamp_of(files),
          .checked = std::time(nullptr)};
}

OutputCheck check_outputs(const fs::path& run_folder, LedgerRecord& record, Thoroughness how) {
  OutputCheck check;
  for (auto& output : record.outputs) {
    const fs::path path = run_folder / output.path;
    std::error_code unreachable;
    if (!fs::exists(path, unreachable)) {
      check.missing = true;
      continue;
    }
    std::string wrong;
    try {
      wrong = look_at(path, output, how, check.renewed);
    } catch (const Error& error) {
      wrong = fmt::format("cannot be read to the end ({})", error.what());
    } catch (const fs::filesystem_error& error) {
      wrong = fmt::format("cannot be read ({})", error.code().message());
    }
    if (!wrong.empty()) check.damage.push_back({output.path, fmt::format("{}: damaged: it {}", path.string(), wrong)});
  }
  return check;
}

std::vector<OutputCheck> check_outputs(const fs::path& run_folder, std::span<LedgerRecord* const> records,
                                       Thoroughness how, int threads,
                                       const std::function<void(double fraction)>& progress) {
  std::vector<OutputCheck> checks(records.size());
  const auto bytes_of = [](const LedgerRecord* record) {
    double bytes = 0;
    if (record != nullptr)
      for (const auto& output : record->outputs) bytes += static_cast<double>(output.bytes);
    return bytes;
  };
  double total = 0;
  for (const auto* record : records) total += bytes_of(record);
  std::atomic<double> done = 0;
  in_parallel(
      records.size(), threads,
      [&](std::size_t i) {
        if (records[i] == nullptr) return;
        checks[i] = check_outputs(run_folder, *records[i], how);
        done += bytes_of(records[i]);
      },
      [&](std::size_t) {
        if (progress) progress(total > 0 ? done / total : 1);
      });
  return checks;
}

}  // namespace cfo::storage
