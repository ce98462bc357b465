#include "engine/log/groups/assignors.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::log {

namespace {

using Shares = std::vector<std::vector<PartitionId>>;
/// Index of a member in the order of assignors.
using Rank = std::uint32_t;
constexpr Rank kNobody = 0xffffffffU;

/// The members in the assignors' order, and who of them reads which topic.
struct Readers {
  Readers(const Topology& topology, std::span<const Subscription> members)
      : order(members.size()), of_topic(topology.topics.size()) {
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::uint32_t index) {
      const MemberIdentity& it = members[index].identity;
      return std::tuple(it.instance.empty(), std::string_view(it.instance),
                        std::string_view(it.member));
    });
    for (Rank rank = 0; rank < order.size(); ++rank) {
      for (const std::uint32_t topic : members[order[rank]].topics) {
        if (topic < of_topic.size() &&
            (of_topic[topic].empty() || of_topic[topic].back() != rank)) {
          of_topic[topic].push_back(rank);
        }
      }
    }
  }

  std::vector<std::uint32_t> order;         ///< by rank: index among the subscriptions
  std::vector<std::vector<Rank>> of_topic;  ///< ascending
};

Shares range(const Topology& topology, const Readers& readers) {
  Shares shares(readers.order.size());
  std::uint32_t first = 0;
  for (std::size_t topic = 0; topic < topology.topics.size(); ++topic) {
    const std::vector<Rank>& here = readers.of_topic[topic];
    const std::uint32_t partitions = topology.topics[topic].partitions;
    const auto count = static_cast<std::uint32_t>(here.size());
    std::uint32_t next = first;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t share = partitions / count + (i < partitions % count ? 1 : 0);
      for (std::uint32_t n = 0; n < share; ++n) {
        shares[here[i]].push_back(PartitionId(next++));
      }
    }
    first += partitions;
  }
  return shares;
}

Shares round_robin(const Topology& topology, const Readers& readers) {
  const auto members = static_cast<Rank>(readers.order.size());
  Shares shares(members);
  std::uint32_t next = 0;
  Rank turn = 0;
  for (std::size_t topic = 0; topic < topology.topics.size(); ++topic) {
    const std::vector<Rank>& here = readers.of_topic[topic];
    for (std::uint32_t i = 0; i < topology.topics[topic].partitions; ++i, ++next) {
      if (here.empty()) {
        continue;
      }
      const auto at = std::ranges::lower_bound(here, turn);
      const Rank rank = at != here.end() ? *at : here.front();
      shares[rank].push_back(PartitionId(next));
      turn = (rank + 1) % members;
    }
  }
  return shares;
}

/// Keeps what members hold, gives what nobody holds to who has least, and moves single partitions
/// from who has most to who has least until no move makes two shares more equal.
class Sticky {
 public:
  Sticky(const Topology& topology, std::span<const Subscription> members, const Readers& readers)
      : readers_(readers),
        shares_(members.size()),
        owner_(topology.partition_count(), kNobody),
        claimed_by_(topology.partition_count(), kNobody),
        topic_of_(topology.partition_count()) {
    std::uint32_t next = 0;
    for (std::uint32_t topic = 0; topic < topology.topics.size(); ++topic) {
      for (std::uint32_t i = 0; i < topology.topics[topic].partitions; ++i) {
        topic_of_[next++] = topic;
      }
    }
    keep(members);
    fill();
    level();
  }

  [[nodiscard]] Shares shares() const { return shares_; }
  /// Without the partitions that another member still holds.
  [[nodiscard]] Shares shares_of_the_free() const {
    Shares shares = shares_;
    for (Rank rank = 0; rank < shares.size(); ++rank) {
      std::erase_if(shares[rank], [&](PartitionId p) {
        return claimed_by_[p.value()] != kNobody && claimed_by_[p.value()] != rank;
      });
    }
    return shares;
  }

 private:
  [[nodiscard]] bool reads(Rank rank, PartitionId p) const {
    return std::ranges::binary_search(readers_.of_topic[topic_of_[p.value()]], rank);
  }

  void keep(std::span<const Subscription> members) {
    std::vector<Generation> claimed_in(owner_.size(), kNoGeneration);
    for (Rank rank = 0; rank < members.size(); ++rank) {
      const Subscription& member = members[readers_.order[rank]];
      for (const PartitionId p : member.owned) {
        if (p.value() < owner_.size() &&
            (claimed_by_[p.value()] == kNobody || member.generation > claimed_in[p.value()])) {
          claimed_by_[p.value()] = rank;
          claimed_in[p.value()] = member.generation;
        }
      }
    }
    for (std::uint32_t p = 0; p < owner_.size(); ++p) {
      if (claimed_by_[p] != kNobody && reads(claimed_by_[p], PartitionId(p))) {
        give(PartitionId(p), claimed_by_[p]);
      }
    }
  }

