// Servers that are busy, refuse, redirect or stall, and disks that are full.
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

TEST_CASE("servers that are busy are asked again, when they say") {
  const std::string file = some_bytes(1000);
  for (const int status : {429, 503, 500}) {
    CAPTURE(status);
    std::atomic<int> asked{0};
    const WebServer server([&](const WebRequest& request) -> WebAnswer {
      if (asked++ == 0) return {.status = status, .headers = {{"Retry-After", "1"}}, .body = "busy"};
      return file_answer(request, file, "\"one\"");
    });
    const TemporaryFolder folder;
    Notes notes;
    const auto begin = std::chrono::steady_clock::now();
    get({.url = server.url("/x.pt"), .path = folder / "x.pt"}, notes);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(1));
    CHECK(bytes_of(folder / "x.pt") == file);
    REQUIRE(notes.texts.size() == 1);
    CHECK(has(notes.texts[0], fmt::format("the server answers {}; again in 1 s", status)));
  }
}

TEST_CASE("a server that asks for too long a wait, or stays busy, is given up") {
  const TemporaryFolder folder;
  const WebServer later([](const WebRequest&) -> WebAnswer {
    return {.status = 429, .headers = {{"Retry-After", "3600"}}};
  });
  CHECK(has(fault_of({.url = later.url("/x"), .path = folder / "x"}), "the server asks to come back in 3600 s"));
  CHECK(later.requests().size() == 1);
  const WebServer busy([](const WebRequest&) -> WebAnswer { return {.status = 503}; });
  CHECK(has(fault_of({.url = busy.url("/x"), .path = folder / "x"}), "the server answers 503 (4 attempts)"));
  CHECK(busy.requests().size() == 4);
}

TEST_CASE("what will not get better is not asked again") {
  const TemporaryFolder folder;
  for (const int status : {404, 403, 401, 410}) {
    const WebServer server([&](const WebRequest&) -> WebAnswer { return {.status = status, .body = "no"}; });
    const std::string said = fault_of({.url = server.url("/x"), .path = folder / "x"});
    CHECK_MESSAGE(has(said, fmt::format("{}: the server answers {}; ", server.url("/x"), status)), said);
    CHECK(server.requests().size() == 1);
  }
  CHECK(has(fault_of({.url = "ftp://127.0.0.1/x", .path = folder / "x"}), "is no address of the web"));
  CHECK(has(fault_of({.url = "file:///etc/passwd", .path = folder / "x"}), "is no address of the web"));
  CHECK(has(fault_of({.url = "http://127.0.0.1:1/x", .path = folder / "x"}), "(4 attempts)"));
  CHECK(nothing_left(folder));
}

TEST_CASE("redirects are followed, but not for ever, and not out of the encryption") {
  const std::string file = some_bytes(1000);
  const WebServer server([&](const WebRequest& request) -> WebAnswer {
    if (request.path == "/loop") return {.status = 302, .headers = {{"Location", "/loop"}}, .body = "go on"};
    if (request.path == "/file") return {.status = 301, .headers = {{"Location", "file:///etc/passwd"}}};
    if (request.path == "/first") return {.status = 307, .headers = {{"Location", "second?a=b"}}, .body = "go on"};
    return file_answer(request, file, "\"one\"");
  });
  const TemporaryFolder folder;
  CHECK(fault_of({.url = server.url("/first"), .path = folder / "x"}).empty());
  CHECK(bytes_of(folder / "x") == file);
  CHECK(server.requests().back().path == "/second?a=b");
  CHECK(has(fault_of({.url = server.url("/loop"), .path = folder / "y"}), "more than 10 times"));
  CHECK(has(fault_of({.url = server.url("/file"), .path = folder / "y"}), "is no address of the web"));
  CHECK(has(sentence_of([] { allowed_redirect("https://a.org/x", "http://a.org/x"); }), "not encrypted"));
  CHECK(allowed_redirect("http://a.org/x", "https://b.org/x") == "https://b.org/x");
}

TEST_CASE("a secret goes to its own host and port alone") {
  const std::string file = some_bytes(1000);
  const WebServer other([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  const WebServer hub([&](const WebRequest& request) -> WebAnswer {
    if (request.path == "/away") return {.status = 302, .headers = {{"Location", other.url("/x")}}};
    return file_answer(request, file, "\"one\"");
  });
  const TemporaryFolder folder;
  const auto settings = quick({.credential = {hub.origin(), "secret"}});
  CHECK(fault_of({.url = hub.url("/here"), .path = folder / "x"}, settings).empty());
  CHECK(hub.requests().back().header("authorization") == "Bearer secret");
  CHECK(fault_of({.url = hub.url("/away"), .path = folder / "y"}, settings).empty());
  CHECK(hub.requests().back().header("authorization") == "Bearer secret");
  CHECK(other.requests().back().header("authorization").empty());
  CHECK(fault_of({.url = other.url("/x"), .path = folder / "z"}, settings).empty());
  CHECK(other.requests().back().header("authorization").empty());
  CHECK(http_origin("https://HuggingFace.co:443/a/b") == "https://huggingface.co");
  CHECK(http_origin("https://huggingface.co.evil.org/a") == "https://huggingface.co.evil.org");
  CHECK(http_origin("https://huggingface.co@evil.org/a") == "https://evil.org");
  CHECK(http_origin("http://huggingface.co/a") != "https://huggingface.co");
}

TEST_CASE("a stalled server is left and asked again") {
  const std::string file = some_bytes(200'000);
  std::atomic<int> asked{0};
  const WebServer server([&](const WebRequest& request) {
    auto answer = file_answer(request, file, "\"one\"");
    if (asked++ == 0) answer.pause = std::chrono::minutes(1);
    return answer;
  });
  const TemporaryFolder folder;
  Notes notes;
  get({.url = server.url("/x"), .path = folder / "x"}, notes, quick({.stall_seconds = 1}));
  CHECK(bytes_of(folder / "x") == file);
  CHECK(notes.texts.size() == 1);
}

TEST_CASE("a disk without room is told before the first byte where the size is known, and else as a full disk") {
  const WebServer vast([](const WebRequest&) -> WebAnswer { return {.announced = std::size_t{1} << 60}; });
  const TemporaryFolder folder;
  Notes notes;
  CHECK_THROWS_AS(get({.url = vast.url("/x"), .path = folder / "x"}, notes), OutOfSpace);
  CHECK(notes.total == 0);
  CHECK(nothing_left(folder));
  const std::string file = some_bytes(100'000);
  const WebServer server([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  fs::create_symlink("/dev/full", folder / "y.partial");
  CHECK_THROWS_WITH_AS(get({.url = server.url("/y"), .path = folder / "y"}, notes),
                       doctest::Contains("the disk is full"), OutOfSpace);
  CHECK_FALSE(fs::exists(folder / "y"));
}

TEST_CASE("a limit on file sizes ends a download in the middle, and the next one goes on") {
  const std::string file = some_bytes(300'000);
  const WebServer server([&](const WebRequest& request) { return file_answer(request, file, "\"one\""); });
  const TemporaryFolder folder;
  const DownloadTask task{.url = server.url("/x"), .path = folder / "x"};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit limited{150'000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  const std::string said = fault_of(task);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_MESSAGE(has(said, "x.partial: cannot be written"), said);
  CHECK(PartFile::kept(task.path) == 150'000);
  CHECK(fault_of(task).empty());
  CHECK(bytes_of(task.path) == file);
}
