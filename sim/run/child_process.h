#pragma once

// Work in a process of its own: SimGrid has one engine a process, so every further run needs one.
// The answer comes home through a pipe, as text.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace wavetank::sim {

class ChildProcess {
 public:
  /// Another program, not this one's memory.
  struct Program {
    std::function<void()> become;  ///< in the child: prepares it and calls exec
  };

  /// Forks; the child calls `work`, sends its answer home and exits. REQUIRES: this process has no
  /// other thread, and has not built a world that `work` needs to build. A child does not outlive
  /// its parent, however that ends.
  explicit ChildProcess(const std::function<std::string()>& work);
  /// The child says what the program prints; `wait` only waits for its end, after which `heard` and
  /// `ended_well` tell.
  explicit ChildProcess(const Program& program);
  /// Ends the child if nobody waited for it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The child's answer; nothing if it died without one, or never began.
  /// `give_up`, if any, is asked every tenth of a second; once it says so, there is no answer.
  std::optional<std::string> wait(const std::function<bool()>& give_up = {});

  // For who waits for several of them at once (workers.h):

  /// Readable when the child has said something, or has died.
  [[nodiscard]] int descriptor() const { return from_child_; }
  /// Takes in what the child has said, waiting until it says something; false at the end of it.
  bool listen();
  /// What `wait` returns, once `listen` has returned false.
  std::optional<std::string> answer();

  /// All that a program has printed, though it may have died amid it.
  [[nodiscard]] const std::string& heard() const { return heard_; }
  /// It has been waited for, and has ended with exit code 0.
  [[nodiscard]] bool ended_well() const { return ended_well_; }

 private:
  /// In the child, `work` is called with the end of the pipe to write to.
  void begin(const std::function<void(int to)>& work);

  pid_t pid_ = -1;
  int from_child_ = -1;
  std::string heard_;
  bool ended_well_ = false;
};

}  // namespace wavetank::sim
