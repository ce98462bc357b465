#include "scenarios/validation/check.h"

#include <algorithm>
#include <charconv>

#include "engine/base/suggest.h"

namespace wavetank::scenarios::validation {

namespace {

/// "*", "2" or "1..2".
bool parse_interval(std::string_view text, std::uint32_t& first, std::uint32_t& last) {
  if (text == "*") {
    return true;
  }
  const auto number = [](std::string_view digits, std::uint32_t& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size() && out >= 1;
  };
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) {
    return number(text, first) && (last = first, true);
  }
  return number(text.substr(0, dots), first) && number(text.substr(dots + 2), last) &&
         first <= last;
}

}  // namespace

void Check::error(const std::string& pointer, std::string message, std::string expected,
                  std::string example) {
  findings_.error(pointer, std::move(message), std::move(expected), std::move(example));
}

void Check::limit(const std::string& pointer, std::string_view name, double asked, double allowed) {
  if (asked > allowed) {
    error(pointer, fmt::format("{:.6g} {} are more than the limit of {:.6g} (limit {})", asked,
                               name, allowed, name));
  }
}

bool Check::given(const std::string& pointer) const {
  return at_pointer(findings_.document(), pointer) != nullptr;
}

bool Check::select(std::string_view part, std::vector<std::uint32_t>& chosen) const {
  const auto& hosts = s_.cluster.hosts;
  std::string_view group = part;
  std::uint32_t first = 1;
  std::uint32_t last = UINT32_MAX;
  if (const auto open = part.find('['); open != std::string_view::npos && part.back() == ']') {
    group = part.substr(0, open);
    if (!parse_interval(part.substr(open + 1, part.size() - open - 2), first, last)) {
      return false;
    }
  }
  const bool indexed = group.size() != part.size();
  std::uint32_t number = 0;  // of the host within its group
  std::uint32_t of_group = UINT32_MAX;
  const std::size_t before = chosen.size();
  for (std::uint32_t i = 0; i < hosts.size(); ++i) {
    const Host& host = hosts[i];
    number = host.group == of_group ? number + 1 : 1;
    of_group = host.group;
    const bool in_group = indexed && s_.cluster.groups[host.group].name == group;
    const Zone& zone = s_.cluster.zones[host.zone];
    if (part == "*" || part == host.name || part == zone.name ||
        part == s_.cluster.regions[zone.region].name ||
        (in_group && number >= first && number <= last)) {
      chosen.push_back(i);
    }
  }
  return chosen.size() > before;
}

void Check::resolve(Selector& selector, const std::string& pointer) {
  if (s_.cluster.hosts.empty() || selector.text.empty()) {
    return;
  }
  std::size_t from = 0;
  while (from < selector.text.size()) {
    const auto comma = std::min(selector.text.find(", ", from), selector.text.size());
    const std::string_view part = std::string_view(selector.text).substr(from, comma - from);
    if (!select(part, selector.hosts)) {
      complain_about_host(part, pointer);
    }
    from = comma + 2;
  }
  std::ranges::sort(selector.hosts);
  selector.hosts.erase(std::unique(selector.hosts.begin(), selector.hosts.end()),
                       selector.hosts.end());
}

void Check::complain_about_host(std::string_view part, const std::string& pointer) {
  std::vector<std::string> groups;
  for (const HostGroup& group : s_.cluster.groups) {
    groups.push_back(group.count ? fmt::format("{}[1..{}]", group.name, *group.count) : group.name);
    if (group.name == part) {
      error(pointer, fmt::format("\"{}\" is a group of hosts", part),
            fmt::format("\"{0}[*]\" for all of it, or a host such as \"{0}-1\"", part));
      return;
    }
  }
  std::vector<std::string_view> names;
  for (const Host& host : s_.cluster.hosts) {
    names.push_back(host.name);
  }
  error(pointer, unknown_name("host", part, names),
        fmt::format("hosts of the cluster: {}", fmt::join(groups, ", ")));
}

void Check::resolve_topic(const std::string& name, std::uint32_t& index,
                          const std::string& pointer) {
  if (name.empty() || findings_.has_errors_under("/services/log/topics")) {
    return;
  }
  const auto& topics = s_.log.topics;
  const auto found = std::ranges::find(topics, name, &log::TopicConfig::name);
  if (found != topics.end()) {
    index = static_cast<std::uint32_t>(found - topics.begin());
    return;
  }
  std::vector<std::string_view> known;
  for (const auto& topic : topics) {
    known.push_back(topic.name);
  }
  error(pointer, unknown_name("topic", name, known), one_of(known));
}

}  // namespace wavetank::scenarios::validation
