#include "storage/hdf5/file.h"

#include <cstring>

#include "base/durable_file.h"
#include "base/error.h"
#include "storage/hdf5/error.h"
#include "storage/hdf5/lock.h"

namespace cfo::storage {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t smallest_chunk = 16;      // rows
constexpr uint64_t largest_chunk = 1 << 14;  // values

/// One file format whatever HDF5 is linked: that of 1.10, whose metadata carry checksums. No file locks: networked
/// disks lack them.
Hdf5Handle access_properties() {
  Hdf5Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(properties.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_fclose_degree(properties.get(), H5F_CLOSE_STRONG);
  H5Pset_file_locking(properties.get(), false, true);
  return properties;
}

/// Groups without time stamps: files of equal content are equal byte by byte.
Hdf5Handle untimed_properties(hid_t kind) {
  Hdf5Handle properties(H5Pcreate(kind), H5Pclose);
  H5Pset_obj_track_times(properties.get(), false);
  return properties;
}

void write_scalar(hid_t file, const Hdf5Output& output, const std::string& name, hid_t in_file, hid_t in_memory,
                  const void* value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(H5Acreate2(file, name.c_str(), in_file, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute || H5Awrite(attribute.get(), in_memory, value) < 0)
    throw_hdf5_error(output.path(), "write attribute '" + name + "'");
  output.check();
}

Hdf5Handle open_attribute(hid_t file, const fs::path& path, const std::string& name, H5T_class_t kind,
                          const char* kind_name) {
  if (H5Aexists(file, name.c_str()) <= 0)
    throw Error("{}: has no attribute '{}'; it was not written by CFO or is damaged", path.string(), name);
  Hdf5Handle attribute(H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute) throw_hdf5_error(path, "read attribute '" + name + "'");
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose);
  if (H5Tget_class(type.get()) != kind || H5Sget_simple_extent_npoints(space.get()) != 1)
    throw Error("{}: attribute '{}' is not {}", path.string(), name, kind_name);
  return attribute;
}

herr_t note_name(hid_t, const char* name, const H5L_info_t*, void* user) {
  static_cast<std::vector<std::string>*>(user)->emplace_back(name);
  return 0;
}

}  // namespace

Hdf5File Hdf5File::create(const fs::path& path) {
  const Hdf5Lock lock;
  auto output = std::make_unique<Hdf5Output>(path);
  const Hdf5Handle creation = untimed_properties(H5P_FILE_CREATE);
  const Hdf5Handle access = access_properties();
  output->attach_to(access.get());
  Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  if (!file) throw_hdf5_error(path, "create the file");
  return {path, std::move(output), std::move(file)};
}

Hdf5File Hdf5File::open(const fs::path& path) {
  std::error_code problem;
  if (!fs::exists(path, problem)) throw Error("{}: no such file", path.string());
  if (!fs::is_regular_file(path, problem)) throw Error("{}: is not a file", path.string());
  if (fs::file_size(path, problem) == 0)
    throw Error("{}: is empty (0 bytes); delete it and run the graph again", path.string());
  const Hdf5Lock lock;
  const Hdf5Handle access = access_properties();
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file) throw_hdf5_error(path, "open the file");
  return {path, nullptr, std::move(file)};
}

void Hdf5File::give_up() {
  if (output_) output_->give_up();
}

void Hdf5File::finish() {
  const Hdf5Lock lock;
  if (H5Fflush(file_.get(), H5F_SCOPE_LOCAL) < 0 || !file_.close()) throw_hdf5_error(path_, "complete the file");
  output_->close();
}

void Hdf5File::write_attribute(const std::string& name, const std::string& text) {
  const Hdf5Lock lock;
  const Hdf5Handle type = hdf5_text_type(std::max<std::size_t>(1, text.size()));
  write_scalar(file_.get(), *output_, name, type.get(), type.get(), text.c_str());
}

