#pragma once

// A JSON document that remembers where each of its values was written, through `extends` and
// overrides, so that an error found late can point at the line that caused it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "scenarios/diagnostic.h"

namespace wavetank::scenarios {

struct Origin {
  std::shared_ptr<const std::string> file;  ///< null for values that nobody wrote (a schema's)
  int line = 0;
  int column = 0;
};

struct Member;
class Value;
using List = std::vector<Value>;
using Members = std::vector<Member>;  ///< in the order written; keys are unique

class Value {
 public:
  using Data = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Members>;

  // Defined where a member is a complete type.
  Value();
  Value(Data data);
  Value(const char* text);
  Value(std::string_view text);
  Value(std::string text);
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  Data data;
  Origin origin;

  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&data);
  }
  template <class T>
  [[nodiscard]] T* get() {
    return std::get_if<T>(&data);
  }
  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(data); }
  /// A member of an object by its key; null if this is no object or has no such member.
  [[nodiscard]] const Value* member(std::string_view key) const;
  [[nodiscard]] Value* member(std::string_view key);
  /// Adds a member at the end, or replaces the one with this key. REQUIRES: an object.
  Value& set(std::string key, Value value);
  void erase(std::string_view key);
};

struct Member {
  std::string key;
  Origin key_origin;
  Value value;
};

/// Parses JSON with // and /* */ comments. Malformed text and duplicate keys are errors; for a
/// duplicate, parsing goes on, so that all are found.
tl::expected<Value, std::vector<Diagnostic>> parse_document(std::string_view text,
                                                            const std::string& file);

/// RFC 7396: what `patch` says replaces what `base` says, null removes; objects merge, all else is
/// replaced whole.
void merge_patch(Value& base, const Value& patch);

/// One line, keys sorted: equal documents give equal text.
std::string canonical_text(const Value& value);
/// Indented, keys in their order.
std::string pretty_text(const Value& value);
/// One line, keys in their order, cut to about `limit` characters.
std::string short_text(const Value& value, std::size_t limit = 60);
/// "an object", "a string", ...
std::string_view type_name(const Value& value);

/// "/a/b~1c": a step added to a JSON pointer.
std::string join_pointer(const std::string& pointer, std::string_view step);
std::string join_pointer(const std::string& pointer, std::size_t step);
/// The value at a JSON pointer, or null.
const Value* at_pointer(const Value& root, std::string_view pointer);
/// Splits a JSON pointer into its unescaped steps.
std::vector<std::string> pointer_steps(std::string_view pointer);

/// Turns a path ("workload[0].rate", "workload.orders.rate", "/workload/0/rate") into a pointer
/// into `root`. Its last step may name a member that is not there yet.
tl::expected<std::string, std::string> resolve_path(const Value& root, std::string_view path);
/// Puts a value at a pointer that `resolve_path` gave, making objects on the way; null removes a
/// member.
void set_at(Value& root, std::string_view pointer, Value value);

}  // namespace wavetank::scenarios
