#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/time_axis.h"
#include "reports/printable.h"

namespace wavetank::reports::html {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kColumnWidth = 290;
constexpr double kColumnGap = 104;
constexpr double kCellWidth = 64;
constexpr double kCellHeight = 40;
constexpr double kCellGap = 6;
constexpr std::size_t kCellsPerRow = 4;
constexpr std::size_t kMostCells = 12;  ///< of a group: the busiest ones
constexpr double kGroupHead = 44;       ///< its name and what it does
constexpr double kPadding = 8;
constexpr double kGroupGap = 16;
constexpr std::size_t kColumns = 3;  ///< what sends, what serves, what receives

/// The resource of a host that was busy for the greatest share of the time.
struct Busiest {
  const char* resource;
  double share;
};
Busiest busiest(const HostUse& use) {
  const std::array all{Busiest{"cpu", use.cpu}, Busiest{"disk", use.disk},
                       Busiest{"net in", use.nic_in}, Busiest{"net out", use.nic_out},
                       Busiest{"process", use.process}};
  return *std::ranges::max_element(all, {}, &Busiest::share);
}

/// Hosts of one name, and what the scenario puts on them.
struct Group {
  std::string name;
  std::vector<std::string> roles;
  std::size_t column = 1;
  std::vector<HostUse> hosts;
};

/// "broker" for "broker", "broker-2" and "broker[*]".
std::string_view base_name(std::string_view host) {
  host = host.substr(0, host.find('['));
  const std::size_t digits = host.find_last_not_of("0123456789");
  const bool numbered = digits != std::string_view::npos && digits > 0 &&
                        digits + 1 < host.size() && host[digits] == '-';
  return numbered ? host.substr(0, digits) : host;
}

Group* find(std::vector<Group>& groups, std::string_view name) {
  const auto found = std::ranges::find(groups, name, &Group::name);
  return found == groups.end() ? nullptr : &*found;
}

void add_role(std::vector<Group>& groups, const Json& hosts, const std::string& role,
              std::size_t column) {
  if (!hosts.is_string()) {
    return;
  }
  if (Group* group = find(groups, base_name(hosts.get_ref<const std::string&>()))) {
    group->column = group->roles.empty() ? column : std::min(group->column, column);
    if (std::ranges::find(group->roles, role) == group->roles.end()) {
      group->roles.push_back(role);
    }
  }
}

/// What a scenario puts where is named where it is defined: services by their own sections, loads
/// by their `on`.
void add_roles(std::vector<Group>& groups, const Json& config) {
  const auto each = [&](const char* section, const auto& visit) {
    if (const auto found = config.find(section); found != config.end()) {
      for (const auto& [key, value] : found->items()) {
        if (value.is_object()) {
          visit(key, value);
        }
      }
    }
  };
  each("services", [&](const std::string& service, const Json& parts) {
    for (const auto& [part, hosts] : parts.items()) {
      add_role(groups, hosts, service + " " + part, 1);
    }
  });
  for (const char* loads : {"workload", "clients"}) {
    each(loads, [&](const std::string&, const Json& load) {
      add_role(groups, load.value("on", Json()), loads, 0);
    });
  }
  each("consumers", [&](const std::string&, const Json& group) {
    add_role(groups, group.value("on", Json()), "consumers", 2);
  });
}

std::vector<Group> groups_of(const RunResult& result) {
  std::vector<Group> groups;
  for (const HostUse& use : result.metrics.hosts) {
    const std::string name(base_name(use.host));
    Group* group = find(groups, name);
    if (group == nullptr) {
      group = &groups.emplace_back();
      group->name = name;
    }
    group->hosts.push_back(use);
  }
  const Json config = Json::parse(result.config_json, nullptr, false);
  if (config.is_object()) {
    add_roles(groups, config);
  }
  return groups;
}

std::size_t cells_of(const Group& group) {
  return std::min(group.hosts.size(), kMostCells);
}
double height_of(const Group& group) {
  const std::size_t rows = (cells_of(group) + kCellsPerRow - 1) / kCellsPerRow;
  return kGroupHead + static_cast<double>(rows) * (kCellHeight + kCellGap) + kPadding;
}

/// The colour of a share: ten steps from pale to dark.
int level(double share) {
  return std::clamp(static_cast<int>(share * 10), 0, 9);
}

Markup cell(const HostUse& use, double x, double y, bool outlined) {
  const Busiest most = busiest(use);
  return markup(
      "<g class=\"host u{0}{1}\"><title>{2}: cpu {3}, disk {4}, network in {5}, out {6}, busiest "
      "process {7}</title><rect x=\"{8}\" y=\"{9}\" width=\"{10}\" height=\"{11}\" rx=\"3\"/>"
      "<text x=\"{12}\" y=\"{13}\">{14}</text><text class=\"small\" x=\"{12}\" "
      "y=\"{15}\">{16}</text>"
      "</g>",
      level(most.share), outlined ? " bottleneck" : "", use.host, format_percent(use.cpu),
      format_percent(use.disk), format_percent(use.nic_in), format_percent(use.nic_out),
      format_percent(use.process), x, y, kCellWidth, kCellHeight, x + kCellWidth / 2, y + 18,
      format_percent(most.share), y + 33, most.resource);
}

std::vector<HostUse> shown(const Group& group) {
  std::vector<HostUse> hosts = group.hosts;
  if (hosts.size() > kMostCells) {
    std::ranges::stable_sort(hosts, std::ranges::greater(),
                             [](const HostUse& use) { return busiest(use).share; });
    hosts.resize(kMostCells);
  }
  return hosts;
}

Markup box(const Group& group, double x, double y, const std::string& bottleneck) {
  const std::size_t hidden = group.hosts.size() - cells_of(group);
  std::string name = fmt::format("{} × {}", group.hosts.size(), group.name);
  if (hidden > 0) {
    name += fmt::format(", the busiest {}", kMostCells);
  }
  const auto letters = static_cast<std::size_t>(kColumnWidth / 7.5);
  Markup out = markup(
      "<rect class=\"group\" x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" rx=\"6\"/>"
      "<text class=\"group-name\" x=\"{4}\" y=\"{5}\">{6}</text>"
      "<text class=\"group-roles\" x=\"{4}\" y=\"{7}\">{8}</text>",
      x, y, kColumnWidth, height_of(group), x + kPadding, y + 18, cut_to(printable(name), letters),
      y + 35, cut_to(printable(fmt::format("{}", fmt::join(group.roles, ", "))), letters));
  std::size_t i = 0;
  for (const HostUse& use : shown(group)) {
    const auto column = static_cast<double>(i % kCellsPerRow);
    const auto row = static_cast<double>(i / kCellsPerRow);
    out += cell(use, x + kPadding + column * (kCellWidth + kCellGap),
                y + kGroupHead + row * (kCellHeight + kCellGap), use.host == bottleneck);
    ++i;
  }
  return out;
}

/// What flows from one column to the next, or back, and how the flow is coloured.
struct Flow {
  std::size_t from_column;
  bool is_back;
  std::string above;
  std::string below;
  int level;
  std::string title;
};
constexpr double kFlowAt = 60;
constexpr double kFlowBackAt = kFlowAt + 62;
constexpr double kFlowHeight = 36;  ///< of what stands below its middle

Markup arrow(const Flow& flow) {
  const double left =
      static_cast<double>(flow.from_column) * (kColumnWidth + kColumnGap) + kColumnWidth + 6;
  const double right = left + kColumnGap - 12;
  const double y = flow.is_back ? kFlowBackAt : kFlowAt;
  const int on = flow.is_back ? -1 : 1;
  const double from = flow.is_back ? right : left;
  const double to = flow.is_back ? left : right;
  return markup(
      "<g class=\"flow u{0}\"><title>{1}</title><path d=\"M{2:.1f} {3}H{4:.1f}v-5l{5} 9l{6} "
      "9v-5H{2:.1f}z\"/></g>"
      "<text class=\"flow-name\" x=\"{7:.1f}\" y=\"{8}\">{9}</text>"
      "<text class=\"flow-name\" x=\"{7:.1f}\" y=\"{10}\">{11}</text>",
      flow.level, flow.title, from, y - 4, to - 11 * on, 11 * on, -11 * on, (left + right) / 2,
      y - 14, flow.above, y + 26, flow.below);
}

/// How long the load takes to bring as much as ever waited to be read.
Duration backlog_time(const Metrics& metrics) {
  const double rate = metrics.throughput_in.all;
  return rate > 0 ? nanoseconds(std::llround(static_cast<double>(metrics.lag.peak) / rate * 1e9))
                  : Duration();
}
/// Ten steps from 10 ms and less, two and a half a decade.
int lag_level(Duration backlog) {
  return backlog <= Duration()
             ? 0
             : std::clamp(static_cast<int>((std::log10(backlog.seconds()) + 2) * 2.5), 0, 9);
}
std::string backlog_text(const Metrics& metrics) {
  return fmt::format("{} records, as many as {} of the load",
                     format_count(static_cast<double>(metrics.lag.peak)),
                     format_duration(backlog_time(metrics)));
}

/// Records to the services, and from there to who reads them: where the readers' hosts are those of
/// the producers, back again.
struct Flows {
  Markup drawing;
  double bottom = 0;
  bool has_readers = false;
};
Flows flows(const Metrics& metrics, const std::vector<Group>& groups) {
  const auto stands = [&](std::size_t column, const char* role) {
    return std::ranges::any_of(groups, [&](const Group& group) {
      return group.column == column &&
             (role == nullptr || std::ranges::find(group.roles, role) != group.roles.end());
    });
  };
  Flows out;
  if (!stands(1, nullptr)) {
    return out;
  }
  if (stands(0, nullptr)) {
    out.drawing +=
        arrow({0, false, format_rate(metrics.throughput_in.all),
               format_value(metrics.bytes_in.all, "B/s"), 0, "what producers are given"});
    out.bottom = kFlowAt + kFlowHeight;
  }
  const bool is_back = stands(0, "consumers");
  out.has_readers = is_back || stands(2, nullptr);
  if (out.has_readers) {
    out.drawing +=
        arrow({is_back ? std::size_t{0} : 1, is_back, format_rate(metrics.throughput_out.all),
               fmt::format("lag {}", format_count(static_cast<double>(metrics.lag.peak))),
               lag_level(backlog_time(metrics)),
               "what consumers read; greatest backlog: " + backlog_text(metrics)});
    out.bottom = (is_back ? kFlowBackAt : kFlowAt) + kFlowHeight;
  }
  return out;
}

/// The busiest second of all: what is full for a while hides in a mean.
Markup worst_second(const Utilisation& utilisation) {
  const auto worst = std::ranges::max_element(utilisation.resources, {}, &ResourceUse::peak);
  return worst == utilisation.resources.end()
             ? Markup()
             : markup(" At its worst, for a second at {}: {}, {} {}.", format_time(worst->peak_at),
                      worst->host, words(worst->resource), format_percent(worst->peak));
}

}  // namespace

