#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ccog {

/// The words of a command line, as Python's shlex.split cuts it and so botocore: quotes and
/// backslashes as in a POSIX shell, which itself is never asked; nothing is expanded. Throws
/// `kInvalidArgument` for a quote without an end, without showing the text.
std::vector<std::string> split_shell_words(std::string_view text);

}  // namespace ccog
