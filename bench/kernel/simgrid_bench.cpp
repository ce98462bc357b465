// The tandem of M/M/1 queues as one writes it in SimGrid, beside a bare binary heap: with timers of
// its kernel, with actors that hand customers on through queues of their own, and with actors and
// mailboxes. The same model and the same streams of draws; actors begin with empty queues in every
// iteration. SimGrid has one engine a process, which the event kernel plugs into: its own figures
// are kernel_bench's, and the bare heap in both programs is what they have in common.

#include <benchmark/benchmark.h>

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <string>
#include <utility>

#include "bench/kernel/bare_heap.h"

namespace wavetank::bench {
namespace {

namespace s4u = simgrid::s4u;

/// Actors and messages take microseconds each: a tenth of the visits is enough.
constexpr std::uint64_t kVisitsOfActors = kVisitsPerIteration / 10;

/// One engine a process, and a host for each station. Messages take no time: the model has none.
struct World {
  World() {
    static int argc = 3;
    static std::array<char*, 4> argv{const_cast<char*>("simgrid_bench"),
                                     const_cast<char*>("--log=root.thres:error"),
                                     const_cast<char*>("--cfg=network/model:CM02"), nullptr};
    static s4u::Engine engine(&argc, argv.data());
    s4u::NetZone* zone = s4u::create_full_zone("zone");
    for (std::size_t i = 0; i <= kStations; ++i) {
      hosts[i] = zone->create_host("host" + std::to_string(i), 1e9);
    }
    const s4u::Link* link = zone->create_link("link", 1e18)->set_latency(0)->seal();
    for (std::size_t i = 0; i < kStations; ++i) {
      zone->add_route(hosts[i]->get_netpoint(), hosts[i + 1]->get_netpoint(), nullptr, nullptr,
                      {s4u::LinkInRoute(link)}, true);
    }
    zone->seal();
  }
  static World& get() {
    static World world;
    return world;
  }
  static void run() { s4u::Engine::get_instance()->run(); }
  std::array<s4u::Host*, kStations + 1> hosts{};
};

double seconds_of(Duration time) {
  return static_cast<double>(time.ns()) * 1e-9;
}
Duration drawn(Random& random, double mean_ns) {
  return nanoseconds(static_cast<std::int64_t>(random.exponential(mean_ns)));
}

BENCHMARK(tandem_bare_heap);

// ------------------------------------------------------------------------------------- timers

/// Each event is a timer of SimGrid's kernel, whose clock is a double.
class Timers {
 public:
  Timers() : tandem_(*this, kSeed) { tandem_.open(); }
  [[nodiscard]] Time now() const { return now_; }
  void schedule(Time at, std::uint64_t event) {
    const double date = s4u::Engine::get_clock() + seconds_of(at - now_);
    simgrid::kernel::timer::Timer::set(date, [this, at, event] {
      now_ = at;
      tandem_.fire(event);
    });
  }
  void run_until_visits(std::uint64_t visits) {
    while (tandem_.visits() < visits) {
      run_for(kStretch_s);
    }
  }
  void drain() {
    tandem_.close();
    run_for(kStretch_s);
  }
  [[nodiscard]] const auto& tandem() const { return tandem_; }

 private:
  static constexpr double kStretch_s = 1.0;  ///< 1,400 visits

  static void run_for(double stretch_s) {
    s4u::Engine::get_instance()->run_until(s4u::Engine::get_clock() + stretch_s);
  }

