#include "sim/load/kv_client.h"

#include <cstring>
#include <utility>

#include "engine/port/description.h"

namespace wavetank::sim {

namespace {

using Kind = KvCall::Kind;

constexpr port::TimerId kClientTimer{0};
constexpr port::TimerId kNextRequest{1};
/// The number of a value, or of a new key, is made of the client, its process and a count. Eight
/// digits of a key hold 48 bits.
constexpr int kValueClientShift = 44;
constexpr int kValueLifeShift = 36;
constexpr int kKeyClientShift = 34;
constexpr int kKeyLifeShift = 28;

}  // namespace

KvClient::KvClient(Place place, const KvMix& mix, const kv::ClientConfig& config,
                   std::vector<NodeId> servers, KvWatcher& watcher)
    : place_(place),
      mix_(mix),
      watcher_(watcher),
      client_(config, std::move(servers), kClientTimer, *this),
      random_(place.seed,
              "load/kv/" + std::to_string(place.client) + "/" + std::to_string(place.life)),
      filling_(Bytes::build(mix.value_bytes - kValueNumberBytes, [&](std::uint8_t* to) {
        for (std::size_t i = 0; i < mix_.value_bytes - kValueNumberBytes; ++i) {
          to[i] = static_cast<std::uint8_t>(random_.next());
        }
      })) {}

// --- events
// ---------------------------------------------------------------------------------------

void KvClient::start(port::Now now, port::Ports& ports) {
  watcher_.client_began(place_.client);
  if (mix_.rate > 0) {
    next_at_ = now.monotonic + draw_gap();
    ports.set_timer(kNextRequest, next_at_);
  } else {
    fill({now, ports});
  }
}

void KvClient::on_message(port::Now now, NodeId from, port::Lane /*lane*/,
                          const port::Message& message, port::Ports& ports) {
  client_.on_message({now, ports}, from, message);
}

void KvClient::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  if (timer == kNextRequest) {
    ask_on_time({now, ports});
  } else {
    client_.on_timer({now, ports}, timer);
  }
}

void KvClient::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  client_.on_reset({now, ports}, peer);
}

void KvClient::answered(const port::Step& step, kv::RequestId request, kv::ErrorCode error,
                        const kv::Outcome& outcome) {
  const auto found = under_way_.find(request);
  if (error == kv::ErrorCode::ok && mix_.compare_share > 0) {
    note(found->second, outcome);
  }
  under_way_.erase(found);
  watcher_.answered(place_.client, request, error, outcome);
  if (mix_.rate == 0) {
    fill(step);
  }
}

// --- asking
// ---------------------------------------------------------------------------------------

void KvClient::fill(const port::Step& step) {
  while (under_way_.size() < mix_.outstanding && watcher_.now() < mix_.stop) {
    ask(step, Duration());
  }
}

Duration KvClient::draw_gap() {
  return Duration(static_cast<std::int64_t>(random_.exponential(1e9 / mix_.rate)));
}

void KvClient::ask_on_time(const port::Step& step) {
  const Time now = step.now.monotonic;
  for (; next_at_ <= now; next_at_ = next_at_ + draw_gap()) {
    ask(step, now - next_at_);
  }
  if (watcher_.now() < mix_.stop) {
    step.ports.set_timer(kNextRequest, next_at_);
  }
}

void KvClient::ask(const port::Step& step, Duration late) {
  KvCall call = next();
  const std::optional<kv::RequestId> request =
      call.kind == Kind::read ? client_.read(step, {call.key}, call.consistency)
                              : client_.execute(step, transaction_of(call));
  if (!request) {
    watcher_.shed(place_.client);
    return;
  }
  watcher_.asked(place_.client, *request, call, late);
  under_way_.emplace(*request, std::move(call));
}

KvCall KvClient::next() {
  KvCall call;
  const bool reads = random_.chance(mix_.read_share);
  call.key = key(mix_.new_keys && !reads
                     ? (std::uint64_t{place_.client} << kKeyClientShift) |
                           (std::uint64_t{place_.life} << kKeyLifeShift) | (changes_ + 1)
                     : random_.below(mix_.keys));
  if (reads) {
    call.consistency = random_.chance(mix_.serializable_share) ? kv::Consistency::serializable
                                                               : kv::Consistency::linearizable;
    return call;
  }
  ++changes_;
  const double which = random_.uniform();
  call.kind = which < mix_.compare_share                       ? Kind::compare_and_put
              : which < mix_.compare_share + mix_.remove_share ? Kind::remove
                                                               : Kind::put;
  if (call.kind != Kind::remove) {
    call.value =
        static_cast<std::int64_t>((std::uint64_t{place_.client + 1} << kValueClientShift) |
                                  (std::uint64_t{place_.life} << kValueLifeShift) | changes_);
  }
  if (call.kind == Kind::compare_and_put) {
    call.expected = seen_[call.key].number;
  }
  return call;
}

/// As text of a fixed length.
std::string KvClient::key(std::uint64_t number) const {
  std::string text(mix_.key_bytes, '0');
  static constexpr char kDigits[] =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
  for (auto at = text.rbegin(); at != text.rend() && number > 0; ++at, number >>= 6) {
    *at = kDigits[number & 63];
  }
  return text;
}

kv::Transaction KvClient::transaction_of(const KvCall& call) {
  kv::Transaction transaction;
  if (call.kind == Kind::compare_and_put) {
    transaction.compares.push_back(
        {call.key, kv::Target::modified, seen_[call.key].modified.value(), {}});
    transaction.otherwise.push_back({kv::OperationKind::get, call.key, {}});
  }
  kv::Operation& operation = transaction.then.emplace_back();
  operation.kind = call.kind == Kind::remove ? kv::OperationKind::remove : kv::OperationKind::put;
  operation.key = call.key;
  if (call.kind != Kind::remove) {
    operation.value = Bytes::build(kValueNumberBytes + filling_.size(), [&](std::uint8_t* to) {
      store_be(to, call.value);
      if (!filling_.empty()) {
        std::memcpy(to + kValueNumberBytes, filling_.data(), filling_.size());
      }
    });
  }
  return transaction;
}

void KvClient::note(const KvCall& call, const kv::Outcome& outcome) {
  Seen& seen = seen_[call.key];
  const bool shown = call.kind == Kind::read || !outcome.succeeded;
  if (shown && !outcome.results.empty()) {
    seen = {outcome.results.front().modified, value_number(outcome.results.front())};
  } else if (call.kind == Kind::remove) {
    seen = {};
  } else if (!shown) {
    seen = {outcome.revision, call.value};
  }
}

void KvClient::describe(port::Description& out) const {
  out.say("changes asked", changes_).say("under way", under_way_.size());
  if (mix_.rate > 0) {
    out.say("asks next", next_at_);
  }
  client_.describe(out);
}

}  // namespace wavetank::sim
