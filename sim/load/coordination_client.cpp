#include "sim/load/coordination_client.h"

#include <utility>

#include "engine/base/ensure.h"
#include "engine/port/description.h"

namespace wavetank::sim {

using coordination::OpCode;
using coordination::Operation;
using coordination::RequestKind;
using coordination::SessionState;

namespace {

constexpr port::TimerId kClientTimer{0};
/// When a session has expired, a new one is begun at once.
constexpr port::TimerId kStartAgain{1};
/// Open loop: the next request is due.
constexpr port::TimerId kDue{2};

}  // namespace

std::string client_node(std::uint32_t client) {
  return "/client-" + std::to_string(client);
}

CoordinationClient::CoordinationClient(Place place, const CoordinationMix& mix,
                                       const coordination::ClientConfig& config,
                                       std::vector<NodeId> servers, CoordinationWatcher& watcher)
    : place_(place),
      mix_(mix),
      watcher_(watcher),
      client_(config, std::move(servers), kClientTimer, *this),
      random_(place.seed, "load/coordination/" + std::to_string(place.client) + "/" +
                              std::to_string(place.life)),
      value_(Bytes::build(mix.value_bytes, [&](std::uint8_t* to) {
        for (std::uint32_t i = 0; i < mix.value_bytes; ++i) {
          to[i] = static_cast<std::uint8_t>(random_.next());
        }
      })) {}

void CoordinationClient::start(port::Now now, port::Ports& ports) {
  watcher_.client_began(place_.client);
  client_.start({now, ports});
  if (mix_.rate) {
    begin_arrivals({now, ports});
  }
}

void CoordinationClient::on_message(port::Now now, NodeId from, port::Lane /*lane*/,
                                    const port::Message& message, port::Ports& ports) {
  client_.on_message({now, ports}, from, message);
}

void CoordinationClient::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  if (timer == kStartAgain) {
    client_.start({now, ports});
  } else if (timer == kDue) {
    ask_what_is_due({now, ports});
  } else {
    client_.on_timer({now, ports}, timer);
  }
}

void CoordinationClient::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  client_.on_reset({now, ports}, peer);
}

void CoordinationClient::session_changed(const coordination::Step& step, SessionState state) {
  if (state == SessionState::expired) {
    watcher_.session_expired(place_.client);
    step.ports.set_timer(kStartAgain, step.now.monotonic);
  } else if (state == SessionState::connected) {
    if (open_ == 0) {
      begin_session(step);
    }
    fill(step);
  }
}

void CoordinationClient::begin_session(const coordination::Step& step) {
  ask(step, update(OpCode::create, client_node(place_.client)), watcher_.now());
  Operation ephemeral =
      update(OpCode::create, client_node(place_.client) + "-session-" + std::to_string(created_++) +
                                 "-" + std::to_string(place_.life));
  ephemeral.ephemeral = true;
  ask(step, std::move(ephemeral), watcher_.now());
  if (mix_.multi_share > 0) {
    for (const char* node : kPair) {
      ask(step, RequestKind::operation, {update(OpCode::create, node)}, watcher_.now(), true);
    }
  }
}

void CoordinationClient::fill(const coordination::Step& step) {
  while (!mix_.rate && client_.state() == SessionState::connected && open_ < mix_.outstanding &&
         watcher_.now() < mix_.stop) {
    ask_next(step, watcher_.now());
  }
}

// ------------------------------------------------------------------------------------ open loop

/// A process that was started again begins anew where it stands.
void CoordinationClient::begin_arrivals(const coordination::Step& step) {
  models::ArrivalsConfig config;
  config.rate = *mix_.rate;
  config.spacing = models::Spacing::poisson;
  config.start = watcher_.now();
  arrivals_ = *models::Arrivals::make(std::move(config));
  draw_next(step);
}

void CoordinationClient::draw_next(const coordination::Step& step) {
  next_due_ = arrivals_->next(random_);
  if (next_due_ < mix_.stop) {
    step.ports.set_timer(kDue, step.now.monotonic + (next_due_ - watcher_.now()));
  }
}

void CoordinationClient::ask_what_is_due(const coordination::Step& step) {
  while (next_due_ <= watcher_.now() && next_due_ < mix_.stop) {
    ENSURE(client_.outstanding() < kMaxAskedAtRate,
           "requests without an answer stay within kMaxAskedAtRate");
    ask_next(step, next_due_);
    draw_next(step);
  }
}

