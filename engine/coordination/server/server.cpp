#include "engine/coordination/server/server.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/sometimes.h"
#include "engine/coordination/broadcast/election.h"
#include "engine/coordination/broadcast/leader.h"
#include "engine/coordination/broadcast/learner.h"
#include "engine/coordination/limits.h"
#include "engine/coordination/server/client_desk.h"
#include "engine/coordination/server/preparer.h"
#include "engine/coordination/server/session_tracker.h"
#include "engine/port/description.h"

namespace wavetank::coordination {

namespace {

constexpr port::TimerId kHalfTick{2};

TransactionKind transaction_kind(ForwardKind kind) {
  switch (kind) {
    case ForwardKind::multi:
      return TransactionKind::multi;
    case ForwardKind::create_session:
      return TransactionKind::create_session;
    case ForwardKind::close_session:
      return TransactionKind::close_session;
    default:
      return TransactionKind::request;
  }
}

}  // namespace

class Server::State final : public BroadcastUser, public ToLeader {
 public:
  State(NodeId self, const ServerConfig& config, const Ensemble& ensemble, Probe& probe)
      : self_(self),
        config_(config),
        ensemble_(ensemble),
        probe_(probe),
        store_(self, config, probe),
        election_(self, ensemble, config),
        desk_(self, config, store_.tree(), *this) {}

  void start(const Step& step);
  void on_message(const Step& step, NodeId from, const port::Message& message);
  void on_timer(const Step& step, port::TimerId timer);
  void on_storage(const Step& step, port::StorageToken token);
  void on_hang_up(const Step& step, NodeId peer);
  void on_reset(const Step& step, NodeId peer);
  [[nodiscard]] ServerView view() const;
  [[nodiscard]] const DataTree& tree() const { return store_.tree(); }
  void describe(port::Description& out) const;

  // BroadcastUser
  void serve(const Step& step) override;
  void delivered(const Step& step, const Delivered& delivered) override;
  void forwarded(const Step& step, NodeId learner, const Forward& request) override;
  bool revalidate(const Step& step, NodeId learner, SessionId session) override;
  void touched(const Step& step, const std::vector<SessionId>& sessions) override;
  void revalidated(const Step& step, SessionId session, bool valid) override {
    desk_.revalidated(step, session, valid);
  }
  void synced(const Step& step, SessionId session, Xid xid) override {
    desk_.synced(step, session, xid);
  }
  std::vector<SessionId> take_touched() override { return desk_.take_touched(); }

  // ToLeader
  void forward(const Step& step, Forward request) override;
  void revalidate(const Step& step, SessionId session) override;

 private:
  void look(const Step& step);
  void take_part(const Step& step);
  void stand(Standing standing);
  /// After whatever happened: an election may be decided, a reign may be over.
  void settle(const Step& step);
  void on_peer(const Step& step, NodeId from, Api api, std::uint32_t number,
               const port::Message& message);
  void on_client(const Step& step, NodeId client, Api api, std::uint32_t number,
                 const port::Message& message);
  void prepare(const Step& step, NodeId from, const Forward& request);
  void expire_sessions(const Step& step);
  [[nodiscard]] BroadcastParts parts() {
    return {self_, ensemble_, config_, store_, probe_, *this};
  }

  NodeId self_;
  const ServerConfig& config_;
  const Ensemble& ensemble_;
  Probe& probe_;
  Standing standing_ = Standing::recovering;
  Store store_;
  Election election_;
  ClientDesk desk_;
  std::optional<Leader> leader_;
  std::optional<Learner> learner_;

