#include "sim/run/record_fates.h"

#include <cstring>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/log/storage/record_batch.h"
#include "models/record_source.h"
#include "reports/result_json.h"
#include "sim/observe/observer.h"
#include "sim/observe/record_trace.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

namespace {

using reports::RecordFate;
using reports::RecordFates;

/// Listens for first deliveries.
class FateWatch final : public RunWatcher, public RecordTrace {
 public:
  void built(const RunParts& parts) override {
    kernel_ = &parts.world.kernel;
    if (parts.log != nullptr) {
      observer_ = &parts.log->observer();
      observer_->tell(*this);
    }
  }
  [[nodiscard]] Time looks_at() const override { return Time::never(); }
  void look() override {}
  void ended() override {}

  void produced(EventId id) override {
    const std::uint32_t instance = models::event_instance(id.value());
    if (instance >= fates_.size()) {
      fates_.resize(instance + 1);
    }
    fates_[instance].push_back({observer_->ledger().intended(id).ns(), RecordFate::kNever});
  }
  void accepted(EventId /*id*/) override {}
  void sent(log::PartitionId /*p*/, std::span<const std::uint64_t> /*ids*/,
            int /*attempt*/) override {}
  void acknowledged(log::PartitionId /*p*/, log::Offset /*base*/,
                    std::span<const std::uint64_t> /*ids*/) override {}
  void refused(std::span<const std::uint64_t> /*ids*/) override {}
  void delivered(NodeId /*reader*/, log::PartitionId /*p*/, const log::BatchView& batch,
                 log::Offset from) override {
    const std::int64_t now_ns = kernel_->now().ns();
    batch.for_each_record([&](const log::RecordView& record) {
      const auto id = models::event_id(record.value, record.headers);
      if (record.offset >= from && id && observer_->ledger().knows(EventId(*id))) {
        RecordFate& fate = fates_[models::event_instance(*id)][models::event_number(*id)];
        if (fate.took_ns == RecordFate::kNever) {
          fate.took_ns = now_ns - fate.intended_ns;
        }
      }
    });
  }

  [[nodiscard]] const RecordFates& fates() const { return fates_; }

 private:
  const Kernel* kernel_ = nullptr;
  Observer* observer_ = nullptr;
  RecordFates fates_;
};

void append(std::string& text, const void* bytes, std::size_t size) {
  text.append(static_cast<const char*>(bytes), size);
}

/// Takes `size` bytes off the front; false if there are fewer.
bool take(std::string_view& text, void* bytes, std::size_t size) {
  if (text.size() < size) {
    return false;
  }
  if (size > 0) {
    std::memcpy(bytes, text.data(), size);
  }
  text.remove_prefix(size);
  return true;
}

constexpr char kRan = '+';
constexpr char kFailed = '-';

}  // namespace

scenarios::Scenario without_faults(const scenarios::Scenario& scenario) {
  scenarios::Scenario calm = scenario;
  std::erase_if(calm.faults, [](const scenarios::Fault& fault) {
    return !std::holds_alternative<scenarios::LoadSpike>(fault.action);
  });
  calm.slos.clear();
  calm.meant_to_fail.reset();
  calm.knees.clear();
  calm.figures.clear();
  return calm;
}

std::string run_for_fates(const scenarios::Scenario& scenario) {
  FateWatch watch;
  RunHooks hooks;
  hooks.watcher = &watch;
  const Result<reports::RunResult> result = run(scenario, hooks);
  if (!result) {
    return kFailed + result.error().message;
  }
  const std::string json = reports::write_result(*result);
  const std::uint64_t size = json.size();
  std::string answer(1, kRan);
  append(answer, &size, sizeof size);
  answer += json;
  for (const std::vector<RecordFate>& of : watch.fates()) {
    const std::uint64_t count = of.size();
    append(answer, &count, sizeof count);
    append(answer, of.data(), count * sizeof(RecordFate));
  }
  return answer;
}

Result<FatedRun> read_fated(const std::string& answer) {
  std::string_view rest = answer;
  char how = kFailed;
  std::uint64_t size = 0;
  if (!take(rest, &how, 1) || how == kFailed) {
    return fail(std::string(rest));
  }
  if (!take(rest, &size, sizeof size) || rest.size() < size) {
    return fail("its answer is cut off");
  }
  Result<reports::RunResult> result = reports::read_result(rest.substr(0, size));
  rest.remove_prefix(size);
  if (!result) {
    return tl::unexpected<Error>(result.error());
  }
  FatedRun ran{std::move(*result), {}};
  while (take(rest, &size, sizeof size)) {
    if (rest.size() / sizeof(RecordFate) < size) {
      return fail("its answer is cut off");
    }
    take(rest, ran.fates.emplace_back(size).data(), size * sizeof(RecordFate));
  }
  return ran;
}

}  // namespace wavetank::sim
