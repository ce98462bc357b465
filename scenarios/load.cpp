#include "scenarios/load.h"

#include <fmt/format.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/suggest.h"
#include "scenarios/scenario_shape.h"
#include "scenarios/templates.h"
#include "scenarios/validate.h"

namespace wavetank::scenarios {

namespace {

namespace fs = std::filesystem;

/// A document under construction, or what is wrong with its sources.
struct Assembly {
  Value document;
  std::vector<Diagnostic> diagnostics;
  bool unreadable = false;

  void error(const Origin& origin, std::string pointer, std::string message,
             std::string expected = "", std::string example = "") {
    diagnostics.push_back({Level::error, origin.file ? *origin.file : "", origin.line,
                           origin.column, std::move(pointer), std::move(message),
                           std::move(expected), std::move(example)});
  }
};

Origin origin_of_text(std::string name) {
  return {std::make_shared<const std::string>(std::move(name)), 0, 0};
}

/// "; did you mean quickstart.json?", of what lies in the same folder.
std::string file_meant_by(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto near = nearest(path.filename().string(), known);
  return near ? fmt::format("; did you mean {}?", (path.parent_path() / *near).string()) : "";
}

/// Reads a whole file; a failure is said as a diagnostic at `asked`.
std::optional<std::string> read_file(const std::string& path, const Origin& asked, Assembly& into) {
  const auto refuse = [&](std::string why) {
    into.unreadable = true;
    into.error(asked, "", fmt::format("cannot read {}: {}", path, why));
    return std::nullopt;
  };
  if (path.starts_with(kTemplatePrefix)) {
    const Template* found = find_template(path.substr(kTemplatePrefix.size()));
    return found != nullptr ? std::optional(std::string(found->text))
                            : refuse("no such scenario comes with the program (`wavetank list`)");
  }
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return refuse("it is a folder");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int why = errno;
    return refuse(std::strerror(why) + (why == ENOENT ? file_meant_by(path) : std::string()));
  }
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    return refuse(
        fmt::format("it is larger than {} (limit file bytes)", bytes_text(kMaxFileBytes)));
  }
  return text;
}

/// Gives a value and all below it one origin.
void set_origin(Value& value, const Origin& origin) {
  value.origin = origin;
  if (auto* list = value.get<List>()) {
    for (Value& item : *list) {
      set_origin(item, origin);
    }
  }
  if (auto* members = value.get<Members>()) {
    for (Member& member : *members) {
      member.key_origin = origin;
      set_origin(member.value, origin);
    }
  }
}

void change(Assembly& assembly, std::string_view path, Value value, const Origin& path_origin) {
  const auto pointer = resolve_path(assembly.document, path);
  if (pointer) {
    set_at(assembly.document, *pointer, std::move(value));
    return;
  }
  assembly.error(path_origin, "",
                 fmt::format("the path \"{}\" leads nowhere: {}", path, pointer.error()),
                 "a path such as workload[0].rate");
}

/// Takes a member that only the loader understands out of a document.
std::optional<Member> take(Value& document, std::string_view key) {
  auto* members = document.get<Members>();
  const auto found = std::ranges::find(*members, key, &Member::key);
  if (found == members->end()) {
    return std::nullopt;
  }
  Member taken = std::move(*found);
  members->erase(found);
  return taken;
}

void assemble(std::string_view text, const std::string& name, std::size_t depth, Assembly& into);

/// What a scenario extends is named relative to itself; or, "template:log/quickstart", it comes
/// with the program. Scenarios of the program name each other by their files.
std::string base_of(const std::string& name, const std::string& base) {
  if (base.starts_with(kTemplatePrefix)) {
    return base;
  }
  if (!name.starts_with(kTemplatePrefix)) {
    return (fs::path(name).parent_path() / base).lexically_normal().string();
  }
  const fs::path own(name.substr(kTemplatePrefix.size()));
  return std::string(kTemplatePrefix) +
         (own.parent_path() / base).replace_extension().lexically_normal().string();
}

/// A cost table that is named by its file, relative to who names it, becomes part of the scenario.
void bring_costs(const std::string& namer, Assembly& into) {
  Value* cluster = into.document.member("cluster");
  Value* costs = cluster != nullptr ? cluster->member("cost_table") : nullptr;
  const auto* path = costs != nullptr ? costs->get<std::string>() : nullptr;
  if (path == nullptr || !path->ends_with(".json")) {
    return;
  }
  const Origin asked = costs->origin;
  const std::string file = (fs::path(namer).parent_path() / *path).lexically_normal().string();
  const auto text = read_file(file, asked, into);
  if (!text) {
    return;
  }
  auto parsed = parse_document(*text, file);
  if (parsed) {
    *costs = std::move(*parsed);
  } else {
    into.diagnostics.insert(into.diagnostics.end(), parsed.error().begin(), parsed.error().end());
  }
}

