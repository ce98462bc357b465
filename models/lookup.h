#pragma once

// Finding an entry of a catalogue by its name, alike for all catalogues.

#include <fmt/format.h>

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/suggest.h"

namespace wavetank::models {

template <class Entry, class NameOf>
std::vector<std::string_view> names_of(std::span<const Entry> entries, NameOf name_of) {
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) {
    names.push_back(std::invoke(name_of, entry));
  }
  return names;
}

/// The entry of this name. A wrong name fails with the nearest right one, or with all of them.
template <class Entry, class NameOf>
Result<const Entry*> find_by_name(std::string_view what, std::span<const Entry> entries,
                                  NameOf name_of, std::string_view wanted) {
  for (const Entry& entry : entries) {
    if (std::invoke(name_of, entry) == wanted) {
      return &entry;
    }
  }
  const std::vector<std::string_view> known = names_of(entries, name_of);
  if (const auto near = nearest(wanted, known)) {
    return fail(fmt::format("no {} \"{}\"; did you mean \"{}\"?", what, wanted, *near));
  }
  return fail(fmt::format("no {} \"{}\"; there are {}", what, wanted, fmt::join(known, ", ")));
}

}  // namespace wavetank::models
