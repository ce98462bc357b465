#include "sim/replay/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "models/record_source.h"
#include "reports/printable.h"
#include "sim/check/wording.h"
#include "sim/replay/show_parts.h"

namespace wavetank::sim {

namespace {

using port::Description;
using Kind = Description::Kind;
using reports::column_count;

constexpr std::size_t kLeastWidth = 60;
/// Facts and text are not made wider than this, though a table may be.
constexpr std::size_t kTextWidth = 110;

std::string blanks(std::size_t columns) {
  return std::string(columns, ' ');
}
std::string filled(const std::string& text, std::size_t columns) {
  const std::size_t has = column_count(text);
  return text + blanks(columns > has ? columns - has : 0);
}

/// "high watermark" in two lines: a column is as narrow as its longest word.
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  std::size_t from = 0;
  for (std::size_t blank = name.find(' '); blank != std::string::npos;
       blank = name.find(' ', from)) {
    words.push_back(name.substr(from, blank - from));
    from = blank + 1;
  }
  words.push_back(name.substr(from));
  return words;
}

/// Writes one node.
class Writer {
 public:
  Writer(const Replayed& seen, const ShowOptions& options)
      : options_(options), words_(seen.names, options.style.ascii) {
    width_ = std::max<std::size_t>(
        kLeastWidth, options.style.width > 0 ? static_cast<std::size_t>(options.style.width) : 0);
  }

  void node(const NodeState& state, Time at) {
    now_ = state.clock.monotonic;
    line(toned(words_.safe(state.name), Tone::heading, options_.style.color) +
         fmt::format(" at {}, its clock shows {}", date_text(at), date_text(now_)));
    parts(state.description, 0);
    list(state.messages, 0);
    transitions(state);
    line("");
  }

  void line(const std::string& text) {
    out_ += text;
    out_.erase(out_.find_last_not_of(' ') + 1);
    out_ += "\n";
  }
  std::string take() { return std::exchange(out_, {}); }

 private:
  using Row = std::pair<std::string, const Description*>;

  void heading(const std::string& text, std::size_t indent) {
    line(blanks(indent) + toned(text, Tone::heading, options_.style.color));
  }

  /// The facts of a part, and below them its groups and lists.
  void parts(const Description& of, std::size_t indent) {
    facts(of, indent);
    for (const Description& part : of.parts()) {
      if (part.kind() == Kind::group) {
        heading(words_.safe(part.name()), indent);
        parts(part, indent + 2);
      } else if (part.kind() == Kind::list) {
        list(part, indent);
      }
    }
  }

  void facts(const Description& of, std::size_t indent) {
    std::string text = blanks(indent);
    bool first = true;
    for (const Description& fact : of.parts()) {
      if (fact.kind() != Kind::fact) {
        continue;
      }
      const std::string said = words_.safe(fact.name()) + " " + words_.value(fact.value(), now_);
      if (!first && column_count(text) + column_count(said) + 2 > std::min(width_, kTextWidth)) {
        line(text + ",");
        text = blanks(indent);
        first = true;
      }
      text += (first ? "" : ", ") + said;
      first = false;
    }
    if (!first) {
      line(text);
    }
  }

  void list(const Description& of, std::size_t indent) {
    if (of.parts().empty()) {
      return;
    }
    std::vector<Row> rows;
    for (const Description& row : of.parts()) {
      rows.emplace_back(words_.safe(row.name()), &row);
    }
    rows_of(words_.safe(of.name()), rows, of.left_out(), indent);
  }

  /// A table, if it fits; and then what stands within its rows, together.
  void rows_of(const std::string& name, std::vector<Row> rows, std::uint64_t left_out,
               std::size_t indent) {
    heading(fmt::format("{} ({})", name, rows.size() + left_out), indent);
    if (!options_.all && rows.size() > kRowsShown) {
      left_out += rows.size() - kRowsShown;
      rows.resize(kRowsShown);
    }
    if (!table(rows, indent + 2)) {
      for (const auto& [title, row] : rows) {
        line(blanks(indent + 2) + title);
        facts(*row, indent + 4);
      }
    }
    if (left_out > 0) {
      line(blanks(indent + 2) +
           toned(fmt::format("{} and {} more{}", options_.style.ascii ? "..." : "…", left_out,
                             options_.all ? "" : " (--all)"),
                 Tone::faint, options_.style.color));
    }
    within(rows, indent + 2);
  }

  void within(const std::vector<Row>& rows, std::size_t indent) {
    std::vector<std::string> names;
    for (const auto& [title, row] : rows) {
      for (const Description& part : row->parts()) {
        if (part.kind() == Kind::list && !part.parts().empty() &&
            std::ranges::find(names, part.name()) == names.end()) {
          names.push_back(part.name());
        }
      }
    }
    for (const std::string& name : names) {
      std::vector<Row> inner;
      std::uint64_t left_out = 0;
      for (const auto& [title, row] : rows) {
        if (const Description* part = row->find(name)) {
          left_out += part->left_out();
          for (const Description& it : part->parts()) {
            const bool says_more = it.name().find('-') != std::string::npos;
            inner.emplace_back(says_more ? title + " " + words_.safe(it.name()) : title, &it);
          }
        }
      }
      rows_of(words_.safe(name), std::move(inner), left_out, indent);
    }
  }

