#include "sim/cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "reports/html/report_page.h"
#include "reports/result_json.h"
#include "reports/summary_markdown.h"
#include "sim/cli/diagnostics.h"

namespace wavetank::cli {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLatencyLog = "latency.hlog";

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

namespace {

constexpr int kLinksMax = 40;  // as the kernel follows
constexpr int kNamesMax = 100;

Status cannot_write(const std::string& path, const std::string& why) {
  return fail(fmt::format("cannot write {}: {}", path, why));
}

Status put(std::FILE* out, const std::string& content) {
  errno = 0;
  const bool all = std::fwrite(content.data(), 1, content.size(), out) == content.size();
  return std::fflush(out) == 0 && all ? Status() : fail(std::strerror(errno));
}

/// Writes all of it into what has been opened for that, which it closes.
Status put_and_close(std::FILE* out, const std::string& content) {
  if (out == nullptr) {
    return fail(std::strerror(errno));
  }
  const Status written = put(out, content);
  return std::fclose(out) == 0 || !written ? written : fail(std::strerror(errno));
}

/// stdout or stderr if the file is one of them under another name ("/dev/stdout", what the shell
/// has sent it to): what is printed there and what is written belong to one stream.
std::FILE* stream_of(const struct stat& file) {
  for (std::FILE* stream : {stdout, stderr}) {
    struct stat other {};
    if (fstat(fileno(stream), &other) == 0 && other.st_dev == file.st_dev &&
        other.st_ino == file.st_ino) {
      return stream;
    }
  }
  return nullptr;
}

/// Where links lead, if only to a name that nothing has yet.
fs::path destination(const std::string& path) {
  fs::path at = path;
  std::error_code error;
  for (int links = 0; links < kLinksMax && fs::is_symlink(fs::symlink_status(at, error)); ++links) {
    const fs::path target = fs::read_symlink(at, error);
    at = target.is_absolute() ? target : at.parent_path() / target;
  }
  return at;
}

/// A file beside `path`, under a name that nobody has.
std::FILE* create_beside(const std::string& path, std::string& name) {
  for (int i = 0; i < kNamesMax; ++i) {
    name = fmt::format("{}.{}-{}.new", path, getpid(), i);
    const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0) {
      return fdopen(file, "wb");
    }
    if (errno != EEXIST) {
      break;
    }
  }
  name.clear();
  return nullptr;
}

Status write_aside_and_rename(const std::string& path, const std::string& content) {
  std::string aside;
  Status written = put_and_close(create_beside(path, aside), content);
  if (written && std::rename(aside.c_str(), path.c_str()) != 0) {
    written = fail(std::strerror(errno));
  }
  if (!written && !aside.empty()) {
    std::remove(aside.c_str());
  }
  return written;
}

}  // namespace

Status write_file(const std::string& path, const std::string& content) {
  if (path == "-") {
    const Status written = put(stdout, content);
    return written ? written : cannot_write("to stdout", written.error().message);
  }
  struct stat file {};
  const bool exists = stat(path.c_str(), &file) == 0;
  if (!exists && errno != ENOENT) {
    return cannot_write(path, std::strerror(errno));
  }
  std::FILE* const stream = exists ? stream_of(file) : nullptr;
  const Status written =
      stream != nullptr ? put(stream, content)
      : exists && !S_ISREG(file.st_mode)  // a pipe, a device: it stays what it is
          ? put_and_close(std::fopen(path.c_str(), "wb"), content)
          : write_aside_and_rename(destination(path).string(), content);
  return written ? written : cannot_write(path, written.error().message);
}

reports::ExitCode check_stdout(reports::ExitCode code) {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return code;
  }
  const reports::ExitCode lost =
      complain(fmt::format("cannot write to stdout: {}",
                           errno != 0 ? std::strerror(errno) : "it is full, or gone"),
               reports::ExitCode::input_output);
  return code == reports::ExitCode::ok ? lost : code;
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
  auto whole = reports::together(std::move(*run), std::move(*latencies));
  return whole ? std::move(whole) : fail(fmt::format("{}: {}", file, whole.error().message));
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
