// The published files, fetched: what is missing comes, verified, under its official name.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "nodes/weights/catalogue.h"
#include "storage/download/download.h"

namespace cfo::weights {

struct FetchSettings {
  int jobs = 4;              ///< files at once
  bool again = false;        ///< also what is there
  bool update_lock = false;  ///< take other bytes than weights.lock has, and record them
  bool quiet = false;
  bool bars = false;  ///< a terminal
  std::FILE* stream = stderr;
  storage::DownloadSettings download = {};  ///< with its `http.stop`, which must be there
  std::string hub = {};                     ///< stands for https://huggingface.co where it is not empty (HF_ENDPOINT)
};

/// Settings as the environment has them: HF_TOKEN, which is sent to https://huggingface.co and nowhere else, and
/// HF_ENDPOINT, a mirror's address; SSL_CERT_FILE, certificates to trust. Proxies are libcurl's matter.
FetchSettings settings_from_environment();

enum class FetchResult { fetched, present, by_hand, failed, stopped };

struct FetchedFile {
  std::string key;  ///< below the weights folder
  FetchResult result = FetchResult::failed;
  std::string detail = {};  ///< of by_hand and failed: the sentence
  std::uint64_t bytes = 0;  ///< of fetched
};

/// Brings the models' files that are not here: several at once, each shared file once, archives unpacked to the members
/// that the cards name. A file that fails does not keep the others from coming. The whole is refused where the disk has
/// no room for it. Each file is opened and digested before it gets its name, and recorded in weights.lock; one that
/// weights.lock or its card knows has to be the same again. Returns what became of each file, in order. Throws
/// OutOfSpace before the first byte, and Error when the weights folder cannot be used.
std::vector<FetchedFile> fetch(std::span<const Published* const> models, const FetchSettings& settings);

}  // namespace cfo::weights