  bool table(const std::vector<Row>& rows, std::size_t indent) {
    std::vector<std::string> columns;
    for (const auto& [title, row] : rows) {
      for (const Description& fact : row->parts()) {
        if (fact.kind() == Kind::fact && std::ranges::find(columns, fact.name()) == columns.end()) {
          columns.push_back(fact.name());
        }
      }
    }
    std::vector<std::vector<std::string>> cells(rows.size());
    std::vector<std::size_t> widths{0};
    for (std::size_t r = 0; r < rows.size(); ++r) {
      cells[r].push_back(rows[r].first);
      widths[0] = std::max(widths[0], column_count(cells[r][0]));
    }
    std::size_t head_lines = 1;
    for (const std::string& column : columns) {
      const std::vector<std::string> head = words_of(words_.safe(column));
      head_lines = std::max(head_lines, head.size());
      std::size_t wide = 0;
      for (const std::string& word : head) {
        wide = std::max(wide, column_count(word));
      }
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const Description* fact = rows[r].second->find(column);
        cells[r].push_back(fact == nullptr ? "" : words_.value(fact->value(), now_));
        wide = std::max(wide, column_count(cells[r].back()));
      }
      widths.push_back(wide);
    }
    std::size_t whole = indent;
    for (const std::size_t width : widths) {
      whole += width + 2;
    }
    if (whole - 2 > width_) {
      return false;
    }
    for (std::size_t n = 0; n < head_lines; ++n) {
      std::string text = blanks(indent) + blanks(widths[0]);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const std::vector<std::string> head = words_of(words_.safe(columns[c]));
        const std::size_t skipped = head_lines - head.size();
        text += "  " + filled(n >= skipped ? head[n - skipped] : "", widths[c + 1]);
      }
      text.erase(text.find_last_not_of(' ') + 1);
      line(toned(text, Tone::faint, options_.style.color));
    }
    for (const std::vector<std::string>& row : cells) {
      std::string text = blanks(indent);
      for (std::size_t c = 0; c < row.size(); ++c) {
        text += (c == 0 ? "" : "  ") + filled(row[c], widths[c]);
      }
      line(text);
    }
    return true;
  }

  /// The first few of them.
  [[nodiscard]] std::string subjects(const Transition& it) const {
    constexpr std::size_t kNamed = 5;
    const std::size_t named =
        options_.all || it.subjects.size() <= kNamed + 1 ? it.subjects.size() : kNamed;
    std::string text;
    for (std::size_t i = 0; i < named; ++i) {
      text += it.subjects[i] + (i + 1 < named ? ", " : "");
    }
    if (named < it.subjects.size()) {
      text += fmt::format(" and {} more", it.subjects.size() - named);
    }
    return text.empty() ? text : text + ": ";
  }

  void transitions(const NodeState& state) {
    if (state.transitions.empty()) {
      return;
    }
    heading("last transitions", 0);
    if (state.earlier_transitions > 0) {
      line(toned(fmt::format("  {} {} earlier (--last)", options_.style.ascii ? "..." : "…",
                             state.earlier_transitions),
                 Tone::faint, options_.style.color));
    }
    std::vector<Change> used;
    for (const Transition& it : state.transitions) {
      const std::string times =
          it.times > 1 ? fmt::format(", {} times until {}", it.times, date_text(it.last)) : "";
      line(fmt::format("  {:>12}  {}  {}{}", date_text(it.at), glyph(it.change),
                       words_.safe(subjects(it) + it.what), times));
      if (std::ranges::find(used, it.change) == used.end()) {
        used.push_back(it.change);
      }
    }
    std::ranges::sort(used);
    std::string text = "  ";
    for (const Change change : used) {
      const std::string said = fmt::format("{} {}", glyph(change), meaning(change));
      if (text.size() > 2 && text.size() + said.size() + 3 > std::min(width_, kTextWidth)) {
        line(toned(text, Tone::faint, options_.style.color));
        text = "  ";
      }
      text += (text.size() > 2 ? "   " : "") + said;
    }
    line(toned(text, Tone::faint, options_.style.color));
  }

  const ShowOptions& options_;
  Words words_;
  std::size_t width_ = 0;
  Time now_;
  std::string out_;
};

/// What holds of the whole at the moment.
void write_moment(Writer& to, const Replayed& seen, const ShowOptions& options) {
  const Words words(seen.names, options.style.ascii);
  if (!seen.at_what.empty()) {
    to.line(fmt::format("at {}: {}", date_text(seen.at), words.safe(seen.at_what)));
  }
  for (const std::string& fault : seen.faults) {
    to.line("under way: " + words.safe(fault));
  }
  for (const reports::InvariantReport& rule : seen.broken) {
    to.line(toned("broken:", Tone::bad, options.style.color) + " " +
            words.safe(rule.name + ": " + rule.first.value_or("")));
  }
}

}  // namespace

std::string show_nodes(const Replayed& seen, const ShowOptions& options) {
  Writer writer(seen, options);
  write_moment(writer, seen, options);
  for (const NodeState& state : seen.nodes) {
    writer.node(state, seen.at);
  }
  return writer.take();
}

std::string show_stories(const Replayed& seen, const ShowOptions& options) {
  Writer writer(seen, options);
  const Words words(seen.names, options.style.ascii);
  for (const RecordStory& story : seen.stories) {
    writer.line(toned(event_text(story.event), Tone::heading, options.style.color) +
                (models::event_instance(story.event.value()) == 0
                     ? ""
                     : fmt::format(" (number {})", story.event.value())));
    for (const RecordStep& step : story.steps) {
      const std::string text = fmt::format("  {:>12}  {}  {}", date_text(step.at),
                                           step.bad ? 'x' : ' ', words.safe(step.what));
      writer.line(toned(text, step.bad ? Tone::bad : Tone::plain, options.style.color));
    }
    if (story.left_out > 0) {
      writer.line(fmt::format("  and {} steps more", story.left_out));
    }
  }
  writer.line(toned("x a copy of it is gone, or missing where it counts", Tone::faint,
                    options.style.color));
  return writer.take();
}

}  // namespace wavetank::sim
