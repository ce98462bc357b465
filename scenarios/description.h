#pragma once

// A description of a JSON structure from which both its parser and its JSON Schema are made. A
// `Type<T>` says how one JSON value becomes a T; a `Shape<T>` lists the members of an object and
// the fields of T that they fill. Defaults in the schema are those of T itself, so they cannot
// drift from the program.

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/suggest.h"
#include "scenarios/findings.h"
#include "scenarios/limits.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

/// A value of the document under its pointer, and where to complain about it.
struct Node {
  const Value& value;
  std::string pointer;
  Findings& findings;

  [[nodiscard]] Node at(const Member& member) const {
    return {member.value, join_pointer(pointer, member.key), findings};
  }
  [[nodiscard]] Node at(const List& list, std::size_t index) const {
    return {list[index], join_pointer(pointer, index), findings};
  }
};

inline Value object(std::initializer_list<std::pair<const char*, Value>> members) {
  Value made{Value::Data(Members{})};
  for (const auto& [key, value] : members) {
    made.set(key, value);
  }
  return made;
}
inline Value array(List items) {
  return Value{Value::Data(std::move(items))};
}
inline Value number_value(double number) {
  const bool whole = std::floor(number) == number && std::abs(number) < 1e15;
  return whole ? Value{Value::Data(static_cast<std::int64_t>(number))} : Value{Value::Data(number)};
}

template <class T>
struct Type {
  std::string expected;  ///< "a duration"
  std::string example;   ///< as JSON
  /// Fills the second argument, or complains and returns false.
  std::function<bool(const Node&, T&)> read;
  /// A T as JSON, for defaults; may be empty.
  std::function<Value(const T&)> show;
  Value schema;

  /// Complains that the value is not what was expected; false.
  bool reject(const Node& node, std::string message = "") const {
    if (message.empty()) {
      message = fmt::format("{} is not {}", short_text(node.value), expected);
    }
    node.findings.error(node.pointer, std::move(message), expected, example);
    return false;
  }
};

/// `wrong` is none of `known`: says so, with a suggestion if one is near.
inline std::string unknown_name(std::string_view what, std::string_view wrong,
                                const std::vector<std::string_view>& known) {
  std::string message = fmt::format("unknown {} \"{}\"", what, wrong);
  if (const auto near = nearest(wrong, known)) {
    message += fmt::format("; did you mean \"{}\"?", *near);
  }
  return message;
}
/// All of them, or, of very many, the first.
inline std::string one_of(std::vector<std::string_view> known) {
  constexpr std::size_t kMost = 24;
  const std::size_t all = known.size();
  known.resize(std::min(all, kMost));
  return fmt::format("one of {}{}", fmt::join(known, ", "),
                     all > kMost ? fmt::format(", ... ({} in all)", all) : "");
}

// ------------------------------------------------------------------------------- simple values

template <class T>
bool reject_too_long(const Type<T>& type, const Node& node) {
  return type.reject(node, fmt::format("it is longer than {} characters (limit text characters)",
                                       kMaxTextCharacters));
}

inline Type<std::string> text(std::string expected, std::string example) {
  Type<std::string> type{std::move(expected), std::move(example), {}, {}, {}};
  type.read = [type](const Node& node, std::string& out) {
    const auto* given = node.value.get<std::string>();
    if (!given || given->empty()) {
      return type.reject(node);
    }
    if (is_too_long(*given)) {
      return reject_too_long(type, node);
    }
    out = *given;
    return true;
  };
  type.show = [](const std::string& v) { return v.empty() ? Value() : Value(std::string_view(v)); };
  type.schema = object({{"type", "string"},
                        {"minLength", number_value(1)},
                        {"maxLength", number_value(kMaxTextCharacters)}});
  return type;
}

inline Type<bool> boolean() {
  Type<bool> type{"true or false", "true", {}, {}, {}};
  type.read = [type](const Node& node, bool& out) {
    const auto* given = node.value.get<bool>();
    return given ? (out = *given, true) : type.reject(node);
  };
  type.show = [](const bool& v) { return Value{Value::Data(v)}; };
  type.schema = object({{"type", "boolean"}});
  return type;
}

