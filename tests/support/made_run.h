// A small finished run, made without cfo-run: shards of made-up speech, scores, and the ledger.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/run_folder/ledger.h"
#include "storage/shards/shard.h"
#include "storage/tables/scores.h"
#include "tests/support/programs.h"

namespace cfo::test {

inline const std::vector<std::string> made_splits = {"train", "eval"};
inline const std::vector<std::string> made_codecs = {"bonafide", "mdct_vq"};
inline constexpr int made_utterances = 3;
inline constexpr double made_seconds = 0.5;

inline storage::ShardUtterance made_utterance(const std::string& speaker, int number, bool spoof) {
  storage::ShardUtterance utterance;
  utterance.speaker_id = speaker;
  utterance.utterance_id = speaker + "_00" + std::to_string(number);
  utterance.label = spoof ? storage::Label::spoof : storage::Label::bona_fide;
  utterance.audio = storage::to_pcm16(voice(made_seconds, static_cast<unsigned>(number) + (spoof ? 50 : 0))).samples;
  if (spoof) utterance.codes = {{1, 2, {number, 7}}};
  if (spoof) utterance.measures = {{"snr_db", 5.0 + number}};
  return utterance;
}

inline void write_made_shard(const std::filesystem::path& file, const std::string& codec, const std::string& split) {
  storage::ShardAttributes attributes;
  attributes.codec = codec;
  attributes.split = split;
  const bool spoof = codec != "bonafide";
  if (spoof) {
    attributes.family = codec;
    attributes.quantizer = "SVQ";
    attributes.auxiliary = "None";
    attributes.decoder = "Freq";
    attributes.codec_sample_rate = 16000;
  }
  attributes.engine_version = CFO_VERSION;
  std::filesystem::create_directories(file.parent_path());
  storage::ShardWriter writer(file, attributes);
  for (int number = 1; number <= made_utterances; ++number) {
    writer.add(made_utterance(split == "train" ? "p001" : "p004", number, spoof));
  }
  writer.finish();
}

/// A flow's line of the ledger: 2 s of work in 4 s for the codec's nodes.
inline storage::LedgerRecord made_flow(const std::string& unit) {
  storage::LedgerRecord record;
  record.unit = unit;
  record.kind = "write_shards";
  record.node = "spoof";
  record.items = made_utterances;
  record.seconds = made_utterances * made_seconds;
  record.wall = 4;
  record.cpu = 5;
  record.started = record.finished = storage::utc_now();
  record.engine = CFO_VERSION;
  record.metrics = {{"latent", made_utterances, 2, 3.0, 0.6, 2}, {"wave", made_utterances, 3, 2.0, 0.3, 1}};
  return record;
}

/// RUN/shards/<codec>/<split>/00000.h5, RUN/scores and RUN/ledger.
inline void make_run(const std::filesystem::path& run) {
  storage::LedgerRecord task;
  task.unit = "models/mdct_vq";
  task.kind = task.node = "fit_codec";
  task.wall = 1.5;
  task.cpu = 1.25;
  task.started = task.finished = storage::utc_now();
  std::filesystem::create_directories(run / "scores");
  storage::Ledger ledger(run / "ledger");
  ledger.append(task);
  for (const auto& codec : made_codecs) {
    for (const auto& split : made_splits) {
      const std::string unit = "shards/" + codec + "/" + split + "/00000";
      write_made_shard(run / (unit + ".h5"), codec, split);
      ledger.append(made_flow(unit));
    }
  }
}

}  // namespace cfo::test
