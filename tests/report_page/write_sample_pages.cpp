// Writes the pages of all sample runs into a folder: write_sample_pages FOLDER

#include <filesystem>
#include <fstream>

#include "reports/html/report_page.h"
#include "tests/report_page/sample_pages.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  for (const auto& [name, run] : wavetank::reports::sample::all_runs()) {
    std::ofstream out(folder / (name + ".html"), std::ios::binary);
    out << wavetank::reports::report_page(run, "wavetank run x.json --seed 7");
    if (!out.flush()) {
      return 1;
    }
  }
}
