#include "bench/networks/traffic.h"

#include <chrono>
#include <cstring>
#include <memory>
#include <string>

#include "engine/base/ensure.h"
#include "sim/kernel/kernel.h"
#include "sim/network/network.h"
#include "sim/run/child_process.h"

namespace wavetank::bench {

namespace {

class Run final : private sim::EventTarget, private sim::Receiver {
 public:
  Run(const Traffic& traffic, Model model) : traffic_(traffic), ms_(traffic.messages.size()) {
    auto created = sim::Platform::create(traffic.platform, kernel_);
    ENSURE(created.has_value(), "the hosts of a case can be made");
    platform_ = *std::move(created);
    sim::NetworkOptions options;
    options.bulk_bytes = model == Model::queues  ? std::uint64_t{1} << 32
                         : model == Model::flows ? 1
                                                 : options.bulk_bytes;
    network_ = std::make_unique<sim::Network>(kernel_, *platform_, 1, options);
    for (std::size_t i = 0; i < traffic.messages.size(); ++i) {
      kernel_.schedule(traffic.messages[i].at, *this, i);
    }
  }

  Ways until_all_are_in() {
    const auto began = std::chrono::steady_clock::now();
    while (in_ < ms_.size()) {
      kernel_.run_until(kernel_.now() + seconds(1));
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    return {ms_, took.count()};
  }

 private:
  void fire(std::uint64_t i) override {
    const Message& it = traffic_.messages[i];
    network_->transmit(it.from, it.to, it.channel, it.bytes, *this, i);
  }
  void delivered(std::uint64_t i) override {
    ms_[i] = static_cast<double>((kernel_.now() - traffic_.messages[i].at).ns()) * 1e-6;
    ++in_;
  }
  void dropped(std::uint64_t) override { ENSURE(false, "nothing is lost in these cases"); }

  const Traffic& traffic_;
  std::vector<double> ms_;
  std::size_t in_ = 0;
  sim::Kernel kernel_;
  std::unique_ptr<sim::Platform> platform_;
  std::unique_ptr<sim::Network> network_;
};

}  // namespace

const char* name(Model model) {
  switch (model) {
    case Model::queues:
      return "queues";
    case Model::flows:
      return "flows";
    case Model::both:
      break;
  }
  return "both";
}

Ways ways(const Traffic& traffic, Model model) {
  sim::ChildProcess child([&] {
    const Ways it = Run(traffic, model).until_all_are_in();
    std::string bytes(sizeof(double) * (it.ms.size() + 1), '\0');
    std::memcpy(bytes.data(), &it.wall_s, sizeof(double));
    std::memcpy(bytes.data() + sizeof(double), it.ms.data(), sizeof(double) * it.ms.size());
    return bytes;
  });
  const std::optional<std::string> bytes = child.wait();
  ENSURE(bytes && bytes->size() == sizeof(double) * (traffic.messages.size() + 1),
         "a case comes to an end");
  Ways it{std::vector<double>(traffic.messages.size()), 0};
  std::memcpy(&it.wall_s, bytes->data(), sizeof(double));
  std::memcpy(it.ms.data(), bytes->data() + sizeof(double), sizeof(double) * it.ms.size());
  return it;
}

}  // namespace wavetank::bench
