#include "engine/log/ensemble/stored_cluster.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
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

znodes::Replicas replicas_of(const PartitionState& state) {
  return {state.replicas, state.adding, state.removing};
}

}  // namespace

void StoredCluster::begin(const Step& step, std::int32_t epoch_version) {
  end();
  epoch_version_ = epoch_version;
  found_.assign(topology_.partition_count(), std::nullopt);
  replicas_.assign(topology_.topics.size(), {});
  topic_versions_.assign(topology_.topics.size(), kNotThere);
  versions_.assign(topology_.partition_count(), kNotThere);
  next_read_ = 0;
  read_throttle(step);
}

void StoredCluster::end() {
  ++reign_;
  under_way_ = 0;
  found_.clear();
  changes_.clear();
  to_watch_.clear();
}

/// Asks, again after every loss of the connection, as long as this reign lasts.
void StoredCluster::ask(const Step& step, const Operation& operation,
                        EnsembleSession::Handler then) {
  session_.ask_until_answered(
      step, operation, [this, reign = reign_](const Response&) { return reign == reign_; },
      std::move(then));
}

// ------------------------------------------------------------------------------------- reading

void StoredCluster::read_throttle(const Step& step) {
  ++under_way_;
  ask(step, znodes::get(znodes::kBrokerDefaults), [this](const Step& at, const Response& response) {
    if (response.error == CoordinationError::ok) {
      const coordination::OperationResult& node = response.results.front();
      throttle_ = static_cast<std::uint64_t>(znodes::decode_number(node.data).value_or(0));
      throttle_version_ = node.stat.version;
    }
    --under_way_;
    read_names(at);
  });
}

/// Of the topics that are there; of the others nothing need be read.
void StoredCluster::read_names(const Step& step) {
  ++under_way_;
  ask(step, znodes::children(znodes::kTopics, false),
      [this](const Step& at, const Response& response) {
        if (response.error == CoordinationError::ok) {
          const std::vector<std::string>& names = response.results.front().children;
          for (std::size_t t = 0; t < topology_.topics.size(); ++t) {
            if (std::ranges::binary_search(names, topology_.topics[t].name)) {
              topic_versions_[t] = 0;
            }
          }
        }
        came(at);
      });
}

void StoredCluster::read_on(const Step& step) {
  const std::size_t topics = topology_.topics.size();
  const std::size_t all = topics + topology_.partition_count();
  while (next_read_ < all && under_way_ < in_flight_) {
    const std::size_t it = next_read_++;
    const bool is_topic = it < topics;
    const PartitionId p(static_cast<std::uint32_t>(is_topic ? 0 : it - topics));
    const std::size_t topic = is_topic ? it : topology_.topic_of(p);
    if (topic_versions_[topic] == kNotThere) {
      continue;
    }
    ++under_way_;
    if (is_topic) {
      read_topic(step, topic);
    } else {
      read_partition(step, p);
    }
  }
}

void StoredCluster::read_topic(const Step& step, std::size_t topic) {
  const bool watched = topic_watch_ == TopicWatch::with_the_read;
  if (!watched) {
    to_watch_.push_back(topic);
  }
  ask(step, znodes::get(znodes::topic(topology_.topics[topic]), watched),
      [this, topic](const Step& at, const Response& response) {
        if (response.error == CoordinationError::ok) {
          const coordination::OperationResult& node = response.results.front();
          topic_versions_[topic] = node.stat.version;
          replicas_[topic] = znodes::decode_assignment(node.data).value_or(znodes::Assignment());
        }
        replicas_[topic].resize(topology_.topics[topic].partitions);
        came(at);
      });
}

