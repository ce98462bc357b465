#include "sim/check/rules.h"

#include <algorithm>
#include <array>

namespace wavetank::sim {

namespace {

constexpr bool kWhateverIsLost = true;

// Services that force to disk what they acknowledge lose nothing, whatever strikes them.
constexpr std::array kRules = {
    Rule{"coordination/agreement",
         "servers deliver the same transactions in the same places; one leader an epoch",
         kWhateverIsLost},
    Rule{"coordination/conditional-set",
         "a conditional set succeeds at the version that it names, and at no other",
         kWhateverIsLost},
    Rule{"coordination/ephemerals", "an ephemeral node is there as long as its session, no longer",
         kWhateverIsLost},
    Rule{"coordination/fifo",
         "a client's requests are answered in order, and what it is shown never gets older",
         kWhateverIsLost},
    Rule{"coordination/linearizable-writes", "all updates of a node fit one order",
         kWhateverIsLost},
    Rule{"coordination/multi", "of a multi all is done or nothing", kWhateverIsLost},
    Rule{"coordination/no-lost-write", "what was acknowledged is in the tree in the end",
         kWhateverIsLost},
    Rule{"coordination/promises",
         "a server that comes back remembers the epochs and transactions that it acknowledged",
         kWhateverIsLost},
    Rule{"coordination/sequential", "numbered names ascend, and none is given twice",
         kWhateverIsLost},
    Rule{"coordination/watches", "a watch fires once at most, and before its change is seen",
         kWhateverIsLost},
    Rule{"faults/struck",
         "every fault that was bound to an event or a part has struck, unless it was spared"},
    Rule{"group/committed-behind-delivered", "a group has read all that it has committed"},
    Rule{"group/committed-by-owner", "only who owns a partition commits for it"},
    Rule{"group/generation-monotonic", "the generations of a group only grow"},
    Rule{"group/one-owner", "a partition has one owner in a generation"},
    Rule{"group/resumes-at-committed",
         "a member begins no earlier than what its group had committed"},
    Rule{"group/revoked-first",
         "nobody is given a partition before its owner has let go (KIP-429)"},
    Rule{"hunt/defect", "the program itself does not fail", kWhateverIsLost},
    Rule{"hunt/settles", "when the load has ended and all has healed, nothing waits for ever"},
    Rule{"kv/agreement", "servers apply the same commands in the same places; one leader a term",
         kWhateverIsLost},
    Rule{"kv/applied-once",
         "a key is changed no more often than it was asked, nor less than was acknowledged",
         kWhateverIsLost},
    Rule{"kv/linearizable", "writes and linearizable reads of a key fit one order",
         kWhateverIsLost},
    Rule{"kv/no-lost-write", "what was acknowledged is in the store in the end, or changed since",
         kWhateverIsLost},
    Rule{"kv/revisions", "what is done later stands at a later revision", kWhateverIsLost},
    Rule{"ledger/conservation", "every record that was produced is accounted for", kWhateverIsLost},
    Rule{"log/aborted-read", "no reader of committed transactions is given an aborted record"},
    Rule{"log/acknowledged-is-replicated",
         "what acks=all acknowledges is below the high watermark, on min.insync replicas"},
    Rule{"log/committed-stays", "who begins to lead has all that was ever announced as committed"},
    Rule{"log/compaction-lost-value", "compaction leaves the last record of every key"},
    Rule{"log/compaction-resurrected", "what a tombstone has deleted does not come back"},
    Rule{"log/compaction-unread", "a reader that passes the last record of a key is given it"},
    Rule{"log/duplicate", "a record of an idempotent producer is there once"},
    Rule{"log/exactly-one-effect", "each record that an application has dealt with has one effect"},
    Rule{"log/high-watermark-monotonic",
         "a high watermark never moves back while a broker leads, or a process lives"},
    Rule{"log/in-sync-holds-committed", "every member of the in-sync set has what is committed"},
    Rule{"log/in-sync-set", "the in-sync set is of the replicas, and holds the leader",
         kWhateverIsLost},
    Rule{"log/inconsistent-offsets", "an offset holds the same record for everybody"},
    Rule{"log/key-partition", "all records of a key are in one partition"},
    Rule{"log/lost-write", "what was acknowledged is in the log"},
    Rule{"log/nonmonotonic-poll", "a reader moves forwards unless it is set back"},
    Rule{"log/nonmonotonic-send",
         "the records of an idempotent producer keep their order in a partition"},
    Rule{"log/one-leader-per-epoch", "one broker leads a partition in an epoch", kWhateverIsLost},
    Rule{"log/phantom", "nobody stores or reads what nobody produced"},
    Rule{"log/poll-gap", "a reader is given one record after the other"},
    Rule{"log/poll-skip", "a reader is not taken past a record"},
    Rule{"log/precommitted-read", "no record is read as committed before its commit is asked for"},
    Rule{"log/remembers-its-log",
         "what a broker keeps in mind of epochs and producers is what its log says"},
    Rule{"log/replicas-equal", "replicas hold the same records below their high watermarks"},
    Rule{"log/stored-intact", "a disk gives back what was written to it"},
    Rule{"log/transaction-atomicity", "of a transaction readers get all or nothing"},
    Rule{"log/unseen", "what is acknowledged and in the log is read in the end"},
    Rule{"raft/promises",
         "a server of a quorum that comes back remembers the terms, votes and entries it vouched "
         "for",
         kWhateverIsLost},
};
static_assert(std::ranges::is_sorted(kRules, {}, &Rule::name));

}  // namespace

std::span<const Rule> all_rules() {
  return kRules;
}

const Rule* find_rule(std::string_view name) {
  const auto it = std::ranges::lower_bound(kRules, name, {}, &Rule::name);
  return it != kRules.end() && it->name == name ? &*it : nullptr;
}

}  // namespace wavetank::sim
