#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/store/file_store.h"
#include "fuzzer.h"

namespace ccog::fuzz {

/// The manifest of an upload, then its files part-00001 and part-00002, with zero bytes between.
inline std::vector<Bytes> file_store_seeds() {
  using namespace std::string_literals;
  return {bytes_of("ccog upload, in parts\n\0first\0second"s),
          bytes_of("ccog upload, in place, 11\n\0005 bytes at 0\n\0006 bytes at 5\n"s)};
}

/// Any bytes as what other processes left in an upload's directory: it is listed, completed and
/// aborted, or refused; there is no target but a whole one, and nothing is left.
inline void file_store_target(ByteView bytes) {
  namespace fs = std::filesystem;
  static const fs::path directory = [] {
    std::string pattern = (fs::temp_directory_path() / "ccog-fuzz-XXXXXX").string();
    promise(::mkdtemp(pattern.data()) != nullptr, "there is a temporary directory");
    return fs::path(pattern);
  }();
  Input input(bytes);
  const fs::path upload = directory / ".a.tif.ccog-run";
  fs::create_directories(upload);
  // The bytes of an upload in place, or those that a crash left of one in parts.
  const auto write = [&](const char* name, std::string_view text) {
    std::ofstream(upload / name, std::ios::binary)
        .write(text.data(), static_cast<std::streamsize>(text.size()));
  };
  write("manifest", input.text());
  write("part-00001", input.text());
  write("part-00002", input.text());
  if (input.below(2) == 1) write("object", "hello world");

  FileStore store((directory / "a.tif").string());
  std::vector<Part> parts;
  try {
    parts = store.list_parts("run");
  } catch (const Error& error) {
    promise(error.code() == ErrorCode::kCorrupt, "a damaged upload is kCorrupt");
  }
  try {
    const ObjectInfo object = store.complete("run", "run", parts);
    std::uint64_t sum = 0;
    for (const Part& part : parts) sum += part.size_bytes;
    promise(object.size_bytes == sum, "a target has the bytes of its parts");
    promise(store.get(0, sum).size() == sum, "a target can be read");
  } catch (const Error&) {
    promise(!store.head(), "what fails leaves no target");
  }
  store.abort("run");
  fs::remove(directory / "a.tif");
  promise(fs::is_empty(directory), "nothing is left");
  fs::remove(directory);  // made again by the next input
}

}  // namespace ccog::fuzz
