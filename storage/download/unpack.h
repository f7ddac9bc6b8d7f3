// Single members of a published archive (zip, tar, tar.gz, ...), written where they belong.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace cfo::storage {

/// The member whose path is `member`, or ends with "/" + `member` (* stands for any text), and where it goes.
struct UnpackPart {
  std::string member;
  std::filesystem::path target;
};

/// Writes each part to partial_name(target) (base/durable_file.h), for the caller to check and publish; names in the
/// archive are never used as paths. Throws Error naming the archive, and leaves none of the parts: for a file that is
/// no archive or is damaged, a part that no member or more than one fits (naming those that are there), a member that
/// is a link, encrypted or no file, any member whose name leads out of the archive, more than 100,000 members, and more
/// than 1 GiB plus 16 times the archive's size unpacked (a bomb). Throws OutOfSpace when the disk is full.
void unpack(const std::filesystem::path& archive, std::span<const UnpackPart> parts);

/// Whether the file is an archive with a member that fits; false for anything that cannot be read as one.
bool has_member(const std::filesystem::path& archive, const std::string& member);

}  // namespace cfo::storage
