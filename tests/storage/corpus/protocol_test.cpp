#include "storage/corpus/protocol.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

ProtocolLine read_one(const std::string& line) {
  const TemporaryFolder folder;
  write_file(folder / "p.txt", line);
  const auto lines = read_protocol(folder / "p.txt");
  REQUIRE(lines.size() == 1);
  return lines[0];
}

void check_taxonomy(const ProtocolLine& line, const std::string& auxiliary, const std::string& decoder,
                    const std::string& quantizer) {
  CHECK(line.auxiliary == auxiliary);
  CHECK(line.decoder == decoder);
  CHECK(line.quantizer == quantizer);
}

/// gzip of "p227 p227_260_snac_24khz - - spoof\np227 p227_260 - - bonafide\n".
std::string gzipped_lines() {
  const TemporaryFolder folder;
  write_file(folder / "p.txt", "p227 p227_260_snac_24khz - - spoof\np227 p227_260 - - bonafide\n");
  REQUIRE(std::system(("gzip -n " + (folder / "p.txt").string()).c_str()) == 0);
  return bytes_of(folder / "p.txt.gz");
}

}  // namespace

TEST_CASE("CodecFake+ lines: auxiliary, decoder, quantizer, and the codec after the utterance") {
  const auto line = read_one("p260 p260_075_Encodec_24b24k - Trad TIME MVQ spoof\n");
  CHECK(line.speaker_id == "p260");
  CHECK(line.utterance_id == "p260_075_Encodec_24b24k");
  CHECK(line.system == "Encodec_24b24k");
  CHECK(line.label == Label::spoof);
  CHECK(line.number == 1);
  check_taxonomy(line, "Trad", "TIME", "MVQ");
  const auto speaker_s5 = read_one("s5 s5_012_xcodec_hubert_libirispeech - SEM TIME MVQ spoof");
  CHECK(speaker_s5.system == "xcodec_hubert_libirispeech");
  const auto bona_fide = read_one("p260 p260_075 - REAL REAL REAL bonafide\n");
  CHECK(bona_fide.label == Label::bona_fide);
  CHECK(bona_fide.system == "");
  check_taxonomy(bona_fide, "", "", "");
}

TEST_CASE("shorter CodecFake+ lines") {
  const auto cors = read_one("p227 p227_260_snac_24khz - - spoof");
  CHECK(cors.system == "snac_24khz");
  check_taxonomy(cors, "", "", "");
  const auto cosg = read_one("VIOLA audios_entts_ref_14 - bonafide");
  CHECK(cosg.speaker_id == "VIOLA");
  CHECK(cosg.utterance_id == "audios_entts_ref_14");
  CHECK(cosg.label == Label::bona_fide);
  const auto seen = read_one("CLAMTTS 0_ours - MVQ spoof");
  CHECK(seen.system == "");
  check_taxonomy(seen, "", "", "MVQ");
  CHECK(read_one("GPST 1201_pred - - - - spoof").label == Label::spoof);
}

TEST_CASE("ASVspoof 2019 LA lines") {
  const auto bona_fide = read_one("LA_0079 LA_T_1138215 - - bonafide\n");
  CHECK(bona_fide.speaker_id == "LA_0079");
  CHECK(bona_fide.utterance_id == "LA_T_1138215");
  CHECK(bona_fide.system == "");
  CHECK(bona_fide.label == Label::bona_fide);
  const auto spoof = read_one("LA_0079 LA_T_1004644 - A05 spoof\n");
  CHECK(spoof.system == "A05");
  CHECK(spoof.label == Label::spoof);
}

TEST_CASE("the authors' one misspelt label is mended and said") {
  const TemporaryFolder folder;
  write_file(folder / "p.txt", "p228 p228_241 - - bonafide\np228 p228_241_vocos_encodec_6 - - spoofs\n");
  const auto lines = read_protocol(folder / "p.txt");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].remark == "");
  CHECK(lines[1].label == Label::spoof);
  CHECK(lines[1].remark == (folder / "p.txt").string() + ":2: label 'spoofs' is read as 'spoof'");
}

TEST_CASE("byte order mark, CRLF, tabs, blank lines and a missing last line end") {
  const TemporaryFolder folder;
  write_file(folder / "p.txt", "\xEF\xBB\xBFp1 p1_1 - - bonafide\r\n\r\n  \np1\tp1_2 \t-  A01\tspoof");
  const auto lines = read_protocol(folder / "p.txt");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].speaker_id == "p1");
  CHECK(lines[0].label == Label::bona_fide);
  CHECK(lines[1].system == "A01");
  CHECK(lines[1].number == 4);
}

TEST_CASE("compressed protocols") {
  const TemporaryFolder folder;
  const std::string gzip = gzipped_lines();
  write_file(folder / "p.txt.gz", gzip);
  const auto lines = read_protocol(folder / "p.txt.gz");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].system == "snac_24khz");
  CHECK(lines[1].label == Label::bona_fide);
  write_file(folder / "cut.txt.gz", gzip.substr(0, gzip.size() / 2));
  CHECK(has(sentence_of([&] { read_protocol(folder / "cut.txt.gz"); }), "cut.txt.gz: cannot be read to its end ("));
}

TEST_CASE("a bad protocol is named with its line") {
  const TemporaryFolder folder;
  const auto told = [&](const std::string& text) {
    write_file(folder / "p.txt", text);
    return sentence_of([&] { read_protocol(folder / "p.txt"); });
  };
  const std::string file = (folder / "p.txt").string();
  CHECK(told("p1 p1_1 - - bonafide\np1 p1_2 spoof\n")
            .starts_with(file + ":2: has 3 fields; 'speaker utterance - system label'"));
  CHECK(told("a b c d e f g spoof\n").starts_with(file + ":1: has 8 fields"));
  CHECK(told("p1 p1_1 - - fake\n") == file + ":1: unknown label 'fake'; the last field must be 'bonafide' or 'spoof'");
  CHECK(told("p1 p1_1 - - Spoofed\n").starts_with(file + ":1: unknown label 'Spoofed'"));
  CHECK(told("").starts_with(file + ": a protocol without a line"));
  CHECK(told("\n \n").starts_with(file + ": a protocol without a line"));
  CHECK(sentence_of([&] { read_protocol(folder / "none.txt"); }) == (folder / "none.txt").string() + ": no such file");
  CHECK(has(sentence_of([&] { read_protocol(folder.path()); }), "is a folder"));
}
