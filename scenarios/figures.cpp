#include "scenarios/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/ensure.h"
#include "scenarios/document.h"
#include "scenarios/embedded.h"

namespace wavetank::scenarios {

namespace {

std::string text_of(const Value& object, std::string_view key) {
  const Value* value = object.member(key);
  const auto* text = value ? value->get<std::string>() : nullptr;
  ENSURE(text, "the built-in figures have all their texts");
  return *text;
}

std::optional<double> number_of(const Value& object, std::string_view key) {
  const Value* value = object.member(key);
  if (const auto* integer = value ? value->get<std::int64_t>() : nullptr) {
    return static_cast<double>(*integer);
  }
  const auto* number = value ? value->get<double>() : nullptr;
  return number ? std::optional(*number) : std::nullopt;
}

const List& list_of(const Value& object, std::string_view key) {
  const Value* value = object.member(key);
  const auto* list = value ? value->get<List>() : nullptr;
  ENSURE(list, "the built-in figures have their lists");
  return *list;
}

struct Data {
  std::vector<Paper> papers;
  std::vector<Figure> figures;
};

Data read_data() {
  static constexpr std::string_view kFile = "figures/paper-figures.json";
  const auto files = embedded_files();
  const auto file = std::ranges::find(files, kFile, &EmbeddedFile::path);
  ENSURE(file != files.end(), "the figures are built in");
  const auto parsed = parse_document(file->text, std::string(kFile));
  ENSURE(parsed.has_value(), "the built-in figures are well-formed");
  Data data;
  for (const Value& p : list_of(*parsed, "papers")) {
    data.papers.push_back({text_of(p, "id"), text_of(p, "author"), text_of(p, "title"),
                           text_of(p, "year"), text_of(p, "kind")});
  }
  for (const Value& f : list_of(*parsed, "figures")) {
    data.figures.push_back({text_of(f, "id"), text_of(f, "paper"), text_of(f, "where"),
                            text_of(f, "metric"), text_of(f, "op"), number_of(f, "value"),
                            text_of(f, "unit")});
  }
  return data;
}

const Data& data() {
  static const Data kData = read_data();
  return kData;
}

}  // namespace

std::span<const Figure> all_figures() {
  return data().figures;
}

std::span<const Paper> all_papers() {
  return data().papers;
}

const Figure* find_figure(std::string_view id) {
  const auto found = std::ranges::find(data().figures, id, &Figure::id);
  return found == data().figures.end() ? nullptr : &*found;
}

const Paper* find_paper(std::string_view id) {
  const auto found = std::ranges::find(data().papers, id, &Paper::id);
  return found == data().papers.end() ? nullptr : &*found;
}

std::string claim(const Figure& figure) {
  if (!figure.value) {
    return fmt::format("to be reported in {}", figure.unit);
  }
  return fmt::format("{} {} {}", figure.op, *figure.value, figure.unit);
}

std::optional<bool> holds(const Figure& figure, double simulated) {
  if (!figure.value) {
    return std::nullopt;
  }
  const double claimed = *figure.value;
  if (figure.op == "<") {
    return simulated < claimed;
  }
  if (figure.op == "<=") {
    return simulated <= claimed;
  }
  if (figure.op == ">=") {
    return simulated >= claimed;
  }
  if (figure.op == "=") {
    return simulated == claimed;
  }
  return simulated >= claimed / 2 && simulated <= claimed * 2;  // "~"
}

}  // namespace wavetank::scenarios