Markup cluster_map(const RunResult& result) {
  if (result.metrics.hosts.empty()) {
    return {};
  }
  const std::vector<Group> groups = groups_of(result);
  const HostUse& bottleneck = *std::ranges::max_element(
      result.metrics.hosts, {}, [](const HostUse& use) { return busiest(use).share; });
  std::array<double, kColumns> filled{};
  Markup drawing;
  for (const Group& group : groups) {
    const double x = static_cast<double>(group.column) * (kColumnWidth + kColumnGap) + 1;
    drawing += box(group, x, filled[group.column] + 1, bottleneck.host);
    filled[group.column] += height_of(group) + kGroupGap;
  }
  const Flows between = flows(result.metrics, groups);
  drawing += between.drawing;
  const Busiest most = busiest(bottleneck);
  return markup(
      "<section>\n<h2>Where the load is</h2>\n<p>Busiest: {0}, {1} {2} of the measured time.{6} "
      "Each "
      "cell is a host with its busiest resource, from pale (idle) to dark red (full){7}.</p>\n<div "
      "class=\"chart\"><svg viewBox=\"0 0 {3} "
      "{4}\" role=\"img\" aria-label=\"Hosts by group; the busiest is {0}\">{5}</svg></div>\n"
      "</section>\n",
      bottleneck.host, most.resource, format_percent(most.share), kChartWidth,
      std::max(*std::ranges::max_element(filled), between.bottom), drawing,
      worst_second(result.utilisation),
      between.has_readers
          ? "; the arrow to the readers by the greatest backlog: " + backlog_text(result.metrics)
          : "");
}

}  // namespace wavetank::reports::html