// ------------------------------------------------------------------------------------- requests

void CoordinationClient::ask(const coordination::Step& step, Operation operation, Time intended) {
  ask(step, RequestKind::operation, {std::move(operation)}, intended, false);
}

void CoordinationClient::ask(const coordination::Step& step, RequestKind kind,
                             std::vector<Operation> operations, Time intended, bool beside) {
  // The number is known before: an answer may come within the call.
  const coordination::Request request{0, last_ = last_ + 1, kind, std::move(operations), {}};
  if (beside) {
    beside_.insert(request.xid);
  } else {
    ++open_;
  }
  if (mix_.conditional_share > 0 && kind == RequestKind::operation &&
      (request.operations[0].code == OpCode::get_data ||
       request.operations[0].code == OpCode::set_data)) {
    shown_[request.xid] = request.operations[0].path;
  }
  watcher_.asked(place_.client, request, intended);
  client_.submit(step, kind, request.operations);
}

Operation CoordinationClient::update(OpCode code, std::string path) {
  Operation operation;
  operation.code = code;
  operation.path = std::move(path);
  if (code == OpCode::create || code == OpCode::set_data) {
    operation.data = value_;
  }
  return operation;
}

void CoordinationClient::ask_next(const coordination::Step& step, Time intended) {
  const auto other = static_cast<std::uint32_t>(random_.below(place_.clients));
  if (random_.chance(mix_.read_share)) {
    if (draws(mix_.sync_share)) {
      ask(step, RequestKind::sync, {}, intended, true);
    }
    Operation read = update(OpCode::get_data, client_node(other));
    read.watch = random_.chance(mix_.watch_share);
    ask(step, std::move(read), intended);
  } else if (random_.chance(mix_.create_share)) {
    creating_.insert(last_ + 1);
    ask(step, next_creation(), intended);
  } else if (draws(mix_.multi_share)) {
    std::vector<Operation> both = {update(OpCode::set_data, kPair[0]),
                                   update(OpCode::set_data, kPair[1])};
    if (draws(mix_.conditional_share)) {
      both[1].version = 0;  // but once it is refused, and the other with it
    }
    ask(step, RequestKind::multi, std::move(both), intended, false);
  } else {
    ask(step, next_set(client_node(other)), intended);
  }
}

Operation CoordinationClient::next_creation() {
  if (draws(mix_.sequential_share)) {
    Operation creation = update(OpCode::create, "/queue-");
    creation.sequential = true;
    return creation;
  }
  return update(OpCode::create, client_node(place_.client) + "-" + std::to_string(place_.life) +
                                    "-" + std::to_string(created_++));
}

Operation CoordinationClient::next_set(const std::string& path) {
  Operation set = update(OpCode::set_data, path);
  const auto seen = versions_.find(path);
  if (seen != versions_.end() && draws(mix_.conditional_share)) {
    set.version = seen->second;
  }
  return set;
}

void CoordinationClient::answered(const coordination::Step& step,
                                  const coordination::Response& response) {
  if (beside_.erase(response.xid) == 0) {
    --open_;
  }
  watcher_.answered(place_.client, client_.session(), response);
  const bool done = response.error == coordination::ErrorCode::ok && !response.results.empty();
  if (const auto shown = shown_.find(response.xid); shown != shown_.end()) {
    if (done) {
      versions_[shown->second] = response.results[0].stat.version;
    }
    shown_.erase(shown);
  }
  if (creating_.erase(response.xid) > 0 && done) {
    ask(step, RequestKind::operation, {update(OpCode::remove, response.results[0].path)},
        watcher_.now(), true);
  }
  fill(step);
}

void CoordinationClient::watch_fired(const coordination::Step& /*step*/,
                                     coordination::EventType type, const std::string& path) {
  watcher_.watch_fired(place_.client, type, path);
}

void CoordinationClient::describe(port::Description& out) const {
  out.say("asked", last_).say("under way", open_).say("under way beside", beside_.size());
  if (arrivals_) {
    out.say("asks next", next_due_);
  }
  client_.describe(out.group("session"));
}

}  // namespace wavetank::sim
