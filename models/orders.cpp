#include "models/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::models {

namespace {

constexpr std::uint8_t kFormatVersion = 1;
constexpr std::string_view kKeyPrefix = "order/";
constexpr std::uint8_t kInsert = 'c';
constexpr std::uint8_t kUpdate = 'u';
constexpr std::int64_t kDayNs = 86'400LL * 1'000'000'000;

// Vocabulary of the events. Lengths are those of names in such systems; spelling is ours.
constexpr std::array<std::string_view, 8> kBusinessUnits = {
    "amer-enterprise", "amer-commercial", "emea-enterprise", "emea-commercial",
    "apjc-enterprise", "apjc-commercial", "public-sector",   "service-provider"};
constexpr std::array<std::string_view, 12> kProductFamilies = {
    "routing-core", "routing-edge",  "switching-dc", "switching-lan", "wireless",   "security-fw",
    "security-id",  "collaboration", "compute-rack", "compute-blade", "optics-400", "services"};
constexpr std::array<std::string_view, 4> kChannels = {"direct", "partner", "distributor", "web"};
constexpr std::array<std::string_view, 6> kWarehouses = {"wh-sjc-01", "wh-dfw-02", "wh-ams-01",
                                                         "wh-fra-03", "wh-sin-01", "wh-nrt-02"};
constexpr std::array<std::string_view, 4> kCarriers = {"air-express", "ground", "ocean-lcl",
                                                       "road-eu"};
constexpr std::array<std::string_view, 4> kReasons = {"demand-priority", "supply-shortage",
                                                      "credit-hold", "customer-deferral"};

// Shares of what happens next to an open order: assumptions, see the model card.
constexpr double kCreateShare = 0.30;
constexpr double kModifyShare = 0.30;
constexpr double kAdjustShare = 0.10;
constexpr double kMadeToOrderShare = 0.40;

struct KindText {
  std::string_view name;
  std::string_view table;
};
constexpr std::array<KindText, kOrderEventKinds> kKinds = {{
    {"created", "oms.orders"},
    {"modified", "oms.order_lines"},
    {"allocated", "inv.allocations"},
    {"scheduled", "mes.schedules"},
    {"shipped", "wms.shipments"},
    {"backlog_adjusted", "oms.backlog"},
}};
constexpr std::array<std::string_view, 4> kStatusNames = {"created", "allocated", "scheduled",
                                                          "shipped"};

void write_row(const OrderRow& row, ByteWriter& out) {
  out.fixed(static_cast<std::uint8_t>(row.status));
  out.fixed(row.priority);
  out.unsigned_varint(row.quantity);
  out.unsigned_varint(row.allocated);
  out.unsigned_varint(row.backlog);
  out.unsigned_varint(row.shipped);
  out.unsigned_varint(row.unit_price_cents);
  out.varint(row.promised_day);
  out.unsigned_varint(row.revision);
}

OrderRow read_row(ByteReader& in) {
  OrderRow row;
  row.status = static_cast<OrderStatus>(in.fixed<std::uint8_t>());
  row.priority = in.fixed<std::uint8_t>();
  row.quantity = static_cast<std::uint32_t>(in.unsigned_varint());
  row.allocated = static_cast<std::uint32_t>(in.unsigned_varint());
  row.backlog = static_cast<std::uint32_t>(in.unsigned_varint());
  row.shipped = static_cast<std::uint32_t>(in.unsigned_varint());
  row.unit_price_cents = static_cast<std::uint32_t>(in.unsigned_varint());
  row.promised_day = static_cast<std::int32_t>(in.varint());
  row.revision = static_cast<std::uint32_t>(in.unsigned_varint());
  return row;
}

bool is_status(OrderStatus status) {
  return static_cast<std::size_t>(status) < kStatusNames.size();
}

/// `text` followed by `digits` decimal digits of `number`, with its length in front.
void write_numbered(std::string_view text, std::uint64_t number, std::size_t digits,
                    ByteWriter& out) {
  out.unsigned_varint(text.size() + 1 + digits);
  out.raw(as_bytes(text));
  std::uint8_t* const to = out.extend(1 + digits);
  to[0] = ':';
  for (std::size_t i = digits; i > 0; --i) {
    to[i] = static_cast<std::uint8_t>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace

std::string_view name(OrderStatus status) {
  ENSURE(is_status(status), "a status of the list");
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::string_view name(OrderEventKind kind) {
  ENSURE(static_cast<std::size_t>(kind) < kOrderEventKinds, "a kind of the list");
  return kKinds[static_cast<std::size_t>(kind)].name;
}

std::optional<OrderStatus> status_after(std::optional<OrderStatus> before, OrderEventKind kind) {
  using enum OrderStatus;
  if (!before) {
    return kind == OrderEventKind::created ? std::optional(created) : std::nullopt;
  }
  const bool open = *before != shipped;
  switch (kind) {
    case OrderEventKind::created:
      return std::nullopt;
    case OrderEventKind::modified:
      return *before == created ? before : std::nullopt;
    case OrderEventKind::allocated:
      return *before == created ? std::optional(allocated) : std::nullopt;
    case OrderEventKind::scheduled:
      return *before == allocated ? std::optional(scheduled) : std::nullopt;
    case OrderEventKind::shipped:
      return open && *before != created ? std::optional(shipped) : std::nullopt;
    case OrderEventKind::backlog_adjusted:
      break;
  }
  return open ? before : std::nullopt;
}

std::optional<std::uint64_t> order_of_key(ByteView key) {
  const std::string_view text = as_text(key);
  if (!text.starts_with(kKeyPrefix)) {
    return std::nullopt;
  }
  std::uint64_t order = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + kKeyPrefix.size(), end, order);
  return error == std::errc() && stop == end ? std::optional(order) : std::nullopt;
}

Result<OrderEvent> decode_order_event(ByteView value) {
  ByteReader in(value);
  OrderEvent event;
  event.event_id = in.fixed<std::uint64_t>();
  const auto version = in.fixed<std::uint8_t>();
  const auto kind = in.fixed<std::uint8_t>();
  const auto operation = in.fixed<std::uint8_t>();
  if (!in.ok() || version != kFormatVersion || kind >= kOrderEventKinds ||
      (operation != kInsert && operation != kUpdate)) {
    return fail("not an order event of a known version, kind and operation");
  }
  event.kind = static_cast<OrderEventKind>(kind);
  event.insert = operation == kInsert;
  event.lsn = in.fixed<std::uint64_t>();
  event.committed = Time(in.fixed<std::int64_t>());
  event.transaction = in.unsigned_varint();
  event.table = in.text();
  event.order = in.unsigned_varint();
  event.customer = in.unsigned_varint();
  event.business_unit = in.text();
  event.product_family = in.text();
  event.channel = in.text();
  event.detail = in.text();
  if (!event.insert) {
    event.before = read_row(in);
  }
  event.after = read_row(in);
  if (!in.ok()) {
    return fail("order event: the value ends too early");
  }
  if (in.remaining() != 0) {
    return fail(fmt::format("order event: {} bytes after its end", in.remaining()));
  }
  if (!is_status(event.after.status) || (event.before && !is_status(event.before->status))) {
    return fail("order event: unknown status");
  }
  return event;
}

Result<OrderSource> OrderSource::make(const OrdersConfig& config, Random random) {
  auto customers = KeyLaw::zipf(config.customers, config.customer_skew);
  if (!customers) {
    return fail("customers: " + customers.error().message);
  }
  if (config.open_orders_max < 1 || config.open_orders_max > kOpenOrdersLimit) {
    return fail(
        fmt::format("{} open orders, expected 1 to {}", config.open_orders_max, kOpenOrdersLimit));
  }
  if (Status status = config.instance.check(); !status) {
    return tl::unexpected(status.error());
  }
  return OrderSource(config, *customers, random);
}

OrderSource::OrderSource(const OrdersConfig& config, KeyLaw customers, Random random)
    : config_(config), random_(random), customers_(customers) {
  open_.reserve(config.open_orders_max);
}

OrderSource::Order OrderSource::create(Time intended) {
  Order order{};
  order.id = orders_made_++ * config_.instance.of + config_.instance.index;
  order.customer = customers_.draw(random_);
  // One word feeds all the small choices: their moduli are tiny against its 64 bits.
  std::uint64_t word = random_.next();
  const auto choose = [&word](std::uint64_t bound) {
    const std::uint64_t choice = word % bound;
    word /= bound;
    return choice;
  };
  order.business_unit = static_cast<std::uint8_t>(choose(kBusinessUnits.size()));
  order.product_family = static_cast<std::uint8_t>(choose(kProductFamilies.size()));
  order.channel = static_cast<std::uint8_t>(choose(kChannels.size()));
  order.row.priority = static_cast<std::uint8_t>(choose(5));
  order.row.quantity = static_cast<std::uint32_t>(1 + choose(200));
  order.row.backlog = order.row.quantity;
  order.row.unit_price_cents = static_cast<std::uint32_t>(10'000 + choose(5'000'000));
  order.row.promised_day =
      static_cast<std::int32_t>(intended.ns() / kDayNs + static_cast<std::int64_t>(3 + choose(60)));
  order.made_to_order = random_.chance(kMadeToOrderShare);
  return order;
}

OrderEventKind OrderSource::choose_event(const Order& order) {
  const double u = random_.uniform();
  if (u < kAdjustShare && order.adjustments < kOrderAdjustmentsMax) {
    return OrderEventKind::backlog_adjusted;
  }
  if (order.row.status == OrderStatus::created) {
    const bool modify =
        u < kAdjustShare + kModifyShare && order.modifications < kOrderModificationsMax;
    return modify ? OrderEventKind::modified : OrderEventKind::allocated;
  }
  return order.row.status == OrderStatus::allocated && order.made_to_order
             ? OrderEventKind::scheduled
             : OrderEventKind::shipped;
}

void OrderSource::apply(OrderEventKind kind, Order& order) {
  OrderRow& row = order.row;
  const std::optional<OrderStatus> status = status_after(row.status, kind);
  ENSURE(status.has_value(), "the life of an order is legal");
  row.status = *status;
  ++row.revision;
  switch (kind) {
    case OrderEventKind::created:
      break;
    case OrderEventKind::modified:
      ++order.modifications;
      row.quantity = static_cast<std::uint32_t>(1 + random_.below(200));
      row.backlog = row.quantity;
      break;
    case OrderEventKind::allocated:
      row.allocated = row.quantity;
      break;
    case OrderEventKind::scheduled:
      row.promised_day += static_cast<std::int32_t>(random_.below(14));
      break;
    case OrderEventKind::shipped:
      row.shipped = row.quantity;
      row.backlog = 0;
      break;
    case OrderEventKind::backlog_adjusted:
      ++order.adjustments;
      row.priority = static_cast<std::uint8_t>(random_.below(5));
      row.promised_day += static_cast<std::int32_t>(random_.below(30));
      break;
  }
}

void OrderSource::next(Time intended, Record& out) {
  const bool full = open_.size() >= config_.open_orders_max;
  if (open_.empty() || (!full && random_.chance(kCreateShare))) {
    open_.push_back(create(intended));
    encode(intended, OrderEventKind::created, open_.back(), nullptr, out);
    return;
  }
  Order& order = open_[static_cast<std::size_t>(random_.below(open_.size()))];
  const OrderEventKind kind = choose_event(order);
  const OrderRow before = order.row;
  apply(kind, order);
  encode(intended, kind, order, &before, out);
  if (order.row.status == OrderStatus::shipped) {
    order = open_.back();
    open_.pop_back();
  }
}

void OrderSource::encode(Time intended, OrderEventKind kind, const Order& order,
                         const OrderRow* before, Record& out) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.begin(), digits.end(), order.id);
  out.key.clear();
  out.key.raw(as_bytes(kKeyPrefix));
  out.key.raw(as_bytes({digits.data(), static_cast<std::size_t>(end - digits.data())}));
  out.headers.clear();

  const std::uint64_t number = events_made_++;
  out.event_id = make_event_id(config_.instance.index, number);
  ByteWriter& value = out.value;
  value.clear();
  value.fixed(out.event_id);
  value.fixed(kFormatVersion);
  value.fixed(static_cast<std::uint8_t>(kind));
  value.fixed(before == nullptr ? kInsert : kUpdate);
  value.fixed(lsn_);
  value.fixed(intended.ns());
  value.unsigned_varint(number);
  value.text(kKinds[static_cast<std::size_t>(kind)].table);
  value.unsigned_varint(order.id);
  value.unsigned_varint(order.customer);
  value.text(kBusinessUnits[order.business_unit]);
  value.text(kProductFamilies[order.product_family]);
  value.text(kChannels[order.channel]);
  write_detail(kind, order, value);
  if (before != nullptr) {
    write_row(*before, value);
  }
  write_row(order.row, value);
  lsn_ += value.size();  // a log sequence number is a position in the source's log
}

void OrderSource::write_detail(OrderEventKind kind, const Order& order, ByteWriter& out) {
  const std::uint64_t pick = order.id + order.row.revision;
  switch (kind) {
    case OrderEventKind::created:
      write_numbered("customer-po", order.id * 7 + order.customer, 9, out);
      return;
    case OrderEventKind::modified:
      write_numbered("change-request", pick, 8, out);
      return;
    case OrderEventKind::allocated:
      write_numbered(kWarehouses[pick % kWarehouses.size()], order.id, 10, out);
      return;
    case OrderEventKind::scheduled:
      write_numbered("line", pick % 64, 3, out);
      return;
    case OrderEventKind::shipped:
      write_numbered(kCarriers[pick % kCarriers.size()], order.id * 31 + pick, 12, out);
      return;
    case OrderEventKind::backlog_adjusted:
      out.text(kReasons[pick % kReasons.size()]);
      return;
  }
}

}  // namespace wavetank::models
