#include "ccog/store/credentials/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>

#include "ccog/base/error.h"
#include "ccog/store/file_ops.h"

namespace ccog {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what, bool retryable = false) {
  throw Error(ErrorCode::kStore, what, retryable);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What posix_spawn takes, freed at the end.
struct SpawnSettings {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // Python ignores SIGPIPE, and a thread may block signals: neither is the program's choice.
    sigset_t none;
    sigset_t pipe;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

// A child that is killed, with all that it started, unless it was waited for.
class Child {
 public:
  Child(std::vector<std::string> arguments, std::vector<std::string> environment, int output) {
    const SpawnSettings settings(output);
    const int error_number =
        ::posix_spawnp(&pid_, arguments.front().c_str(), &settings.actions, &settings.attributes,
                       pointers_to(arguments).data(), pointers_to(environment).data());
    if (error_number != 0) {
      pid_ = -1;
      fail(fmt::format("cannot be started ({}): correct its path", std::strerror(error_number)));
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  }

  /// The status of waitpid(2) once it has ended.
  std::optional<int> status() {
    int status = 0;
    const pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done == 0 || (done < 0 && errno == EINTR)) return std::nullopt;
    if (done < 0) fail("left no exit status: somebody else waits for this process's children");
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
};

std::string read_all(int fd, std::size_t max_bytes, Clock::time_point deadline,
                     const std::string& too_long) {
  std::string output;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd readable{fd, POLLIN, 0};
    const int ready =
        ::poll(&readable, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready == 0) fail(too_long, true);
    const ssize_t got = ready < 0 ? -1 : ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(fmt::format("cannot be read from ({})", std::strerror(errno)), true);
    if (got == 0) return output;
    output.append(buffer.data(), static_cast<std::size_t>(got));
    if (output.size() > max_bytes) fail(fmt::format("wrote more than {} bytes", max_bytes));
  }
}

}  // namespace

std::string run_process(const std::vector<std::string>& arguments, const Environment& environment,
                        const ProcessLimits& limits) {
  if (arguments.empty() || arguments.front().empty()) fail("names no program");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail(fmt::format("cannot be given a pipe ({})", std::strerror(errno)), true);
  }
  const posix::Fd in(ends[0]);
  std::optional<posix::Fd> out(ends[1]);
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(limits.timeout_s));
  const std::string too_long = fmt::format("had not ended after {} s", limits.timeout_s);

  Child child(arguments, environment.lines(), out->get());
  out.reset();  // so that the pipe ends with the child
  std::string output = read_all(in.get(), limits.max_output_bytes, deadline, too_long);
  std::optional<int> status;
  while (!(status = child.status())) {
    if (Clock::now() > deadline) fail(too_long, true);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (WIFSIGNALED(*status)) fail(fmt::format("was ended by signal {}", WTERMSIG(*status)));
  if (const int code = WEXITSTATUS(*status); code != 0) {
    fail(fmt::format("ended with status {}: run it by hand to see what it says", code));
  }
  return output;
}

}  // namespace ccog
