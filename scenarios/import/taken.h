#pragma once

// Reads an object of a foreign file member by member, and says of those that nobody has asked for
// that they are not carried over: nothing is dropped in silence.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "scenarios/diagnostic.h"
#include "scenarios/document.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

/// Lines that are said of an import.
inline constexpr std::size_t kMaxImportNotes = 2'000;

/// What is said of a file.
class ImportNotes {
 public:
  void error(const Origin& origin, const std::string& what, std::string message,
             std::string expected = "");
  /// `what` is not carried over; `why` may be empty.
  void dropped(const Origin& origin, const std::string& what, const std::string& why = "");
  /// `what` is carried over as something that is not quite the same.
  void changed(const Origin& origin, const std::string& what, const std::string& how);

  [[nodiscard]] bool has_errors() const { return scenarios::has_errors(notes_); }
  void add(std::vector<Diagnostic> more);
  std::vector<Diagnostic> take() { return std::move(notes_); }

 private:
  void add(Level level, const Origin& origin, const std::string& what, std::string message,
           std::string expected);
  std::vector<Diagnostic> notes_;
};

class Taken {
 public:
  /// `path` names the object in messages: "/spec". What is no object is an error, and has no
  /// members. REQUIRES: the value and the notes outlive it.
  Taken(const Value& value, std::string path, ImportNotes& notes);

  /// The member, which counts as asked for; null if it is not there.
  const Value* take(std::string_view key);
  /// Likewise, as what it must be: null or nothing, and an error, if it is something else.
  std::optional<std::string> text(std::string_view key);
  std::optional<double> number(std::string_view key, double least, double greatest);
  /// A whole number.
  std::optional<std::int64_t> whole(std::string_view key, std::int64_t least,
                                    std::int64_t greatest);
  std::optional<bool> boolean(std::string_view key);
  /// As Go writes it: "1h2m3.5s", "-10ms".
  std::optional<Duration> go_duration(std::string_view key);
  const List* list(std::string_view key);
  /// An object in it; empty if it is not there.
  Taken object(std::string_view key);

  /// Not carried over, for a reason; nothing if it is not there.
  void drop(std::string_view key, const std::string& why);
  /// Carried over as something else.
  void change(std::string_view key, const std::string& how);
  /// Says of all that has not been asked for that it is not carried over.
  void drop_the_rest();

  [[nodiscard]] const Origin& origin() const { return value_.origin; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(std::string_view key) const { return join_pointer(path_, key); }
  [[nodiscard]] ImportNotes& notes() { return notes_; }

 private:
  void wrong(std::string_view key, const Value& value, const std::string& expected);

  const Value& value_;
  std::string path_;
  ImportNotes& notes_;
  std::set<std::string, std::less<>> asked_;
};

/// "1h2m3.5s", "300ms", "-5m": nothing if it is none, or beyond 292 years.
std::optional<Duration> parse_go_duration(std::string_view text);

/// So many of a unit, to the nanosecond.
Duration duration_of(double count, Duration unit);

/// A value for a scenario: "250us", "16KiB".
inline Value duration_value(Duration duration) {
  return to_text(duration);
}

}  // namespace wavetank::scenarios
