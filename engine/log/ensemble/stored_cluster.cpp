#include "engine/log/ensemble/stored_cluster.h"

#include <utility>

#include "engine/base/ensure.h"
#include "engine/log/ensemble/znodes.h"
#include "engine/log/limits.h"

namespace wavetank::log {

using coordination::Operation;
using coordination::Response;
using CoordinationError = coordination::ErrorCode;

namespace {

constexpr std::int32_t kNotThere = -1;

/// Of what was written together the first is the check of the epoch.
bool epoch_is_over(const Response& response) {
  return !response.results.empty() &&
         response.results.front().error == CoordinationError::bad_version;
}

}  // namespace

void StoredCluster::begin(const Step& step, std::int32_t epoch_version) {
  end();
  epoch_version_ = epoch_version;
  found_.assign(topology_.partition_count(), std::nullopt);
  topic_there_.assign(topology_.topics.size(), false);
  versions_.assign(topology_.partition_count(), kNotThere);
  next_read_ = 0;
  read_on(step);
}

void StoredCluster::end() {
  ++reign_;
  under_way_ = 0;
  found_.clear();
  changes_.clear();
}

/// Asks, again after every loss of the connection, as long as this reign lasts.
void StoredCluster::ask(const Step& step, const Operation& operation,
                        EnsembleSession::Handler then) {
  session_.ask_until_answered(
      step, operation, [this, reign = reign_](const Response&) { return reign == reign_; },
      std::move(then));
}

// ------------------------------------------------------------------------------------- reading

void StoredCluster::read_on(const Step& step) {
  const std::size_t topics = topology_.topics.size();
  const std::size_t all = topics + topology_.partition_count();
  while (next_read_ < all && under_way_ < in_flight_) {
    const std::size_t it = next_read_++;
    ++under_way_;
    if (it < topics) {
      read_topic(step, it);
    } else {
      read_partition(step, PartitionId(static_cast<std::uint32_t>(it - topics)));
    }
  }
}

void StoredCluster::read_topic(const Step& step, std::size_t topic) {
  ask(step, znodes::get(znodes::partitions(topology_.topics[topic])),
      [this, topic](const Step& at, const Response& response) {
        topic_there_[topic] = response.error == CoordinationError::ok;
        came(at);
      });
}

void StoredCluster::read_partition(const Step& step, PartitionId p) {
  ask(step, znodes::get(znodes::state(topology_, p)),
      [this, p](const Step& at, const Response& response) {
        if (response.error == CoordinationError::ok) {
          const coordination::OperationResult& node = response.results.front();
          versions_[p.value()] = node.stat.version;
          if (auto state = znodes::decode_state(p, node.data)) {
            found_[p.value()] = Partition{std::move(*state), node.stat.modified};
          }
        }
        came(at);
      });
}

void StoredCluster::came(const Step& step) {
  --under_way_;
  read_on(step);
  if (under_way_ == 0) {
    user_.all_read(step);
  }
}

std::vector<StoredCluster::Partition> StoredCluster::take() {
  std::vector<Partition> all;
  for (auto& found : std::exchange(found_, {})) {
    if (!found) {
      return {};
    }
    all.push_back(std::move(*found));
  }
  return all;
}

// ------------------------------------------------------------------------------------- writing

void StoredCluster::write(const Step& step, std::vector<PartitionState> changes) {
  ENSURE(under_way_ == 0, "one write at a time");
  changes_ = std::move(changes);
  next_change_ = 0;
  ++under_way_;
  written(step);
}

void StoredCluster::write_on(const Step& step) {
  while (next_change_ < changes_.size() && under_way_ < in_flight_) {
    ++under_way_;
    submit(step, next_write());
  }
}

/// What the last of them makes or changes is a state.
StoredCluster::Operations StoredCluster::next_write() {
  Operations operations{znodes::check(znodes::kControllerEpoch, epoch_version_)};
  const auto is_new = [&](const PartitionState& state) {
    return versions_[state.partition.value()] == kNotThere;
  };
  if (!is_new(changes_[next_change_])) {
    const PartitionState& state = changes_[next_change_++];
    std::int32_t& version = versions_[state.partition.value()];
    operations.push_back(
        znodes::set(znodes::state(topology_, state.partition), znodes::encode(state), version));
    ++version;
    return operations;
  }
  while (next_change_ < changes_.size() && is_new(changes_[next_change_]) &&
         operations.size() < limits::kNodesMadeTogether) {
    add_nodes(operations, changes_[next_change_++]);
  }
  return operations;
}

void StoredCluster::add_nodes(Operations& operations, const PartitionState& state) {
  const PartitionId p = state.partition;
  const std::size_t topic = topology_.topic_of(p);
  if (!topic_there_[topic]) {
    topic_there_[topic] = true;
    const TopicConfig& it = topology_.topics[topic];
    operations.push_back(znodes::create(znodes::topic(it)));
    operations.push_back(znodes::create(znodes::partitions(it)));
  }
  operations.push_back(znodes::create(znodes::partition(topology_, p)));
  operations.push_back(znodes::create(znodes::state(topology_, p), znodes::encode(state)));
  versions_[p.value()] = 0;
}

/// All or none.
void StoredCluster::submit(const Step& step, const Operations& operations) {
  const std::uint64_t reign = reign_;
  session_.ask_all(step, operations,
                   [this, reign, operations](const Step& at, const Response& response) {
                     if (reign != reign_) {
                       return;
                     }
                     if (response.error == CoordinationError::ok) {
                       written(at);
                     } else if (epoch_is_over(response)) {
                       user_.overruled(at);
                     } else {
                       look_whether_written(at, operations, response.error);
                     }
                   });
}

/// Nobody could say whether it was done; or it was refused, perhaps because it was done before. The
/// state that it ends with tells: what is there as it was to be was written by us.
void StoredCluster::look_whether_written(const Step& step, const Operations& operations,
                                         CoordinationError error) {
  ask(step, znodes::get(operations.back().path),
      [this, operations, error](const Step& at, const Response& response) {
        const bool done = response.error == CoordinationError::ok &&
                          response.results.front().data == operations.back().data;
        if (done) {
          written(at);
        } else if (error == CoordinationError::connection_loss) {
          submit(at, operations);
        } else {
          user_.overruled(at);
        }
      });
}

void StoredCluster::written(const Step& step) {
  --under_way_;
  write_on(step);
  if (under_way_ == 0) {
    user_.all_written(step);
  }
}

}  // namespace wavetank::log
