#include "sim/replay/asked.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/suggest.h"
#include "models/record_source.h"
#include "scenarios/quantity.h"

namespace wavetank::sim {

namespace {

/// Names that an error lists.
constexpr std::size_t kNamesListed = 12;

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  if (const std::optional<std::string> meant = nearest(wrong, views)) {
    return fmt::format(": did you mean \"{}\"?", *meant);
  }
  const bool all = known.size() <= kNamesListed;
  const std::vector<std::string_view> shown(
      views.begin(),
      views.begin() + static_cast<std::ptrdiff_t>(std::min(views.size(), kNamesListed)));
  return fmt::format("; there is {}{}", fmt::join(shown, ", "),
                     all ? "" : fmt::format(" and {} more", known.size() - kNamesListed));
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

/// "5" or "5..9".
Result<std::pair<std::uint64_t, std::uint64_t>> range(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto first = number(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : number(text.substr(dots + 2));
  if (!first || !last) {
    return fail(fmt::format("\"{}\" is no range: say \"1187\" or \"1187..1190\"", text));
  }
  if (*last < *first) {
    return fail(fmt::format("the range {} ends before it begins", text));
  }
  if (*last - *first >= RecordHistory::kRecordsMax) {
    return fail(fmt::format("{} records are too many to follow: at most {}", *last - *first + 1,
                            RecordHistory::kRecordsMax));
  }
  return std::pair(*first, *last);
}

}  // namespace

Result<NodeId> find_node(const Cluster& cluster, const std::string& name) {
  std::vector<std::string> names;
  std::vector<NodeId> hosted;
  for (std::uint32_t i = 0; i < cluster.node_count(); ++i) {
    const Node& node = cluster.node(NodeId(i));
    if (node.spec().name == name) {
      return NodeId(i);
    }
    if (cluster.machine(node.spec().machine).name == name) {
      hosted.push_back(NodeId(i));
    }
    names.push_back(node.spec().name);
  }
  if (hosted.size() == 1) {
    return hosted.front();
  }
  if (hosted.size() > 1) {
    std::vector<std::string> there;
    for (const NodeId node : hosted) {
      there.push_back(cluster.node(node).spec().name);
    }
    return fail(fmt::format("there are several processes on {}: say which of {}", name,
                            fmt::join(there, ", ")));
  }
  return fail(fmt::format("there is no process \"{}\"{}", name, did_you_mean(name, names)));
}

Result<RecordRange> find_records(std::string_view text, const log::Topology& topology) {
  const std::size_t at = text.find('@');
  const std::size_t slash = text.find('/');
  std::optional<log::PartitionId> partition;
  std::uint64_t base = 0;
  std::string_view numbers = text;
  if (at != std::string_view::npos) {
    numbers = text.substr(at + 1);
    std::vector<std::string> names;
    for (log::PartitionId p; p.value() < topology.partition_count(); ++p) {
      names.push_back(topology.partition_name(p));
      if (names.back() == text.substr(0, at)) {
        partition = p;
      }
    }
    if (!partition) {
      return fail(fmt::format("there is no partition \"{}\"{}", text.substr(0, at),
                              did_you_mean(text.substr(0, at), names)));
    }
  } else if (slash != std::string_view::npos) {
    const auto instance = number(text.substr(0, slash));
    if (!instance || *instance > UINT16_MAX) {
      return fail(fmt::format("\"{}\" is no producer's number", text.substr(0, slash)));
    }
    base = models::make_event_id(static_cast<std::uint32_t>(*instance), 0);
    numbers = text.substr(slash + 1);
  }
  const auto found = range(numbers);
  if (!found) {
    return tl::unexpected<Error>(found.error());
  }
  if (slash != std::string_view::npos && found->second >> models::kEventNumberBits != 0) {
    return fail(fmt::format("no producer has a record of number {}", found->second));
  }
  return RecordRange{partition, base + found->first, base + found->second};
}

Result<Moment> parse_moment(std::string_view text) {
  Moment moment;
  if (text == "first-failure") {
    moment.kind = Moment::Kind::first_failure;
    return moment;
  }
  if (text == "end") {
    moment.kind = Moment::Kind::end;
    return moment;
  }
  constexpr std::string_view kFault = "fault-";
  constexpr std::string_view kEnd = "-end";
  if (text.starts_with(kFault)) {
    std::string_view which = text.substr(kFault.size());
    moment.kind = Moment::Kind::fault_begins;
    if (which.ends_with(kEnd)) {
      moment.kind = Moment::Kind::fault_ends;
      which.remove_suffix(kEnd.size());
    }
    if (const auto n = number(which); n && *n > 0 && *n <= UINT32_MAX) {
      moment.fault = static_cast<std::uint32_t>(*n - 1);
      return moment;
    }
  }
  const Result<double> date = scenarios::parse_quantity(text, scenarios::Dimension::duration);
  if (!date || *date < 0 || *date > 9e18) {
    return fail(fmt::format(
        "\"{}\" is no moment of a run: say a time (\"83.2s\"), \"first-failure\", \"fault-2\", "
        "\"fault-2-end\" or \"end\"",
        text));
  }
  moment.date = Time(std::llround(*date));
  return moment;
}

}  // namespace wavetank::sim
