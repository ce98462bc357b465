#include "engine/coordination/tree/path.h"

#include <algorithm>

#include "engine/coordination/limits.h"

namespace wavetank::coordination {

bool valid_path(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > limits::kPathBytes) {
    return false;
  }
  if (path.size() == 1) {
    return true;
  }
  std::size_t from = 1;
  while (from <= path.size()) {
    const std::size_t to = std::min(path.find('/', from), path.size());
    const std::string_view element = path.substr(from, to - from);
    if (element.empty() || element == "." || element == "..") {
      return false;
    }
    from = to + 1;
  }
  return std::ranges::none_of(path, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string child_path(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (parent.size() > 1) {
    path += '/';
  }
  path += name;
  return path;
}

std::string sequential_path(std::string_view path, std::int32_t sequence) {
  constexpr std::size_t kDigits = 10;
  const std::string number = std::to_string(sequence);
  std::string result(path);
  result.append(kDigits - std::min(kDigits, number.size()), '0');
  return result + number;
}

}  // namespace wavetank::coordination
