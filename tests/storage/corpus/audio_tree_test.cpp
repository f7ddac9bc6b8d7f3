// What of a folder is taken, what is passed over, and what is told.
#include "storage/corpus/audio_tree.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;

namespace {

void make(const TemporaryFolder& folder, std::initializer_list<const char*> files) {
  for (const char* file : files) write_file(folder / file, "sound");
}

/// Below `folder`, without it.
std::vector<std::string> names(const AudioTree& tree, const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& file : tree.files) found.push_back(file.path.lexically_relative(folder).string());
  return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("hidden folders, and those that systems make for themselves, are passed over at every depth") {
  const TemporaryFolder folder;
  make(folder,
       {"s1/a.wav", "s1/.ipynb_checkpoints/a-checkpoint.wav", "s1/.Trash-1000/files/b.wav", ".snapshot/s1/a.wav",
        "s1/x/__MACOSX/c.wav", "s1/x/@eaDir/d.wav", "#recycle/e.wav", "lost+found/f.wav", "s1/._a.wav"});
  AudioWalker walker(folder.path());
  CHECK(walker.folders_in(folder.path()) == std::vector<fs::path>{folder / "s1"});
  const AudioTree tree = walker.below(folder.path());
  CHECK(names(tree, folder.path()) == Names{"s1/a.wav"});
  CHECK(tree.faults.empty());
}

TEST_CASE("each folder is met once, at its own place, whatever links lead to it") {
  const TemporaryFolder folder, elsewhere;
  make(folder, {"s1/a.wav", "s2/b.wav", "s2/deep/c.wav"});
  make(elsewhere, {"d.wav"});
  fs::create_directory_symlink("s1", folder / "another_s1");        // beside
  fs::create_directory_symlink("../s2", folder / "s1" / "friend");  // into another speaker
  fs::create_directory_symlink("..", folder / "s2" / "up");         // a loop
  fs::create_directory_symlink(".", folder / "s2" / "deep" / "self");
  fs::create_directory_symlink(elsewhere.path(), folder / "s3");  // from another disk: taken, once
  fs::create_directory_symlink(elsewhere.path(), folder / "s4");
  AudioWalker walker(folder.path());
  CHECK(walker.folders_in(folder.path()) ==
        std::vector<fs::path>{folder / "s1", folder / "s2", folder / "s3", folder / "s4"});
  CHECK(names(walker.below(folder / "s1"), folder.path()) == Names{"s1/a.wav"});
  CHECK(names(walker.below(folder / "s2"), folder.path()) == Names{"s2/b.wav", "s2/deep/c.wav"});
  CHECK(names(walker.below(folder / "s3"), folder.path()) == Names{"s3/d.wav"});
  CHECK(walker.below(folder / "s4").files.empty());
}

TEST_CASE("a root that is a link itself is walked through") {
  const TemporaryFolder folder;
  make(folder, {"real/s1/a.wav"});
  fs::create_directory_symlink("real", folder / "link");
  AudioWalker walker(folder / "link");
  CHECK(names(walker.below(folder / "link" / "s1"), folder / "link") == Names{"s1/a.wav"});
}

TEST_CASE("links to files are files; links to nothing are told, those that no audio would be apart") {
  const TemporaryFolder folder;
  make(folder, {"annex/x.wav", "s1/a.wav"});
  fs::create_symlink("../annex/x.wav", folder / "s1" / "b.wav");
  fs::create_symlink("../.git/annex/objects/y.wav", folder / "s1" / "c.wav");
  fs::create_symlink("nowhere", folder / "s1" / "LICENCE");
  AudioWalker walker(folder.path());
  const AudioTree tree = walker.below(folder / "s1");
  CHECK(names(tree, folder.path()) == Names{"s1/a.wav", "s1/b.wav"});
  CHECK(tree.faults.empty());
  REQUIRE(tree.dangling.size() == 1);
  CHECK(tree.dangling[0].reason ==
        (folder / "s1" / "c.wav").string() +
            ": is a link to ../.git/annex/objects/y.wav, which is not there; fetch its content (git annex get, datalad "
            "get) or mount its disk");
}

TEST_CASE("audio of other formats is told, a line a folder") {
  const TemporaryFolder folder;
  make(folder, {"s1/a.wav", "s1/b.opus", "s1/c.OPUS", "s1/d.m4a", "s1/notes.txt", "s1/x/e.sph"});
  const AudioTree tree = AudioWalker(folder.path()).below(folder / "s1");
  CHECK(names(tree, folder.path()) == Names{"s1/a.wav"});
  REQUIRE(tree.faults.size() == 2);
  CHECK(tree.faults[0].reason ==
        (folder / "s1").string() +
            ": left out: 3 files of other formats (.m4a, .opus); convert them to FLAC, e.g. with ffmpeg");
  CHECK(tree.faults[1].item == (folder / "s1/x").string());
}

TEST_CASE("a name that is no UTF-8 is left out and told in letters that can be stored") {
  const TemporaryFolder folder;
  make(folder, {"s1/a.wav", "s1/Jos\xE9.wav"});
  const AudioTree tree = AudioWalker(folder.path()).below(folder / "s1");
  CHECK(names(tree, folder.path()) == Names{"s1/a.wav"});
  REQUIRE(tree.faults.size() == 1);
  CHECK(tree.faults[0].item == (folder / "s1/Jos\\xE9.wav").string());
}

TEST_CASE("a folder that may not be read is told, and so is a root") {
  if (::geteuid() == 0) {
    skip("root may read everything");
    return;
  }
  const TemporaryFolder folder;
  make(folder, {"s1/a.wav", "s1/x/b.wav"});
  fs::permissions(folder / "s1/x", fs::perms::none);
  const AudioTree tree = AudioWalker(folder.path()).below(folder / "s1");
  CHECK(names(tree, folder.path()) == Names{"s1/a.wav"});
  REQUIRE(tree.faults.size() == 1);
  CHECK(tree.faults[0].reason.ends_with(
      "s1/x: Permission denied: the speech in this folder is left out; make it readable"));
  CHECK_THROWS_WITH(AudioWalker(folder / "s1/x"), doctest::Contains("Permission denied; give a folder"));
  fs::permissions(folder / "s1/x", fs::perms::owner_all);
}

TEST_CASE("a folder to pass over is not walked through") {
  const TemporaryFolder folder;
  make(folder, {"in/a.wav", "in/out/b.wav"});
  AudioWalker walker(folder / "in");
  walker.pass_over(folder / "in" / "out");
  CHECK(names(walker.below(folder / "in"), folder.path()) == Names{"in/a.wav"});
  CHECK_THROWS_WITH(AudioWalker(folder / "absent"), doctest::Contains("No such file or directory"));
}
