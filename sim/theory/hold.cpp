#include "sim/theory/hold.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "sim/run/workers.h"

namespace wavetank::sim::theory {

namespace {

constexpr std::size_t kMoreSeeds = 4;
constexpr std::chrono::minutes kPatience{10};

/// Exact, one after the other.
std::string as_text(const std::vector<double>& figures) {
  std::string text;
  for (const double figure : figures) {
    text += fmt::format("{:a} ", figure);
  }
  return text;
}

std::vector<double> figures_of(const std::string& text) {
  std::vector<double> figures;
  const char* at = text.c_str();
  for (char* end = nullptr;; at = end) {
    const double figure = std::strtod(at, &end);
    if (end == at) {
      return figures;
    }
    figures.push_back(figure);
  }
}

/// Seeds from `first` on, and how sure an interval over them is to be.
struct Look {
  std::uint64_t first = 1;
  std::size_t count = 0;
  reports::Confidence confidence = reports::Confidence::usual;
};

class Holding {
 public:
  Holding(const Effort& effort, const std::function<void(const Law&)>& begins,
          const std::function<bool()>& give_up)
      : effort_(effort), begins_(begins), give_up_(give_up) {}

  /// The laws' rows, law by law.
  std::vector<std::vector<reports::TheoryRow>> rows_of(const std::vector<const Law*>& laws,
                                                       const Look& look) {
    const std::vector<std::vector<double>> runs = simulate(laws, look);
    std::vector<std::vector<reports::TheoryRow>> all;
    for (std::size_t i = 0; i < laws.size(); ++i) {
      all.push_back(
          rows_of(*laws[i], runs.begin() + static_cast<std::ptrdiff_t>(i * look.count), look));
    }
    return all;
  }

 private:
  /// What each run gave, seed by seed of each law; nothing of runs that did not end.
  std::vector<std::vector<double>> simulate(const std::vector<const Law*>& laws, const Look& look) {
    std::vector<std::vector<double>> runs(laws.size() * look.count);
    Workers workers(effort_.jobs, kPatience);
    for (std::size_t next = 0; next < runs.size() || !workers.is_idle();) {
      if (next < runs.size() && workers.has_room()) {
        const Law& law = *laws[next / look.count];
        if (next % look.count == 0) {
          begins_(law);
        }
        const Trial trial{law.name, look.first + next % look.count, effort_.slower};
        workers.start(next++, [&law, trial] { return as_text(law.simulate(trial)); });
        continue;
      }
      const std::optional<Workers::Answer> answer = workers.next(give_up_);
      if (!answer) {
        break;
      }
      runs[answer->task] = figures_of(answer->text.value_or(""));
    }
    return runs;
  }

  template <class Run>
  static std::vector<reports::TheoryRow> rows_of(const Law& law, Run run, const Look& look) {
    std::vector<reports::TheoryRow> rows;
    for (std::size_t i = 0; i < law.figures.size(); ++i) {
      const Figure& figure = law.figures[i];
      std::vector<double> values;
      std::for_each(run, run + static_cast<std::ptrdiff_t>(look.count), [&](const auto& figures) {
        if (figures.size() == law.figures.size()) {
          values.push_back(figures[i]);
        }
      });
      // A run that has not come to its end would have said something else than the others.
      const bool is_whole = values.size() == look.count;
      rows.push_back({law.name, law.resource, law.source, figure.what, figure.formula, figure.unit,
                      figure.value,
                      is_whole ? reports::estimate(values, look.confidence) : std::nullopt,
                      look.count, look.confidence});
    }
    return rows;
  }

  Effort effort_;
  const std::function<void(const Law&)>& begins_;
  const std::function<bool()>& give_up_;
};

/// More seeds may tell. They would not undo it that a run has died.
bool is_doubtful(const reports::TheoryRow& row) {
  const reports::Agreement agreement = row.agreement();
  return agreement == reports::Agreement::outside || agreement == reports::Agreement::vague;
}

}  // namespace

std::vector<reports::TheoryRow> hold(const std::vector<Law>& laws, const Effort& effort,
                                     const std::function<void(const Law&)>& begins,
                                     const std::function<bool()>& give_up) {
  Holding holding(effort, begins, give_up);
  std::vector<const Law*> all;
  for (const Law& law : laws) {
    all.push_back(&law);
  }
  auto rows = holding.rows_of(all, {1, effort.seeds, reports::Confidence::usual});
  std::vector<const Law*> doubtful;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (effort.looks_again && std::ranges::any_of(rows[i], is_doubtful)) {
      doubtful.push_back(all[i]);
      places.push_back(i);
    }
  }
  const auto again = holding.rows_of(
      doubtful, {effort.seeds + 1, kMoreSeeds * effort.seeds, reports::Confidence::strict});
  for (std::size_t i = 0; i < again.size(); ++i) {
    rows[places[i]] = again[i];
  }
  std::vector<reports::TheoryRow> flat;
  for (const auto& of_law : rows) {
    flat.insert(flat.end(), of_law.begin(), of_law.end());
  }
  return flat;
}

std::vector<Law> all_laws() {
  std::vector<Law> all;
  for (const auto& family :
       {processor_laws(), closed_loop_laws(), request_queue_laws(), card_laws(), route_laws(),
        quorum_laws(), flow_laws(), disk_laws(), timer_laws(), model_laws()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

}  // namespace wavetank::sim::theory