/// Nobody means more than this; messages do not mention it. As nanoseconds ten years: sums of a few
/// such durations stay far from overflow.
inline constexpr double kUnbounded = 3.1536e17;

/// What a quantity may be, in its base unit.
struct Range {
  double least = 0;
  double greatest = kUnbounded;
  bool above_least = false;  ///< the least itself is too little
};

/// The number that a JSON value means in a dimension, in base units; nothing if it means none.
inline std::optional<double> quantity_in(const Value& value, Dimension dimension,
                                         std::string& why) {
  if (const auto* integer = value.get<std::int64_t>()) {
    return static_cast<double>(*integer) * plain_scale(dimension);
  }
  if (const auto* number = value.get<double>()) {
    return *number * plain_scale(dimension);
  }
  if (const auto* words = value.get<std::string>()) {
    const auto parsed = parse_quantity(*words, dimension);
    if (parsed) {
      return *parsed;
    }
    why = parsed.error().message;
  }
  return std::nullopt;
}

/// A quantity that `make` turns into a T. `bound` words a value of the range for messages.
template <class T>
Type<T> quantity(Dimension dimension, Range range, std::function<T(double)> make,
                 std::function<Value(const T&)> show, std::function<std::string(double)> bound) {
  Type<T> type;
  type.expected = std::string(what_is(dimension));
  if (range.above_least) {
    type.expected += fmt::format(" above {}", bound(range.least));
  } else if (range.least > 0) {
    type.expected += fmt::format(" of {} or more", bound(range.least));
  }
  if (range.greatest < kUnbounded) {
    type.expected += fmt::format(", {} at most", bound(range.greatest));
  }
  type.example = std::string(example_of(dimension));
  type.schema = object(
      {{"anyOf",
        array({object({{"type", "string"}, {"pattern", std::string_view(pattern_of(dimension))}}),
               object({{"type", "number"},
                       {range.above_least ? "exclusiveMinimum" : "minimum",
                        number_value(range.least / plain_scale(dimension))}})})}});
  type.read = [type_words = Type<T>{type.expected, type.example, {}, {}, {}}, dimension, range,
               make](const Node& node, T& out) {
    std::string why;
    const auto value = quantity_in(node.value, dimension, why);
    if (!value) {
      return type_words.reject(node, why);
    }
    const bool too_little = range.above_least ? *value <= range.least : *value < range.least;
    if (too_little || *value > range.greatest) {
      return type_words.reject(node, fmt::format("{} is too {}", short_text(node.value),
                                                 too_little ? "little" : "much"));
    }
    out = make(*value);
    return true;
  };
  type.show = std::move(show);
  return type;
}

inline Type<Duration> duration(Range range = {}) {
  return quantity<Duration>(
      Dimension::duration, range, [](double ns) { return Duration(std::llround(ns)); },
      [](const Duration& d) { return Value(std::string_view(to_text(d))); },
      [](double ns) { return to_text(Duration(std::llround(ns))); });
}
inline Type<Duration> positive_duration() {
  return duration({0, kUnbounded, true});
}
inline Type<Duration> any_duration() {
  return duration({-kUnbounded, kUnbounded});
}

inline Type<Time> moment() {
  return quantity<Time>(
      Dimension::duration, {0, kUnbounded}, [](double ns) { return Time(std::llround(ns)); }, {},
      [](double ns) { return to_text(Duration(std::llround(ns))); });
}

template <class T>
Type<T> bytes(double least = 0, double greatest = static_cast<double>(std::min<std::uint64_t>(
                                    std::numeric_limits<T>::max(), 1ULL << 50))) {
  return quantity<T>(
      Dimension::bytes, {least, greatest}, [](double v) { return static_cast<T>(std::llround(v)); },
      [](const T& v) { return Value(std::string_view(bytes_text(v))); },
      [](double v) { return bytes_text(static_cast<std::uint64_t>(v)); });
}

inline Type<double> rate(Range range) {
  return quantity<double>(
      Dimension::rate, range, [](double v) { return v; },
      [](const double& v) { return Value(std::string_view(rate_text(v))); },
      [](double v) { return rate_text(v); });
}

inline Type<std::uint64_t> bandwidth() {
  return quantity<std::uint64_t>(
      Dimension::bandwidth, {1e3, 1e15},
      [](double v) { return static_cast<std::uint64_t>(std::llround(v)); }, {},
      [](double v) { return fmt::format("{:g}Gbps", v * 1e-9); });
}

