#include "scenarios/templates.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/ensure.h"
#include "scenarios/document.h"
#include "scenarios/embedded.h"

namespace wavetank::scenarios {

namespace {

std::vector<Template> read_templates() {
  std::vector<Template> templates;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path.starts_with("figures/")) {
      continue;
    }
    const auto parsed = parse_document(file.text, std::string(file.path));
    ENSURE(parsed.has_value(), "the built-in scenarios are well-formed");
    const Value* title = parsed->member("title");
    ENSURE(title && title->get<std::string>(), "the built-in scenarios have titles");
    const std::string_view name = file.path.substr(0, file.path.rfind('.'));
    templates.push_back({std::string(name), *title->get<std::string>(), file.text});
  }
  return templates;
}

}  // namespace

std::span<const Template> all_templates() {
  static const std::vector<Template> kTemplates = read_templates();
  return kTemplates;
}

const Template* find_template(std::string_view name) {
  const auto all = all_templates();
  const auto is_meant = [&](const Template& it) {
    return it.name == name || it.name.ends_with("/" + std::string(name));
  };
  const auto found = std::ranges::find_if(all, is_meant);
  const bool unique = std::ranges::count_if(all, is_meant) == 1;
  return unique ? &*found : nullptr;
}

std::string text_to_start_from(const Template& it) {
  std::string text(it.text);
  const auto parsed = parse_document(text, it.name);
  const Value* extends = parsed ? parsed->member("extends") : nullptr;
  const auto* base = extends ? extends->get<std::string>() : nullptr;
  if (base == nullptr) {
    return text;
  }
  const std::filesystem::path meant = std::filesystem::path(it.name).parent_path() / *base;
  const std::string name =
      std::string(kTemplatePrefix) + meant.lexically_normal().replace_extension().string();
  const std::string written = "\"" + *base + "\"";
  const std::size_t at = text.find(written, text.find("\"extends\""));
  ENSURE(at != std::string::npos, "built-in scenarios write names plainly");
  return text.replace(at, written.size(), "\"" + name + "\"");
}

std::string with_schema(const std::string& text, const std::string& schema) {
  std::size_t at = 0;
  while (text.compare(at, 2, "//") == 0) {  // what stands above a built-in scenario
    at = text.find('\n', at) + 1;
  }
  ENSURE(at < text.size() && text[at] == '{', "built-in scenarios begin with lines of comments");
  return text.substr(0, at + 1) + "\n  \"$schema\": \"" + schema + "\"," + text.substr(at + 1);
}

}  // namespace wavetank::scenarios
