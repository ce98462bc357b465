// The schema as editors see it. A file that extends another may leave out what the other has and
// remove members by null, so it is held to a weaker schema.

#include "scenarios/load.h"
#include "scenarios/scenario_shape.h"

namespace wavetank::scenarios {

namespace {

/// A schema for merge patches of what `schema` describes. Lists are replaced whole, so their
/// elements stay as they are.
Value patch_of(const Value& schema) {
  Value weaker{Value::Data(Members{})};
  for (const Member& part : *schema.get<Members>()) {
    if (part.key == "properties") {
      Value properties{Value::Data(Members{})};
      for (const Member& property : *part.value.get<Members>()) {
        properties.set(
            property.key,
            object({{"anyOf", array({object({{"type", "null"}}), patch_of(property.value)})}}));
      }
      weaker.set(part.key, std::move(properties));
    } else if (part.key != "required" && part.key != "default") {
      weaker.set(part.key, part.value);
    }
  }
  return weaker;
}

}  // namespace

std::string schema_text() {
  const Value& scenario = scenario_type().schema;
  const Value schema = object(
      {{"$schema", "http://json-schema.org/draft-07/schema#"},
       {"title", "A wavetank scenario"},
       {"description", "A system, its load, what goes wrong, and what must hold."},
       {"if", object({{"type", "object"}, {"required", array({Value("extends")})}})},
       {"then", object({{"$ref", "#/definitions/extension"}})},
       {"else", object({{"$ref", "#/definitions/scenario"}})},
       {"definitions", object({{"scenario", scenario}, {"extension", patch_of(scenario)}})}});
  return pretty_text(schema) + "\n";
}

}  // namespace wavetank::scenarios
