#pragma once

// The partitions as nodes of the ensemble: a new controller reads them all, a topic's replicas and
// each partition's state, and then it is the only one to change them. As many requests are under
// way at once as the session allows: with one, a cluster of many partitions is taken over at the
// pace of round trips.
//
//  - Every change checks the version of /controller_epoch, which each new controller raises, and of
//    the node itself: a controller that has been replaced, and does not know it, changes nothing.
//  - A state is changed by a request of its own, as in Kafka: an election costs one, each. Only the
//    nodes of new topics, which Kafka's tools make beforehand, are made many at a time.
//  - The nodes of topics are watched, as in Kafka, where tools change them; here it is a sign that
//    there is another controller.

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/ensemble/session.h"
#include "engine/log/ensemble/znodes.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log {

/// The controller behind it. Calls come within a step.
class StoredClusterUser {
 public:
  virtual ~StoredClusterUser() = default;
  virtual void all_read(const Step& step) = 0;
  virtual void all_written(const Step& step) = 0;
  virtual void all_watched(const Step& step) = 0;
  /// The nodes are not as this controller left them: there is another one.
  virtual void overruled(const Step& step) = 0;
};

class StoredCluster {
 public:
  struct Partition {
    PartitionState state;
    coordination::Zxid written;  ///< when it was changed last
  };

  /// REQUIRES: all the others outlive this.
  StoredCluster(const Topology& topology, const ControllerConfig& config, EnsembleSession& session,
                StoredClusterUser& user)
      : topology_(topology),
        in_flight_(config.ensemble_in_flight),
        topic_watch_(config.topic_watch),
        session_(session),
        user_(user) {}

  /// Reads everything, for a controller whose epoch is this version of its node.
  void begin(const Step& step, std::int32_t epoch_version);
  /// What has been asked is not heard any more.
  void end();

  /// What was read, once: all partitions in their order, or none unless all are there.
  [[nodiscard]] std::vector<Partition> take();
  [[nodiscard]] std::uint64_t throttle() const { return throttle_; }
  /// REQUIRES: all was read, and what was written before.
  void write(const Step& step, std::vector<PartitionState> changes, std::uint64_t throttle);
  /// Of topics that were made, or whose reading left no watch.
  [[nodiscard]] bool unwatched() const { return !to_watch_.empty(); }
  /// REQUIRES: there are such topics; all was read, and what was written before.
  void watch(const Step& step);
  /// A watch on the node of a topic has fired.
  void topic_changed(const Step& step, std::string_view name);

 private:
  using Operations = std::vector<coordination::Operation>;

  void read_throttle(const Step& step);
  void read_names(const Step& step);
  void read_on(const Step& step);
  void read_topic(const Step& step, std::size_t topic);
  void read_partition(const Step& step, PartitionId p);
  void came(const Step& step);

  void write_on(const Step& step);
  [[nodiscard]] bool all_submitted() const;
  [[nodiscard]] Operations next_write();
  void add_change(Operations& operations, const PartitionState& state);
  void add_nodes(Operations& operations, std::size_t change);
  void submit(const Step& step, const Operations& operations);
  void look_whether_written(const Step& step, const Operations& operations,
                            coordination::ErrorCode error);
  void written(const Step& step);

  void watch_on(const Step& step);

  void ask(const Step& step, const coordination::Operation& operation,
           EnsembleSession::Handler then);

  const Topology& topology_;
  std::uint32_t in_flight_;  ///< requests, at least one
  TopicWatch topic_watch_;
  EnsembleSession& session_;
  StoredClusterUser& user_;

  std::uint64_t reign_ = 0;  ///< counts begin and end: answers of an earlier one are not heard
  std::int32_t epoch_version_ = 0;
  std::uint32_t under_way_ = 0;  ///< requests

  std::size_t next_read_ = 0;  ///< topics, then partitions
  std::vector<std::optional<Partition>> found_;
  std::vector<znodes::Assignment> replicas_;  ///< by topic, as they are there
  std::uint64_t throttle_ = 0;                ///< as it is there
  std::int32_t throttle_version_ = 0;
  std::vector<std::int32_t> topic_versions_;  ///< of topics' nodes; -1: not there
  std::vector<std::int32_t> versions_;        ///< of states, by partition; -1: not there

  std::uint64_t new_throttle_ = 0;
  std::size_t next_change_ = 0;
  std::vector<PartitionState> changes_;
  std::deque<std::size_t> to_watch_;  ///< topics
};

}  // namespace wavetank::log
