#include <nlohmann/json.hpp>
#include <variant>

#include "models/record_source.h"
#include "sim/replay/show.h"

namespace wavetank::sim {

namespace {

using json = nlohmann::ordered_json;
using port::Description;

class Document {
 public:
  explicit Document(const Replayed& seen) : seen_(seen) {}

  [[nodiscard]] json whole() const {
    json out;
    if (!seen_.nodes.empty()) {
      out["at_s"] = seen_.at.seconds();
      out["moment"] = seen_.at_what;
      out["faults_under_way"] = seen_.faults;
      out["broken"] = json::array();
      for (const reports::InvariantReport& rule : seen_.broken) {
        out["broken"].push_back({{"name", rule.name}, {"first", rule.first.value_or("")}});
      }
      out["nodes"] = json::array();
      for (const NodeState& state : seen_.nodes) {
        out["nodes"].push_back(node(state));
      }
    }
    if (!seen_.stories.empty()) {
      out["records"] = json::array();
      for (const RecordStory& story : seen_.stories) {
        out["records"].push_back(record(story));
      }
    }
    out["digest"] = seen_.digest;
    out["digest_checked"] = seen_.checked;
    return out;
  }

 private:
  [[nodiscard]] std::string name(NodeId node) const {
    return node.value() < seen_.names.size() ? seen_.names[node.value()] : "";
  }

  [[nodiscard]] json value(const Description::Value& value) const {
    struct Visitor {
      const Document& document;
      json operator()(std::monostate /*none*/) const { return nullptr; }
      json operator()(bool yes) const { return yes; }
      json operator()(std::int64_t n) const { return n; }
      json operator()(Duration d) const { return d.seconds(); }
      json operator()(Time at) const { return at.seconds(); }
      json operator()(NodeId node) const { return document.name(node); }
      json operator()(const std::vector<NodeId>& nodes) const {
        json all = json::array();
        for (const NodeId node : nodes) {
          all.push_back(document.name(node));
        }
        return all;
      }
      json operator()(const std::string& text) const { return text; }
    };
    return std::visit(Visitor{*this}, value);
  }

  [[nodiscard]] json part(const Description& of) const {
    if (of.kind() == Description::Kind::list) {
      json rows = json::array();
      for (const Description& row : of.parts()) {
        json said = {{"name", row.name()}};
        said.update(part(row));
        rows.push_back(std::move(said));
      }
      return of.left_out() == 0 ? rows : json{{"rows", rows}, {"left_out", of.left_out()}};
    }
    json out = json::object();
    for (const Description& it : of.parts()) {
      out[it.name()] = it.kind() == Description::Kind::fact ? value(it.value()) : part(it);
    }
    return out;
  }

  [[nodiscard]] json node(const NodeState& state) const {
    json transitions = json::array();
    for (const Transition& it : state.transitions) {
      transitions.push_back({{"at_s", it.at.seconds()},
                             {"kind", meaning(it.change)},
                             {"subjects", it.subjects},
                             {"what", it.what},
                             {"times", it.times},
                             {"last_s", it.last.seconds()}});
    }
    return {{"name", state.name},
            {"clock_s", state.clock.monotonic.seconds()},
            {"wall_clock_s", state.clock.wall.seconds()},
            {"state", part(state.description)},
            {"messages", part(state.messages)},
            {"transitions", std::move(transitions)},
            {"earlier_transitions", state.earlier_transitions}};
  }

  static json record(const RecordStory& story) {
    json steps = json::array();
    for (const RecordStep& step : story.steps) {
      steps.push_back({{"at_s", step.at.seconds()}, {"what", step.what}, {"bad", step.bad}});
    }
    return {{"event", story.event.value()},
            {"producer", models::event_instance(story.event.value())},
            {"number", models::event_number(story.event.value())},
            {"steps", std::move(steps)},
            {"left_out", story.left_out}};
  }

  const Replayed& seen_;
};

}  // namespace

std::string replay_json(const Replayed& seen) {
  return Document(seen).whole().dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::sim