  // while leading
  std::optional<SessionTracker> sessions_;
  std::optional<Preparer> preparer_;
};

void Server::State::stand(Standing standing) {
  standing_ = standing;
  probe_.standing_changed(self_, standing);
}

void Server::State::start(const Step& step) {
  stand(Standing::recovering);
  step.ports.set_timer(kHalfTick, step.now.monotonic + config_.tick_time / 2);
  if (store_.load(step) == Store::Done::loaded) {
    look(step);
    settle(step);
  }
}

// ------------------------------------------------------------------------------------ standing

/// Whatever it was is over: clients go, what is logged counts as history, and votes are cast.
void Server::State::look(const Step& step) {
  if (leader_ && leader_->established()) {
    probe_.gave_up(self_, leader_->epoch());
  }
  leader_.reset();
  learner_.reset();
  sessions_.reset();
  preparer_.reset();
  desk_.close(step);
  if (store_.busy()) {  // no votes until tree and log agree
    stand(Standing::recovering);
    return;
  }
  if (store_.corrupt()) {
    stand(Standing::failed);
    return;
  }
  store_.fast_forward(step);
  stand(Standing::looking);
  const bool votes = ensemble_.votes(self_);
  election_.begin(step, {votes ? self_ : kNoServer, votes ? store_.log().last() : Zxid(),
                         votes ? store_.current_epoch() : Epoch()});
}

void Server::State::settle(const Step& step) {
  if ((leader_ && leader_->over()) || (learner_ && learner_->over())) {
    look(step);
  }
  if (standing_ == Standing::looking && election_.decision()) {
    take_part(step);
  }
}

void Server::State::take_part(const Step& step) {
  stand(election_.standing());
  if (standing_ == Standing::leading) {
    probe_.elected(self_);
    leader_.emplace(parts());
    leader_->begin(step);
  } else {
    learner_.emplace(parts(), election_.decision()->leader);
    learner_->begin(step);
  }
}

// -------------------------------------------------------------------------------------- events

void Server::State::on_message(const Step& step, NodeId from, const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  if (!envelope) {
    return;
  }
  const auto api = static_cast<Api>(envelope->api);
  if (api == Api::notification) {
    step.charge_request(message);
    const auto heard = port::decode<Notification>(message);
    if (heard && (standing_ == Standing::looking || election_.decision())) {
      election_.on_notification(step, from, *heard);
    }
  } else if (api == Api::request && !desk_.has(from)) {
    ClientDesk::reset(step, from, message);
  } else if (api >= Api::connect) {
    step.charge_request(message);
    on_client(step, from, api, envelope->correlation, message);
  } else {
    step.charge_packet(message);
    on_peer(step, from, api, envelope->correlation, message);
  }
  settle(step);
}

void Server::State::on_peer(const Step& step, NodeId from, Api api, std::uint32_t number,
                            const port::Message& message) {
  const bool for_leader = api < Api::leader_info;
  if (for_leader && leader_) {
    leader_->on_message(step, from, api, number, message);
  } else if (!for_leader && learner_ && from == learner_->leader()) {
    learner_->on_message(step, api, number, message);
  }
}

void Server::State::on_client(const Step& step, NodeId client, Api api, std::uint32_t number,
                              const port::Message& message) {
  if (api == Api::connect) {
    if (const auto connect = port::decode<Connect>(message)) {
      desk_.on_connect(step, client, *connect);
    }
  } else if (api == Api::request) {
    if (auto request = port::decode<Request>(message)) {
      desk_.on_request(step, client, number, std::move(*request));
    } else {
      desk_.drop(client);
    }
  }
}

void Server::State::on_timer(const Step& step, port::TimerId timer) {
  step.meter().charge(port::Work::timer);
  if (timer == kHalfTick) {
    step.ports.set_timer(kHalfTick, step.now.monotonic + config_.tick_time / 2);
    if (leader_) {
      leader_->on_half_tick(step);
      expire_sessions(step);
    } else if (learner_) {
      learner_->on_half_tick(step);
    }
    desk_.drop_silent(step);
  } else if (!store_.on_timer(step, timer) && !(learner_ && learner_->on_timer(step, timer))) {
    election_.on_timer(step, timer);
  }
  settle(step);
}

void Server::State::on_storage(const Step& step, port::StorageToken token) {
  const Store::Done done = store_.on_storage(step, token);
  if (leader_) {
    leader_->on_done(step, done);
  } else if (learner_) {
    learner_->on_done(step, done);
  } else if (done == Store::Done::loaded || done == Store::Done::received_snapshot) {
    look(step);
  }
  settle(step);
}

void Server::State::on_hang_up(const Step& step, NodeId peer) {
  desk_.drop(peer);
  if (leader_) {
    leader_->on_hang_up(peer);
  }
  settle(step);
}

void Server::State::on_reset(const Step& step, NodeId peer) {
  if (learner_ && learner_->leader() == peer) {
    look(step);
  }
  settle(step);
}

// ---------------------------------------------------------------------------------- as a leader

void Server::State::serve(const Step& step) {
  if (leader_) {
    sessions_.emplace(config_.tick_time);
    preparer_.emplace(store_.tree());
    for (const auto& [session, timeout] : store_.tree().sessions()) {
      sessions_->open(session, timeout, kNoServer, step.now.monotonic);
    }
  }
  if (!leader_ || config_.leader_serves) {
    desk_.open();
  }
}

void Server::State::forwarded(const Step& step, NodeId learner, const Forward& request) {
  prepare(step, learner, request);
}

void Server::State::prepare(const Step& step, NodeId from, const Forward& request) {
  const Time now = step.now.monotonic;
  if (request.kind == ForwardKind::sync) {
    leader_->sync(step, from, request.session, request.xid);
    return;
  }
  step.meter().charge(port::Work::partition, 1 + request.operations.size());
  Transaction transaction;
  transaction.session = request.session;
  transaction.xid = request.xid;
  transaction.kind = transaction_kind(request.kind);
  transaction.time_ms = step.now.wall.ms();
  transaction.timeout = request.timeout;
  const Zxid zxid = leader_->next_zxid();
  if (request.kind == ForwardKind::create_session) {
    sessions_->open(request.session, request.timeout, from, now);
  } else if (const NodeId owner = sessions_->owner(request.session);
             !sessions_->alive(request.session) || (owner != kNoServer && owner != from)) {
    const bool moved = sessions_->alive(request.session);
    if (moved) {
      SOMETIMES("session/request-after-it-moved");
    } else {
      SOMETIMES("session/request-after-it-expired");
    }
    transaction.kind = TransactionKind::request;
    transaction.changes = {{ChangeKind::fail,
                            "",
                            {},
                            kNoSession,
                            0,
                            moved ? ErrorCode::session_moved : ErrorCode::session_expired}};
  } else if (request.kind == ForwardKind::close_session) {
    sessions_->begin_close(request.session);
    transaction.changes = preparer_->close_session(request.session, zxid);
  } else {
    sessions_->touch(request.session, now);
    transaction.changes = preparer_->prepare(request.operations, request.session, zxid);
  }
  leader_->propose(step, std::move(transaction));
}

bool Server::State::revalidate(const Step& step, NodeId learner, SessionId session) {
  return sessions_->give_to(session, learner, step.now.monotonic);
}

void Server::State::touched(const Step& step, const std::vector<SessionId>& sessions) {
  if (sessions_) {
    for (const SessionId session : sessions) {
      sessions_->touch(session, step.now.monotonic);
    }
  }
}

void Server::State::expire_sessions(const Step& step) {
  if (!sessions_ || leader_->over()) {
    return;
  }
  touched(step, desk_.take_touched());
  for (const SessionId session : sessions_->expire(step.now.monotonic)) {
    Transaction end;
    end.session = session;
    end.kind = TransactionKind::close_session;
    end.time_ms = step.now.wall.ms();
    end.changes = preparer_->close_session(session, leader_->next_zxid());
    leader_->propose(step, std::move(end));
  }
}

// ----------------------------------------------------------------------------------- delivery

void Server::State::delivered(const Step& step, const Delivered& delivered) {
  const Transaction& transaction = delivered.transaction;
  if (leader_ && preparer_) {
    preparer_->committed(transaction.zxid);
    if (transaction.kind == TransactionKind::create_session) {
      probe_.session_opened(transaction.session);
    } else if (transaction.kind == TransactionKind::close_session) {
      sessions_->close(transaction.session);
      probe_.session_closed(transaction.session, transaction.xid == Xid());
    }
  }
  desk_.delivered(step, transaction, delivered.results, delivered.events);
}

void Server::State::forward(const Step& step, Forward request) {
  if (leader_) {
    prepare(step, self_, request);
  } else {
    learner_->forward(step, std::move(request));
  }
}

void Server::State::revalidate(const Step& step, SessionId session) {
  if (leader_) {
    desk_.revalidated(step, session, revalidate(step, self_, session));
  } else {
    learner_->revalidate(step, session);
  }
}

ServerView Server::State::view() const {
  ServerView view;
  view.standing = standing_;
  view.leader = leader_ ? self_ : learner_ ? learner_->leader() : kNoServer;
  view.epoch = store_.current_epoch();
  view.logged = store_.log().last();
  view.applied = store_.tree().last_zxid();
  view.serves = leader_ ? leader_->established() : learner_ && learner_->up_to_date();
  view.clients = desk_.clients();
  view.watches = desk_.watches();
  view.in_process = desk_.in_process();
  return view;
}

// ---------------------------------------------------------------------------------------- role

Server::Server(NodeId self, const ServerConfig& config, const Ensemble& ensemble, Probe& probe)
    : state_(std::make_unique<State>(self, config, ensemble, probe)) {}
Server::~Server() = default;

void Server::start(port::Now now, port::Ports& ports) {
  state_->start({now, ports});
}

void Server::on_message(port::Now now, NodeId from, port::Lane /*lane*/,
                        const port::Message& message, port::Ports& ports) {
  state_->on_message({now, ports}, from, message);
}

void Server::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  state_->on_timer({now, ports}, timer);
}

void Server::on_storage(port::Now now, port::StorageToken token, port::Ports& ports) {
  state_->on_storage({now, ports}, token);
}

void Server::on_hang_up(port::Now now, NodeId peer, port::Ports& ports) {
  state_->on_hang_up({now, ports}, peer);
}

void Server::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  state_->on_reset({now, ports}, peer);
}

void Server::State::describe(port::Description& out) const {
  static constexpr const char* kStandings[] = {"recovering", "looking",   "following",
                                               "leading",    "observing", "failed"};
  out.say("standing", kStandings[static_cast<std::size_t>(standing_)]);
  out.say("leader", view().leader).say("serves clients", view().serves);
  store_.describe(out);
  if (standing_ == Standing::looking) {
    election_.describe(out);
  }
  if (leader_) {
    leader_->describe(out);
  }
  if (learner_) {
    learner_->describe(out);
  }
  if (sessions_) {
    sessions_->describe(out);
  }
  desk_.describe(out);
}

void Server::describe(port::Description& out) const {
  state_->describe(out);
}

ServerView Server::view() const {
  return state_->view();
}

const DataTree& Server::tree() const {
  return state_->tree();
}

}  // namespace wavetank::coordination
