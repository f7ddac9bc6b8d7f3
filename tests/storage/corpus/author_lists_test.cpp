// The planner of the paper's split against the authors' own lists (../shared/data/codecfake_plus_metadata), where they
// are.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "storage/corpus/corpus.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

const fs::path lists = fs::path(CFO_SOURCE_DIR).parent_path() / "shared" / "data" / "codecfake_plus_metadata";

/// The bona fide utterances of a list: id -> speaker.
std::map<std::string, std::string> bona_fide_of(const std::string& list) {
  std::map<std::string, std::string> speakers;
  for (const auto& line : read_protocol(lists / list))
    if (line.label == Label::bona_fide) speakers[line.utterance_id] = line.speaker_id;
  return speakers;
}

/// One in `step`: 43,000 files would take long on a slow disk.
std::map<std::string, std::string> every(std::size_t step, const std::map<std::string, std::string>& all) {
  std::map<std::string, std::string> some;
  std::size_t index = 0;
  for (const auto& entry : all)
    if (index++ % step == 0) some.insert(entry);
  return some;
}

std::set<std::string> ids_of(const std::map<std::string, std::string>& speakers) {
  std::set<std::string> ids;
  for (const auto& [id, speaker] : speakers) ids.insert(id);
  return ids;
}

void make_recordings(const fs::path& audio, const std::map<std::string, std::string>& speakers) {
  for (const auto& [id, speaker] : speakers) {
    fs::create_directories(audio / speaker);
    std::ofstream(audio / speaker / (id + "_mic1.flac")) << "x";
  }
}

bool lacks(const fs::path& file) {
  if (fs::exists(file)) return false;
  skip(file.string() + " is not there");
  return true;
}

}  // namespace

TEST_CASE("the paper's split of VCTK 0.92 is the authors'") {
  if (lacks(lists)) return;
  const auto train = bona_fide_of("train_mult_learn.txt.gz");
  const auto validation = bona_fide_of("dev_mult_learn.txt.gz");
  const auto eval = bona_fide_of("test_mult_learn.txt.gz");
  const TemporaryFolder folder;
  const fs::path audio = folder / "wav48_silence_trimmed";
  for (const auto* list : {&validation, &eval}) make_recordings(audio, *list);
  make_recordings(audio, every(40, train));
  CorpusOptions options;
  options.root = folder.path();
  const Corpus corpus = list_corpus(options);
  CHECK(corpus.faults.empty());
  std::map<std::string, std::set<std::string>> ours;
  for (const auto& utterance : corpus.utterances)
    ours[split_of(Split(), utterance.speaker_id)].insert(utterance.utterance_id);
  CHECK(ours["validation"].size() == 735);
  CHECK(ours["eval"].size() == 755);
  CHECK((ours["validation"] == ids_of(validation)));
  CHECK((ours["eval"] == ids_of(eval)));
  CHECK((ours["train"] == ids_of(every(40, train))));
}

TEST_CASE("every training utterance of the authors is in our training split") {
  if (lacks(lists)) return;
  std::size_t ours = 0;
  for (const auto& [id, speaker] : bona_fide_of("train_mult_learn.txt.gz"))
    ours += split_of(Split(), speaker) == "train" ? 1 : 0;
  CHECK(ours == 42965);
}

TEST_CASE("every list of the authors is read, one label with a remark") {
  if (lacks(lists)) return;
  struct List {
    const char* name;
    std::size_t bona_fide, spoofed, remarks;
  };
  const List all[] = {{"train_mult_learn.txt.gz", 42965, 42965, 0},
                      {"dev_mult_learn.txt.gz", 735, 735, 0},
                      {"test_mult_learn.txt.gz", 755, 755, 0},
                      {"CoRS_ALL.txt.gz", 755, 22650, 1},
                      {"CoSG_ALL.txt.gz", 866, 931, 0},
                      {"CoSG_SEEN.txt.gz", 259, 318, 0}};
  for (const List& list : all) {
    CAPTURE(list.name);
    std::size_t bona_fide = 0, remarks = 0;
    const auto lines = read_protocol(lists / list.name);
    for (const auto& line : lines) {
      bona_fide += line.label == Label::bona_fide ? 1 : 0;
      remarks += line.remark.empty() ? 0 : 1;
    }
    CHECK(bona_fide == list.bona_fide);
    CHECK(lines.size() - bona_fide == list.spoofed);
    CHECK(remarks == list.remarks);
  }
}

TEST_CASE("the sample of generated speech is found file by file") {
  const fs::path sample = lists.parent_path() / "cosg_sample";
  if (lacks(sample)) return;
  CorpusOptions options;
  options.layout = "codecfake_plus";
  options.root = sample;
  options.protocol = sample / "protocol.txt";
  const Corpus corpus = list_corpus(options);
  CHECK(corpus.utterances.size() == 50);
  CHECK(corpus.faults.empty());
  CHECK(corpus.utterances.front().file.filename() == "GPST__1058_prompt.flac");
}
