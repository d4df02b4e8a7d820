#include "ccog/store/credentials/shell_words.h"

#include <optional>

#include "ccog/base/error.h"

namespace ccog {

namespace {

[[noreturn]] void bad(const char* what) { throw Error(ErrorCode::kInvalidArgument, what); }

}  // namespace

std::vector<std::string> split_shell_words(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = '\0';  // the one that is open
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
      if (word) words.push_back(*word);
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (c == '\\' && quote != '\'') {
      if (at + 1 == text.size()) bad("ends in a backslash");
      const char next = text[++at];
      // Within quotes only the quote and the backslash itself can be escaped.
      if (quote != '\0' && next != quote && next != '\\') *word += c;
      *word += next;
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != '\0' && c == quote) {
      quote = '\0';
    } else {
      *word += c;
    }
  }
  if (quote != '\0') bad("has a quote without an end");
  if (word) words.push_back(*word);
  return words;
}

}  // namespace ccog
