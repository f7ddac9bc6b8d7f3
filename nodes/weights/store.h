// Where published weight files lie on this machine, and codecs built from them, shared by all units that use them.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/codec.h"

namespace cfo::weights {

/// $CFO_WEIGHTS, else $XDG_CACHE_HOME/cfo/weights, else ~/.cache/cfo/weights. Throws Error when none of the three is
/// set.
std::filesystem::path weights_root();

/// weights_root() / file.folder / file.file, whether it is there or not.
std::filesystem::path weight_path(const codecs::WeightFile& file);

/// Those of `files` that are not on this machine; several that lie at one place count once.
std::vector<codecs::WeightFile> missing_files(std::span<const codecs::WeightFile> files);

/// "" when all of `files` are on this machine, else "not downloaded: " and what brings them: cfo-weights fetch `name`,
/// the model's name, or the address for a browser and cfo-weights add.
std::string why_missing(std::span<const codecs::WeightFile> files, const std::string& name);

/// "" when the codec can be used on this machine, else a sentence: its family is not implemented, or files are to be
/// downloaded (names the files, where from and where to). Codecs of backend "fitted" need no files.
std::string why_unavailable(const codecs::Card& card);

/// Size and time of a file: what tells that it is still the same one. Throws Error when it cannot be looked at.
std::string weight_stamp(const std::filesystem::path& path);

/// SHA-256 of a file, computed once a process as long as its size and time stay. Throws Error when it cannot be read.
std::string content_digest(const std::filesystem::path& path);

/// Text that changes when one of `files` changes. Opens none: its SHA-256 stands for a file where it is known
/// (require_published checks it), size and modification time elsewhere.
std::string files_fingerprint(std::span<const codecs::WeightFile> files);

/// files_fingerprint of the card's files, and of the card.
std::string weights_fingerprint(const codecs::Card& card);

/// Throws Error for a file on this machine whose SHA-256 is not that of the published one, where that is known.
void require_published(const codecs::WeightFile& file);

/// SHA-256 over the card's text and the contents of its weight files, or of `tables` for a fitted codec. Contents are
/// digested by content_digest. Throws Error for a missing file, and for one whose SHA-256 is
/// not that of the published file.
std::string weights_digest(const codecs::Card& card, const std::optional<std::filesystem::path>& tables = {});

/// The codec of `card` on `device` ("cpu", "cuda", "cuda:1"), ready to work. `tables`: the fitted tables (a fit_codec
/// output), for backend "fitted" only. The same card, device and tables give the same network as long as somebody holds
/// it; any number of threads may ask at once. Throws Error for missing, damaged or unfitting files.
std::shared_ptr<const codecs::Codec> load_codec(const codecs::Card& card, const std::string& device,
                                                const std::optional<std::filesystem::path>& tables = {});

}  // namespace cfo::weights
