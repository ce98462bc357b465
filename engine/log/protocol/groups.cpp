#include "engine/log/protocol/groups.h"

#include "engine/log/protocol/encoding.h"

namespace wavetank::log {

void fields(auto& f, Is<FindCoordinatorRequest> auto& m) {
  f(m.group);
}
void fields(auto& f, Is<FindCoordinatorResponse> auto& m) {
  f(m.error), f(m.coordinator);
}
void fields(auto& f, Is<CommittedOffset> auto& m) {
  f(m.partition), f(m.offset);
}
void fields(auto& f, Is<OffsetCommitRequest> auto& m) {
  f(m.group), f(m.offsets);
}
void fields(auto& f, Is<OffsetCommitResponse> auto& m) {
  f(m.error);
}
void fields(auto& f, Is<OffsetFetchRequest> auto& m) {
  f(m.group);
}
void fields(auto& f, Is<OffsetFetchResponse> auto& m) {
  f(m.error), f(m.offsets);
}

WAVETANK_MESSAGE(FindCoordinatorRequest)
WAVETANK_MESSAGE(FindCoordinatorResponse)
WAVETANK_MESSAGE(OffsetCommitRequest)
WAVETANK_MESSAGE(OffsetCommitResponse)
WAVETANK_MESSAGE(OffsetFetchRequest)
WAVETANK_MESSAGE(OffsetFetchResponse)

}  // namespace wavetank::log
