#include "storage/corpus/corpus.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

CorpusOptions vctk(const fs::path& root, const std::string& microphone = "mic1") {
  CorpusOptions options;
  options.root = root;
  options.microphone = microphone;
  return options;
}

CorpusOptions with_protocol(const fs::path& root, const fs::path& protocol, const std::string& layout) {
  CorpusOptions options;
  options.layout = layout;
  options.root = root;
  options.protocol = protocol;
  return options;
}

std::vector<std::string> ids(const Corpus& corpus) {
  std::vector<std::string> names;
  for (const auto& utterance : corpus.utterances) names.push_back(utterance.utterance_id);
  return names;
}

/// Two speakers with both microphones, one with mic1 only.
void make_vctk_092(const fs::path& audio) {
  for (const std::string id : {"p225/p225_002", "p225/p225_001", "s5/s5_001"})
    for (const char* microphone : {"_mic1.flac", "_mic2.flac"}) write_file(audio / (id + microphone), "sound");
  write_file(audio / "p280" / "p280_001_mic1.flac", "sound");
  write_file(audio / "log.txt", "");
}

}  // namespace

TEST_CASE("VCTK 0.92 is found from its root, from a folder above, and from its audio folder") {
  const TemporaryFolder folder;
  make_vctk_092(folder / "above" / "VCTK-Corpus-0.92" / "wav48_silence_trimmed");
  const fs::path root = folder / "above" / "VCTK-Corpus-0.92";
  for (const fs::path& place :
       {root, root.parent_path(), root / "wav48_silence_trimmed", root / "wav48_silence_trimmed" / ""}) {
    CAPTURE(place.string());
    const Corpus corpus = list_corpus(vctk(place));
    CHECK(ids(corpus) == std::vector<std::string>{"p225_001", "p225_002", "p280_001", "s5_001"});
    CHECK(corpus.faults.empty());
    const Utterance& first = corpus.utterances[0];
    CHECK(first.speaker_id == "p225");
    CHECK(first.file.filename() == "p225_001_mic1.flac");
    CHECK(first.label == Label::bona_fide);
    CHECK(first.bytes == 5);
    CHECK(corpus.utterances[3].speaker_id == "s5");
  }
}

TEST_CASE("VCTK 0.92: the second microphone, and the first for speakers who lack it") {
  const TemporaryFolder folder;
  make_vctk_092(folder / "wav48_silence_trimmed");
  fs::remove(folder / "wav48_silence_trimmed" / "p225" / "p225_002_mic2.flac");
  const Corpus corpus = list_corpus(vctk(folder.path(), "mic2"));
  CHECK(ids(corpus) == std::vector<std::string>{"p225_001", "p280_001", "s5_001"});
  CHECK(corpus.utterances[0].file.filename() == "p225_001_mic2.flac");
  CHECK(corpus.utterances[1].file.filename() == "p280_001_mic1.flac");
  REQUIRE(corpus.faults.size() == 1);
  CHECK(has(corpus.faults[0].reason, "p225_002_mic1.flac: the other microphone's recording of 'p225_002' is missing"));
  CHECK(has(sentence_of([&] { list_corpus(vctk(folder.path(), "mic3")); }), "unknown microphone 'mic3'"));
}

TEST_CASE("VCTK 0.80") {
  const TemporaryFolder folder;
  write_file(folder / "wav48" / "p225" / "p225_001.wav", "sound");
  write_file(folder / "wav48" / "p226" / "p226_001.WAV", "sound");
  write_file(folder / "wav48" / "p226" / "._p226_001.wav", "left by macOS");
  write_file(folder / "txt" / "p225" / "p225_001.txt", "words");
  const Corpus corpus = list_corpus(vctk(folder.path()));
  CHECK(ids(corpus) == std::vector<std::string>{"p225_001", "p226_001"});
  CHECK(corpus.faults.empty());
}

TEST_CASE("empty files, blanks in names and second files of one id are faults") {
  const TemporaryFolder folder;
  write_file(folder / "wav48" / "p225" / "p225_001.flac", "sound");
  write_file(folder / "wav48" / "p225" / "p225_001.wav", "sound");
  write_file(folder / "wav48" / "p225" / "p225_002.wav", "");
  write_file(folder / "wav48" / "p225" / "p225 003.wav", "sound");
  const Corpus corpus = list_corpus(vctk(folder.path()));
  CHECK(ids(corpus) == std::vector<std::string>{"p225_001"});
  CHECK(corpus.utterances[0].file.extension() == ".flac");
  REQUIRE(corpus.faults.size() == 3);
  const auto told = [&](const std::string& part) {
    return std::count_if(corpus.faults.begin(), corpus.faults.end(),
                         [&](const CorpusFault& fault) { return has(fault.reason, part); });
  };
  CHECK(told("p225_002.wav: is an empty file") == 1);
  CHECK(told("p225 003.wav: a blank in the name") == 1);
  CHECK(told("p225_001.flac has the same utterance id 'p225_001'") == 1);
}

