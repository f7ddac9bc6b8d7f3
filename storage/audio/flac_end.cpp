#include "storage/audio/flac_end.h"

#include <FLAC/stream_decoder.h>

#include <cstdint>
#include <fstream>
#include <memory>

#include "base/error.h"

namespace cfo::storage {
namespace {

struct Deleter {
  void operator()(FLAC__StreamDecoder* decoder) const { FLAC__stream_decoder_delete(decoder); }
};

/// Where the last whole frame ends, in bytes of the file.
struct Position {
  FLAC__uint64 end = 0;
};

FLAC__StreamDecoderWriteStatus take(const FLAC__StreamDecoder* decoder, const FLAC__Frame*, const FLAC__int32* const*,
                                    void* position) {
  FLAC__stream_decoder_get_decode_position(decoder, &static_cast<Position*>(position)->end);
  return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

void pass_over(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void*) {}

}  // namespace

void check_flac_end(const std::filesystem::path& path) {
  const std::unique_ptr<FLAC__StreamDecoder, Deleter> decoder(FLAC__stream_decoder_new());
  Position position;
  if (!decoder || FLAC__stream_decoder_init_file(decoder.get(), path.c_str(), &take, nullptr, &pass_over, &position) !=
                      FLAC__STREAM_DECODER_INIT_STATUS_OK)
    return;  // libsndfile tells why
  FLAC__stream_decoder_process_until_end_of_stream(decoder.get());
  FLAC__stream_decoder_finish(decoder.get());
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(position.end));
  const int first = file.get(), second = file.get();
  if (first == 0xFF &&
      (second & 0xFE) == 0xF8)  // a frame's first bits, and nothing more was decoded; tags begin otherwise
    throw Error("{}: is cut off within a frame of its FLAC stream; copy it again from its source", path.string());
}

}  // namespace cfo::storage