/// A count of things: a whole number.
template <class T>
Type<T> count(T least, T greatest) {
  Type<T> type{fmt::format("a whole number from {} to {}", least, greatest),
               fmt::format("{}", std::max<T>(least, 3)),
               {},
               {},
               {}};
  type.read = [words = type, least, greatest](const Node& node, T& out) {
    std::string why;
    const auto value = quantity_in(node.value, Dimension::count, why);
    if (!value || std::floor(*value) != *value || *value < static_cast<double>(least) ||
        *value > static_cast<double>(greatest)) {
      return words.reject(node, why);
    }
    out = static_cast<T>(*value);
    return true;
  };
  type.show = [](const T& v) { return number_value(static_cast<double>(v)); };
  type.schema = object(
      {{"anyOf", array({object({{"type", "integer"},
                                {"minimum", number_value(static_cast<double>(least))},
                                {"maximum", number_value(static_cast<double>(greatest))}}),
                        object({{"type", "string"},
                                {"pattern", std::string_view(pattern_of(Dimension::count))}})})}});
  return type;
}

inline Type<double> number(Range range) {
  Type<double> type;
  type.expected = range.above_least ? fmt::format("a number above {:g}", range.least)
                                    : fmt::format("a number of {:g} or more", range.least);
  if (range.greatest < kUnbounded) {
    type.expected += fmt::format(", {:g} at most", range.greatest);
  }
  type.example = fmt::format("{:g}", std::min(range.greatest, std::max(range.least, 1.5)));
  type.schema =
      object({{"type", "number"},
              {range.above_least ? "exclusiveMinimum" : "minimum", number_value(range.least)}});
  if (range.greatest < kUnbounded) {
    type.schema.set("maximum", number_value(range.greatest));
  }
  type.read = [words = type, range](const Node& node, double& out) {
    const auto* integer = node.value.get<std::int64_t>();
    const auto* real = node.value.get<double>();
    if (!integer && !real) {
      return words.reject(node);
    }
    const double value = integer ? static_cast<double>(*integer) : *real;
    if (value > range.greatest || value < range.least ||
        (range.above_least && value == range.least)) {
      return words.reject(node);
    }
    out = value;
    return true;
  };
  type.show = [](const double& v) { return number_value(v); };
  return type;
}

template <class E>
struct Choice {
  Value written;
  E meaning;
  std::string doc;
};

/// One of a few named things.
template <class E>
Type<E> choice(std::vector<Choice<E>> choices) {
  Type<E> type;
  std::vector<std::string> texts;
  List written;
  List docs;
  for (const auto& c : choices) {
    texts.push_back(short_text(c.written));
    written.push_back(c.written);
    docs.emplace_back(std::string_view(c.doc));
  }
  type.expected = fmt::format("one of {}", fmt::join(texts, ", "));
  type.example = texts.front();
  type.schema = object({{"enum", array(written)}, {"enumDescriptions", array(docs)}});
  type.read = [words = type, choices, texts](const Node& node, E& out) {
    for (const auto& c : choices) {
      if (c.written.data.index() == node.value.data.index() &&
          canonical_text(c.written) == canonical_text(node.value)) {
        out = c.meaning;
        return true;
      }
    }
    const auto* given = node.value.get<std::string>();
    std::vector<std::string_view> names;
    for (const auto& c : choices) {
      if (const auto* name = c.written.template get<std::string>()) {
        names.push_back(*name);
      }
    }
    return words.reject(node, given ? unknown_name("choice", *given, names) : "");
  };
  type.show = [choices](const E& v) {
    for (const auto& c : choices) {
      if (c.meaning == v) {
        return c.written;
      }
    }
    return Value();
  };
  return type;
}

// ------------------------------------------------------------------------------ composed values

template <class T>
Type<std::optional<T>> maybe(Type<T> inner, T initial = T{}) {
  Type<std::optional<T>> type{inner.expected, inner.example, {}, {}, inner.schema};
  type.read = [inner, initial](const Node& node, std::optional<T>& out) {
    T value = initial;
    if (!inner.read(node, value)) {
      return false;
    }
    out = std::move(value);
    return true;
  };
  return type;
}

