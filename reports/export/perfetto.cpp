// The trace events (JSON) of chrome://tracing, which ui.perfetto.dev reads, too.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/export/trace.h"
#include "reports/printable.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// The process that stands for the run itself.
constexpr std::uint32_t kRun = 0;

std::uint32_t process(std::uint32_t host) {
  return host + 1;
}
std::uint32_t thread(std::uint32_t lane) {
  return lane + 1;
}

/// Microseconds, to the nanosecond.
std::string microseconds_text(std::int64_t ns) {
  return fmt::format("{}.{:03}", ns / 1000, ns % 1000);
}

class Events {
 public:
  /// `rest`: further members, as JSON without braces.
  void add(char phase, const std::string& name, std::uint32_t pid, std::uint32_t tid, Time at,
           const std::string& rest = "") {
    text_ += fmt::format(R"({}{{"ph":"{}","name":{},"pid":{},"tid":{},"ts":{}{}{}}})",
                         text_.empty() ? "" : ",\n", phase, quoted_text(name), pid, tid,
                         microseconds_text(at.ns()), rest.empty() ? "" : ",", rest);
  }
  static std::string quoted_text(const std::string& plain) {
    return Json(printable(plain)).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void name_hosts(Events& out, const Trace& trace) {
  const auto named = [](const std::string& name) {
    return fmt::format(R"("args":{{"name":{}}})", Events::quoted_text(name));
  };
  const auto place = [](std::uint32_t index) {
    return fmt::format(R"("args":{{"sort_index":{}}})", index);
  };
  out.add('M', "process_name", kRun, 0, Time(), named("run: " + trace.title));
  out.add('M', "process_sort_index", kRun, 0, Time(), place(0));
  for (std::uint32_t host = 0; host < trace.hosts.size(); ++host) {
    out.add('M', "process_name", process(host), 0, Time(), named(trace.hosts[host].name));
    out.add('M', "process_sort_index", process(host), 0, Time(), place(process(host)));
    for (std::uint32_t lane = 0; lane < trace.hosts[host].lanes.size(); ++lane) {
      out.add('M', "thread_name", process(host), thread(lane), Time(),
              named(trace.hosts[host].lanes[lane]));
      out.add('M', "thread_sort_index", process(host), thread(lane), Time(), place(lane));
    }
  }
}

void add_record(Events& out, const Trace::Record& record) {
  static constexpr const char* kFates[] = {"delivered", "refused", "unsettled"};
  const std::uint32_t pid = process(record.host);
  const std::string id = fmt::format(R"("cat":"record","id":"0x{:x}")", record.event_id);
  const std::string name = "record " + record.name;
  out.add('b', name, pid, 0, record.from,
          id + fmt::format(R"(,"args":{{"partition":{},"attempts":{},"fate":"{}"}})",
                           Events::quoted_text(record.partition), record.attempts,
                           kFates[static_cast<std::size_t>(record.fate)]));
  for (const Trace::Stage& stage : record.stages) {
    out.add('b', stage.name, pid, 0, stage.from, id);
    out.add('e', stage.name, pid, 0, stage.to, id);
  }
  if (record.acknowledged) {
    out.add('n', "acknowledged", pid, 0, *record.acknowledged, id);
  }
  out.add('e', name, pid, 0, record.to, id);
}

/// The steps of every host, to find the one amid which something happened.
class StepsByHost {
 public:
  explicit StepsByHost(const Trace& trace) : of_host_(trace.hosts.size()) {
    for (const Trace::Step& step : trace.steps) {
      of_host_[step.host].push_back(&step);
    }
  }
  /// The last one that had begun on this host and lasts until `at`; null: none that is kept.
  [[nodiscard]] const Trace::Step* amid(std::uint32_t host, Time at) const {
    const std::vector<const Trace::Step*>& steps = of_host_[host];
    auto after = std::ranges::upper_bound(steps, at, {}, &Trace::Step::from);
    for (std::size_t looked = 0; after != steps.begin() && looked < kLanesMax; ++looked) {
      const Trace::Step* step = *--after;
      if (step->from + step->lasts >= at) {
        return step;
      }
    }
    return nullptr;
  }

 private:
  /// Steps of other lanes that may have begun since.
  static constexpr std::size_t kLanesMax = 64;
  std::vector<std::vector<const Trace::Step*>> of_host_;
};

/// Arrows along a record's way, from the step that sent it to the one that stored it, the one that
/// had it committed, and the one that read it: as far as these steps are kept.
void add_arrows(Events& out, const Trace::Record& record, const StepsByHost& steps) {
  struct Stop {
    const Trace::Step* step;
    Time at;
  };
  std::vector<Stop> stops;
  for (const Trace::Stage& stage : record.stages) {
    const Trace::Step* step = steps.amid(stage.host, stage.to);
    if (step != nullptr && (stops.empty() || stops.back().step != step)) {
      stops.push_back({step, stage.to});
    }
  }
  const std::string id = fmt::format(R"("cat":"way","id":"0x{:x}")", record.event_id);
  for (std::size_t i = 0; stops.size() > 1 && i < stops.size(); ++i) {
    const Stop& stop = stops[i];
    const bool is_last = i + 1 == stops.size();
    out.add(i == 0    ? 's'
            : is_last ? 'f'
                      : 't',
            "way of a record", process(stop.step->host), thread(stop.step->lane), stop.at,
            id + (is_last ? R"(,"bp":"e")" : ""));
  }
}

void add_faults(Events& out, const Trace& trace) {
  for (std::size_t i = 0; i < trace.faults.size(); ++i) {
    const FaultReport& fault = trace.faults[i];
    const std::string name = fmt::format("fault {}: {} {}", i + 1, fault.kind, fault.target);
    out.add('i', name + " begins", kRun, 0, fault.at, R"("s":"g")");
    if (fault.until && *fault.until <= trace.ended) {
      out.add('i', name + " ends", kRun, 0, *fault.until, R"("s":"g")");
    }
    const std::string id = fmt::format(R"("cat":"fault","id":"0x{:x}")", i + 1);
    out.add('b', name, kRun, 0, fault.at, id);
    const Time until = std::min(fault.until.value_or(trace.ended), trace.ended);
    out.add('e', name, kRun, 0, std::max(fault.at, until), id);
  }
}

}  // namespace

std::string to_perfetto(const Trace& trace) {
  Events out;
  name_hosts(out, trace);
  add_faults(out, trace);
  for (const Trace::Step& step : trace.steps) {
    out.add('X', step.name, process(step.host), thread(step.lane), step.from,
            fmt::format(R"("cat":"step","dur":{})", microseconds_text(step.lasts.ns())));
  }
  const StepsByHost steps(trace);
  for (const Trace::Record& record : trace.records) {
    add_record(out, record);
    add_arrows(out, record, steps);
  }
  for (std::size_t i = 0; i < trace.messages.size(); ++i) {
    const Trace::Message& message = trace.messages[i];
    const std::string id = fmt::format(R"("cat":"message","id":"0x{:x}")", i + 1);
    out.add('b', message.name, process(message.from_host), 0, message.from,
            id + fmt::format(R"(,"args":{{"to":{}}})",
                             Events::quoted_text(trace.hosts[message.to_host].name)));
    out.add('e', message.name, process(message.from_host), 0, message.to, id);
  }
  for (const Trace::Instant& instant : trace.instants) {
    out.add('i', instant.name, process(instant.host), thread(instant.lane), instant.at,
            R"("s":"t")");
  }
  for (const Trace::Counter& counter : trace.counters) {
    for (const auto& [at, value] : counter.samples) {
      out.add('C', counter.name, counter.host ? process(*counter.host) : kRun, 0, at,
              fmt::format(R"("args":{{"value":{}}})", value));
    }
  }
  Json other = {{"run", trace.digest}, {"left_out", Json::array()}};
  for (const std::string& sentence : trace.left_out) {
    other["left_out"].push_back(sentence);
  }
  return fmt::format("{{\"displayTimeUnit\":\"ns\",\"otherData\":{},\"traceEvents\":[\n{}\n]}}\n",
                     other.dump(-1, ' ', false, Json::error_handler_t::replace), out.text());
}

}  // namespace wavetank::reports