TEST_CASE("any folder of speakers") {
  const TemporaryFolder folder;
  write_file(folder / "84" / "121123" / "84-121123-0001.flac", "sound");  // as LibriSpeech
  write_file(folder / "anna" / "one.ogg", "sound");
  write_file(folder / "bert" / "one.mp3", "sound");
  write_file(folder / "bert" / "notes.txt", "words");
  write_file(folder / "stray.wav", "sound");
  CorpusOptions options;
  options.layout = "folder";
  options.root = folder.path();
  const Corpus corpus = list_corpus(options);
  CHECK(ids(corpus) == std::vector<std::string>{"84-121123-0001", "anna_one", "bert_one"});
  CHECK(corpus.utterances[0].speaker_id == "84");
  CHECK(corpus.utterances[2].file.extension() == ".mp3");
  REQUIRE(corpus.faults.size() == 1);
  CHECK(has(corpus.faults[0].reason, "left out: 1 audio file in no speaker's folder, e.g. stray.wav"));
}

TEST_CASE("names that repeat below one speaker take the folder in, of that speaker alone") {
  const TemporaryFolder folder;
  for (const char* file :
       {"id1/videoA/00001.wav", "id1/videoA/00002.wav", "id1/videoB/00001.wav", "id2/videoC/00001.wav"})
    write_file(folder / file, "sound");
  CorpusOptions options;
  options.layout = "folder";
  options.root = folder.path();
  const Corpus corpus = list_corpus(options);
  CHECK(ids(corpus) ==
        std::vector<std::string>{"id1_videoA_00001", "id1_videoA_00002", "id1_videoB_00001", "id2_00001"});
  CHECK(corpus.faults.empty());
}

TEST_CASE("a protocol line whose file is a link to nothing says so") {
  const TemporaryFolder folder;
  write_file(folder / "s1" / "s1_000.wav", "sound");
  fs::create_symlink("../.git/annex/objects/x.wav", folder / "s1" / "s2_000.wav");
  write_file(folder / "protocol.txt", "S1 s1_000 - - bonafide\nS2 s2_000 - - bonafide\n");
  const Corpus corpus = list_corpus(with_protocol(folder.path(), folder / "protocol.txt", "asvspoof2019"));
  CHECK(ids(corpus) == std::vector<std::string>{"s1_000"});
  REQUIRE(corpus.faults.size() == 1);
  CHECK(has(corpus.faults[0].reason, "protocol.txt:2: "));
  CHECK(has(corpus.faults[0].reason, "s2_000.wav: is a link to ../.git/annex/objects/x.wav, which is not there"));
}

TEST_CASE("ASVspoof 2019 LA: protocol and flac folder") {
  const TemporaryFolder folder;
  for (const char* id : {"LA_T_1138215", "LA_T_1004644"})
    write_file(folder / "train" / "flac" / (std::string(id) + ".flac"), "sound");
  write_file(folder / "protocol.txt",
             "LA_0079 LA_T_1138215 - - bonafide\nLA_0080 LA_T_1004644 - A05 spoof\nLA_0080 LA_T_9999999 - A05 spoof\n");
  const Corpus corpus = list_corpus(with_protocol(folder.path(), folder / "protocol.txt", "asvspoof2019"));
  REQUIRE(ids(corpus) == std::vector<std::string>{"LA_T_1004644", "LA_T_1138215"});
  CHECK(corpus.utterances[0].system == "A05");
  CHECK(corpus.utterances[0].label == Label::spoof);
  CHECK(corpus.utterances[1].label == Label::bona_fide);
  CHECK(corpus.utterances[1].speaker_id == "LA_0079");
  REQUIRE(corpus.faults.size() == 1);
  CHECK(corpus.faults[0].item == (folder / "protocol.txt").string() + ":3");
  CHECK(has(corpus.faults[0].reason, "no audio file 'LA_T_9999999.flac'"));
}

