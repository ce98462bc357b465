#include "sim/replay/rule_watch.h"

#include "sim/run/coordination_system.h"
#include "sim/run/kv_system.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

std::vector<reports::InvariantReport> RuleWatch::broken(const RunParts& parts) {
  std::vector<reports::InvariantReport> all;
  if (parts.log != nullptr) {
    Observer& observer = parts.log->observer();
    all = observer.invariants().reports(true);
    for (reports::InvariantReport& report : observer.groups().reports()) {
      all.push_back(std::move(report));
    }
    all.push_back(observer.precommitted_read().report());
    all.push_back(observer.quorum().report());
  }
  if (parts.coordination != nullptr) {
    all.push_back(parts.coordination->observer().promises().report());
  }
  if (parts.kv != nullptr) {
    all.push_back(parts.kv->observer().promises().report());
  }
  std::erase_if(all, [](const reports::InvariantReport& report) {
    return report.verdict != reports::Verdict::fail;
  });
  return all;
}

void RuleWatch::look(const RunParts& parts) {
  if (first_) {
    return;
  }
  const std::vector<reports::InvariantReport> found = broken(parts);
  if (!found.empty()) {
    first_ = First{parts.world.kernel.now(), found.front().name};
  }
}

}  // namespace wavetank::sim
