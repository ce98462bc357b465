#include "scenarios/expectation.h"

#include "scenarios/shape/parts.h"

namespace wavetank::scenarios::shape {

namespace {

/// As written: what the measure is decides how the published figure is read.
struct Draft {
  std::string row;
  std::string source;
  std::string what;
  std::string measure;
  std::string published;
  std::string tolerance;
  bool calibrated = false;
  std::string reason;
  std::optional<double> explained_ratio;
};

Shape<Draft> draft() {
  return Shape<Draft>("a published figure")
      .required("row", &Draft::row, text("a name", "\"kafka-linkedin-2014/rf3-acks-1\""),
                "Its name in the table.")
      .required("source", &Draft::source, text("a source", "\"Kreps 2014\""),
                "Who measured and published it: author, title, year.")
      .optional("what", &Draft::what, text("words", "\"one producer, acks=1\""),
                "What was measured, in a few words.")
      .required("measure", &Draft::measure, text("a measure", "\"publish.p99 during steady\""),
                "What it is compared with: the subject of an objective; \"of NAME\" takes it from "
                "another scenario of the folder, \"A / B\" is a ratio.")
      .required("published", &Draft::published, text("a quantity", "\"786980/s\""),
                "The published figure, in the measure's unit; of a ratio a number or percentage. "
                "With < or > before it: a bound.")
      .optional("tolerance", &Draft::tolerance, text("a tolerance", "\"15%\""),
                "How far off is still within: \"15%\" either way, or a factor \"x1.5\". A bound "
                "has none.")
      .optional("calibrated", &Draft::calibrated, boolean(),
                "It was used to fit a parameter, and so predicts nothing.")
      .optional("reason", &Draft::reason, text("a reason", "\"...\""),
                "Why it lies outside its tolerance, if that is understood.")
      .optional("explained_ratio", &Draft::explained_ratio, maybe(number({0, 1e6, true})),
                "Simulated / published when the reason was written: it explains no figure that has "
                "moved from there by more than a twentieth.");
}

bool complete(const Node& node, Draft&& from, Expectation& out) {
  const auto complain = [&](const char* key, std::string message, std::string expected,
                            std::string example) {
    node.findings.error(join_pointer(node.pointer, key), std::move(message), std::move(expected),
                        std::move(example));
    return false;
  };
  if (const auto parsed = parse_measure(from.measure, out); !parsed) {
    const SloError& error = parsed.error();
    return complain("measure",
                    fmt::format("{}, at character {} of \"{}\"", error.message, error.position + 1,
                                from.measure),
                    error.expected, "\"publish.p99 during steady\"");
  }
  if (const Status read = parse_published(from.published, out); !read) {
    return complain("published", read.error().message, "a quantity in the measure's unit",
                    "\"4.35ms\"");
  }
  const bool is_bound = out.bound != Comparison::equal;
  if (is_bound && !from.tolerance.empty()) {
    return complain("tolerance", "a bound holds or does not", "no tolerance, or a plain figure",
                    "\"published\": \"200ms\"");
  }
  Result<Tolerance> tolerance = is_bound ? Tolerance() : parse_tolerance(from.tolerance);
  if (!tolerance) {
    return complain("tolerance", tolerance.error().message, "a share or a factor above one",
                    "\"15%\" or \"x1.5\"");
  }
  out.row = std::move(from.row);
  out.source = std::move(from.source);
  out.what = std::move(from.what);
  out.tolerance = std::move(*tolerance);
  out.calibrated = from.calibrated;
  out.reason = std::move(from.reason);
  out.explained_ratio = from.explained_ratio;
  return true;
}

}  // namespace

Type<Expectation> expectation() {
  const Shape<Draft> shape = draft();
  return {shape.what(),
          shape.example(),
          [shape](const Node& node, Expectation& out) {
            Draft as_written;
            return shape.read(node, as_written) && complete(node, std::move(as_written), out);
          },
          {},
          shape.schema()};
}

}  // namespace wavetank::scenarios::shape
