#include "sim/replay/asked.h"

#include <gmock/gmock.h>

#include "models/record_source.h"

namespace wavetank::sim {
namespace {

using testing::HasSubstr;

log::Topology topology() {
  log::Topology it;
  it.topics.resize(1);
  it.topics[0].name = "events";
  it.topics[0].partitions = 3;
  return it;
}

std::string why_not(std::string_view records) {
  const auto found = find_records(records, topology());
  return found ? "found" : found.error().message;
}

TEST(AskedRecords, AreFoundByPartitionAndOffsets) {
  const auto found = find_records("events-2@1187..1190", topology());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->partition, log::PartitionId(2));
  EXPECT_EQ(found->first, 1187U);
  EXPECT_EQ(found->last, 1190U);
}

TEST(AskedRecords, AreFoundByNumberAndByProducer) {
  EXPECT_EQ(find_records("16040", topology())->last, 16040U);
  EXPECT_FALSE(find_records("16040", topology())->partition);
  const auto found = find_records("2/17..20", topology());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->first, models::make_event_id(2, 17));
  EXPECT_EQ(found->last, models::make_event_id(2, 20));
}

TEST(AskedRecords, ThatMakeNoSenseAreRefusedWithTheReason) {
  EXPECT_THAT(why_not("event-0@1"), HasSubstr("did you mean \"events-0\""));
  EXPECT_THAT(why_not("nothing@1"), HasSubstr("there is events-0, events-1, events-2"));
  EXPECT_THAT(why_not("events-0@"), HasSubstr("no range"));
  EXPECT_THAT(why_not("9..3"), HasSubstr("ends before it begins"));
  EXPECT_THAT(why_not("0..1000"), HasSubstr("1001 records are too many"));
  EXPECT_THAT(why_not("x/3"), HasSubstr("no producer's number"));
  EXPECT_THAT(why_not("-1"), HasSubstr("no range"));
  EXPECT_EQ(why_not("0..999"), "found");
}

TEST(AskedMoments, AreDatesOrNames) {
  EXPECT_EQ(parse_moment("83.2s")->date, Time() + milliseconds(83'200));
  EXPECT_EQ(parse_moment("end")->kind, Moment::Kind::end);
  EXPECT_EQ(parse_moment("first-failure")->kind, Moment::Kind::first_failure);
  EXPECT_EQ(parse_moment("fault-2")->kind, Moment::Kind::fault_begins);
  EXPECT_EQ(parse_moment("fault-2")->fault, 1U);
  EXPECT_EQ(parse_moment("fault-12-end")->kind, Moment::Kind::fault_ends);
  EXPECT_EQ(parse_moment("fault-12-end")->fault, 11U);
  for (const char* wrong : {"", "7", "fault-0", "fault-", "-3s", "yesterday", "fault-1-begin"}) {
    const auto moment = parse_moment(wrong);
    ASSERT_FALSE(moment) << wrong;
    EXPECT_THAT(moment.error().message, HasSubstr("no moment of a run"));
  }
}

}  // namespace
}  // namespace wavetank::sim
