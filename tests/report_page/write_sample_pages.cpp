// Writes the pages of all sample runs into a folder: write_sample_pages FOLDER

#include <filesystem>
#include <fstream>
#include <string>

#include "reports/html/report_page.h"
#include "reports/study/capacity.h"
#include "reports/study/sweep_table.h"
#include "tests/report_page/sample_pages.h"
#include "tests/reports/sample_run.h"
#include "tests/study/small_capacity.h"
#include "tests/study/small_sweep.h"

namespace {

namespace reports = wavetank::reports;

reports::SweepTable table_of(const reports::SweepPlan& plan) {
  std::vector<reports::SweepRun> runs;
  for (std::uint64_t number = 0; number < plan.runs(); ++number) {
    runs.push_back(wavetank::test::small_run(number));
  }
  return reports::tabulate(plan, runs);
}

reports::SweepTable small_sweep() {
  return table_of(wavetank::test::small_plan());
}

/// Many values, with names that no legend has room for.
reports::SweepTable crowded_sweep() {
  reports::SweepPlan plan = wavetank::test::small_plan();
  plan.title = "<script>alert(1)</script> Three brokers, \x1b[31mone crash";
  plan.axes = {{"services.log.broker_settings.replica_lag_max", {}},
               {"services.log.topics[0].partitions", {"1", "6", "24", "96", "384"}},
               {"workload.producer.compression_and_more", {"\"none\"", "\"zstd\""}}};
  for (int i = 1; i <= 40; ++i) {
    plan.axes[0].values.push_back(std::to_string(i * 100) + "ms");
  }
  plan.last_seed = plan.first_seed;
  return table_of(plan);
}

reports::CapacityReport crowded_capacity() {
  reports::CapacityReport report = wavetank::test::small_capacity();
  report.points.clear();
  for (int i = 1; i <= 64; ++i) {
    const std::string by = std::to_string(i * 100) + "us";
    report.points.push_back(wavetank::test::capacity_point(by.c_str(), 1'000.0 * i, 1'050.0 * i));
    conclude(report.points.back(), report);
  }
  return report;
}

/// A search over one parameter.
reports::CapacityReport single_capacity() {
  reports::CapacityReport report = wavetank::test::small_capacity();
  report.by.clear();
  report.points = {wavetank::test::capacity_point("", 40'000, 42'000)};
  conclude(report.points.front(), report);
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const std::string& page) {
    std::ofstream out(folder / (name + ".html"), std::ios::binary);
    return static_cast<bool>((out << page).flush());
  };
  const std::string command = "wavetank run x.json --seed 7";
  bool good = true;
  for (const auto& [name, run] : reports::sample::all_runs()) {
    good = good && write(name, reports::report_page(run, command));
  }
  good = good && write("enormous", reports::report_page(reports::sample::enormous(), command));
  const reports::RunResult baseline = reports::sample::passing();
  good = good &&
         write("against", reports::report_page(reports::sample::concluded(), command, &baseline));
  good = good && write("sweep", reports::sweep_page(small_sweep()));
  good = good && write("sweep-crowded", reports::sweep_page(crowded_sweep()));
  good = good && write("capacity", reports::capacity_page(wavetank::test::small_capacity()));
  good = good && write("capacity-single", reports::capacity_page(single_capacity()));
  good = good && write("capacity-crowded", reports::capacity_page(crowded_capacity()));
  return good ? 0 : 1;
}
