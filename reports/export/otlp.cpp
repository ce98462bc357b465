// OpenTelemetry's protocol as JSON, a line a message (OTLP/JSON): what a collector's file receiver
// reads, and so Jaeger and Tempo.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/export/trace.h"
#include "reports/printable.h"
#include "reports/program_version.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

// Numbers of the protocol.
constexpr int kInternal = 1;
constexpr int kProducer = 4;
constexpr int kStatusUnset = 0;
constexpr int kStatusOk = 1;
constexpr int kStatusError = 2;

/// Where spans of the run itself stand.
constexpr std::uint32_t kRun = UINT32_MAX;
/// Traces are numbered: those of records from 0, those of faults from here.
constexpr std::uint64_t kFirstFault = std::uint64_t{1} << 40;

Json text_attribute(const char* key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", printable(value)}}}};
}
Json number_attribute(const char* key, std::uint64_t value) {
  return {{"key", key}, {"value", {{"intValue", fmt::format("{}", value)}}}};
}

class Spans {
 public:
  Spans(const Trace& trace, std::int64_t epoch_s) : trace_(trace), epoch_s_(epoch_s) {
    run_ = std::strtoull(trace.digest.c_str(), nullptr, 16);
  }

  /// Span `number` of a trace; 0 is its root.
  Json make(std::uint64_t trace, std::size_t number, const std::string& name, Time from, Time to) {
    Json span = {{"traceId", fmt::format("{:016x}{:016x}", run_, trace + 1)},
                 {"spanId", id(trace, number)}};
    if (number > 0) {
      span["parentSpanId"] = id(trace, 0);
    }
    span["name"] = printable(name);
    span["kind"] = number == 0 && trace < kFirstFault ? kProducer : kInternal;
    span["startTimeUnixNano"] = date(from);
    span["endTimeUnixNano"] = date(std::max(from, to));
    return span;
  }
  void add(std::uint32_t host, Json span) { by_host_[host].push_back(std::move(span)); }
  [[nodiscard]] std::string date(Time at) const {
    return fmt::format("{}", epoch_s_ * 1'000'000'000 + at.ns());
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [host, spans] : by_host_) {
      const std::string name = host == kRun ? "wavetank" : trace_.hosts[host].name;
      const Json scope = {{"name", "wavetank"}, {"version", program_version()}};
      const Json resource = {
          {"attributes", Json::array({text_attribute("service.name", name),
                                      text_attribute("service.namespace", trace_.title),
                                      text_attribute("service.instance.id", trace_.digest)})}};
      const Json line = {
          {"resourceSpans",
           Json::array({{{"resource", resource},
                         {"scopeSpans", Json::array({{{"scope", scope}, {"spans", spans}}})}}})}};
      text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    return text;
  }

 private:
  /// Of 8 bytes, never zero, another for every span of the run.
  [[nodiscard]] static std::string id(std::uint64_t trace, std::size_t number) {
    constexpr std::uint64_t kSpansMax = 16;  // of a trace
    return fmt::format("{:016x}", trace * kSpansMax + number + 1);
  }

  const Trace& trace_;
  std::int64_t epoch_s_;
  std::uint64_t run_ = 0;
  std::map<std::uint32_t, Json> by_host_;
};

void add_record(Spans& out, const Trace::Record& record, std::uint64_t index) {
  Json root = out.make(index, 0, "record " + record.name, record.from, record.to);
  root["attributes"] = Json::array(
      {text_attribute("messaging.system", "kafka"),
       text_attribute("messaging.destination.partition.id", record.partition),
       number_attribute("wavetank.event_id", record.event_id),
       number_attribute("wavetank.attempts", static_cast<std::uint64_t>(record.attempts))});
  if (record.acknowledged) {
    root["events"] =
        Json::array({{{"timeUnixNano", out.date(*record.acknowledged)}, {"name", "acknowledged"}}});
  }
  const int status = record.fate == Trace::Fate::delivered ? kStatusOk
                     : record.fate == Trace::Fate::refused ? kStatusError
                                                           : kStatusUnset;
  root["status"] = {{"code", status}};
  out.add(record.host, std::move(root));
  for (std::size_t i = 0; i < record.stages.size(); ++i) {
    const Trace::Stage& stage = record.stages[i];
    Json span = out.make(index, i + 1, stage.name, stage.from, stage.to);
    span["status"] = {{"code", kStatusUnset}};
    out.add(stage.host, std::move(span));
  }
}

}  // namespace

std::string to_otlp(const Trace& trace, std::int64_t epoch_s) {
  Spans out(trace, epoch_s);
  for (std::size_t i = 0; i < trace.faults.size(); ++i) {
    const FaultReport& fault = trace.faults[i];
    const Time to = std::min(fault.until.value_or(trace.ended), trace.ended);
    Json span = out.make(kFirstFault + i, 0, fmt::format("fault: {} {}", fault.kind, fault.target),
                         fault.at, to);
    Json events = Json::array();
    const std::pair<const char*, std::optional<Duration>> moments[] = {
        {"detected", fault.detected},
        {"elected", fault.elected},
        {"recovered", fault.recovered},
        {"drained", fault.drained}};
    for (const auto& [name, after] : moments) {
      if (after) {
        events.push_back({{"timeUnixNano", out.date(fault.at + *after)}, {"name", name}});
      }
    }
    span["events"] = std::move(events);
    span["attributes"] = Json::array({number_attribute("wavetank.lost", fault.lost),
                                      number_attribute("wavetank.duplicated", fault.duplicated)});
    span["status"] = {{"code", fault.lost > 0 ? kStatusError : kStatusUnset}};
    out.add(kRun, std::move(span));
  }
  for (std::size_t i = 0; i < trace.records.size(); ++i) {
    add_record(out, trace.records[i], i);
  }
  return out.text();
}

}  // namespace wavetank::reports