void Hdf5File::write_attribute(const std::string& name, int64_t number) {
  const Hdf5Lock lock;
  const auto [in_file, in_memory] = hdf5_type<int64_t>();
  write_scalar(file_.get(), *output_, name, in_file, in_memory, &number);
}

bool Hdf5File::has_attribute(const std::string& name) const {
  const Hdf5Lock lock;
  return H5Aexists(file_.get(), name.c_str()) > 0;
}

std::string Hdf5File::text_attribute(const std::string& name) const {
  const Hdf5Lock lock;
  const Hdf5Handle attribute = open_attribute(file_.get(), path_, name, H5T_STRING, "a text");
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  if (H5Tis_variable_str(type.get()) != 0)
    throw Error("{}: attribute '{}' is not a text of fixed length", path_.string(), name);
  std::string text(H5Tget_size(type.get()), '\0');
  if (H5Aread(attribute.get(), type.get(), text.data()) < 0) throw_hdf5_error(path_, "read attribute '" + name + "'");
  text.resize(::strnlen(text.data(), text.size()));
  return text;
}

int64_t Hdf5File::number_attribute(const std::string& name) const {
  const Hdf5Lock lock;
  const Hdf5Handle attribute = open_attribute(file_.get(), path_, name, H5T_INTEGER, "a whole number");
  int64_t number = 0;
  if (H5Aread(attribute.get(), H5T_NATIVE_INT64, &number) < 0) throw_hdf5_error(path_, "read attribute '" + name + "'");
  return number;
}

void Hdf5File::write_schema(const std::string& schema, int64_t version) {
  write_attribute("schema", schema);
  write_attribute("schema_version", version);
}

void Hdf5File::check_schema(const std::string& schema, int64_t version) const {
  const Hdf5Lock lock;
  if (H5Aexists(file_.get(), "schema") <= 0)
    throw Error("{}: an HDF5 file, but not of CFO: it has no attribute 'schema' ('{}' is wanted)", path_.string(),
                schema);
  if (const std::string found = text_attribute("schema"); found != schema)
    throw Error("{}: its schema is '{}', but '{}' is wanted here", path_.string(), found, schema);
  if (const int64_t found = number_attribute("schema_version"); found > version)
    throw Error("{}: written by a newer CFO ({} version {}; this one reads up to {}); update CFO", path_.string(),
                schema, found, version);
}

void Hdf5File::make_group(const std::string& name) {
  const Hdf5Lock lock;
  const Hdf5Handle creation = untimed_properties(H5P_GROUP_CREATE);
  const Hdf5Handle group(H5Gcreate2(file_.get(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Gclose);
  if (!group) throw_hdf5_error(path_, "write group '" + name + "'");
  output_->check();
}

bool Hdf5File::has(const std::string& name) const {
  const Hdf5Lock lock;
  return H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5File::names_in(const std::string& group) const {
  const Hdf5Lock lock;
  std::vector<std::string> names;
  if (H5Literate_by_name(file_.get(), group.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr, note_name, &names,
                         H5P_DEFAULT) < 0)
    throw_hdf5_error(path_, "list '" + group + "'");
  return names;
}

void Hdf5File::write_texts(const std::string& name, std::span<const std::string> texts) {
  std::size_t size = 1;
  for (const auto& text : texts) size = std::max(size, text.size());
  std::vector<char> bytes(size * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) std::memcpy(&bytes[i * size], texts[i].data(), texts[i].size());
  const Hdf5Lock lock;
  const Hdf5Handle type = hdf5_text_type(size);
  Hdf5Set::create(file_.get(), *output_, name, type.get(), 0, chunk_for(texts.size(), 1))
      .append(type.get(), bytes.data(), texts.size());
}

uint64_t Hdf5File::chunk_for(uint64_t rows, uint64_t columns) {
  const uint64_t most = std::max(smallest_chunk, largest_chunk / std::max<uint64_t>(1, columns));
  return std::clamp(rows, smallest_chunk, most);
}

}  // namespace cfo::storage