/// Keeps one place in the result for every element, also for those with errors, so that indices
/// stay those of the document.
template <class T>
Type<std::vector<T>> list(Type<T> inner, std::size_t least = 0) {
  Type<std::vector<T>> type{fmt::format("a list, each element {}", inner.expected),
                            fmt::format("[{}]", inner.example),
                            {},
                            {},
                            {}};
  type.schema = object({{"type", "array"}, {"items", inner.schema}});
  if (least > 0) {
    type.schema.set("minItems", number_value(static_cast<double>(least)));
  }
  type.read = [words = Type<int>{type.expected, type.example, {}, {}, {}}, inner, least](
                  const Node& node, std::vector<T>& out) {
    const auto* items = node.value.get<List>();
    if (!items) {
      return words.reject(node);
    }
    if (items->size() < least) {
      return words.reject(node, "the list is empty");
    }
    bool good = true;
    out.assign(items->size(), T{});
    for (std::size_t i = 0; i < items->size(); ++i) {
      good = inner.read(node.at(*items, i), out[i]) && good;
    }
    return good;
  };
  return type;
}

/// The members of an object and what they fill.
template <class T>
class Shape {
 public:
  explicit Shape(std::string what, T defaults = T{})
      : what_(std::move(what)), defaults_(std::move(defaults)) {}

  /// B is T or a base of it.
  template <class B, class M>
  Shape& required(std::string name, M B::*member, Type<M> type, std::string doc) {
    return add(std::move(name), member, std::move(type), std::move(doc), true);
  }
  template <class B, class M>
  Shape& optional(std::string name, M B::*member, Type<M> type, std::string doc) {
    return add(std::move(name), member, std::move(type), std::move(doc), false);
  }
  /// A member that fills a base of T.
  template <class B>
  Shape& required_part(std::string name, Type<B> type, std::string doc) {
    Value schema = type.schema;
    schema.set("description", std::string_view(doc));
    fields_.push_back({std::move(name), true, type.expected, type.example, std::move(schema),
                       [type](const Node& node, T& out) { return type.read(node, out); }});
    return *this;
  }
  /// A member that has been dealt with before: only the schema mentions it.
  Shape& known(std::string name, Value schema, std::string doc, bool required = false) {
    schema.set("description", std::string_view(doc));
    fields_.push_back({std::move(name), required, "", "", std::move(schema),
                       [](const Node&, T&) { return true; }});
    return *this;
  }

  bool read(const Node& node, T& out) const {
    const auto* members = node.value.get<Members>();
    if (!members) {
      node.findings.error(node.pointer, fmt::format("{} is not {}", short_text(node.value), what_),
                          fmt::format("an object: {}", what_), example());
      return false;
    }
    bool good = true;
    for (const Member& member : *members) {
      good = read_member(node, member, out) && good;
    }
    for (const Field& field : fields_) {
      if (field.required && !node.value.member(field.name)) {
        node.findings.error(node.pointer, fmt::format("\"{}\" is missing", field.name),
                            field.expected, fmt::format("\"{}\": {}", field.name, field.example));
        good = false;
      }
    }
    return good;
  }

  [[nodiscard]] Value schema() const {
    Value properties{Value::Data(Members{})};
    List required;
    for (const Field& field : fields_) {
      properties.set(field.name, field.schema);
      if (field.required) {
        required.emplace_back(std::string_view(field.name));
      }
    }
    Value made = object({{"type", "object"},
                         {"properties", properties},
                         {"additionalProperties", Value{Value::Data(false)}}});
    if (!required.empty()) {
      made.set("required", array(required));
    }
    return made;
  }

  [[nodiscard]] Type<T> type() const {
    auto shared = std::make_shared<const Shape>(*this);
    return {what_,
            example(),
            [shared](const Node& node, T& out) { return shared->read(node, out); },
            {},
            schema()};
  }

