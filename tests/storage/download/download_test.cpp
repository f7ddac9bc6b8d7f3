// Downloads from a server that breaks off, lies and changes its mind.
#include "storage/download/download.h"

#include <sys/resource.h>

#include <csignal>

#include "base/digest.h"
#include "base/durable_file.h"
#include "storage/download/part_file.h"
#include "tests/support/downloads.h"
#include "tests/support/http_server.h"
#include "tests/support/temporary_folder.h"

#include <doctest/doctest.h>

using namespace cfo;
using namespace cfo::storage;
using namespace cfo::test;
namespace fs = std::filesystem;

TEST_CASE("a file comes whole, with its size and digest, and nothing else stays") {
  const std::string file = some_bytes(300'000);
  const WebServer server([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  const TemporaryFolder folder;
  Notes notes;
  const auto result =
      get({.url = server.url("/x.pt"), .path = folder / "deep/x.pt", .size = file.size(), .sha256 = digest_of(file)},
          notes);
  CHECK(result.size == file.size());
  CHECK(result.sha256 == digest_of(file));
  CHECK(bytes_of(folder / "deep/x.pt") == file);
  CHECK(std::distance(fs::directory_iterator(folder / "deep"), fs::directory_iterator()) == 1);
  CHECK(notes.total == file.size());
  CHECK(notes.sizes.front().second == file.size());
  CHECK(server.requests().front().header("user-agent").starts_with("cfo"));
}

TEST_CASE("a connection that breaks off is taken up where it broke") {
  const std::string file = some_bytes(500'000);
  std::atomic<int> asked{0};
  const WebServer server([&](const WebRequest& request) {
    auto answer = file_answer(request, file, "\"one\"");
    if (asked++ < 3) answer.cut = 100'000;
    return answer;
  });
  const TemporaryFolder folder;
  Notes notes;
  get({.url = server.url("/x.pt"), .path = folder / "x.pt"}, notes);
  CHECK(bytes_of(folder / "x.pt") == file);
  CHECK(notes.total == file.size());  // no byte twice
  const auto requests = server.requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests[0].header("range").empty());
  CHECK(requests[1].header("range") == "bytes=100000-");
  CHECK(requests[1].header("if-range") == "\"one\"");
  CHECK(requests[3].header("range") == "bytes=300000-");
}

TEST_CASE("Ctrl-C leaves what a later call goes on from") {
  const std::string file = some_bytes(2'000'000);
  const WebServer server([&](const WebRequest& request) {
    auto answer = file_answer(request, file, "\"one\"");
    answer.pause = std::chrono::milliseconds(5);
    return answer;
  });
  const TemporaryFolder folder;
  const DownloadTask task{.url = server.url("/x.pt"), .path = folder / "x.pt"};
  std::atomic<bool> stop{false};
  Notes first;
  first.stop = &stop;
  first.stop_after = 500'000;
  CHECK_THROWS_AS(get(task, first, quick({.stop = &stop})), HttpStopped);
  CHECK_FALSE(fs::exists(folder / "x.pt"));
  CHECK(PartFile::kept(task.path) >= 500'000);
  CHECK(PartFile::kept(task.path) < file.size());
  Notes second;
  get(task, second);
  CHECK(bytes_of(folder / "x.pt") == file);
  CHECK(first.total + second.total == file.size());
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("bytes that were not synced before a crash are fetched again") {
  const std::string file = some_bytes(400'000);
  const WebServer server([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  const TemporaryFolder folder;
  // The note says 150,000; what follows was torn by the crash.
  write_file(folder / "x.pt.partial", file.substr(0, 150'000) + std::string(50'000, '\0'));
  write_file(folder / "x.pt.partial.json",
             fmt::format(R"({{"url": "{}", "validator": "\"one\"", "bytes": 150000}})", server.url("/x.pt")));
  Notes notes;
  get({.url = server.url("/x.pt"), .path = folder / "x.pt"}, notes);
  CHECK(bytes_of(folder / "x.pt") == file);
  CHECK(notes.total == 250'000);
}

TEST_CASE("a file that has changed between two parts starts anew") {
  const std::string old_file = some_bytes(500'000), new_file = some_bytes(450'000, 7);
  std::atomic<int> asked{0};
  // The first part of the old file, then what `later` answers.
  const auto fetched = [&](auto later) {
    const WebServer server([&](const WebRequest& request) {
      if (asked++ > 0) return later(request);
      auto answer = file_answer(request, old_file, "\"one\"");
      answer.cut = 200'000;
      return answer;
    });
    const TemporaryFolder folder;
    Notes notes;
    get({.url = server.url("/x.pt"), .path = folder / "x.pt"}, notes);
    return bytes_of(folder / "x.pt");
  };
  const auto unconditional = [](WebRequest request) {
    request.headers.erase("if-range");
    return request;
  };
  SUBCASE("the server says so") {
    CHECK(fetched([&](const auto& request) { return file_answer(request, new_file, "\"two\""); }) == new_file);
  }
  SUBCASE("the server gives the part for all that, with another ETag") {
    CHECK(fetched([&](const auto& request) { return file_answer(unconditional(request), new_file, "\"two\""); }) ==
          new_file);
  }
  SUBCASE("the new file is shorter than what is there") {
    const std::string short_file = new_file.substr(0, 100'000);
    CHECK(fetched([&](const auto& request) { return file_answer(unconditional(request), short_file, "\"two\""); }) ==
          short_file);
  }
  SUBCASE("nobody says so, and the digest tells") {
    const WebServer server([&](const WebRequest& request) {
      if (asked++ > 0) return file_answer(request, new_file, "\"one\"");
      auto answer = file_answer(request, old_file, "\"one\"");
      answer.cut = 200'000;
      return answer;
    });
    const TemporaryFolder folder;
    write_file(folder / "x.pt.partial", old_file.substr(0, 200'000));
    write_file(folder / "x.pt.partial.json",
               fmt::format(R"({{"url": "{}", "validator": "\"one\"", "bytes": 200000}})", server.url("/x.pt")));
    asked = 1;
    Notes notes;
    get({.url = server.url("/x.pt"), .path = folder / "x.pt", .sha256 = digest_of(new_file)}, notes);
    CHECK(bytes_of(folder / "x.pt") == new_file);
    CHECK(has(notes.texts.back(), "once more from the beginning"));
  }
}

TEST_CASE("a server that gives no parts, or nothing to know the file by, starts anew") {
  const std::string file = some_bytes(300'000);
  std::atomic<int> asked{0};
  std::string etag;
  SUBCASE("no parts") { etag = "\"one\""; }
  SUBCASE("a weak ETag") { etag = "W/\"one\""; }
  const WebServer server([&](const WebRequest&) {
    WebAnswer answer{.headers = {{"ETag", etag}}, .body = file};
    if (asked++ == 0) answer.cut = 100'000;
    return answer;
  });
  const TemporaryFolder folder;
  Notes notes;
  get({.url = server.url("/x.pt"), .path = folder / "x.pt"}, notes);
  CHECK(bytes_of(folder / "x.pt") == file);
  CHECK(notes.total == file.size() + 100'000);
  CHECK(server.requests()[1].header("range").empty() == etag.starts_with("W/"));
}

TEST_CASE("all bytes were there but for the name: nothing is fetched twice") {
  const std::string file = some_bytes(100'000);
  const WebServer server([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  const TemporaryFolder folder;
  write_file(folder / "x.pt.partial", file);
  write_file(folder / "x.pt.partial.json",
             fmt::format(R"({{"url": "{}", "validator": "\"one\"", "bytes": 100000}})", server.url("/x.pt")));
  Notes notes;
  get({.url = server.url("/x.pt"), .path = folder / "x.pt"}, notes);
  CHECK(bytes_of(folder / "x.pt") == file);
  CHECK(notes.total == 0);
}

TEST_CASE("a server that lies about the length") {
  const std::string file = some_bytes(200'000);
  SUBCASE("more than there is: given up after some attempts, with what came kept") {
    const WebServer server([&](const WebRequest& request) {
      auto answer = file_answer(request, file, "\"one\"");
      answer.announced = answer.body.size() + 50'000;
      return answer;
    });
    const TemporaryFolder folder;
    const DownloadTask task{.url = server.url("/x.pt"), .path = folder / "x.pt"};
    const std::string said = fault_of(task);
    CHECK_MESSAGE(has(said, "attempts"), said);
    CHECK_FALSE(fs::exists(task.path));
  }
  SUBCASE("less than there is: the size or the digest tells") {
    const WebServer server([&](const WebRequest& request) {
      auto answer = file_answer(request, file, "\"one\"");
      answer.announced = 150'000;
      return answer;
    });
    const TemporaryFolder folder;
    const std::string by_size = fault_of({.url = server.url("/x.pt"), .path = folder / "x.pt", .size = file.size()});
    CHECK_MESSAGE(has(by_size, "the server has 150000 bytes where the published file has 200000"), by_size);
    const std::string by_digest =
        fault_of({.url = server.url("/x.pt"), .path = folder / "x.pt", .sha256 = digest_of(file)});
    CHECK_MESSAGE(has(by_digest, "instead of " + digest_of(file)), by_digest);
    CHECK(nothing_left(folder));
  }
}

TEST_CASE("wrong bytes are refused and removed, and what was there stays") {
  const std::string file = some_bytes(1000);
  const WebServer server([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  const TemporaryFolder folder;
  write_file(folder / "x.pt", "the old one");
  const std::string digest(64, 'a');
  const std::string said =
      fault_of({.url = server.url("/x.pt"), .path = folder / "x.pt", .sha256 = digest, .mismatch_advice = "; ask"});
  CHECK(said ==
        server.url("/x.pt") + ": what came has the SHA-256 " + digest_of(file) + " instead of " + digest + "; ask");
  CHECK(bytes_of(folder / "x.pt") == "the old one");
  CHECK_FALSE(fs::exists(folder / "x.pt.partial"));
  const std::string refused =
      fault_of({.url = server.url("/x.pt"), .path = folder / "x.pt", .accept = [](const fs::path& part) {
                  throw Error("{} bytes: no", fs::file_size(part));
                }});
  CHECK(refused == "1000 bytes: no");
  CHECK(bytes_of(folder / "x.pt") == "the old one");
  CHECK_FALSE(fs::exists(folder / "x.pt.partial"));
}

TEST_CASE("the digest that a hub announces is held against what comes") {
  const std::string file = some_bytes(1000);
  std::string announced = digest_of(file);
  const WebServer server([&](const WebRequest& request) -> WebAnswer {
    if (request.path == "/hub")
      return {.status = 302, .headers = {{"Location", "/bytes"}, {"X-Linked-ETag", "\"" + announced + "\""}}};
    return file_answer(request, file, "\"one\"");
  });
  const TemporaryFolder folder;
  CHECK(fault_of({.url = server.url("/hub"), .path = folder / "x.pt"}).empty());
  announced = digest_of("something else");
  const std::string said = fault_of({.url = server.url("/hub"), .path = folder / "y.pt"});
  CHECK_MESSAGE(has(said, "which the server announced"), said);
}
