#include "scenarios/other_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "scenarios/scenario_shape.h"

namespace wavetank::scenarios {

namespace {

constexpr std::array<std::string_view, 3> kSystems{"Kafka: ", "ZooKeeper: ", "etcd: "};

/// Without what separates words.
std::string bare(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return letters;
}

/// The name that a description gives after "Kafka: ", bare.
bool names(std::string_view description, std::string_view bare_name) {
  return std::ranges::any_of(kSystems, [&](std::string_view system) {
    const std::size_t at = description.find(system);
    if (at == std::string_view::npos) {
      return false;
    }
    const std::string_view rest = description.substr(at + system.size());
    return bare(rest.substr(0, std::min(rest.find_first_of(" ,;)"), rest.size()))) == bare_name;
  });
}

class Search {
 public:
  explicit Search(std::string bare_name) : name_(std::move(bare_name)) {}

  void look_into(const Value& schema, const std::string& path) {
    if (const Value* properties = schema.member("properties")) {
      for (const Member& property : *properties->get<Members>()) {
        look_at(property, path);
      }
    }
    for (const char* alternatives : {"anyOf", "oneOf", "allOf"}) {
      const Value* listed = schema.member(alternatives);
      for (std::size_t i = 0; listed != nullptr && i < listed->get<List>()->size(); ++i) {
        look_into((*listed->get<List>())[i], path);
      }
    }
    if (const Value* items = schema.member("items")) {
      look_into(*items, path + "[]");
    }
  }

  std::vector<OtherName> found;

 private:
  void look_at(const Member& property, const std::string& path) {
    const Value* description = property.value.member("description");
    const auto* text = description != nullptr ? description->get<std::string>() : nullptr;
    if (text != nullptr && names(*text, name_)) {
      const Value* fallback = property.value.member("default");
      OtherName it{path, property.key, fallback != nullptr ? *fallback : Value()};
      if (std::ranges::find(found, it) == found.end()) {
        found.push_back(std::move(it));
      }
    }
    look_into(property.value, path.empty() ? property.key : path + "." + property.key);
  }

  std::string name_;
};

/// "workload[].producer" of "/workload/0/producer/linger.ms".
std::string path_of_parent(const std::string& pointer) {
  std::vector<std::string> steps = pointer_steps(pointer);
  std::string path;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    const bool is_index =
        !steps[i].empty() && steps[i].find_first_not_of("0123456789") == std::string::npos;
    path += is_index ? "[]" : (path.empty() ? "" : ".") + steps[i];
  }
  return path;
}

std::string bare_place(std::string path) {
  std::erase_if(path, [](char c) { return c == '[' || c == ']'; });
  return path;
}

}  // namespace

std::vector<OtherName> keys_called(std::string_view name, const Value& schema) {
  constexpr std::string_view kOfBrokers = "log.";
  for (const std::string_view tried :
       {name, name.starts_with(kOfBrokers) ? name.substr(kOfBrokers.size()) : name}) {
    Search search(bare(tried));
    search.look_into(schema, "");
    if (!search.found.empty()) {
      return std::move(search.found);
    }
  }
  return {};
}

std::string called_here(std::string_view name, const std::string& pointer) {
  std::vector<OtherName> known = keys_called(name, scenario_type().schema);
  if (known.empty()) {
    return "";
  }
  const std::string place = bare_place(path_of_parent(pointer));
  const auto beside = std::ranges::find_if(
      known, [&](const OtherName& it) { return bare_place(it.path) == place; });
  const auto shown = [](const OtherName& it) {
    return it.fallback.is_null()
               ? ""
               : fmt::format(", as in \"{}\": {}", it.key, short_text(it.fallback));
  };
  if (beside != known.end()) {
    return fmt::format("it is \"{}\" here{}", beside->key, shown(*beside));
  }
  std::vector<std::string> places;
  for (const OtherName& it : known) {
    places.push_back(fmt::format("\"{}\" of {}", it.key, it.path));
  }
  constexpr std::size_t kMost = 3;
  places.resize(std::min(places.size(), kMost));
  return fmt::format("it is {}{}", fmt::join(places, ", or "), shown(known.front()));
}

}  // namespace wavetank::scenarios
