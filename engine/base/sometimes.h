#pragma once

// Marks at rare branches: `SOMETIMES("raft/vote-is-split")`. A test run that never takes such a
// branch says nothing about it, however green it is; the marks tell which were taken. (The idea is
// that of FoundationDB's coverage macros and of Antithesis's "sometimes" assertions.)
//
// A mark has no effect on what the program does: reaching it sets a byte. All marks of a program
// are known when it starts, whether they are reached or not. They belong at branches that are rare:
// never on the path of every record or message.

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace wavetank {

class Mark {
 public:
  /// Takes its place among all. REQUIRES: `name` ("area/what-happens") and the mark outlive the
  /// program.
  explicit Mark(std::string_view name);
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

  void reach() { reached_ = true; }
  [[nodiscard]] std::string_view name() const { return name_; }
  /// In this process, so far.
  [[nodiscard]] bool reached() const { return reached_; }

  /// Every mark of the program, by name.
  static std::vector<const Mark*> all();

 private:
  std::string_view name_;
  Mark* next_;
  bool reached_ = false;
};

/// A string as a template's argument: one mark for each name, however many branches share it.
template <std::size_t kSize>
struct MarkName {
  constexpr MarkName(const char (&text)[kSize]) { std::copy_n(text, kSize, characters); }
  [[nodiscard]] constexpr std::string_view view() const { return {characters, kSize - 1}; }
  char characters[kSize]{};
};

template <MarkName kName>
inline Mark mark_of{kName.view()};

}  // namespace wavetank

#define SOMETIMES(name) ::wavetank::mark_of<name>.reach()
