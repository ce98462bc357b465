#include "scenarios/import/taken.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "scenarios/limits.h"

namespace wavetank::scenarios {

namespace {

const Value kNothing{Value::Data(Members{})};

std::optional<double> number_of(const Value& value) {
  if (const auto* whole = value.get<std::int64_t>()) {
    return static_cast<double>(*whole);
  }
  if (const auto* number = value.get<double>()) {
    return *number;
  }
  const auto* text = value.get<std::string>();  // Chaos Mesh writes numbers as texts
  double number = 0;
  if (text != nullptr) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size() && std::isfinite(number)) {
      return number;
    }
  }
  return std::nullopt;
}

}  // namespace

// ------------------------------------------------------------------------------------- notes

void ImportNotes::add(Level level, const Origin& origin, const std::string& what,
                      std::string message, std::string expected) {
  if (notes_.size() < kMaxImportNotes) {
    notes_.push_back({level, origin.file ? *origin.file : "", origin.line, origin.column, what,
                      std::move(message), std::move(expected), ""});
  } else if (notes_.size() == kMaxImportNotes) {
    notes_.push_back({Level::error, "", 0, 0, "",
                      fmt::format("there is more to say than {} lines (limit import notes): it "
                                  "cannot be carried over",
                                  kMaxImportNotes),
                      "", ""});
  }
}

void ImportNotes::error(const Origin& origin, const std::string& what, std::string message,
                        std::string expected) {
  add(Level::error, origin, what, std::move(message), std::move(expected));
}

void ImportNotes::dropped(const Origin& origin, const std::string& what, const std::string& why) {
  add(Level::warning, origin, what,
      fmt::format("not carried over{}{}", why.empty() ? "" : ": ", why), "");
}

void ImportNotes::changed(const Origin& origin, const std::string& what, const std::string& how) {
  add(Level::warning, origin, what, "carried over as something else: " + how, "");
}

void ImportNotes::add(std::vector<Diagnostic> more) {
  notes_.insert(notes_.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

// ------------------------------------------------------------------------------------- objects

Taken::Taken(const Value& value, std::string path, ImportNotes& notes)
    : value_(value.get<Members>() != nullptr ? value : kNothing),
      path_(std::move(path)),
      notes_(notes) {
  if (value.get<Members>() == nullptr) {
    notes_.error(value.origin, path_, fmt::format("found {}", type_name(value)), "an object");
  }
}

const Value* Taken::take(std::string_view key) {
  asked_.emplace(key);
  const Value* member = value_.member(key);
  return member != nullptr && member->is_null() ? nullptr : member;
}

void Taken::wrong(std::string_view key, const Value& value, const std::string& expected) {
  notes_.error(value.origin, path_of(key), fmt::format("found {}", short_text(value)), expected);
}

std::optional<std::string> Taken::text(std::string_view key) {
  const Value* value = take(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (const auto* text = value->get<std::string>()) {
    return *text;
  }
  wrong(key, *value, "a text");
  return std::nullopt;
}

std::optional<double> Taken::number(std::string_view key, double least, double greatest) {
  const Value* value = take(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  const std::optional<double> number = number_of(*value);
  if (!number || !(*number >= least && *number <= greatest)) {
    wrong(key, *value, fmt::format("a number from {} to {}", least, greatest));
    return std::nullopt;
  }
  return number;
}

std::optional<std::int64_t> Taken::whole(std::string_view key, std::int64_t least,
                                         std::int64_t greatest) {
  const Value* value = take(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  const std::optional<double> number = number_of(*value);
  if (!number || *number != std::floor(*number) ||
      !(*number >= static_cast<double>(least) && *number <= static_cast<double>(greatest))) {
    wrong(key, *value, fmt::format("a whole number from {} to {}", least, greatest));
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number);
}

std::optional<bool> Taken::boolean(std::string_view key) {
  const Value* value = take(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (const auto* boolean = value->get<bool>()) {
    return *boolean;
  }
  wrong(key, *value, "true or false");
  return std::nullopt;
}

std::optional<Duration> Taken::go_duration(std::string_view key) {
  const std::optional<std::string> given = text(key);
  if (!given) {
    return std::nullopt;
  }
  const std::optional<Duration> duration = parse_go_duration(*given);
  if (!duration) {
    wrong(key, *value_.member(key), "a duration, such as 30s or 1m30s");
  }
  return duration;
}

const List* Taken::list(std::string_view key) {
  const Value* value = take(key);
  if (value == nullptr) {
    return nullptr;
  }
  const auto* list = value->get<List>();
  if (list == nullptr) {
    wrong(key, *value, "a list");
  }
  return list;
}

Taken Taken::object(std::string_view key) {
  const Value* value = take(key);
  return {value == nullptr ? kNothing : *value, path_of(key), notes_};
}

void Taken::drop(std::string_view key, const std::string& why) {
  if (const Value* value = take(key)) {
    notes_.dropped(value->origin, path_of(key), why);
  }
}

void Taken::change(std::string_view key, const std::string& how) {
  if (const Value* value = take(key)) {
    notes_.changed(value->origin, path_of(key), how);
  }
}

void Taken::drop_the_rest() {
  for (const Member& member : *value_.get<Members>()) {
    if (!asked_.contains(member.key)) {
      notes_.dropped(member.key_origin, path_of(member.key), "");
    }
  }
}

// ------------------------------------------------------------------------------------- times

Duration duration_of(double count, Duration unit) {
  return Duration(std::llround(count * static_cast<double>(unit.ns())));
}

std::optional<Duration> parse_go_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double ns;
  };
  static constexpr std::array kUnits{Unit{"ns", 1},    Unit{"us", 1e3}, Unit{"µs", 1e3},
                                     Unit{"ms", 1e6},  Unit{"s", 1e9},  Unit{"m", 60e9},
                                     Unit{"h", 3600e9}};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.empty()) {
    return std::nullopt;
  }
  double ns = 0;
  while (!text.empty()) {
    const std::size_t end = text.find_first_not_of("0123456789.");
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + std::min(end, text.size()), number,
                                      std::chars_format::fixed);
    if (end == std::string_view::npos || read.ec != std::errc() || read.ptr != text.data() + end) {
      return text == "0" && ns == 0 ? std::optional(Duration()) : std::nullopt;
    }
    text.remove_prefix(end);
    const std::size_t next = std::min(text.find_first_of("0123456789."), text.size());
    const auto* unit = std::ranges::find(kUnits, text.substr(0, next), &Unit::name);
    if (unit == kUnits.end()) {
      return std::nullopt;
    }
    ns += number * unit->ns;
    text.remove_prefix(next);
  }
  if (!(ns < 9.2e18)) {
    return std::nullopt;
  }
  return Duration(std::llround(negative ? -ns : ns));
}

}  // namespace wavetank::scenarios
