#include "engine/log/storage/control_batch.h"

namespace wavetank::log {

namespace {

constexpr std::int16_t kVersion = 0;

}  // namespace

Bytes encode_marker(const EndMarker& marker, std::int64_t timestamp_ms) {
  ByteWriter key;
  key.fixed(kVersion);
  key.fixed(static_cast<std::int16_t>(marker.outcome));
  ByteWriter value;
  value.fixed(kVersion);
  value.fixed(marker.coordinator_epoch.value());
  BatchBuilder batch;
  batch.add(timestamp_ms, key.view(), value.view());
  return batch.build(marker.producer, marker.epoch, kNoSequence,
                     kTransactionalAttribute | kControlAttribute);
}

std::optional<EndMarker> decode_marker(const BatchView& batch) {
  if (!batch.is_control() || batch.record_count() != 1) {
    return std::nullopt;
  }
  std::optional<EndMarker> marker;
  batch.for_each_record([&](const RecordView& record) {
    ByteReader key(record.key);
    ByteReader value(record.value);
    key.fixed<std::int16_t>();  // later versions add fields behind those known here
    const auto outcome = key.fixed<std::int16_t>();
    value.fixed<std::int16_t>();
    const auto coordinator_epoch = value.fixed<std::int32_t>();
    if (key.ok() && value.ok() && (outcome == 0 || outcome == 1)) {
      marker = EndMarker{batch.producer_id(), batch.producer_epoch(),
                         outcome == 1 ? Outcome::commit : Outcome::abort,
                         CoordinatorEpoch(coordinator_epoch)};
    }
  });
  return marker;
}

}  // namespace wavetank::log
