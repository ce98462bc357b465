#include "sim/check/coordination_history.h"

#include <algorithm>
#include <charconv>

#include "engine/coordination/tree/path.h"

namespace wavetank::sim {

using coordination::ErrorCode;
using coordination::EventType;
using coordination::OpCode;
using coordination::Zxid;

void CoordinationHistory::client_began(ClientId client) {
  clients_[client] = {};
}

void CoordinationHistory::session_expired(ClientId client, Time now) {
  Client& it = clients_[client];
  it.watches.clear();
  if (it.session != coordination::kNoSession) {
    expired_.emplace(std::exchange(it.session, coordination::kNoSession), now);
  }
}

void CoordinationHistory::asked(ClientId client, const coordination::Request& request, Time now) {
  Asked asked{request.operations, {}, -1};
  for (std::uint64_t i = 0; i < request.operations.size(); ++i) {
    const coordination::Operation& operation = request.operations[i];
    asked.updates.emplace_back();
    if (operation.code == OpCode::set_data && updates_.operations().size() < kUpdatesSearched) {
      // Requests of one client overlap: for the search each part of each is a client of its own.
      asked.updates.back() =
          updates_.invoke((std::uint64_t{client} << 40) | (i << 32) | request.xid.value(),
                          {operation.path, Counter::add(1)}, now);
    }
    watched_ = watched_ || operation.watch;
    if (operation.code == OpCode::remove) {
      removal_asked_.insert(operation.path);
    }
    if (const auto given = numbers_.find(std::string(coordination::parent_of(operation.path)));
        operation.sequential && given != numbers_.end()) {
      asked.numbered = *given->second.rbegin();
    }
  }
  if (request.kind == coordination::RequestKind::multi && request.operations.size() == 2) {
    together_[request.operations[0].path] = request.operations[1].path;
  }
  clients_[client].open.emplace(request.xid, std::move(asked));
}

void CoordinationHistory::answered(ClientId id, coordination::SessionId session,
                                   const coordination::Response& response, Time now) {
  Client& client = clients_[id];
  const auto open = client.open.find(response.xid);
  if (open == client.open.end()) {
    fifo_.breach(fmt::format("client {} got an answer to {}, which it never asked or had answered",
                             id, response.xid.value()));
    return;
  }
  const Asked asked = std::move(open->second);
  client.open.erase(open);
  fifo_.look();
  if (response.xid < client.last_answered) {
    fifo_.breach(fmt::format("client {} got the answer to {} after that to {}", id,
                             response.xid.value(), client.last_answered.value()));
  }
  client.last_answered = response.xid;
  const bool known = response.error != ErrorCode::connection_loss &&
                     response.error != ErrorCode::session_expired &&
                     response.error != ErrorCode::session_moved;
  if (!known) {
    return;
  }
  if (response.zxid < client.last_seen) {
    fifo_.breach(fmt::format("client {} was shown {:x} after {:x}: time went back", id,
                             response.zxid.value(), client.last_seen.value()));
  }
  client.session = session;
  client.last_seen = std::max(client.last_seen, response.zxid);
  // Once updates are no longer noted, who is still open may have been overtaken by one that is
  // not: nothing is said of it any more, and so it may have happened or not.
  const bool searched = updates_.operations().size() < kUpdatesSearched;
  const bool done = response.error == ErrorCode::ok;
  for (std::size_t i = 0; i < asked.operations.size(); ++i) {
    const bool here = done && i < response.results.size();
    if (asked.updates[i] && searched && here) {
      updates_.complete(*asked.updates[i], response.results[i].stat.version, now);
    } else if (asked.updates[i] && searched) {
      updates_.withdraw(*asked.updates[i]);
    }
    if (here) {
      note_success(client, asked.operations[i], session, response.results[i]);
    }
    if (here && asked.operations[i].sequential) {
      note_number(asked.operations[i], response.results[i].path, asked.numbered);
    }
  }
}

/// Numbers are given once, and ascend from one who has been answered to one who asks then.
void CoordinationHistory::note_number(const coordination::Operation& operation,
                                      const std::string& path, std::int64_t numbered_before) {
  numbering_.look();
  std::int64_t number = -1;
  const char* digits = path.data() + std::min(operation.path.size(), path.size());
  const auto [end, error] = std::from_chars(digits, path.data() + path.size(), number);
  if (error != std::errc() || end != path.data() + path.size()) {
    numbering_.breach(fmt::format("{} is no number of {}", path, operation.path));
  } else if (!numbers_[std::string(coordination::parent_of(path))].insert(number).second) {
    numbering_.breach(fmt::format("{} was given twice", path));
  } else if (number <= numbered_before) {
    numbering_.breach(fmt::format("{} was given to who asked when {} had been acknowledged", path,
                                  numbered_before));
  }
}

/// What a client is shown of a node never gets older, and a watch tells of the change first.
void CoordinationHistory::show(Client& client, const std::string& path, Zxid modified) {
  Zxid& newest = client.modified[path];
  if (modified < newest) {
    fifo_.breach(
        fmt::format("{} was shown as of {:x} after {:x}", path, modified.value(), newest.value()));
  }
  newest = std::max(newest, modified);
  const auto watch = client.watches.find(path);
  if (watch != client.watches.end()) {
    watches_.look();
    if (modified > watch->second.modified) {
      watches_.breach(fmt::format("a change of {} was seen before its watch fired", path));
    }
  }
}

void CoordinationHistory::note_success(Client& client, const coordination::Operation& operation,
                                       coordination::SessionId session,
                                       const coordination::OperationResult& result) {
  switch (operation.code) {
    case OpCode::create:
      if (operation.ephemeral) {
        ephemerals_.push_back({session, result.path});
      } else {
        nodes_.emplace(result.path, 0);
      }
      break;
    case OpCode::set_data: {
      std::int32_t& version = nodes_[operation.path];
      version = std::max(version, result.stat.version);
      if (operation.version != coordination::kAnyVersion) {
        conditional_.look();
        if (result.stat.version != operation.version + 1) {
          conditional_.breach(
              fmt::format("{} became version {}, though only version {} was to be "
                          "replaced",
                          operation.path, result.stat.version, operation.version));
        }
      }
      break;
    }
    case OpCode::get_data:
      show(client, operation.path, result.stat.modified);
      if (operation.watch) {
        client.watches.emplace(operation.path, Watched{result.stat.modified});
      }
      break;
    default:
      break;
  }
}

void CoordinationHistory::watch_fired(ClientId id, EventType type, const std::string& path) {
  Client& client = clients_[id];
  watches_.look();
  if (type != EventType::children_changed && client.watches.erase(path) == 0) {
    watches_.breach(
        fmt::format("client {} was told of {}, on which it had no watch (any more)", id, path));
  }
}

// ------------------------------------------------------------------------------------- servers

void CoordinationHistory::established(NodeId leader, coordination::Epoch epoch, Time now) {
  led_since_ = now;
  agreement_.look();
  const NodeId first = leaders_.emplace(epoch, leader).first->second;
  if (first != leader) {
    agreement_.breach(fmt::format("servers {} and {} both led in epoch {}", first.value(),
                                  leader.value(), epoch.value()));
  }
}

void CoordinationHistory::delivered(NodeId server, Zxid zxid, std::uint64_t hash) {
  agreement_.look();
  Zxid& last = last_delivered_[server];
  const auto next = delivered_.upper_bound(last);
  if (last > Zxid() && next != delivered_.end() && next->first < zxid) {
    agreement_.breach(fmt::format("server {} delivered {:x} after {:x}, and never {:x} between",
                                  server.value(), zxid.value(), last.value(), next->first.value()));
  }
  last = zxid;
  if (delivered_.emplace(zxid, hash).first->second != hash) {
    agreement_.breach(fmt::format("server {} delivered something else than others at {:x}",
                                  server.value(), zxid.value()));
  }
}

// ----------------------------------------------------------------------------------------- end

std::vector<reports::InvariantReport> CoordinationHistory::reports(
    const std::vector<const coordination::DataTree*>& trees, Time now) {
  judge_end(trees, now);
  std::vector<reports::InvariantReport> all;
  const bool asked = !clients_.empty();
  if (asked) {
    all = {fifo_.report(), ephemeral_.report()};
  }
  all.push_back(agreement_.report());
  if (asked) {
    all.push_back(lost_write_.report());
  }
  if (!updates_.operations().empty()) {
    all.push_back(
        check_linearizable(Keyed<Counter>{}, updates_).report("coordination/linearizable-writes"));
  }
  if (watched_) {
    all.push_back(watches_.report());
  }
  for (const Judgement* judgement : {&conditional_, &numbering_, &multi_}) {
    if (judgement->looked()) {
      all.push_back(judgement->report());
    }
  }
  return all;
}

void CoordinationHistory::judge_end(const std::vector<const coordination::DataTree*>& trees,
                                    Time now) {
  if (trees.empty()) {
    ephemeral_.lack_evidence();
    lost_write_.lack_evidence();
    return;
  }
  const coordination::DataTree& newest = **std::ranges::max_element(
      trees, {}, [](const coordination::DataTree* tree) { return tree->last_zxid(); });
  for (const auto& [path, version] : nodes_) {
    if (removal_asked_.contains(path)) {
      continue;
    }
    lost_write_.look();
    const coordination::Znode* node = newest.find(path);
    if (node == nullptr || node->version < version) {
      lost_write_.breach(fmt::format("{}, acknowledged in version {}, {}", path, version,
                                     node == nullptr ? "is gone" : "went back"));
    }
  }
  std::ranges::for_each(trees, [this](const auto* tree) { judge_multis(*tree); });
  for (const Ephemeral& it : ephemerals_) {
    ephemeral_.look();
    const coordination::Znode* node = newest.find(it.path);
    const bool there = node != nullptr && node->ephemeral_owner == it.session;
    const bool open = newest.sessions().contains(it.session);
    if (there && (closed_.contains(it.session) || !open)) {
      ephemeral_.breach(fmt::format("{} outlived its session", it.path));
    } else if (!there && open) {
      ephemeral_.breach(fmt::format("{} ended before its session", it.path));
    }
  }
  for (const auto& [session, told] : expired_) {
    const auto open = newest.sessions().find(session);
    if (open != newest.sessions().end() && has_expired_again(told, open->second, now)) {
      ephemeral_.breach(fmt::format(
          "session {:x} goes on, though its client was told that it had expired", session.value()));
    }
  }
}

/// What multis change, and nobody else, has been changed as often on either side, and last at once.
void CoordinationHistory::judge_multis(const coordination::DataTree& tree) {
  for (const auto& [left, right] : together_) {
    const coordination::Znode* a = tree.find(left);
    const coordination::Znode* b = tree.find(right);
    if (a == nullptr || b == nullptr) {
      continue;
    }
    multi_.look();
    if (a->version != b->version || (a->version > 0 && a->modified != b->modified)) {
      multi_.breach(
          fmt::format("{} has version {} and {} version {}, though they are changed together", left,
                      a->version, right, b->version));
    }
  }
}

}  // namespace wavetank::sim
