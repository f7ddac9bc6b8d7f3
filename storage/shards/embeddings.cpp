#include "base/durable_file.h"
#include "base/error.h"
#include "storage/hdf5/file.h"
#include "storage/shards/hdf5_labels.h"
#include "storage/shards/shard.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr const char* embeddings_schema = "cfo-embeddings";
constexpr int64_t embeddings_schema_version = 1;

void check_sizes(const fs::path& path, const Embeddings& embeddings) {
  const std::size_t count = embeddings.utterance_ids.size();
  const bool fits = embeddings.dimension > 0 && embeddings.codecs.size() == count &&
                    embeddings.labels.size() == count &&
                    embeddings.values.size() == count * static_cast<std::size_t>(embeddings.dimension);
  if (!fits)
    throw Error("{}: embeddings do not fit together: {} utterances, {} codecs, {} labels, {} values of dimension {}",
                path.string(), count, embeddings.codecs.size(), embeddings.labels.size(), embeddings.values.size(),
                embeddings.dimension);
}

}  // namespace

void write_embeddings(const fs::path& path, const Embeddings& embeddings) {
  check_sizes(path, embeddings);
  Hdf5File file = Hdf5File::create(partial_name(path));
  file.write_schema(embeddings_schema, embeddings_schema_version);
  file.write_texts("utterance_id", embeddings.utterance_ids);
  file.write_texts("codec", embeddings.codecs);
  write_labels(file, embeddings.labels);
  file.write_column<float>("embedding", embeddings.values, static_cast<uint64_t>(embeddings.dimension));
  file.finish();
  publish(path);
}

Embeddings read_embeddings(const fs::path& path) {
  const Hdf5File file = Hdf5File::open(path);
  file.check_schema(embeddings_schema, embeddings_schema_version);
  Embeddings embeddings;
  embeddings.utterance_ids = file.read_texts("utterance_id");
  embeddings.codecs = file.read_texts("codec");
  embeddings.labels = read_labels(file);
  embeddings.dimension = static_cast<int64_t>(file.set("embedding").columns());
  embeddings.values = file.read_column<float>("embedding");
  check_sizes(path, embeddings);
  return embeddings;
}

}  // namespace cfo::storage
