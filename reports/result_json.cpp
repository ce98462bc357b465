#include "reports/result_json.h"

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "engine/base/ensure.h"
#include "reports/bounds.h"
#include "reports/result_layout.h"
#include "scenarios/limits.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// Deeper than any result; a bound for hostile files.
constexpr int kMaxNesting = 128;

class Writer {
 public:
  template <class T>
  void operator()(const char* key, const T& value) {
    json_[key] = encode(value);
  }
  template <class T>
  void time(const char* key, const T& value, Unit unit) {
    json_[key] = encode_time(value, unit);
  }
  /// A part that results of older programs have not.
  template <class T>
  void added(const char* key, const T& value) {
    (*this)(key, value);
  }
  void constant(const char* key, const char* value) { json_[key] = value; }
  template <class Fields>
  void object(const char* key, Fields&& fields) {
    Writer inner;
    fields(inner);
    json_[key] = std::move(inner.json_);
  }
  void document(const char* key, const std::string& text) {
    Json value = Json::parse(text, nullptr, false);
    ENSURE(!value.is_discarded(), "the effective scenario is JSON");
    json_[key] = std::move(value);
  }
  /// One array of a member of every element.
  template <class T, class Member>
  void column(const char* key, const std::vector<T>& rows, Member&& member) {
    Json column = Json::array();
    for (const T& row : rows) {
      column.push_back(encode(member(row)));
    }
    json_[key] = std::move(column);
  }
  template <class T, class Member>
  void time_column(const char* key, const std::vector<T>& rows, Member&& member, Unit unit) {
    Json column = Json::array();
    for (const T& row : rows) {
      column.push_back(encode_time(member(row), unit));
    }
    json_[key] = std::move(column);
  }

  [[nodiscard]] std::string text() const {
    return json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  template <class T>
  static Json encode(const T& value) {
    if constexpr (std::same_as<T, ExitCode>) {
      return static_cast<int>(value);
    } else if constexpr (Named<T>) {
      return name(value);
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      if constexpr (std::is_floating_point_v<T>) {
        ENSURE(std::isfinite(value), "a result holds numbers");
      }
      return value;
    } else {
      Writer inner;
      describe(inner, value);
      return std::move(inner.json_);
    }
  }
  template <class T>
  static Json encode(const std::optional<T>& value) {
    return value ? encode(*value) : Json(nullptr);
  }
  template <class T>
  static Json encode(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) {
      list.push_back(encode(value));
    }
    return list;
  }
  template <class T>
  static Json encode_time(const T& value, Unit unit) {
    return static_cast<double>(value.ns()) / unit.ns;
  }
  template <class T>
  static Json encode_time(const std::optional<T>& value, Unit unit) {
    return value ? encode_time(*value, unit) : Json(nullptr);
  }

  Json json_ = Json::object();
};

/// Where in the document a value stands. Its text is wanted only where something is wrong.
struct Place {
  const Place* above = nullptr;  ///< none: the whole document
  const char* key = nullptr;     ///< none: an element of an array
  std::size_t index = 0;

  [[nodiscard]] Place at(const char* name) const { return {this, name, 0}; }
  [[nodiscard]] Place at(std::size_t element) const { return {this, nullptr, element}; }
  /// As a JSON pointer.
  [[nodiscard]] std::string text() const {
    if (above == nullptr) {
      return "";
    }
    return above->text() + "/" + (key != nullptr ? std::string(key) : fmt::to_string(index));
  }
};

/// Reads an object; the first thing wrong is kept and everything after it left alone.
class Reader {
 public:
  Reader(const Json& json, const Place& place, std::string& error)
      : json_(json), place_(place), error_(error) {
    if (!json_.is_object()) {
      wrong(place_, "an object", json_);
    }
  }

