#pragma once

#include <cstddef>
#include <functional>

namespace ccog {

/// The threads that tasks of this process may use, and a task among them: its own thread is at work
/// as long as the crew lives. While fewer tasks are at work than there may be threads, those that
/// would be idle help: never more than that at once, and in equal shares. Where tasks are of
/// different crews, each counts all tasks of the process.
class Crew {
 public:
  explicit Crew(int most_threads = 1);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// The calling thread and idle ones, which are its own until it is let go of: for a short while,
  /// since others may begin a task meanwhile.
  class Team {
   public:
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int threads() const noexcept { return threads_; }
    /// Calls `work(i, thread)` for each i below `count`, in any order; `thread` is below
    /// `threads()`, and no two calls at once have the same. What a call throws is thrown, after
    /// those under way have ended.
    void for_each(std::size_t count,
                  const std::function<void(std::size_t, std::size_t)>& work) const;

   private:
    friend class Crew;
    explicit Team(int threads) : threads_(threads) {}
    int threads_;
  };
  /// Of at most `most_threads`.
  Team team(std::size_t most_threads) const;
  /// The most that a team can have.
  int most_threads() const noexcept { return most_threads_; }

 private:
  int most_threads_;
};

}  // namespace ccog
