#include "sim/run/child_process.h"
#include "tests/cluster/cluster_fixture.h"

namespace wavetank::sim::test {
namespace {

/// The digest of a short talk, in a process of its own (SimGrid has one engine a process).
std::string digest_of(std::string_view head, std::string_view body, bool answered = true) {
  ChildProcess child([&] {
    World world;
    const NodeId a = world.node(world.machine());
    const NodeId b = world.node(world.machine());
    world.when(b, std::string(head) + " from 0", [&](port::Ports& ports) {
      if (answered) {
        say(ports, a, "yes", port::Lane::response);
      }
    });
    world.step(after_us(1000), a, [&](port::Ports& ports) {
      ports.send(b, port::Lane::request, {Bytes::copy_of(head), {Bytes::copy_of(body)}});
    });
    world.cluster->start_all();
    world.run_until(after_us(5000));
    return std::to_string(world.kernel.digest());
  });
  return child.wait().value_or("the child died");
}

TEST(Digest, OfEqualRunsIsEqual) {
  const std::string digest = digest_of("ask", "body");
  EXPECT_NE(digest, "the child died");
  EXPECT_EQ(digest_of("ask", "body"), digest);
}

TEST(Digest, DiffersWhenAByteOfAHeadDoes) {
  EXPECT_NE(digest_of("ask", "body"), digest_of("asl", "body"));
}

TEST(Digest, DiffersWhenAByteOfABodyDoes) {
  EXPECT_NE(digest_of("ask", "body"), digest_of("ask", "bodz"));
}

TEST(Digest, DiffersWhenAMessageIsMissing) {
  EXPECT_NE(digest_of("ask", "body"), digest_of("ask", "body", false));
}

}  // namespace
}  // namespace wavetank::sim::test
