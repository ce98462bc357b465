// How a gate's answer is written, for people and for the pipelines that they use.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/gate/gate.h"
#include "reports/html/markup.h"
#include "reports/printable.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;
using html::Markup;
using html::markup;

constexpr std::size_t kAnnotationsMax = 10;

std::size_t failed(const GatedRun& run) {
  return static_cast<std::size_t>(std::ranges::count(run.checks, false, &GateCheck::ok));
}
enum class Light { green, yellow, red };
Light light_of(const GatedRun& run) {
  return run.code == ExitCode::ok ? Light::green : run.is_let_pass ? Light::yellow : Light::red;
}
std::size_t count(const std::vector<GatedRun>& runs, Light light) {
  return static_cast<std::size_t>(std::ranges::count(runs, light, light_of));
}
bool is_green(const std::vector<GatedRun>& runs) {
  return count(runs, Light::red) == 0;
}
std::string sentence(const std::vector<GatedRun>& runs) {
  const std::string of = fmt::format("{} scenario{}", runs.size(), runs.size() == 1 ? "" : "s");
  const std::size_t let_pass = count(runs, Light::yellow);
  return (is_green(runs) ? fmt::format("all of {} may pass", of)
                         : fmt::format("{} of {} may not pass: {}", count(runs, Light::red), of,
                                       describe(gate_code(runs)))) +
         (let_pass == 0 ? "" : fmt::format("; {} only because the gate is soft", let_pass));
}
/// What is said of a run that is not well.
std::string trouble(const GatedRun& run) {
  return std::string(describe(run.code)) + (run.is_let_pass ? ", let pass" : "");
}
/// What is said of a run that is well: how it stands to its baseline.
std::string standing(const GatedRun& run) {
  const auto baseline = std::ranges::find(run.checks, "baseline", &GateCheck::name);
  const bool fails =
      std::ranges::find(run.checks, "meant to fail", &GateCheck::name) != run.checks.end();
  return (fails ? "fails as it is meant to: " : "") +
         (baseline != run.checks.end() ? baseline->detail
          : fails                      ? std::string("no baseline was given")
                  : std::string("no baseline was given: invariants and objectives hold"));
}

/// Readers group cases by the parts of their class, which dots divide: the scenario's folder, the
/// scenario, and what kind of thing was looked at.
std::string junit_class(const GatedRun& run, const GateCheck& check) {
  const auto part = [](std::string name) {
    std::ranges::replace(name, '.', '_');
    return name;
  };
  const std::string folder = std::filesystem::path(run.file).parent_path().filename().string();
  const char* kind = check.name.starts_with("objective ")                             ? "slo"
                     : check.name.starts_with("invariant ") || check.name == "ledger" ? "invariant"
                     : check.name.starts_with("figure ")                              ? "figure"
                     : check.name == "meant to fail"                                  ? "hypothesis"
                                                     : check.name.c_str();
  return fmt::format("wavetank.{}{}{}.{}", part(folder), folder.empty() ? "" : ".", part(run.name),
                     kind);
}

