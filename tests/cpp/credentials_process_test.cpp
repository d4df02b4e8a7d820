#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "ccog/store/credentials/process.h"
#include "ccog/store/credentials/shell_words.h"
#include "credentials_testing.h"
#include "expect_error.h"

namespace ccog {
namespace {

using test::Machine;

std::string run(const std::string& script, ProcessLimits limits = {}) {
  return run_process({"sh", "-c", script}, Machine().environment(), limits);
}

TEST(ShellWords, AreCutAsPythonDoes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_shell_words("  tool --a  'b c' \"d \\\" \\$x\"\t e\\ f\n"),
            (Words{"tool", "--a", "b c", "d \" \\$x", "e f"}));
  EXPECT_EQ(split_shell_words("a'b'\"c\" '' \"\" '\\'"), (Words{"abc", "", "", "\\"}));
  EXPECT_EQ(split_shell_words("$HOME `x` ; #no | comment"),
            (Words{"$HOME", "`x`", ";", "#no", "|", "comment"}));
  EXPECT_TRUE(split_shell_words(" \t").empty());
  for (const char* bad : {"a 'b", "a \"b", "a\\", "\"a\\"}) {
    expect_error(ErrorCode::kInvalidArgument, [&] { split_shell_words(bad); });
  }
}

TEST(Process, ReturnsWhatItSays) {
  EXPECT_EQ(run("echo one; echo two >&2; cat; printf three"), "one\nthree");
}

TEST(Process, HasTheGivenEnvironmentOnly) {
  Machine machine;
  machine.set("CCOG_TEST", "given");
  const std::string out =
      run_process({"sh", "-c", "printf '%s %s' \"$CCOG_TEST\" \"$USER\""}, machine.environment());
  EXPECT_EQ(out, "given ");
}

TEST(Process, TheSignalsAreItsOwn) {
  // Python ignores SIGPIPE: a program that inherited that would write to nobody for ever.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  expect_error(
      ErrorCode::kStore, [] { run("kill -PIPE $$"); }, "signal 13");
  std::signal(SIGPIPE, before);
}

TEST(Process, FailuresAreSaid) {
  expect_error(
      ErrorCode::kStore, [] { run("echo secret; echo secret >&2; exit 3"); }, "status 3");
  expect_error(
      ErrorCode::kStore, [] { run("kill -KILL $$"); }, "signal 9");
  expect_error(
      ErrorCode::kStore, [] { run_process({"/no/such/program"}, Machine().environment()); },
      "cannot be started", "No such file");
  expect_error(
      ErrorCode::kStore, [] { run_process({}, Machine().environment()); }, "no program");
  expect_error(
      ErrorCode::kStore,
      [] {
        run("while :; do echo much; done", {30, 1000});
      },
      "1000 bytes");
}

TEST(Process, OneThatHangsIsEndedWithAllItStarted) {
  Machine machine;
  const std::string pid_file = machine.file("pid");
  const auto start = std::chrono::steady_clock::now();
  expect_error(
      ErrorCode::kStore,
      [&] {
        run("sleep 60 & echo $! >" + pid_file + "; wait", {0.4, 1000});
      },
      "0.4 s");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  std::ifstream file(pid_file);
  pid_t pid = 0;
  file >> pid;
  ASSERT_GT(pid, 0);
  // Its parent is gone, so init buries it; until then it is a zombie, which kill(2) still finds.
  std::string state = "R";
  for (int i = 0; i < 200 && !state.empty() && state != "Z"; ++i) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string word;
    state.clear();
    stat >> word >> word >> state;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(state.empty() || state == "Z") << state;
  // One that closes its output but goes on is ended too.
  expect_error(
      ErrorCode::kStore,
      [] {
        run("exec >&-; sleep 60", {0.4, 1000});
      },
      "0.4 s");
}

}  // namespace
}  // namespace ccog
