#pragma once

// The order-lifecycle workload of Potel, "A Real-Time Analytics Architecture for Enterprise Order
// Lifecycle Visibility and Backlog Management", sections III to V: change events captured from the
// logs of order-management databases, keyed by order, customers chosen with Zipf skew. Each order
// goes through its life:
//
//     created --allocate--> allocated --schedule--> scheduled (made to order)
//        |                      |                       |
//        | modify (stays)       +--------ship-----------+--> shipped (gone)
//
// with backlog adjustments while it is open, which keep its status. Shares of the events are
// assumptions of ours (model card: models/cards/orders.md); the paper gives none.
//
// Value layout, format version 1 (integers big-endian, varints as in engine/base/codec.h, text and
// bytes with their length in front):
//
//     event id u64 | version u8 | kind u8 | operation u8 ('c' insert, 'u' update) | lsn u64 |
//     commit time i64 ns | transaction uvarint | table text | order uvarint | customer uvarint |
//     business unit text | product family text | channel text | detail text |
//     before row (absent after an insert) | after row
//
//     row: status u8 | priority u8 | quantity, allocated, backlog, shipped uvarint |
//          unit price in cents uvarint | promised day varint | revision uvarint

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/result.h"
#include "models/instance.h"
#include "models/keys.h"
#include "models/record_source.h"

namespace wavetank::models {

enum class OrderStatus : std::uint8_t { created, allocated, scheduled, shipped };
enum class OrderEventKind : std::uint8_t {
  created,
  modified,
  allocated,
  scheduled,
  shipped,
  backlog_adjusted,
};
inline constexpr std::size_t kOrderEventKinds = 6;
std::string_view name(OrderStatus status);
std::string_view name(OrderEventKind kind);

/// The status of an order after an event of this kind; none if the event is illegal in this status.
/// `before` is none for an order that does not exist.
std::optional<OrderStatus> status_after(std::optional<OrderStatus> before, OrderEventKind kind);

/// What a row of the order table says, as far as events carry it. Quantities are units of product;
/// backlog is what is ordered and not shipped.
struct OrderRow {
  OrderStatus status = OrderStatus::created;
  std::uint8_t priority = 0;  ///< 0 (highest) to 4
  std::uint32_t quantity = 0;
  std::uint32_t allocated = 0;
  std::uint32_t backlog = 0;
  std::uint32_t shipped = 0;
  std::uint32_t unit_price_cents = 0;
  std::int32_t promised_day = 0;  ///< days since the start of the run
  std::uint32_t revision = 0;     ///< events of this order before this one

  friend bool operator==(const OrderRow&, const OrderRow&) = default;
};

/// A decoded event. Text is a view into the decoded value.
struct OrderEvent {
  std::uint64_t event_id = 0;
  OrderEventKind kind = OrderEventKind::created;
  bool insert = false;
  std::uint64_t lsn = 0;          ///< ascends within a producer instance
  Time committed;                 ///< at the source: the intended send time
  std::uint64_t transaction = 0;  ///< of the source database: one for each event
  std::string_view table;         ///< "oms.orders", "wms.shipments", ...
  std::uint64_t order = 0;
  std::uint64_t customer = 0;  ///< rank by popularity
  std::string_view business_unit;
  std::string_view product_family;
  std::string_view channel;
  std::string_view detail;  ///< of the kind: warehouse, line, carrier and waybill, reason
  std::optional<OrderRow> before;
  OrderRow after;
};

/// Reads a value that an OrderSource made. Fails, with the reason, on anything else.
Result<OrderEvent> decode_order_event(ByteView value);

/// The key of an order's records, "order/<id>" in decimal, and back.
std::optional<std::uint64_t> order_of_key(ByteView key);

struct OrdersConfig {
  std::uint64_t customers = 100'000;
  double customer_skew = 1.1;  ///< exponent of the Zipf law of who orders
  /// Orders of this instance that are open at a time, at most: while there are fewer, more are
  /// created than shipped; at the bound, one must ship before the next is created.
  std::uint32_t open_orders_max = 8192;
  Instance instance;  ///< order ids are dealt out in turn: instance k of n has those = k (mod n)
};

/// Bounds of a configuration and of one order's life.
inline constexpr std::uint32_t kOpenOrdersLimit = 10'000'000;
inline constexpr std::uint32_t kOrderModificationsMax = 8;
inline constexpr std::uint32_t kOrderAdjustmentsMax = 8;
inline constexpr std::uint32_t kOrderEventsMax = 4 + kOrderModificationsMax + kOrderAdjustmentsMax;

class OrderSource final : public RecordSource {
 public:
  /// Fails unless 1 <= customers <= kKeysMax, 0 < customer_skew <= 100, 1 <= open_orders_max <=
  /// kOpenOrdersLimit, and the instance is within its group.
  static Result<OrderSource> make(const OrdersConfig& config, Random random);

  void next(Time intended, Record& out) override;
  [[nodiscard]] std::size_t open_orders() const { return open_.size(); }

 private:
  /// An open order: what its later events need.
  struct Order {
    std::uint64_t id;
    std::uint64_t customer;
    OrderRow row;
    std::uint8_t business_unit;
    std::uint8_t product_family;
    std::uint8_t channel;
    bool made_to_order;
    std::uint8_t modifications;
    std::uint8_t adjustments;
  };

  OrderSource(const OrdersConfig& config, KeyLaw customers, Random random);
  Order create(Time intended);
  OrderEventKind choose_event(const Order& order);
  void apply(OrderEventKind kind, Order& order);
  void encode(Time intended, OrderEventKind kind, const Order& order, const OrderRow* before,
              Record& out);
  static void write_detail(OrderEventKind kind, const Order& order, ByteWriter& out);

  OrdersConfig config_;
  Random random_;
  KeyLaw customers_;
  std::vector<Order> open_;
  std::uint64_t orders_made_ = 0;
  std::uint64_t events_made_ = 0;
  std::uint64_t lsn_ = 0;
};

}  // namespace wavetank::models
