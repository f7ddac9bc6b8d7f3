// Protocol files: which utterance is bona fide, which is spoofed, and by what.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/label.h"

namespace cfo::storage {

/// A line of a protocol. Fields that the line does not have, or has as "-", are "". Spellings in use:
///
///     speaker utterance - auxiliary decoder quantizer label    CodecFake+ train, dev, test (bona fide: REAL REAL REAL)
///     speaker utterance - - label                              CodecFake+ CoRS, CoSG
///     speaker utterance - label                                CodecFake+ CoSG
///     speaker utterance - quantizer label                      CodecFake+ CoSG_SEEN (MVQ, SVQ, SQ or REAL)
///     speaker utterance - system label                         ASVspoof 2019 LA
struct ProtocolLine {
  std::string speaker_id, utterance_id;
  /// The attack of ASVspoof; the codec in a spoofed id of CodecFake+ (p227_260_snac_24khz: snac_24khz).
  std::string system;
  std::string auxiliary, decoder, quantizer;  ///< as written: Trad, SEM, Disent; TIME, FREQ; MVQ, SVQ, SQ
  Label label = Label::bona_fide;
  std::size_t number = 0;  ///< of the line in the file, from 1
  std::string remark;      ///< what was mended, as a sentence; "" if nothing
};

/// Reads a protocol, plain or compressed (gz, xz, bz2, zst). Empty lines are skipped. The one misspelt label of the
/// authors' lists, "spoofs", is read as spoof with a remark. Throws Error with file:line where a line has too few or
/// too many fields or an unknown label, and Error with the file where it is missing, cut off or without lines.
std::vector<ProtocolLine> read_protocol(const std::filesystem::path& file);

}  // namespace cfo::storage
