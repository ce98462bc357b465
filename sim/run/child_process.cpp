#include "sim/run/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>

namespace wavetank::sim {

namespace {

/// An answer that begins otherwise was cut off by the death of the child.
constexpr char kWhole = '+';
constexpr int kPatience_ms = 100;
constexpr int kProgramSays_bytes = 1 << 20;

bool write_all(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(to, text.data() + at, text.size() - at);
    if (written <= 0) {
      return false;
    }
    at += static_cast<std::size_t>(written);
  }
  return true;
}

[[noreturn]] void work_and_answer(int to, const std::function<std::string()>& work) {
  try {
    const std::string text = work();
    _exit(write_all(to, kWhole + text) ? 0 : 1);
  } catch (const std::exception&) {
    _exit(1);
  }
}

}  // namespace

ChildProcess::ChildProcess(const std::function<std::string()>& work) {
  begin([&](int to) { work_and_answer(to, work); });
}

ChildProcess::ChildProcess(const Program& program) {
  begin([&](int to) {
    dup2(to, STDOUT_FILENO);
    close(to);
    program.become();
  });
  fcntl(from_child_, F_SETPIPE_SZ, kProgramSays_bytes);  // it need not wait until it is listened to
}

void ChildProcess::begin(const std::function<void(int to)>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    return;
  }
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    close(ends[0]);
    // Whatever ends the parent ends the child, and the children of that: nobody would read their
    // answers.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    work(ends[1]);
    _exit(1);
  }
  close(ends[1]);
  from_child_ = ends[0];
}

ChildProcess::~ChildProcess() {
  if (from_child_ >= 0) {
    close(from_child_);
  }
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

std::optional<std::string> ChildProcess::wait(const std::function<bool()>& give_up) {
  for (;;) {
    pollfd ready{from_child_, POLLIN, 0};
    if (from_child_ >= 0 && poll(&ready, 1, kPatience_ms) <= 0) {  // nothing yet, or a signal
      if (give_up && give_up()) {
        return std::nullopt;
      }
    } else if (!listen()) {
      return answer();
    }
  }
}

bool ChildProcess::listen() {
  if (from_child_ < 0) {
    return false;
  }
  std::array<char, 65536> buffer{};
  const ssize_t got = read(from_child_, buffer.data(), buffer.size());
  heard_.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

std::optional<std::string> ChildProcess::answer() {
  int status = 1;
  if (pid_ > 0) {
    waitpid(pid_, &status, 0);
    pid_ = -1;
  }
  ended_well_ = status == 0;
  if (status != 0 || heard_.empty() || heard_.front() != kWhole) {
    return std::nullopt;
  }
  return heard_.substr(1);
}

}  // namespace wavetank::sim