  /// The required members only.
  [[nodiscard]] std::string example() const {
    std::vector<std::string> members;
    for (const Field& field : fields_) {
      if (field.required && !field.example.empty()) {
        members.push_back(fmt::format("\"{}\": {}", field.name, field.example));
      }
    }
    return members.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(members, ", "));
  }
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] const T& defaults() const { return defaults_; }

 private:
  struct Field {
    std::string name;
    bool required;
    std::string expected;
    std::string example;
    Value schema;
    std::function<bool(const Node&, T&)> read;
  };

  template <class B, class M>
  Shape& add(std::string name, M B::*member, Type<M> type, std::string doc, bool required) {
    Value schema = object({{"description", std::string_view(doc)}});
    for (const Member& part : *type.schema.template get<Members>()) {
      if (part.key != "description") {
        schema.set(part.key, part.value);
      }
    }
    if (!required && type.show) {
      if (Value fallback = type.show(defaults_.*member); !fallback.is_null()) {
        schema.set("default", std::move(fallback));
      }
    }
    fields_.push_back(
        {std::move(name), required, type.expected, type.example, std::move(schema),
         [type, member](const Node& node, T& out) { return type.read(node, out.*member); }});
    return *this;
  }

  bool read_member(const Node& node, const Member& member, T& out) const {
    std::vector<std::string_view> known;
    for (const Field& field : fields_) {
      if (field.name == member.key) {
        return field.read(node.at(member), out);
      }
      known.push_back(field.name);
    }
    node.findings.unknown_key(join_pointer(node.pointer, member.key), member.key, known);
    return false;
  }

  std::string what_;
  T defaults_;
  std::vector<Field> fields_;
};

/// One of several objects that may stand in one place, and how it becomes a T.
template <class T>
struct Alternative {
  std::string name;
  std::function<bool(const Node&, T&)> read;
  Value schema;
  std::string example;
};

/// An object of shape D, made into a T by `make`, which may refuse.
template <class T, class D>
Alternative<T> alternative(std::string name, Shape<D> shape, std::string doc,
                           std::function<Result<T>(const D&)> make) {
  Value schema = shape.schema();
  schema.set("description", std::string_view(doc));
  return {std::move(name),
          [shape, make](const Node& node, T& out) {
            D draft = shape.defaults();
            if (!shape.read(node, draft)) {
              return false;
            }
            Result<T> made = make(draft);
            if (!made) {
              node.findings.error(node.pointer, made.error().message);
              return false;
            }
            out = std::move(*made);
            return true;
          },
          std::move(schema), shape.example()};
}

template <class T>
Value any_of_schema(const std::vector<Alternative<T>>& alternatives, const char* keyword) {
  List schemas;
  for (const auto& a : alternatives) {
    schemas.push_back(a.schema);
  }
  return object({{keyword, array(schemas)}});
}

/// The member that names the alternative: {"dist": "zipf", ...}.
template <class D>
Shape<D> tagged_shape(const char* tag, const char* name, std::string what, D defaults = D{}) {
  Shape<D> shape(std::move(what), std::move(defaults));
  shape.known(tag, object({{"const", name}}), "", true);
  return shape;
}

/// Objects told apart by the value of one member.
template <class T>
Type<T> tagged(std::string tag, std::string expected, std::vector<Alternative<T>> alternatives) {
  Type<T> type{std::move(expected),
               alternatives.front().example,
               {},
               {},
               any_of_schema(alternatives, "oneOf")};
  type.example = fmt::format(
      "{{ \"{}\": \"{}\"{}", tag, alternatives.front().name,
      alternatives.front().example == "{}" ? " }" : ", " + alternatives.front().example.substr(2));
  std::vector<std::string> names;
  for (const auto& a : alternatives) {
    names.push_back(a.name);
  }
  type.read = [words = Type<T>{type.expected, type.example, {}, {}, {}}, tag, alternatives, names](
                  const Node& node, T& out) {
    const Value* tag_value = node.value.member(tag);
    const auto* name = tag_value ? tag_value->template get<std::string>() : nullptr;
    if (!name) {
      return words.reject(
          node, node.value.get<Members>() ? fmt::format("\"{}\" is missing", tag) : std::string());
    }
    for (const auto& a : alternatives) {
      if (a.name == *name) {
        return a.read(node, out);
      }
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    node.findings.error(join_pointer(node.pointer, tag), unknown_name(tag, *name, known),
                        one_of(known), words.example);
    return false;
  };
  return type;
}

}  // namespace wavetank::scenarios
