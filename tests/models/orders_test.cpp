#include "models/orders.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace wavetank::models {
namespace {

/// An event and the bytes that its text points into.
struct Event : OrderEvent {
  std::string key;
  Bytes value;
};

/// The events of one producer instance, 20 us apart.
class Orders {
 public:
  explicit Orders(const OrdersConfig& config = {})
      : source_(*OrderSource::make(config, Random(5, "orders"))) {}

  Event next() {
    now_ += microseconds(20);
    source_.next(now_, record_);
    Event event;
    event.key = as_text(record_.key.view());
    event.value = record_.value.share();
    const auto decoded = decode_order_event(event.value);
    EXPECT_TRUE(decoded.has_value());
    static_cast<OrderEvent&>(event) = *decoded;
    EXPECT_EQ(event.event_id, record_.event_id);
    EXPECT_EQ(event.committed, now_);
    return event;
  }
  std::vector<Event> take(std::size_t count) {
    std::vector<Event> events;
    for (std::size_t i = 0; i < count; ++i) {
      events.push_back(next());
    }
    return events;
  }
  [[nodiscard]] std::size_t open() const { return source_.open_orders(); }

 private:
  OrderSource source_;
  Record record_;
  Time now_;
};

OrdersConfig with_open_orders(std::uint32_t most) {
  OrdersConfig config;
  config.open_orders_max = most;
  return config;
}

TEST(OrderLife, AllowsExactlyItsTransitions) {
  using enum OrderStatus;
  using Kind = OrderEventKind;
  EXPECT_EQ(status_after(std::nullopt, Kind::created), created);
  EXPECT_EQ(status_after(created, Kind::modified), created);
  EXPECT_EQ(status_after(created, Kind::allocated), allocated);
  EXPECT_EQ(status_after(allocated, Kind::scheduled), scheduled);
  EXPECT_EQ(status_after(allocated, Kind::shipped), shipped);
  EXPECT_EQ(status_after(scheduled, Kind::shipped), shipped);
  for (const OrderStatus open : {created, allocated, scheduled}) {
    EXPECT_EQ(status_after(open, Kind::backlog_adjusted), open);
  }
  int legal = 0;
  for (std::size_t kind = 0; kind < kOrderEventKinds; ++kind) {
    legal += status_after(std::nullopt, static_cast<Kind>(kind)).has_value() ? 1 : 0;
    for (const OrderStatus status : {created, allocated, scheduled, shipped}) {
      legal += status_after(status, static_cast<Kind>(kind)).has_value() ? 1 : 0;
    }
  }
  EXPECT_EQ(legal, 9);  // those above, and none else
}

TEST(OrderSource, LeadsEveryOrderThroughALegalLife) {
  Orders orders(with_open_orders(500));
  std::map<std::uint64_t, OrderRow> open;
  std::set<std::uint64_t> closed;
  for (const Event& event : orders.take(200'000)) {
    const auto at = open.find(event.order);
    const bool known = at != open.end();
    ASSERT_FALSE(closed.contains(event.order)) << "an event after the order was shipped";
    ASSERT_EQ(event.insert, !known);
    ASSERT_EQ(event.before.has_value(), known);
    if (known) {
      ASSERT_EQ(*event.before, at->second) << "before must be what the last event left";
    }
    const auto status =
        status_after(known ? std::optional(at->second.status) : std::nullopt, event.kind);
    ASSERT_EQ(status, event.after.status) << name(event.kind);
    open[event.order] = event.after;
    if (event.after.status == OrderStatus::shipped) {
      open.erase(event.order);
      closed.insert(event.order);
    }
  }
  EXPECT_GT(closed.size(), 40'000U);
  EXPECT_EQ(orders.open(), open.size());
}

TEST(OrderSource, KeepsQuantitiesConsistent) {
  for (const Event& event : Orders(with_open_orders(500)).take(50'000)) {
    const OrderRow& row = event.after;
    ASSERT_GE(row.quantity, 1U);
    ASSERT_EQ(row.backlog, row.quantity - row.shipped);
    ASSERT_EQ(row.allocated, row.status == OrderStatus::created ? 0 : row.quantity);
    ASSERT_EQ(row.shipped, row.status == OrderStatus::shipped ? row.quantity : 0);
    ASSERT_EQ(row.revision, event.before ? event.before->revision + 1 : 0);
    ASSERT_LT(row.revision, kOrderEventsMax);
    ASSERT_LE(row.priority, 4);
  }
}

TEST(OrderSource, NeverHasMoreOpenOrdersThanItsBound) {
  Orders orders(with_open_orders(100));
  bool reached = false;
  for (int i = 0; i < 50'000; ++i) {
    orders.next();
    ASSERT_LE(orders.open(), 100U);
    reached |= orders.open() == 100;
  }
  EXPECT_TRUE(reached);
}

TEST(OrderSource, WorksWithASingleOpenOrder) {
  std::uint64_t last = 0;
  for (const Event& event : Orders(with_open_orders(1)).take(1000)) {
    ASSERT_TRUE(event.order == last || event.order == last + 1);
    last = event.order;
  }
  EXPECT_GT(last, 100U);
}

TEST(OrderSource, MixesAllKindsAsTheModelCardSays) {
  std::array<double, kOrderEventKinds> counts{};
  constexpr double kEvents = 400'000;
  for (const Event& event :
       Orders(with_open_orders(1000)).take(static_cast<std::size_t>(kEvents))) {
    ++counts[static_cast<std::size_t>(event.kind)];
  }
  // Events of a life, from the shares of the state machine: adjust .1, modify .3 while created,
  // made to order .4. Visits to a state last 1 / (1 - share of staying).
  const double modified = 0.3 / 0.6;
  const double adjusted = 0.1 / 0.6 + 0.1 / 0.9 + 0.4 * 0.1 / 0.9;
  const std::array<double, kOrderEventKinds> per_order = {1, modified, 1, 0.4, 1, adjusted};
  double total = 0;
  for (const double n : per_order) {
    total += n;
  }
  for (std::size_t kind = 0; kind < kOrderEventKinds; ++kind) {
    // 0.01: the caps on modifications and adjustments, the orders still open, and chance.
    EXPECT_NEAR(counts[kind] / kEvents, per_order[kind] / total, 0.01)
        << name(static_cast<OrderEventKind>(kind));
  }
}

TEST(OrderSource, EncodesEventsOfTheSizeOfCompactChangeRecords) {
  double bytes = 0;
  for (const Event& event : Orders().take(20'000)) {
    const std::size_t size = event.key.size() + event.value.size();
    ASSERT_GE(size, 90U);
    ASSERT_LE(size, 200U);
    bytes += static_cast<double>(size);
  }
  EXPECT_NEAR(bytes / 20'000, 145, 25);
}

TEST(OrderSource, KeysRecordsByOrder) {
  for (const Event& event : Orders().take(5000)) {
    ASSERT_EQ(event.key, "order/" + std::to_string(event.order));
    ASSERT_EQ(order_of_key(as_bytes(event.key)), event.order);
  }
  EXPECT_EQ(order_of_key(as_bytes("order/")), std::nullopt);
  EXPECT_EQ(order_of_key(as_bytes("order/12x")), std::nullopt);
  EXPECT_EQ(order_of_key(as_bytes("customer/12")), std::nullopt);
  EXPECT_EQ(order_of_key(as_bytes("order/99999999999999999999")), std::nullopt);
}

TEST(OrderSource, NumbersItsEventsAndItsLogUpwards) {
  std::uint64_t number = 0;
  std::optional<std::uint64_t> lsn;
  for (const Event& event : Orders().take(5000)) {
    ASSERT_EQ(event_number(event.event_id), number++);
    ASSERT_TRUE(!lsn || event.lsn > *lsn);
    lsn = event.lsn;
  }
}

TEST(OrderSource, SharesNeitherOrdersNorEventsBetweenInstances) {
  constexpr std::uint32_t kProducers = 3;
  std::set<std::uint64_t> events;
  std::map<std::string, std::uint32_t> owner;
  for (std::uint32_t k = 0; k < kProducers; ++k) {
    OrdersConfig config;
    config.instance = {k, kProducers};
    for (const Event& event : Orders(config).take(5000)) {
      ASSERT_TRUE(events.insert(event.event_id).second);
      ASSERT_EQ(owner.try_emplace(event.key, k).first->second, k);
    }
  }
}

TEST(OrderSource, ChoosesCustomersWithTheirSkew) {
  OrdersConfig config;
  config.customers = 1000;
  config.customer_skew = 1.0;
  int created = 0;
  int hottest = 0;
  for (const Event& event : Orders(config).take(100'000)) {
    if (event.insert) {
      ++created;
      hottest += event.customer == 0 ? 1 : 0;
    }
  }
  const double p = KeyLaw::zipf(1000, 1.0)->probability(0);
  EXPECT_NEAR(hottest, created * p, 4 * std::sqrt(created * p * (1 - p)));
}

TEST(OrderSource, KeepsCustomerAndProductOfAnOrder) {
  struct Identity {
    std::uint64_t customer;
    std::string business_unit, product_family, channel;
    bool operator==(const Identity&) const = default;
  };
  std::map<std::uint64_t, Identity> orders;
  for (const Event& event : Orders(with_open_orders(200)).take(20'000)) {
    const Identity identity{event.customer, std::string(event.business_unit),
                            std::string(event.product_family), std::string(event.channel)};
    ASSERT_EQ(orders.try_emplace(event.order, identity).first->second, identity);
  }
}

TEST(OrderSource, NamesTheTableThatChanged) {
  std::map<OrderEventKind, std::set<std::string>> tables;
  for (const Event& event : Orders(with_open_orders(50)).take(5000)) {
    tables[event.kind].insert(std::string(event.table));
    ASSERT_FALSE(event.detail.empty());
  }
  EXPECT_EQ(tables.size(), kOrderEventKinds);
  EXPECT_EQ(tables[OrderEventKind::shipped], std::set<std::string>{"wms.shipments"});
  for (const auto& [kind, names] : tables) {
    EXPECT_EQ(names.size(), 1U) << name(kind);
  }
}

TEST(OrderSource, RepeatsWithItsStream) {
  Orders a;
  Orders b;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(a.next().value, b.next().value);
  }
}

TEST(OrderDecoder, RefusesEveryTornValue) {
  const Event event = Orders(with_open_orders(1)).take(2).back();
  for (std::size_t size = 0; size < event.value.size(); ++size) {
    EXPECT_FALSE(decode_order_event(event.value.view().first(size))) << size;
  }
}

TEST(OrderDecoder, RefusesForeignBytes) {
  const Event event = Orders().next();
  const auto spoiled = [&](std::size_t at, std::uint8_t byte) {
    std::vector<std::uint8_t> bytes(event.value.view().begin(), event.value.view().end());
    bytes.at(at) = byte;
    return decode_order_event(bytes);
  };
  EXPECT_TRUE(spoiled(8, 1));      // the version as it is
  EXPECT_FALSE(spoiled(8, 2));     // another version
  EXPECT_FALSE(spoiled(9, 6));     // no such kind
  EXPECT_FALSE(spoiled(10, 'd'));  // no such operation
  std::vector<std::uint8_t> longer(event.value.view().begin(), event.value.view().end());
  longer.push_back(0);
  EXPECT_FALSE(decode_order_event(longer));
}

TEST(OrderSource, RefusesImpossibleConfigurations) {
  const auto refused = [](auto&& spoil) {
    OrdersConfig config;
    spoil(config);
    return !OrderSource::make(config, Random(1, "x")).has_value();
  };
  EXPECT_FALSE(refused([](OrdersConfig&) {}));
  EXPECT_TRUE(refused([](OrdersConfig& c) { c.customers = 0; }));
  EXPECT_TRUE(refused([](OrdersConfig& c) { c.customer_skew = 0; }));
  EXPECT_TRUE(refused([](OrdersConfig& c) { c.open_orders_max = 0; }));
  EXPECT_TRUE(refused([](OrdersConfig& c) { c.open_orders_max = kOpenOrdersLimit + 1; }));
  EXPECT_TRUE(refused([](OrdersConfig& c) { c.instance = {2, 2}; }));
}

}  // namespace
}  // namespace wavetank::models
