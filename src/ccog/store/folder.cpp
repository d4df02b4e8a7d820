#include "ccog/store/folder.h"

#include <fmt/format.h>

#include <string_view>

#include "ccog/base/error.h"

namespace ccog {

Folder::~Folder() = default;

void check_object_name(const std::string& name) {
  constexpr std::string_view kTaken =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.empty() || name.size() > 200 || name.find_first_not_of(kTaken) != name.npos ||
      kTaken.find(name.front()) >= kTaken.find('.')) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" cannot be the name of an object in a folder: give 1 to 200 "
                            "letters, digits, '.', '_' or '-', the first a letter or digit",
                            name));
  }
}

}  // namespace ccog