  void fill() {
    for (std::uint32_t p = 0; p < owner_.size(); ++p) {
      const std::vector<Rank>& here = readers_.of_topic[topic_of_[p]];
      if (owner_[p] == kNobody && !here.empty()) {
        give(PartitionId(p),
             *std::ranges::min_element(here, {}, [&](Rank rank) { return shares_[rank].size(); }));
      }
    }
    for (std::vector<PartitionId>& share : shares_) {
      std::ranges::sort(share);
    }
  }

  /// Every move lessens the sum of the squares of the shares, so that there is an end.
  void level() {
    std::set<std::pair<std::size_t, Rank>> by_load;
    for (Rank rank = 0; rank < shares_.size(); ++rank) {
      by_load.emplace(shares_[rank].size(), rank);
    }
    for (auto fullest = by_load.rbegin(); fullest != by_load.rend();) {
      if (fullest->first == 0) {
        return;
      }
      const Rank from = fullest->second;
      const Rank to = relieve(from);
      if (to == kNobody) {
        ++fullest;
        continue;
      }
      by_load.erase({shares_[from].size() + 1, from});
      by_load.erase({shares_[to].size() - 1, to});
      by_load.emplace(shares_[from].size(), from);
      by_load.emplace(shares_[to].size(), to);
      fullest = by_load.rbegin();
    }
  }

  /// Moves one partition to the least loaded member that may have it, if that one has two fewer;
  /// what its owner has not held before goes first.
  Rank relieve(Rank from) {
    least_loaded_.assign(readers_.of_topic.size(), kNobody);
    for (const bool new_here : {true, false}) {
      const std::optional<PartitionId> moved = best_move(from, new_here);
      if (moved) {
        const Rank to = least_loaded(topic_of_[moved->value()]);
        std::erase(shares_[from], *moved);
        shares_[to].insert(std::ranges::upper_bound(shares_[to], *moved), *moved);
        return to;
      }
    }
    return kNobody;
  }

  std::optional<PartitionId> best_move(Rank from, bool new_here) {
    std::optional<PartitionId> best;
    std::size_t load = shares_[from].size() - 1;  // that the taker must stay below
    for (const PartitionId p : shares_[from]) {
      if ((claimed_by_[p.value()] != from) == new_here) {
        const std::size_t there = shares_[least_loaded(topic_of_[p.value()])].size();
        if (there < load) {
          best = p;
          load = there;
        }
      }
    }
    return best;
  }

  /// Found once for each topic and move.
  Rank least_loaded(std::uint32_t topic) {
    Rank& found = least_loaded_[topic];
    if (found == kNobody) {
      found = *std::ranges::min_element(readers_.of_topic[topic], {},
                                        [&](Rank rank) { return shares_[rank].size(); });
    }
    return found;
  }

  void give(PartitionId p, Rank rank) {
    owner_[p.value()] = rank;
    shares_[rank].push_back(p);
  }

  const Readers& readers_;
  Shares shares_;                 ///< by rank
  std::vector<Rank> owner_;       ///< by partition
  std::vector<Rank> claimed_by_;  ///< by partition: who says that it holds it
  std::vector<std::uint32_t> topic_of_;
  std::vector<Rank> least_loaded_;  ///< by topic, during a move
};

Shares shares_by_rank(Assignor assignor, const Topology& topology,
                      std::span<const Subscription> members, const Readers& readers) {
  switch (assignor) {
    case Assignor::range:
      return range(topology, readers);
    case Assignor::round_robin:
      return round_robin(topology, readers);
    case Assignor::sticky:
      return Sticky(topology, members, readers).shares();
    case Assignor::cooperative_sticky:
      return Sticky(topology, members, readers).shares_of_the_free();
  }
  ENSURE(false, "there are four assignors");
}

}  // namespace

std::string_view name(Assignor assignor) {
  switch (assignor) {
    case Assignor::range:
      return "range";
    case Assignor::round_robin:
      return "roundrobin";
    case Assignor::sticky:
      return "sticky";
    case Assignor::cooperative_sticky:
      return "cooperative-sticky";
  }
  return "unknown";
}

Shares assign(Assignor assignor, const Topology& topology, std::span<const Subscription> members) {
  const Readers readers(topology, members);
  Shares by_rank = shares_by_rank(assignor, topology, members, readers);
  Shares shares(members.size());
  for (Rank rank = 0; rank < by_rank.size(); ++rank) {
    shares[readers.order[rank]] = std::move(by_rank[rank]);
  }
  return shares;
}

}  // namespace wavetank::log