/// After the topics: answers come in the order of the requests.
void StoredCluster::read_partition(const Step& step, PartitionId p) {
  const std::size_t topic = topology_.topic_of(p);
  ask(step, znodes::get(znodes::state(topology_, p)),
      [this, p, topic](const Step& at, const Response& response) {
        if (response.error == CoordinationError::ok) {
          const coordination::OperationResult& node = response.results.front();
          versions_[p.value()] = node.stat.version;
          if (auto state = znodes::decode_state(p, node.data)) {
            const auto& replicas = replicas_[topic][p - topology_.first_partition(topic)];
            state->replicas = replicas.all;
            state->adding = replicas.adding;
            state->removing = replicas.removing;
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

void StoredCluster::write(const Step& step, std::vector<PartitionState> changes,
                          std::uint64_t throttle) {
  ENSURE(under_way_ == 0, "one write at a time");
  changes_ = std::move(changes);
  new_throttle_ = throttle;
  next_change_ = 0;
  ++under_way_;
  written(step);
}

void StoredCluster::write_on(const Step& step) {
  while (!all_submitted() && under_way_ < in_flight_) {
    ++under_way_;
    submit(step, next_write());
  }
}

bool StoredCluster::all_submitted() const {
  return new_throttle_ == throttle_ && next_change_ == changes_.size();
}

/// What the last of them makes or changes is a state, or the throttle.
StoredCluster::Operations StoredCluster::next_write() {
  Operations operations{znodes::check(znodes::kControllerEpoch, epoch_version_)};
  if (new_throttle_ != throttle_) {
    throttle_ = new_throttle_;
    operations.push_back(znodes::set(znodes::kBrokerDefaults,
                                     znodes::encode(static_cast<std::int64_t>(throttle_)),
                                     throttle_version_++));
    return operations;
  }
  const auto is_new = [&](std::size_t change) {
    return versions_[changes_[change].partition.value()] == kNotThere;
  };
  if (!is_new(next_change_)) {
    add_change(operations, changes_[next_change_++]);
    return operations;
  }
  while (next_change_ < changes_.size() && is_new(next_change_) &&
         operations.size() < limits::kNodesMadeTogether) {
    add_nodes(operations, next_change_++);
  }
  return operations;
}

void StoredCluster::add_change(Operations& operations, const PartitionState& state) {
  const PartitionId p = state.partition;
  const std::size_t topic = topology_.topic_of(p);
  znodes::Replicas& stored = replicas_[topic][p - topology_.first_partition(topic)];
  if (znodes::Replicas now = replicas_of(state); stored != now) {
    stored = std::move(now);
    operations.push_back(znodes::set(znodes::topic(topology_.topics[topic]),
                                     znodes::encode(replicas_[topic]), topic_versions_[topic]++));
  }
  operations.push_back(
      znodes::set(znodes::state(topology_, p), znodes::encode(state), versions_[p.value()]++));
}

/// Of a partition that is new, and of its topic if that is: then its partitions come together.
void StoredCluster::add_nodes(Operations& operations, std::size_t change) {
  const PartitionState& state = changes_[change];
  const PartitionId p = state.partition;
  const std::size_t topic = topology_.topic_of(p);
  const TopicConfig& it = topology_.topics[topic];
  if (topic_versions_[topic] == kNotThere) {
    topic_versions_[topic] = 0;
    to_watch_.push_back(topic);
    replicas_[topic].clear();
    for (std::size_t i = 0; i < it.partitions; ++i) {
      replicas_[topic].push_back(replicas_of(changes_[change + i]));
    }
    operations.push_back(znodes::create(znodes::topic(it), znodes::encode(replicas_[topic])));
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
/// node that it ends with tells: what is there as it was to be was written by us.
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

// ------------------------------------------------------------------------------------ watching

void StoredCluster::watch(const Step& step) {
  ENSURE(under_way_ == 0 && unwatched(), "nothing else is under way");
  watch_on(step);
}

void StoredCluster::watch_on(const Step& step) {
  while (!to_watch_.empty() && under_way_ < in_flight_) {
    const std::size_t topic = to_watch_.front();
    to_watch_.pop_front();
    ++under_way_;
    ask(step, znodes::watch(znodes::topic(topology_.topics[topic])),
        [this](const Step& at, const Response&) {
          --under_way_;
          watch_on(at);
          if (under_way_ == 0) {
            user_.all_watched(at);
          }
        });
  }
}

/// What we write ourselves is no news; a version beyond that is another controller's.
void StoredCluster::topic_changed(const Step& step, std::string_view name) {
  const auto found = std::ranges::find(topology_.topics, name, &TopicConfig::name);
  if (found == topology_.topics.end()) {
    return;
  }
  const auto topic = static_cast<std::size_t>(found - topology_.topics.begin());
  ask(step, znodes::get(znodes::topic(*found), true),
      [this, topic](const Step& at, const Response& response) {
        if (response.error != CoordinationError::ok ||
            response.results.front().stat.version > topic_versions_[topic]) {
          user_.overruled(at);
        }
      });
}

}  // namespace wavetank::log