void assemble_base(const Member& extends, const std::string& name, std::size_t depth,
                   Assembly& into) {
  const auto* base = extends.value.get<std::string>();
  if (!base) {
    into.error(extends.value.origin, "/extends",
               fmt::format("{} is not a file name", short_text(extends.value)), "a file name",
               "\"extends\": \"broker-failure.json\"");
    return;
  }
  if (depth >= kMaxExtends) {
    into.error(extends.value.origin, "/extends",
               fmt::format("a chain of more than {} files (limit extends); does it go in a circle?",
                           kMaxExtends));
    return;
  }
  const std::string path = base_of(name, *base);
  if (const auto text = read_file(path, extends.value.origin, into)) {
    assemble(*text, path, depth + 1, into);
  }
}

/// What stands in "set".
void make_changes(const Member& changes, Assembly& into) {
  const auto* members = changes.value.get<Members>();
  if (!members) {
    into.error(changes.value.origin, "/set",
               fmt::format("{} is not an object of paths", short_text(changes.value)),
               "an object of paths and values", R"("set": { "workload[0].rate": "1k/s" })");
    return;
  }
  for (const Member& member : *members) {
    change(into, member.key, member.value, member.key_origin);
  }
}

/// Parses a source and puts it over what it extends.
void assemble(std::string_view text, const std::string& name, std::size_t depth, Assembly& into) {
  auto parsed = parse_document(text, name);
  if (!parsed) {
    into.diagnostics.insert(into.diagnostics.end(), parsed.error().begin(), parsed.error().end());
    return;
  }
  Value own = std::move(*parsed);
  if (!own.get<Members>()) {
    into.error(own.origin, "", fmt::format("the file holds {}", type_name(own)),
               "an object: a scenario");
    return;
  }
  take(own, "$schema");
  const auto extends = take(own, "extends");
  const auto changes = take(own, "set");
  if (extends) {
    assemble_base(*extends, name, depth, into);
  }
  merge_patch(into.document, own);
  into.document.origin = own.origin;
  if (changes) {
    make_changes(*changes, into);
  }
  bring_costs(name, into);
}

/// "a.b=c": c as JSON, or else as a string.
void apply_override(Assembly& assembly, const std::string& text) {
  const Origin origin = origin_of_text("--set " + text);
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    assembly.error(origin, "", "an override is a path and a value",
                   "PATH=VALUE, such as workload[0].rate=1k/s");
    return;
  }
  const std::string_view given = std::string_view(text).substr(equals + 1);
  auto parsed = parse_document(given, *origin.file);
  Value value = parsed ? std::move(*parsed) : Value(given);
  set_origin(value, origin);
  change(assembly, std::string_view(text).substr(0, equals), std::move(value), origin);
}

std::string sha256_hex(std::string_view text) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

/// Fills in where the scenario came from.
void sign(Scenario& scenario, Value document, const std::string& name) {
  scenario.source = name;
  document.set("seed", number_value(static_cast<double>(scenario.seed)));
  scenario.effective_json = canonical_text(document);
  document.erase("seed");
  scenario.sha256 = sha256_hex(canonical_text(document));
}

Loaded interpret(Assembly assembly, const std::string& name, const LoadOptions& options) {
  Findings findings(assembly.document);
  Scenario scenario;
  scenario_type().read({assembly.document, "", findings}, scenario);
  scenario.seed = options.seed.value_or(scenario.seed);
  validate(scenario, findings, options.limits);
  if (!findings.has_errors()) {
    hint_capacity(scenario, findings);
  }
  Loaded loaded;
  if (!findings.has_errors()) {
    sign(scenario, assembly.document, name);
    loaded.scenario = std::move(scenario);
  }
  loaded.diagnostics = findings.take();
  return loaded;
}

Loaded load(std::string_view text, const std::string& name, const LoadOptions& options) {
  Assembly assembly;
  assembly.document = Value{Value::Data(Members{})};
  assemble(text, name, 0, assembly);
  if (assembly.diagnostics.empty()) {
    for (const std::string& text_of_override : options.overrides) {
      apply_override(assembly, text_of_override);
    }
    bring_costs("", assembly);
  }
  if (!assembly.diagnostics.empty()) {
    return {std::nullopt, std::move(assembly.diagnostics), assembly.unreadable};
  }
  return interpret(std::move(assembly), name, options);
}

}  // namespace

Loaded load_text(std::string_view text, const std::string& name, const LoadOptions& options) {
  return load(text, name, options);
}

Loaded load_file(const std::string& path, const LoadOptions& options) {
  Assembly reading;
  const auto text = read_file(path, origin_of_text(path), reading);
  if (!text) {
    return {std::nullopt, std::move(reading.diagnostics), true};
  }
  return load(*text, path, options);
}

}  // namespace wavetank::scenarios
