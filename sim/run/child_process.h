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
  /// Forks; the child calls `work`, sends its answer home and exits. REQUIRES: this process has no
  /// other thread, and has not built a world that `work` needs to build. A child does not outlive
  /// its parent, however that ends.
  explicit ChildProcess(const std::function<std::string()>& work);
  /// Ends the child if nobody waited for it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The child's answer; nothing if it died without one, or never began.
  /// `give_up`, if any, is asked every tenth of a second; once it says so, there is no answer.
  std::optional<std::string> wait(const std::function<bool()>& give_up = {});

 private:
  pid_t pid_ = -1;
  int from_child_ = -1;
};

}  // namespace wavetank::sim
