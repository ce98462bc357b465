#include "models/costs.h"

#include <algorithm>
#include <limits>

#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

namespace {

/// {"request": 900000, ...}: every kind of work has its price.
Type<models::Prices> prices() {
  const auto price = count<std::uint32_t>(0, std::numeric_limits<std::uint32_t>::max());
  std::vector<std::string_view> kinds;
  Value properties{Value::Data(Members{})};
  List required;
  for (std::size_t kind = 0; kind < port::kWorkKinds; ++kind) {
    kinds.push_back(models::name(static_cast<port::Work>(kind)));
    properties.set(std::string(kinds.back()), price.schema);
    required.emplace_back(kinds.back());
  }
  Type<models::Prices> type{"an object with the price of every kind of work, in picoseconds",
                            R"({ "request": 900000 })",
                            {},
                            {},
                            object({{"type", "object"},
                                    {"properties", properties},
                                    {"required", array(required)},
                                    {"additionalProperties", Value{Value::Data(false)}}})};
  type.read = [price, kinds, words = Type<int>{type.expected, type.example, {}, {}, {}}](
                  const Node& node, models::Prices& out) {
    const auto* members = node.value.get<Members>();
    if (members == nullptr) {
      return words.reject(node);
    }
    std::size_t read = 0;
    for (const Member& member : *members) {
      const auto kind = std::ranges::find(kinds, member.key);
      if (kind == kinds.end()) {
        node.findings.error_at_key(join_pointer(node.pointer, member.key),
                                   unknown_name("kind of work", member.key, kinds), one_of(kinds));
        return false;
      }
      if (!price.read(node.at(member), out[static_cast<std::size_t>(kind - kinds.begin())])) {
        return false;
      }
      ++read;
    }
    return read == kinds.size() || words.reject(node, "a kind of work has no price");
  };
  return type;
}

}  // namespace

Type<Costs> costs() {
  using models::MeasuredCosts;
  using models::TimedKernel;
  const auto named = catalogue_name("cost table", models::cost_table_names());
  const auto kernel =
      Shape<TimedKernel>("something that was timed")
          .required("name", &TimedKernel::name, text("what was timed", "\"a fetch\""),
                    "What it is.")
          .required("nanoseconds", &TimedKernel::nanoseconds, number({}), "What it took.")
          .required("priced", &TimedKernel::priced, number({}), "What the prices make of it.");
  const auto measured =
      Shape<MeasuredCosts>("a cost table that was measured")
          .required("name", &MeasuredCosts::name, own_name("a cost table", "\"my-machine\""),
                    "Name of the table.")
          .required("machine", &MeasuredCosts::machine, text("a processor", "\"AMD EPYC\""),
                    "The processor that it was measured on.")
          .required("compiler", &MeasuredCosts::compiler, text("a compiler", "\"gcc 12.2\""),
                    "The compiler of what was measured.")
          .required("program", &MeasuredCosts::program, text("a version", "\"wavetank 0.1.0\""),
                    "The program that measured.")
          .required("measured", &MeasuredCosts::measured, text("a day", "\"2026-01-31\""),
                    "The day.")
          .required("picoseconds", &MeasuredCosts::picoseconds, prices(),
                    "What a unit of each kind of work takes.")
          .optional("kernels", &MeasuredCosts::kernels, list(kernel.type()),
                    "What the prices were fitted to.");
  Type<Costs> type{"the name of a cost table, or the file of one that was measured",
                   named.example,
                   {},
                   [](const Costs& it) { return Value(std::string_view(it.name)); },
                   {}};
  const Value file = object({{"type", "string"}, {"pattern", "\\.json$"}});
  type.schema = object({{"anyOf", array({named.schema, file, measured.schema()})}});
  type.read = [named, measured](const Node& node, Costs& out) {
    if (node.value.get<Members>() == nullptr) {
      return named.read(node, out.name);
    }
    out.measured.emplace();
    if (!measured.read(node, *out.measured)) {
      return false;
    }
    out.name = out.measured->name;
    return true;
  };
  return type;
}

}  // namespace wavetank::scenarios::shape
