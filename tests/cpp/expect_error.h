#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "ccog/base/error.h"

namespace ccog {

template <typename F>
std::optional<Error> error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

template <typename F>
std::optional<ErrorCode> code_of(F&& f) {
  const auto error = error_of(f);
  return error ? std::optional(error->code()) : std::nullopt;
}

/// Expects an `Error` of this code whose message holds all the words.
template <typename F, typename... Words>
void expect_error(ErrorCode code, F&& f, const Words&... words) {
  const auto error = error_of(f);
  ASSERT_TRUE(error) << "nothing was thrown";
  EXPECT_EQ(static_cast<int>(error->code()), static_cast<int>(code)) << error->what();
  const std::string message = error->what();
  for (const std::string& word : {std::string(words)...}) {
    EXPECT_NE(message.find(word), message.npos) << "\"" << word << "\" is not in: " << message;
  }
}

template <typename F>
void expect_error(ErrorCode code, F&& f) {
  expect_error(code, std::forward<F>(f), "");
}

}  // namespace ccog
