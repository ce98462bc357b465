// Writes the pages of all sample runs into a folder: write_sample_pages FOLDER

#include <filesystem>
#include <fstream>
#include <string>

#include "reports/html/report_page.h"
#include "tests/report_page/sample_pages.h"
#include "tests/reports/sample_run.h"

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
  namespace reports = wavetank::reports;
  const std::string command = "wavetank run x.json --seed 7";
  bool good = true;
  for (const auto& [name, run] : reports::sample::all_runs()) {
    good = good && write(name, reports::report_page(run, command));
  }
  const reports::RunResult baseline = reports::sample::passing();
  good = good &&
         write("against", reports::report_page(reports::sample::concluded(), command, &baseline));
  return good ? 0 : 1;
}