  template <class T>
  void operator()(const char* key, T& value) {
    if (const Json* found = find(key)) {
      decode(*found, place_.at(key), value);
    }
  }
  template <class T>
  void time(const char* key, T& value, Unit unit) {
    if (const Json* found = find(key)) {
      decode_time(*found, place_.at(key), value, unit);
    }
  }
  template <class T>
  void added(const char* key, T& value) {
    if (json_.contains(key)) {
      (*this)(key, value);
    }
  }
  void constant(const char* key, const char* value) {
    const Json* found = find(key);
    if (found != nullptr && *found != value) {
      wrong(place_.at(key), fmt::format("\"{}\"", value), *found);
    }
  }
  template <class Fields>
  void object(const char* key, Fields&& fields) {
    if (const Json* found = find(key)) {
      Reader inner(*found, place_.at(key), error_);
      fields(inner);
    }
  }
  void document(const char* key, std::string& text) {
    if (const Json* found = find(key)) {
      text = found->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
  }
  /// The first column makes the rows; the others must be as long.
  template <class T, class Member>
  void column(const char* key, std::vector<T>& rows, Member&& member) {
    each(key, rows,
         [&](const Json& cell, const Place& place, T& row) { decode(cell, place, member(row)); });
  }
  template <class T, class Member>
  void time_column(const char* key, std::vector<T>& rows, Member&& member, Unit unit) {
    each(key, rows, [&](const Json& cell, const Place& place, T& row) {
      decode_time(cell, place, member(row), unit);
    });
  }

 private:
  const Json* find(const char* key) {
    if (!error_.empty()) {
      return nullptr;
    }
    const auto found = json_.find(key);
    if (found == json_.end()) {
      error_ = place_.at(key).text() + ": missing";
      return nullptr;
    }
    return &*found;
  }
  void wrong(const Place& place, std::string_view expected, const Json& found) {
    if (error_.empty()) {
      error_ = fmt::format(
          "{}: expected {}, found {}", place.above == nullptr ? "/" : place.text(), expected,
          found.is_primitive() && !found.is_string() ? found.dump() : found.type_name());
    }
  }
  template <class T, class Decode>
  void each(const char* key, std::vector<T>& rows, Decode&& decode_cell) {
    const Json* found = find(key);
    if (found == nullptr) {
      return;
    }
    const Place place = place_.at(key);
    if (!std::exchange(has_rows_, true) && found->is_array() && found->size() <= kMaxSeriesPoints) {
      rows.resize(found->size());
    }
    if (!found->is_array() || found->size() != rows.size()) {
      return wrong(place, fmt::format("an array of {} values", rows.size()), *found);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      decode_cell((*found)[i], place.at(i), rows[i]);
    }
  }

  template <class T>
  void decode(const Json& json, const Place& place, T& value) {
    if constexpr (std::same_as<T, bool>) {
      json.is_boolean() ? void(value = json.get<bool>()) : wrong(place, "true or false", json);
    } else if constexpr (std::same_as<T, double>) {
      json.is_number() ? void(value = json.get<double>()) : wrong(place, "a number", json);
    } else if constexpr (std::same_as<T, std::uint64_t>) {
      json.is_number_unsigned() ? void(value = json.get<T>())
                                : wrong(place, "a whole number, not negative", json);
    } else if constexpr (std::same_as<T, std::int64_t>) {
      json.is_number_integer() ? void(value = json.get<T>()) : wrong(place, "a whole number", json);
    } else if constexpr (std::same_as<T, std::string>) {
      json.is_string() ? void(value = json.get<std::string>()) : wrong(place, "a string", json);
    } else if constexpr (std::same_as<T, ExitCode>) {
      decode_exit_code(json, place, value);
    } else if constexpr (Named<T>) {
      decode_name(json, place, value);
    } else {
      Reader inner(json, place, error_);
      describe(inner, value);
    }
  }
  template <class T>
  void decode(const Json& json, const Place& place, std::optional<T>& value) {
    if (json.is_null()) {
      value.reset();
    } else {
      decode(json, place, value.emplace());
    }
  }
  template <class T>
  void decode(const Json& json, const Place& place, std::vector<T>& values) {
    if (!json.is_array()) {
      return wrong(place, "an array", json);
    }
    values.clear();
    for (std::size_t i = 0; i < json.size() && error_.empty(); ++i) {
      decode(json[i], place.at(i), values.emplace_back());
    }
  }
  void decode_exit_code(const Json& json, const Place& place, ExitCode& value) {
    if (!json.is_number_unsigned() || json.get<std::uint64_t>() > 255) {
      return wrong(place, "an exit code", json);
    }
    value = static_cast<ExitCode>(json.get<int>());
  }
  template <class E>
  void decode_name(const Json& json, const Place& place, E& value) {
    std::string choices;
    for (const E each : Names<E>::kAll) {
      if (json == name(each)) {
        value = each;
        return;
      }
      choices += fmt::format("{}\"{}\"", choices.empty() ? "" : " or ", name(each));
    }
    wrong(place, choices, json);
  }
  template <class T>
  void decode_time(const Json& json, const Place& place, T& value, Unit unit) {
    const double ns = json.is_number() ? json.get<double>() * unit.ns : HUGE_VAL;
    if (!(std::abs(ns) < static_cast<double>(kMostTime_ns))) {
      return wrong(place, "a time", json);
    }
    value = T(std::llround(ns));
  }
  template <class T>
  void decode_time(const Json& json, const Place& place, std::optional<T>& value, Unit unit) {
    if (json.is_null()) {
      value.reset();
    } else {
      decode_time(json, place, value.emplace(), unit);
    }
  }

  const Json& json_;
  Place place_;
  std::string& error_;
  bool has_rows_ = false;
};

/// Parses without recursing deeper than kMaxNesting, which later walks of the value would.
Result<Json> parse(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxNesting;
    return !too_deep;
  };
  try {
    Json json = Json::parse(text, watch);
    if (too_deep) {
      return fail(fmt::format("nested deeper than {} levels", kMaxNesting));
    }
    return json;
  } catch (const Json::parse_error& e) {
    return fail(fmt::format("not JSON, at byte {}", e.byte));
  } catch (const Json::exception&) {
    return fail("a number is out of range");
  }
}

}  // namespace

