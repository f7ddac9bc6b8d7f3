// Which audio files are read and what each becomes: a file, or a folder with its tree.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cfo::recode {

/// One file to do, and where it goes.
struct FileJob {
  std::filesystem::path input, output;
  std::string name;    ///< below the input folder, for messages and the names of codes
  double seconds = 0;  ///< by its header; 0 where that cannot be read
};

struct FileJobs {
  std::vector<FileJob> jobs;          ///< sorted by name
  std::vector<std::string> left_out;  ///< a sentence for everything that may be speech and is not read
};

/// The jobs of a file (into a file, or into a folder that is there) or of every .wav, .flac, .ogg and .mp3 file below a
/// folder, as corpora are listed (storage/corpus/audio_tree.h); the output folder is passed over where it lies inside.
/// `format`: "wav" or "flac", for outputs in a folder. Throws Error when there is nothing to do, when an output is
/// neither WAV nor FLAC, and when one would overwrite its input or another output.
FileJobs list_jobs(const std::filesystem::path& input, const std::filesystem::path& output, const std::string& format);

}  // namespace cfo::recode