TEST_CASE("CodecFake+: files by <system>__<utterance>, in folders of the system, or by their name alone") {
  const TemporaryFolder folder;
  write_file(folder / "wav" / "GPST__1058_prompt.flac", "sound");
  write_file(folder / "wav" / "USLM__prompt1.flac", "sound");
  write_file(folder / "MASKGCT" / "prompt1.wav", "sounds");
  write_file(folder / "CLAMTTS" / "prompt1.wav", "sounds2");
  write_file(folder / "flac" / "p227_260_snac_24khz.flac", "sound");
  write_file(folder / "p.txt",
             "GPST 1058_prompt - - - - bonafide\nUSLM prompt1 - - - - spoof\nMASKGCT prompt1 - - spoof\nCLAMTTS "
             "prompt1 - spoof\n"
             "p227 p227_260_snac_24khz - - spoofs\n");
  const Corpus corpus = list_corpus(with_protocol(folder.path(), folder / "p.txt", "codecfake_plus"));
  REQUIRE(ids(corpus) == std::vector<std::string>{"1058_prompt", "CLAMTTS__prompt1", "MASKGCT__prompt1",
                                                  "USLM__prompt1", "p227_260_snac_24khz"});
  CHECK(corpus.faults.empty());
  const auto& utterances = corpus.utterances;
  CHECK(utterances[0].speaker_id == "GPST");
  CHECK(utterances[0].system == "");
  CHECK(utterances[1].bytes == 7);
  CHECK(utterances[1].system == "CLAMTTS");
  CHECK(utterances[2].bytes == 6);
  CHECK(utterances[4].system == "snac_24khz");
  REQUIRE(corpus.remarks.size() == 1);
  CHECK(has(corpus.remarks[0].reason, ":5: label 'spoofs' is read as 'spoof'"));
}

TEST_CASE("the digest follows ids, sizes and modification times") {
  const TemporaryFolder folder;
  write_file(folder / "wav48" / "p225" / "p225_001.wav", "sound");
  const auto digest = [&] { return list_corpus(vctk(folder.path())).digest; };
  const std::string first = digest();
  CHECK(first.size() == 64);
  CHECK(digest() == first);
  const fs::path file = folder / "wav48" / "p225" / "p225_001.wav";
  const auto time = fs::last_write_time(file);
  fs::last_write_time(file, time + std::chrono::seconds(5));
  CHECK(digest() != first);
  fs::last_write_time(file, time);
  CHECK(digest() == first);
  write_file(folder / "wav48" / "p225" / "p225_002.wav", "sound");
  CHECK(digest() != first);
}

TEST_CASE("a root or protocol that is not there, or nothing that fits, is told") {
  const TemporaryFolder folder;
  CHECK(has(sentence_of([&] { list_corpus(vctk(folder / "none")); }),
            "none: no such folder; give the root of the corpus (layout 'vctk')"));
  CHECK(has(sentence_of([&] { list_corpus(vctk(folder.path())); }),
            "neither wav48_silence_trimmed/pXXX/pXXX_NNN_mic1.flac (0.92) nor"));
  fs::create_directories(folder / "wav48" / "p225");
  CHECK(has(sentence_of([&] { list_corpus(vctk(folder.path())); }),
            "wav48: holds no audio; pXXX/pXXX_NNN.wav was looked for"));
  CorpusOptions options = vctk(folder.path());
  options.layout = "folder";
  CHECK(has(sentence_of([&] { list_corpus(options); }), "no audio in folders of speakers"));
  options.layout = "vkct";
  CHECK(sentence_of([&] { list_corpus(options); }) == "unknown corpus layout 'vkct'; did you mean 'vctk'?");
  options.layout = "codecfake_plus";
  CHECK(has(sentence_of([&] { list_corpus(options); }), "needs the setting 'protocol'"));
  options.protocol = folder / "none.txt";
  CHECK(has(sentence_of([&] { list_corpus(options); }), "none.txt: no such file"));
  write_file(folder / "p.txt", "GPST a - - bonafide\n");
  options.protocol = folder / "p.txt";
  CHECK(has(sentence_of([&] { list_corpus(options); }), "none of the 1 utterances of"));
}

TEST_CASE("the split goes by speaker, and a speaker in two splits is refused") {
  const Split paper;
  CHECK(split_of(paper, "p226") == "validation");
  CHECK(split_of(paper, "p229") == "validation");
  CHECK(split_of(paper, "p227") == "eval");
  CHECK(split_of(paper, "p228") == "eval");
  CHECK(split_of(paper, "p225") == "train");
  CHECK(split_of(paper, "s5") == "train");
  const Split shared{{"p226", "p227"}, {"p227", "p228"}};
  const std::string refused =
      "speaker 'p227' stands in both validation and eval; splits must be disjoint by speaker: take it out of one";
  CHECK(sentence_of([&] { check_disjoint(shared); }) == refused);
  CHECK(sentence_of([&] { split_of(shared, "p300"); }) == refused);
}
