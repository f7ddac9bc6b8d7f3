#include "nodes/recode/file_jobs.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "base/error.h"
#include "storage/audio/audio.h"
#include "storage/corpus/audio_tree.h"

namespace cfo::recode {
namespace fs = std::filesystem;
namespace {

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

double header_seconds(const fs::path& file) {
  try {
    return storage::probe_audio(file).seconds().value_or(0);
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

FileJobs jobs_for_folder(const fs::path& input, const fs::path& output, const std::string& format) {
  if (fs::exists(output) && !fs::is_directory(output)) {
    throw Error("{}: is a file, but the input is a folder; give a folder for the output", output.string());
  }
  if (fs::exists(output) && fs::equivalent(input, output)) {
    throw Error("{}: input and output are the same folder; give another output", input.string());
  }
  storage::AudioWalker walker(input);
  if (fs::exists(output)) walker.pass_over(output);
  const storage::AudioTree tree = walker.below(input);
  FileJobs list;
  for (const auto& file : tree.files) {
    const fs::path name = file.path.lexically_relative(input);
    list.jobs.push_back(
        {file.path, (output / name).replace_extension(format), name.string(), header_seconds(file.path)});
  }
  for (const auto* faults : {&tree.faults, &tree.dangling})
    for (const auto& fault : *faults) list.left_out.push_back(fault.reason);
  if (list.jobs.empty())
    throw Error("{}: no .wav, .flac, .ogg or .mp3 file is in this folder{}", input.string(),
                list.left_out.empty() ? "" : "; " + list.left_out.front());
  return list;
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

FileJobs list_jobs(const fs::path& input, const fs::path& output, const std::string& format) {
  if (!fs::exists(input)) throw Error("{}: no such file or folder; check the path", input.string());
  if (!fs::is_directory(input)) return {{job_for_file(input, output, format)}, {}};
  FileJobs list = jobs_for_folder(input, output, format);
  check_distinct(list.jobs);
  return list;
}

}  // namespace cfo::recode
