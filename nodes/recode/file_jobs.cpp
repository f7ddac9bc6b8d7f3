#include "nodes/recode/file_jobs.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "base/error.h"
#include "storage/audio/audio.h"

namespace cfo::recode {
namespace fs = std::filesystem;
namespace {

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

bool is_audio_name(const fs::path& path) {
  static const std::set<std::string> known = {".wav", ".flac", ".ogg", ".mp3"};
  return known.contains(lower_extension(path));
}

double header_seconds(const fs::path& file) {
  try {
    const auto info = storage::probe_audio(file);
    return static_cast<double>(info.frames) / static_cast<double>(info.sample_rate);
  } catch (const Error&) {
    return 0;  // reading it will tell why
  }
}

FileJob job_for_file(const fs::path& input, fs::path output, const std::string& format) {
  if (fs::is_directory(output)) output /= input.stem().string() + "." + format;
  if (const auto extension = lower_extension(output); extension != ".wav" && extension != ".flac") {
    throw Error("{}: the output must end in .wav or .flac, or be a folder that exists", output.string());
  }
  if (fs::exists(output) && fs::equivalent(input, output)) {
    throw Error("{}: input and output are the same file; give another output", input.string());
  }
  return {input, output, input.filename().string(), header_seconds(input)};
}

std::vector<FileJob> jobs_for_folder(const fs::path& input, const fs::path& output, const std::string& format) {
  if (fs::exists(output) && !fs::is_directory(output)) {
    throw Error("{}: is a file, but the input is a folder; give a folder for the output", output.string());
  }
  if (fs::exists(output) && fs::equivalent(input, output)) {
    throw Error("{}: input and output are the same folder; give another output", input.string());
  }
  std::vector<FileJob> jobs;
  for (fs::recursive_directory_iterator at(input), end; at != end; ++at) {
    const fs::path& path = at->path();
    if (at->is_directory() && fs::exists(output) && fs::equivalent(path, output)) at.disable_recursion_pending();
    if (!at->is_regular_file() || !is_audio_name(path)) continue;
    const fs::path name = path.lexically_relative(input);
    jobs.push_back({path, (output / name).replace_extension(format), name.string(), header_seconds(path)});
  }
  if (jobs.empty()) throw Error("{}: no .wav, .flac, .ogg or .mp3 file is in this folder", input.string());
  std::sort(jobs.begin(), jobs.end(), [](const FileJob& a, const FileJob& b) { return a.name < b.name; });
  return jobs;
}

/// a.wav and a.flac would become one file.
void check_distinct(const std::vector<FileJob>& jobs) {
  std::map<fs::path, const FileJob*> by_output;
  for (const auto& job : jobs) {
    const auto [found, fresh] = by_output.emplace(job.output, &job);
    if (!fresh) {
      throw Error("{} and {} would both be written to {}; rename one of them", found->second->input.string(),
                  job.input.string(), job.output.string());
    }
  }
}

}  // namespace

std::vector<FileJob> list_jobs(const fs::path& input, const fs::path& output, const std::string& format) {
  if (!fs::exists(input)) throw Error("{}: no such file or folder; check the path", input.string());
  if (!fs::is_directory(input)) return {job_for_file(input, output, format)};
  auto jobs = jobs_for_folder(input, output, format);
  check_distinct(jobs);
  return jobs;
}

}  // namespace cfo::recode
