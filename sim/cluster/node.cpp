#include "sim/cluster/node.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "engine/base/ensure.h"
#include "sim/cluster/cluster.h"

namespace wavetank::sim {

namespace {
constexpr std::uint32_t lane_index(NodeId peer, port::Lane lane) {
  return peer.value() * 2 + static_cast<std::uint32_t>(lane);
}
/// Share of a machine's memory that is left for the page cache: the process itself has the rest.
constexpr std::uint64_t kPageCachePercent = 75;

/// Payload of a step whose message is gone: a crash that finds it unpaid has nothing to free.
constexpr std::uint64_t kConsumed = ~0ULL;

/// Beside the peer in the payload of a step for a reset: the connection that this process had
/// opened, and the one that the peer had.
constexpr std::uint64_t kOwnReset = 1ULL << 32;
constexpr std::uint64_t kPeersReset = 1ULL << 33;

/// The event that looks at what a step has asked for; no timer has this number.
constexpr std::uint64_t kCallsAsked = 0xffff'fffeULL << 32;

constexpr std::uint64_t timer_event(std::uint32_t index, std::uint32_t generation) {
  return (static_cast<std::uint64_t>(index) << 32) | generation;
}
}  // namespace

Node::Node(Cluster& cluster, NodeId id, NodeSpec spec)
    : cluster_(cluster),
      id_(id),
      spec_(std::move(spec)),
      random_(cluster.seed(), "node/" + spec_.name) {
  ENSURE(spec_.concurrency > 0, "a node can serve at least one step at a time");
  if (spec_.requests) {
    requests_ = std::make_unique<RequestQueue>(
        *spec_.requests, [this](std::uint32_t slot) { cluster_.free_message(slot); });
  }
  if (spec_.has_files) {
    PageCacheOptions cache;
    cache.memory_bytes =
        std::max(cluster.machine(spec_.machine).memory_bytes / 100 * kPageCachePercent,
                 NodeFiles::kMinExtents * cache.extent_bytes);
    files_ =
        std::make_unique<NodeFiles>(cluster.kernel(), cluster.disk(spec_.machine), *this, cache);
  }
}

Node::~Node() = default;

// --- causes of steps
// ----------------------------------------------------------------------------------

void Node::boot() {
  ENSURE(!role_, "a running process is not started");
  ++life_;
  role_ = spec_.make_role();
  cluster_.process_begins(id_);
}

void Node::start() {
  submit(Cause::start, 0);
}

std::vector<FileLoss> Node::stop(Unsynced unsynced) {
  role_.reset();
  ++life_;
  exits_ = terminating_ = false;
  for (std::deque<std::uint32_t>* line : {&waiting_, &clients_waiting_, &calls_waiting_}) {
    for (const std::uint32_t task : *line) {
      dropped(task);
    }
    line->clear();
  }
  if (requests_) {
    requests_->clear(cluster_.now());
  }
  at_processor_ = 0;
  io_threads_.set(cluster_.now(), 0);
  in_call_ = false;
  calls_asked_.clear();
  for (OutLane& lane : outgoing_) {
    for (const Outgoing& out : lane.queue) {
      cluster_.free_message(out.message_slot);
    }
    lane.queue.clear();
    lane.peer_life = 0;
  }
  for (Timer& timer : timers_) {
    timer.deadline = Time::never();
    timer.armed = Time::never();
    timer.due = false;
    ++timer.generation;
  }
  std::vector<FileLoss> losses;
  if (files_) {
    Random random(cluster_.seed(), "crash/" + spec_.name + "/" + std::to_string(life_));
    losses = files_->crash(unsynced, random);
  }
  cluster_.process_ends(id_, unsynced, losses);
  return losses;
}

void Node::arrive(std::uint32_t message_slot) {
  const InFlight& it = cluster_.in_flight(message_slot);
  if (it.lane == port::Lane::request) {
    answer_on_the_connection_of(it.journey.from, it.from_life);
  }
  if (!receive(message_slot)) {
    submit(Cause::message, message_slot);
  }
}

void Node::reset_by(const LostPeer& peer) {
  bool was_connected = false;
  std::uint64_t resets = 0;
  for (const auto& [lane, which] :
       {std::pair(port::Lane::request, kOwnReset), std::pair(port::Lane::response, kPeersReset)}) {
    OutLane& out = out_lane(lane_index(peer.node, lane));
    if (out.peer_life == peer.life) {
      out.peer_life = 0;
      was_connected = true;
    }
    resets |= out.peer_life == 0 ? which : 0;
  }
  if (resets == 0 || (!was_connected && !peer.tell_anyhow)) {
    return;
  }
  if (requests_ && (resets & kPeersReset) != 0) {
    requests_->reset(peer.node);
  }
  submit(Cause::reset, resets | peer.node.value());
}

void Node::storage_done(port::StorageToken token, Time asked) {
  if (running()) {
    submit(Cause::storage, token.value(), nullptr, asked);
  }
}

void Node::storage_failed(port::StorageToken token) {
  if (running()) {
    submit(Cause::storage_failure, token.value());
  }
}

void Node::call(Application& application) {
  if (!cluster_.in_step()) {
    submit(Cause::call, 0, &application);
    return;
  }
  if (calls_asked_.empty()) {
    cluster_.kernel().schedule(cluster_.now(), *this, kCallsAsked);
  }
  calls_asked_.push_back(&application);
}

/// What waits to be sent again to a process that is gone does not hold up the next one's answers.
void Node::answer_on_the_connection_of(NodeId peer, std::uint32_t life) {
  OutLane& answers = out_lane(lane_index(peer, port::Lane::response));
  if (answers.peer_life != life && answers.channel != kNoChannel) {
    cluster_.renew_channel(id_, peer, answers.channel);
  }
  answers.peer_life = life;
}

// --- steps
// ----------------------------------------------------------------------------------------------

void Node::submit(Cause cause, std::uint64_t payload, Application* application, Time disk_asked) {
  ENSURE(running(), "only a running process takes steps");
  ENSURE(waiting_.size() + clients_waiting_.size() + calls_waiting_.size() < kMaxWaitingSteps,
         "a node's waiting steps stay within kMaxWaitingSteps");
  const std::uint32_t index = take_task();
  Task& task = tasks_[index];
  task.cause = cause;
  task.is_request = false;
  task.life = life_;
  task.order = next_order_++;
  task.payload = payload;
  task.application = application;
  task.disk_asked = disk_asked;
  line_of(task).push_back(index);
  feed_processor();
}

std::deque<std::uint32_t>& Node::line_of(const Task& task) {
  if (of_application(task)) {
    return calls_waiting_;
  }
  return from_client(task) ? clients_waiting_ : waiting_;
}

bool Node::from_client(const Task& task) const {
  if (!spec_.is_client || (task.cause != Cause::message && task.cause != Cause::reset)) {
    return false;
  }
  return spec_.is_client(
      task.cause == Cause::message
          ? cluster_.in_flight(static_cast<std::uint32_t>(task.payload)).journey.from
          : NodeId(static_cast<std::uint32_t>(task.payload)));
}

std::uint32_t Node::take_waiting() {
  const bool clients = waiting_.empty() || (clients_turn_ && !clients_waiting_.empty());
  clients_turn_ = !clients;
  std::deque<std::uint32_t>& line = clients ? clients_waiting_ : waiting_;
  const std::uint32_t index = line.front();
  line.pop_front();
  return index;
}

void Node::feed_processor() {
  const bool throttled = files_ && files_->over_dirty_limit();  // writers would sleep in their call
  while (at_processor_ < spec_.concurrency && !throttled) {
    const bool is_request = request_is_next();
    if (!is_request && waiting_.empty() && clients_waiting_.empty()) {
      break;
    }
    const std::uint32_t index = is_request ? take_request() : take_waiting();
    ++at_processor_;
    cluster_.cpu(spec_.machine).submit(*this, index);
  }
  if (!in_call_ && !calls_waiting_.empty()) {
    const std::uint32_t index = calls_waiting_.front();
    calls_waiting_.pop_front();
    in_call_ = true;
    cluster_.cpu(spec_.machine).submit(*this, index);
  }
}

Duration Node::begin(std::uint64_t index) {
  Task& task = tasks_[index];
  if (task.life != life_) {  // it was at the processor when its process ended
    if (task.cause == Cause::message) {
      cluster_.free_message(static_cast<std::uint32_t>(std::exchange(task.payload, kConsumed)));
    }
    return {};
  }
  serving_ = static_cast<std::uint32_t>(index);
  meter_.clear();
  const Time begun = cluster_.now();
  Step step{id_, begun, nullptr, task.disk_asked};
  if (task.cause == Cause::message) {
    step.message = &cluster_.in_flight(static_cast<std::uint32_t>(task.payload)).journey;
  }
  cluster_.step_begins(step);
  serve(task);
  const Duration cost = cluster_.price(spec_.machine, meter_);
  work_done_ += cost;
  cluster_.step_ends(cost);
  if (task.cause == Cause::message) {
    cluster_.free_message(static_cast<std::uint32_t>(task.payload));
    task.payload = kConsumed;
  }
  if (exits_) {
    cluster_.process_exits(id_);
  }
  return cost;
}

void Node::serve(const Task& task) {
  const port::Now now = clock();
  switch (task.cause) {
    case Cause::start:
      role_->start(now, *this);
      break;
    case Cause::message: {
      const InFlight& it = cluster_.in_flight(static_cast<std::uint32_t>(task.payload));
      role_->on_message(now, it.journey.from, it.lane, it.message, *this);
      break;
    }
    case Cause::timer:
      if (std::exchange(timers_[task.payload].due,
                        false)) {  // else it was moved or cancelled while it waited
        role_->on_timer(now, port::TimerId(static_cast<std::uint32_t>(task.payload)), *this);
      }
      break;
    case Cause::storage:
      role_->on_storage(now, port::StorageToken(task.payload), *this);
      break;
    case Cause::storage_failure:
      meet_failure(port::StorageToken(task.payload));
      break;
    case Cause::reset:
      serve_reset(now, task.payload);
      break;
    case Cause::call:
      task.application->on_step(now, *this);
      break;
    case Cause::terminate:
      role_->on_terminate(now, *this);
      terminating_ = true;
      break;
  }
  if (files_ && files_->take_refusal()) {
    meet_failure(port::kNoNotify);
  }
  exits_ = exits_ || (terminating_ && role_->finished());
}

void Node::serve_reset(const port::Now& now, std::uint64_t payload) {
  const NodeId peer(static_cast<std::uint32_t>(payload));
  if ((payload & kPeersReset) != 0) {
    role_->on_hang_up(now, peer, *this);
  }
  if ((payload & kOwnReset) != 0) {
    role_->on_reset(now, peer, *this);
  }
}

void Node::meet_failure(port::StorageToken token) {
  exits_ = exits_ || role_->on_storage_failed(clock(), token) == port::AfterFailure::exit;
}

void Node::complete(std::uint64_t index) {
  if (tasks_[index].life != life_) {
    free_task(static_cast<std::uint32_t>(index));
    return;
  }
  for (const std::uint32_t lane : tasks_[index].lanes) {
    for (Outgoing& out : outgoing_[lane].queue) {
      if (out.task == index) {
        out.ready = true;
      }
    }
  }
  for (const std::uint32_t lane : tasks_[index].lanes) {
    release(lane);
  }
  if (tasks_[index].unanswered) {
    answered(*tasks_[index].unanswered);
  }
  if (tasks_[index].is_request) {
    io_threads_.set(cluster_.now(), io_threads_.active() - 1);
  }
  if (of_application(tasks_[index])) {
    in_call_ = false;
  } else {
    --at_processor_;
  }
  free_task(static_cast<std::uint32_t>(index));
  feed_processor();
}

void Node::dropped(std::uint64_t index) {
  const Task& task = tasks_[index];
  if (task.cause == Cause::message && task.payload != kConsumed) {
    cluster_.free_message(static_cast<std::uint32_t>(task.payload));
  }
  free_task(static_cast<std::uint32_t>(index));
}

// --- effects
// --------------------------------------------------------------------------------------------

void Node::send(NodeId to, port::Lane lane, port::Message message) {
  const std::uint32_t index = lane_index(to, lane);
  OutLane& out = out_lane(index);
  if (out.channel == kNoChannel) {
    out.channel = cluster_.open_channel(id_, to);
  }
  if (out.peer_life == 0) {
    out.peer_life = cluster_.node(to).life();
  }
  const std::uint32_t slot =
      cluster_.take_message({id_, to, lane, out.peer_life, out.opened}, std::move(message));
  out.queue.push_back(Outgoing{serving_, false, slot});
  tasks_[serving_].lanes.push_back(index);
}

void Node::close(NodeId peer) {
  ++out_lane(lane_index(peer, port::Lane::request)).opened;
}

Node::OutLane& Node::out_lane(std::uint32_t index) {
  if (index >= outgoing_.size()) {
    outgoing_.resize(index + 1);
  }
  return outgoing_[index];
}

void Node::release(std::uint32_t lane) {
  OutLane& out = outgoing_[lane];
  const NodeId peer(lane / 2);
  const bool answers = requests_ && lane == lane_index(peer, port::Lane::response);
  while (!out.queue.empty() && out.queue.front().ready) {
    if (answers && requests_->stops_answers(peer, lane)) {
      return;
    }
    const std::uint32_t slot = out.queue.front().message_slot;
    out.queue.pop_front();
    cluster_.transmit(slot, out.channel);
    if (const auto request =
            answers ? request_of(peer, cluster_.in_flight(slot).message) : std::nullopt) {
      answered(*request);
    }
  }
}

void Node::set_timer(port::TimerId id, Time at) {
  const std::uint32_t index = id.value();
  if (index >= timers_.size()) {
    timers_.resize(index + 1);
  }
  Timer& timer = timers_[index];
  timer.deadline = at;
  timer.due = false;
  arm(index, timer);
}

void Node::cancel_timer(port::TimerId id) {
  if (id.value() < timers_.size()) {
    timers_[id.value()].deadline = Time::never();
    timers_[id.value()].due = false;
  }
}

/// A timer that is moved later keeps its kernel event, which looks again when it fires: roles push
/// their deadlines back far more often than they let them expire.
void Node::arm(std::uint32_t index, Timer& timer) {
  const Time date =
      std::max(cluster_.now(), cluster_.machine_clock(spec_.machine).when(timer.deadline));
  if (date >= timer.armed) {
    return;
  }
  timer.armed = date;
  cluster_.kernel().schedule(date, *this, timer_event(index, ++timer.generation));
}

void Node::fire(std::uint64_t event) {
  if (event == kCallsAsked) {
    for (Application* application : std::exchange(calls_asked_, {})) {
      submit(Cause::call, 0, application);
    }
    return;
  }
  const auto index = static_cast<std::uint32_t>(event >> 32);
  if (index == kUnmute) {
    const auto which = static_cast<std::uint32_t>(event);
    requests_->look(NodeId(which / kConnectionsPerPeer), which % kConnectionsPerPeer, next_order_++,
                    cluster_.now());
    feed_processor();
    return;
  }
  Timer& timer = timers_[index];
  if (timer.generation != static_cast<std::uint32_t>(event)) {
    return;
  }
  timer.armed = Time::never();
  if (timer.deadline == Time::never()) {
    return;
  }
  if (clock().monotonic < timer.deadline) {
    arm(index, timer);
    return;
  }
  timer.deadline = Time::never();
  timer.due = true;
  submit(Cause::timer, index);
}

std::string Node::describe(std::uint64_t event) const {
  const std::uint64_t index = event >> 32;
  return spec_.name + (event == kCallsAsked ? ": the application's calls"
                       : index == kUnmute   ? ": a connection is read again"
                                            : ": timer " + std::to_string(index));
}

std::string Node::describe_task(std::uint64_t task) const {
  static constexpr std::array kCauses{"its start", "a message",        "a timer",
                                      "its disk",  "its failing disk", "a reset",
                                      "a call",    "a request to end"};
  return spec_.name + ": a step for " + kCauses[static_cast<std::size_t>(tasks_[task].cause)];
}

void Node::rearm_timers() {
  for (std::uint32_t index = 0; index < timers_.size(); ++index) {
    timers_[index].armed = Time::never();
    if (timers_[index].deadline != Time::never()) {
      arm(index, timers_[index]);
    }
  }
}

port::Storage& Node::storage() {
  ENSURE(files_ != nullptr, "a role that stores runs on a node with files");
  return *files_;
}

port::Now Node::clock() const {
  return cluster_.machine_clock(spec_.machine).now(cluster_.now());
}

// --- bookkeeping
// ------------------------------------------------------------------------------------------

std::uint32_t Node::take_task() {
  if (free_tasks_.empty()) {
    tasks_.emplace_back();
    return static_cast<std::uint32_t>(tasks_.size() - 1);
  }
  const std::uint32_t index = free_tasks_.back();
  free_tasks_.pop_back();
  return index;
}

void Node::free_task(std::uint32_t index) {
  tasks_[index].lanes.clear();
  tasks_[index].unanswered.reset();
  free_tasks_.push_back(index);
}

}  // namespace wavetank::sim
