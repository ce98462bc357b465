#include "sim/observe/evidence_recorder.h"

#include <algorithm>

namespace wavetank::sim {

void EvidenceRecorder::accepted(Time now, std::size_t bytes) {
  turn(now);
  ++current_.records_in;
  current_.bytes_in += bytes;
}

void EvidenceRecorder::published(Time now, Duration latency) {
  turn(now);
  ++current_.records_acknowledged;
  if (!is_left_over(now, latency)) {
    publish_.record(latency);
  }
}

void EvidenceRecorder::delivered(Time now, Duration latency) {
  turn(now);
  ++current_.records_out;
  if (!is_left_over(now, latency)) {
    e2e_.record(latency);
  }
}

void EvidenceRecorder::lag_sampled(Time now, std::uint64_t lag_records) {
  turn(now);
  current_.lag_records = std::max(current_.lag_records, lag_records);
}

void EvidenceRecorder::close(Time end) {
  current_.to = end;
  current_.e2e = PackedHistogram(e2e_);
  current_.publish = PackedHistogram(publish_);
  evidence_.windows.push_back(std::move(current_));
  e2e_ = Histogram();
  publish_ = Histogram();
  current_ = reports::Window{end, end + kWindow, {}, {}, 0, 0, 0, 0, 0};
}

reports::Evidence EvidenceRecorder::finish(Time end) {
  turn(end);
  if (end > current_.from) {
    close(end);
  }
  return std::move(evidence_);
}

}  // namespace wavetank::sim