/// GitHub's escapes; of properties, too.
std::string escaped(std::string_view plain, bool property) {
  std::string out;
  for (const char c : printable(plain)) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case ':':
        out += property ? "%3A" : ":";
        break;
      case ',':
        out += property ? "%2C" : ",";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string gate_text(const std::vector<GatedRun>& runs, const Style& style) {
  std::size_t columns = 0;
  for (const GatedRun& run : runs) {
    columns = std::max(columns, column_count(printable(run.name, style.ascii)));
  }
  const auto mark = [&](Light light) {
    return light == Light::green    ? (style.ascii ? "ok  " : "✓")
           : light == Light::yellow ? (style.ascii ? "soft" : "!")
                                    : (style.ascii ? "FAIL" : "✗");
  };
  std::string text;
  for (const GatedRun& run : runs) {
    const Light light = light_of(run);
    text += fmt::format("{} {}  {}\n", mark(light), padded(run.name, columns, style.ascii),
                        light == Light::green ? standing(run) : trouble(run));
    for (const GateCheck& check : run.checks) {
      if (!check.ok) {
        text += fmt::format("    {}{}{}\n", printable(check.name, style.ascii),
                            check.detail.empty() ? "" : ": ", printable(check.detail, style.ascii));
      }
    }
  }
  return text + fmt::format("{}  {}\n", is_green(runs) ? "PASS" : "FAIL", sentence(runs));
}

std::string gate_json(const std::vector<GatedRun>& runs) {
  Json list = Json::array();
  for (const GatedRun& run : runs) {
    Json checks = Json::array();
    for (const GateCheck& check : run.checks) {
      checks.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    }
    list.push_back({{"name", run.name},
                    {"file", run.file},
                    {"exit_code", static_cast<int>(run.code)},
                    {"let_pass", run.is_let_pass},
                    {"checks", std::move(checks)}});
  }
  const Json document = {{"pass", is_green(runs)},
                         {"exit_code", static_cast<int>(gate_code(runs))},
                         {"summary", sentence(runs)},
                         {"scenarios", std::move(list)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string gate_markdown(const std::vector<GatedRun>& runs) {
  std::string text = fmt::format("**{}**: {}\n\n| | scenario | |\n|---|---|---|\n",
                                 is_green(runs) ? "PASS" : "FAIL", sentence(runs));
  for (const GatedRun& run : runs) {
    const Light light = light_of(run);
    const char* mark = light == Light::green ? "✅" : light == Light::yellow ? "⚠️" : "❌";
    text += fmt::format("| {} | {} | {} |\n", mark, markdown_code(run.name),
                        markdown_text(light == Light::green ? standing(run) : trouble(run)));
  }
  for (const GatedRun& run : runs) {
    for (const GateCheck& check : run.checks) {
      if (!check.ok) {
        text += fmt::format("\n- {}: {}{}{}", markdown_code(run.name), markdown_text(check.name),
                            check.detail.empty() ? "" : ": ", markdown_text(check.detail));
      }
    }
  }
  return text + "\n";
}

namespace {

Markup junit_case(const GatedRun& run, const GateCheck& check, const std::string& name) {
  if (check.ok) {
    return markup("    <testcase classname=\"{}\" name=\"{}\"/>\n", junit_class(run, check), name);
  }
  return markup(
      "    <testcase classname=\"{}\" name=\"{}\">\n"
      "      <{} message=\"{}\" type=\"{}\"/>\n    </testcase>\n",
      junit_class(run, check), name,
      check.is_trouble  ? "error"
      : run.is_let_pass ? "skipped"
                        : "failure",
      check.detail, describe(run.code));
}

Markup junit_suite(const GatedRun& run) {
  Markup cases;
  std::map<std::string, std::size_t> so_far;
  std::size_t errors = 0;
  for (const GateCheck& check : run.checks) {
    const std::size_t number = ++so_far[check.name];  // an objective may be written twice
    cases += junit_case(run, check,
                        number == 1 ? check.name : fmt::format("{} ({})", check.name, number));
    errors += check.ok || !check.is_trouble ? 0 : 1;
  }
  const std::size_t failures = failed(run) - errors;
  const Markup file = run.file.empty() ? Markup() : markup(" file=\"{}\"", run.file);
  return markup(
      "  <testsuite name=\"{}\"{} tests=\"{}\" failures=\"{}\" errors=\"{}\"{}>\n{}"
      "  </testsuite>\n",
      run.name, file, run.checks.size(), run.is_let_pass ? 0 : failures, errors,
      run.is_let_pass ? markup(" skipped=\"{}\"", failures) : Markup(), cases);
}

}  // namespace

std::string gate_junit(const std::vector<GatedRun>& runs) {
  Markup suites;
  for (const GatedRun& run : runs) {
    suites += junit_suite(run);
  }
  return markup(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wavetank\">\n{}"
             "</testsuites>\n",
             suites)
      .code();
}

std::string gate_annotations(const std::vector<GatedRun>& runs) {
  std::vector<ExitCode> ranks;  // the most serious first
  for (const GatedRun& run : runs) {
    ranks.push_back(run.code);
  }
  sort_by_seriousness(ranks);
  std::vector<std::string> errors;
  for (const ExitCode rank : ranks) {
    for (const GatedRun& run : runs) {
      for (const GateCheck& check : run.checks) {
        if (run.code == rank && !check.ok) {
          errors.push_back(fmt::format("::{} file={},title={}::{}: {}",
                                       run.is_let_pass ? "warning" : "error",
                                       escaped(run.file, true), escaped(run.name, true),
                                       escaped(check.name, false), escaped(check.detail, false)));
        }
      }
    }
  }
  if (errors.size() > kAnnotationsMax) {
    const std::size_t more = errors.size() - kAnnotationsMax + 1;
    errors.resize(kAnnotationsMax - 1);
    errors.push_back(fmt::format("::error title=wavetank::and {} more", more));
  }
  std::string text;
  for (const std::string& error : errors) {
    text += error + "\n";
  }
  return text;
}

}  // namespace wavetank::reports