std::string write_result(const RunResult& result) {
  Writer writer;
  writer("schema_version", kSchemaVersion);
  describe_result(writer, result);
  return writer.text();
}

Result<RunResult> read_result(std::string_view text) {
  const Result<Json> json = parse(text);
  if (!json) {
    return fail("not a result: " + json.error().message);
  }
  const auto version = json->is_object() ? json->find("schema_version") : json->end();
  if (version == json->end()) {
    return fail("not a result: no /schema_version");
  }
  if (*version != kSchemaVersion) {
    return fail(fmt::format("result of schema version {}; this program reads version {}",
                            version->is_number() ? version->dump() : version->type_name(),
                            kSchemaVersion));
  }
  RunResult result;
  std::string error;
  const Place document;
  Reader reader(*json, document, error);
  describe_result(reader, result);
  if (error.empty() && scenarios::is_too_long(result.title)) {
    error = fmt::format("/title: expected at most {} characters", scenarios::kMaxTextCharacters);
  }
  if (!error.empty()) {
    return fail("not a valid result: " + error);
  }
  return result;
}

std::string write_meta(const RunMeta& meta) {
  Writer writer;
  writer("command", meta.command);
  writer("wall_s", meta.wall_s);
  writer("simulated_s", meta.simulated_s);
  writer("speedup", meta.speedup);
  writer("events_per_s", meta.events_per_s);
  writer("records_per_s", meta.records_per_s);
  writer("peak_rss_bytes", meta.peak_rss_bytes);
  writer.object("host", [&](Writer& host) {
    host("cores", meta.host_cores);
    host("cpu", meta.host_cpu);
  });
  return writer.text();
}

std::string read_command(std::string_view meta) {
  const Json json = Json::parse(meta, nullptr, false);
  const auto found = json.is_object() ? json.find("command") : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace wavetank::reports