  Time now_;
  Tandem<Timers> tandem_;
};

void simgrid_timers(benchmark::State& state) {
  World::get();
  Timers timers;
  for (auto _ : state) {
    timers.run_until_visits(timers.tandem().visits() + kVisitsPerIteration);
  }
  report(state, timers.tandem());
  timers.drain();
}
BENCHMARK(simgrid_timers);

// ------------------------------------------------------------------------------------- actors

/// A customer on its way through the stations.
using Customer = double;  ///< when it entered, in seconds

/// Where customers wait between two actors.
class WaitingRoom {
 public:
  void put(Customer customer) {
    const std::unique_lock<s4u::Mutex> lock(*mutex_);
    waiting_.push_back(customer);
    somebody_->notify_one();
  }
  Customer take() {
    const std::unique_lock<s4u::Mutex> lock(*mutex_);
    while (waiting_.empty()) {
      somebody_->wait(mutex_);
    }
    const Customer next = waiting_.front();
    waiting_.pop_front();
    return next;
  }

 private:
  s4u::MutexPtr mutex_ = s4u::Mutex::create();
  s4u::ConditionVariablePtr somebody_ = s4u::ConditionVariable::create();
  std::deque<Customer> waiting_;
};

/// The same through SimGrid's messages. Detached: who sends does not wait for who takes.
class MailRoom {
 public:
  explicit MailRoom(const std::string& name) : mailbox_(s4u::Mailbox::by_name(name)) {}
  void put(Customer customer) { mailbox_->put_init(new Customer(customer), 0)->detach(); }
  Customer take() { return *mailbox_->get_unique<Customer>(); }

 private:
  s4u::Mailbox* mailbox_;
};

/// An actor for the arrivals and one for each station, until so many customers have been served.
template <class Room>
class Actors {
 public:
  explicit Actors(std::array<std::unique_ptr<Room>, kStations> rooms)
      : rooms_(std::move(rooms)), arrivals_(kSeed, "arrivals"), services_(kSeed, "services") {}

  void run(std::uint64_t customers) {
    s4u::Actor::create("arrivals", World::get().hosts[0], [this, customers] {
      for (std::uint64_t i = 0; i < customers; ++i) {
        s4u::this_actor::sleep_for(seconds_of(drawn(arrivals_, kMeanServiceNs / kUtilisation)));
        rooms_[0]->put(s4u::Engine::get_clock());
      }
    });
    for (std::size_t station = 0; station < kStations; ++station) {
      s4u::Actor::create("station", World::get().hosts[station + 1], [this, station, customers] {
        for (std::uint64_t i = 0; i < customers; ++i) {
          serve(station, rooms_[station]->take());
        }
      });
    }
    World::run();
  }

  [[nodiscard]] std::uint64_t visits() const { return visits_; }
  [[nodiscard]] double mean_sojourn_ns() const {
    return sojourn_s_ * 1e9 * static_cast<double>(kStations) / static_cast<double>(visits_);
  }

 private:
  void serve(std::size_t station, Customer entered) {
    s4u::this_actor::sleep_for(seconds_of(drawn(services_, kMeanServiceNs)));
    ++visits_;
    if (station + 1 < kStations) {
      rooms_[station + 1]->put(entered);
    } else {
      sojourn_s_ += s4u::Engine::get_clock() - entered;
    }
  }

  std::array<std::unique_ptr<Room>, kStations> rooms_;
  Random arrivals_;
  Random services_;
  double sojourn_s_ = 0;
  std::uint64_t visits_ = 0;
};

void simgrid_actors(benchmark::State& state) {
  World::get();
  Actors<WaitingRoom> actors({std::make_unique<WaitingRoom>(), std::make_unique<WaitingRoom>()});
  for (auto _ : state) {
    actors.run(kVisitsOfActors / kStations);
  }
  report(state, actors);
}
BENCHMARK(simgrid_actors);

void simgrid_mailboxes(benchmark::State& state) {
  World::get();
  Actors<MailRoom> actors(
      {std::make_unique<MailRoom>("first"), std::make_unique<MailRoom>("second")});
  for (auto _ : state) {
    actors.run(kVisitsOfActors / kStations);
  }
  report(state, actors);
}
BENCHMARK(simgrid_mailboxes);

}  // namespace
}  // namespace wavetank::bench
