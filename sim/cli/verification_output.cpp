#include "sim/cli/verification_output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/printable.h"

namespace wavetank::cli {

namespace {

using nlohmann::json;
using reports::printable;
using sim::EventDifference;
using sim::EventRecord;
using sim::Verification;

/// Events before the one that differs, for who looks into it.
constexpr std::uint64_t kContext = 10;

std::string word(Verification::End end) {
  switch (end) {
    case Verification::End::same:
      return "same";
    case Verification::End::events_differ:
      return "events differ";
    case Verification::End::results_differ:
      return "results differ";
    case Verification::End::no_other_run:
      return "no other run";
    case Verification::End::given_up:
      break;
  }
  return "given up";
}

std::string word(EventDifference::Kind kind) {
  switch (kind) {
    case EventDifference::Kind::event:
      return "another event";
    case EventDifference::Kind::content:
      return "the same event meets other content, such as other bytes of a message";
    case EventDifference::Kind::effects:
      break;
  }
  return "the same event schedules others";
}

std::string shown(const char* side, const std::optional<EventRecord>& event,
                  const std::optional<EventRecord>& cause) {
  if (!event) {
    return fmt::format("  {:<6} the run is over\n", side);
  }
  std::string text = fmt::format(
      "  {:<6} at {:.9f} s: {}\n         payload {:#x}, sequence {}, digest then {:016x}\n", side,
      event->at.seconds(), printable(event->words), event->payload, event->sequence, event->digest);
  if (cause) {
    text += fmt::format("         scheduled by event {} at {:.9f} s: {}\n", cause->number,
                        cause->at.seconds(), printable(cause->words));
  }
  return text;
}

/// "wavetank run x.json --seed 7" as `wavetank witness`.
std::string look_into(const std::string& command, std::uint64_t first, std::uint64_t last) {
  constexpr std::string_view kRun = "wavetank run ";
  return fmt::format("next:  wavetank witness {} --events {}..{}\n", command.substr(kRun.size()),
                     first, last);
}

std::string text_of_events(const Verification& it, const std::string& command) {
  if (!it.event) {
    std::string text = fmt::format("NOT REPEATABLE  two runs differ between events {} and {}",
                                   it.stretch->first, it.stretch->last);
    text += it.why.empty()
                ? "; run again, they did not: it depends on what changes from run to run\n"
                : "; of the other: " + printable(it.why) + "\n";
    return text + look_into(command, it.stretch->first, it.stretch->last);
  }
  const EventDifference& event = *it.event;
  const std::uint64_t number = (event.here ? event.here : event.there)->number;
  return fmt::format("NOT REPEATABLE  two runs differ first at event {}: {}\n", number,
                     word(event.kind)) +
         shown("here", event.here, event.cause_here) +
         shown("there", event.there, event.cause_there) +
         look_into(command, number - std::min(number - 1, kContext), number);
}

json to_json(const std::optional<EventRecord>& event) {
  if (!event) {
    return nullptr;
  }
  return {{"number", event->number},      {"at_ns", event->at.ns()},
          {"sequence", event->sequence},  {"payload", event->payload},
          {"event", event->words},        {"digest", fmt::format("{:016x}", event->digest)},
          {"scheduled", event->scheduled}};
}

}  // namespace

std::string to_text(const Verification& it, const std::string& command) {
  switch (it.end) {
    case Verification::End::same:
      return fmt::format(
          "verified: the same in another process with other addresses, environment and memory:\n"
          "       {} events, {} digests on the way, result.json\n",
          it.events, it.checkpoints);
    case Verification::End::events_differ:
      return text_of_events(it, command);
    case Verification::End::results_differ:
      return fmt::format(
          "NOT REPEATABLE  two runs of the same {} events have other results\n  result.json{}\n"
          "  here   {}\n  there  {}\n",
          it.events,
          it.result->path.empty() ? ": other bytes, the same values"
                                  : " at " + printable(it.result->path),
          printable(it.result->here), printable(it.result->there));
    case Verification::End::no_other_run:
      return fmt::format("NOT REPEATABLE  the other process came to no result: {}\n",
                         printable(it.why));
    case Verification::End::given_up:
      break;
  }
  return "not verified: the other process was not waited for\n";
}

std::string to_json(const Verification& it) {
  json out{{"verdict", word(it.end)}, {"events", it.events}, {"checkpoints", it.checkpoints}};
  if (!it.why.empty()) {
    out["why"] = it.why;
  }
  if (it.stretch) {
    out["between_events"] = {it.stretch->first, it.stretch->last};
  }
  if (it.event) {
    out["first_difference"] = {{"kind", word(it.event->kind)},
                               {"here", to_json(it.event->here)},
                               {"there", to_json(it.event->there)},
                               {"scheduled_here_by", to_json(it.event->cause_here)},
                               {"scheduled_there_by", to_json(it.event->cause_there)}};
  }
  if (it.result) {
    out["result"] = {
        {"path", it.result->path}, {"here", it.result->here}, {"there", it.result->there}};
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

reports::ExitCode exit_code_of(const Verification& it) {
  return it.end == Verification::End::same || it.end == Verification::End::given_up
             ? reports::ExitCode::ok
             : reports::ExitCode::not_repeatable;
}

}  // namespace wavetank::cli
