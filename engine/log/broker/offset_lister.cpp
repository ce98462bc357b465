#include "engine/log/broker/offset_lister.h"

#include <algorithm>
#include <utility>

#include "engine/log/limits.h"
#include "engine/log/protocol/refusals.h"

namespace wavetank::log {

void OffsetLister::on_request(const Step& step, NodeId from, CorrelationId correlation,
                              const ListOffsetsRequest& request) {
  step.meter().charge(port::Work::partition, request.partitions.size());
  Waiting it{from, correlation, request.partitions, {}};
  if (look_up(step, it)) {
    answer(step, it);
  } else if (waiting_.size() < limits::kWaitingLookups) {
    waiting_.push_back(std::move(it));
  } else {
    for (const ListOffsetsRequest::Partition& asked : it.unanswered) {
      ListOffsetsResponse::Partition refused;
      refused.partition = asked.partition;
      refused.error = ErrorCode::request_timed_out;
      it.response.partitions.push_back(refused);
    }
    answer(step, it);
  }
}

void OffsetLister::loaded(const Step& step, PartitionId p) {
  std::erase_if(waiting_, [&](Waiting& it) {
    const bool concerned =
        std::ranges::find(it.unanswered, p, &ListOffsetsRequest::Partition::partition) !=
        it.unanswered.end();
    if (!concerned || !look_up(step, it)) {
      return false;
    }
    answer(step, it);
    return true;
  });
}

void OffsetLister::on_hang_up(NodeId peer) {
  std::erase_if(waiting_, [&](const Waiting& it) { return it.from == peer; });
}

void OffsetLister::answer(const Step& step, const Waiting& request) const {
  tell_refusals(probe_, self_, request.response);
  step.answer(request.from, request.correlation, request.response);
}

bool OffsetLister::look_up(const Step& step, Waiting& request) const {
  std::erase_if(request.unanswered, [&](const ListOffsetsRequest::Partition& asked) {
    ListOffsetsResponse::Partition found;
    found.partition = asked.partition;
    if (!look_up(step, asked, found)) {
      return false;
    }
    request.response.partitions.push_back(found);
    return true;
  });
  return request.unanswered.empty();
}

bool OffsetLister::look_up(const Step& step, const ListOffsetsRequest::Partition& asked,
                           ListOffsetsResponse::Partition& out) const {
  const Replica* replica = replicas_.find(asked.partition);
  out.error = leader_refusal(replica, asked.leader_epoch);
  if (out.error != ErrorCode::none) {
    return true;
  }
  if (asked.timestamp_ms == kEarliestTimestamp) {
    out.offset = replica->log().start_offset();
    return true;
  }
  if (asked.timestamp_ms == kLatestTimestamp) {
    out.offset = replica->high_watermark();
    return true;
  }
  std::optional<TimestampedOffset> found;
  const ReadStatus status =
      replica->log().find_time(asked.timestamp_ms, replica->high_watermark(), found,
                               token_of(StorageWait::time_lookup, asked.partition), step.meter());
  if (found) {
    out.offset = found->offset;
    out.timestamp_ms = found->timestamp_ms;
  }
  return status != ReadStatus::loading;
}

}  // namespace wavetank::log
