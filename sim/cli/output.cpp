#include "sim/cli/output.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "reports/html/report_page.h"
#include "reports/result_json.h"
#include "reports/summary_markdown.h"

namespace wavetank::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLatencyLog = "latency.hlog";

std::error_code write_to(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  return out ? std::error_code() : std::error_code(errno, std::generic_category());
}

}  // namespace

Status prepare_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    return fail(fmt::format("cannot create the folder {}: {}", folder,
                            error ? error.message() : "it is a file"));
  }
  if (access(folder.c_str(), W_OK) != 0) {
    return fail(fmt::format("cannot write to {}: {}", folder, std::strerror(errno)));
  }
  return {};
}

Status prepare_folder_for(const std::string& own, const std::string& folder) {
  for (const char* other : {"result.json", "plan.json", "capacity.json", "hunt.json"}) {
    if (other != own && fs::exists(fs::path(folder) / other)) {
      return fail(fmt::format("{} holds results of another kind ({}): choose another folder",
                              folder, other));
    }
  }
  return prepare_folder(folder);
}

Status write_file(const std::string& path, const std::string& content) {
  std::error_code error;
  const fs::file_status there = fs::status(path, error);
  // A pipe or a device takes what it is given; to put a file in its place would take it away.
  if (fs::exists(there) && !fs::is_regular_file(there)) {
    error = write_to(path, content);
  } else {
    const fs::path file = fs::is_symlink(fs::symlink_status(path, error))
                              ? fs::weakly_canonical(path, error)
                              : fs::path(path);
    const std::string aside = fmt::format("{}.{}.new", file.string(), getpid());
    error = write_to(aside, content);
    if (!error) {
      fs::rename(aside, file, error);
    }
    if (error) {
      std::error_code ignored;
      fs::remove(aside, ignored);
    }
  }
  return error ? fail(fmt::format("cannot write {}: {}", path, error.message())) : Status();
}

std::string default_folder(const std::string& scenario_path, std::uint64_t seed) {
  return fmt::format("wavetank-out/{}-seed{}", fs::path(scenario_path).stem().string(), seed);
}

Result<std::vector<std::string>> write_results(const std::string& folder,
                                               const reports::RunResult& result,
                                               const reports::RunMeta& meta,
                                               const reports::LatencyLog& latencies) {
  const std::pair<std::string, std::string> files[] = {
      {"result.json", reports::write_result(result)},
      {"run.meta.json", reports::write_meta(meta)},
      {kLatencyLog, reports::write_latency_log(latencies)},
      {"summary.md", reports::summary_markdown(result, meta.command)},
      {"report.html", reports::report_page(result, meta.command)}};
  std::vector<std::string> written;
  for (const auto& [name, content] : files) {
    const std::string path = (fs::path(folder) / name).string();
    if (Status status = write_file(path, content); !status) {
      return tl::unexpected<Error>(status.error());
    }
    written.push_back(path);
  }
  return written;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string content;
  for (std::array<char, 65'536> part; in.read(part.data(), part.size()), in.gcount() > 0;) {
    content.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof()) {
    return fail(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  return content;
}

namespace {

fs::path result_file(const std::string& path) {
  return fs::is_directory(path) ? fs::path(path) / "result.json" : fs::path(path);
}

}  // namespace

Result<reports::RunResult> load_result(const std::string& path) {
  const fs::path file = result_file(path);
  const auto text = read_file(file.string());
  if (!text) {
    return tl::unexpected<Error>(text.error());
  }
  auto result = reports::read_result(*text);
  return result ? std::move(result)
                : fail(fmt::format("{}: {}", file.string(), result.error().message));
}

Result<reports::Baseline> load_baseline(const std::string& path) {
  const fs::path file = result_file(path);
  const auto text = read_file(file.string());
  if (!text) {
    return tl::unexpected<Error>(text.error());
  }
  auto baseline = reports::read_baseline(*text);
  return baseline ? std::move(baseline)
                  : fail(fmt::format("{}: {}", file.string(), baseline.error().message));
}

Result<reports::Exported> load_whole_result(const std::string& path) {
  auto run = load_result(path);
  if (!run) {
    return tl::unexpected<Error>(run.error());
  }
  const std::string file = (result_file(path).parent_path() / kLatencyLog).string();
  const auto text = read_file(file);
  if (!text) {
    return fail(text.error().message + ": every run leaves one beside its result.json");
  }
  auto latencies = reports::read_latency_log(*text);
  if (!latencies) {
    return fail(fmt::format("{}: {}", file, latencies.error().message));
  }
  if (latencies->digest != run->provenance.digest) {
    return fail(fmt::format("{}: it is of another run than the result.json beside it", file));
  }
  return reports::Exported{std::move(*run), std::move(*latencies)};
}

std::string load_command(const std::string& path) {
  const auto meta = read_file((result_file(path).parent_path() / "run.meta.json").string());
  return meta ? reports::read_command(*meta) : "";
}

reports::RunMeta measure_process(double wall_s, const reports::RunResult& result,
                                 Duration simulated) {
  reports::RunMeta meta;
  const double wall = std::max(wall_s, 1e-9);
  meta.wall_s = wall_s;
  meta.simulated_s = simulated.seconds();
  meta.speedup = simulated.seconds() / wall;
  meta.events_per_s = static_cast<double>(result.provenance.events) / wall;
  meta.records_per_s = static_cast<double>(result.ledger.produced) / wall;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    meta.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  }
  meta.host_cores = std::thread::hardware_concurrency();
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) {
      const std::size_t value = line.find(": ");
      meta.host_cpu = value == std::string::npos ? "" : line.substr(value + 2);
      break;
    }
  }
  return meta;
}

}  // namespace wavetank::cli
