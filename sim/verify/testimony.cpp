#include "sim/verify/testimony.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace wavetank::sim {

namespace {

/// The words of one line, one after the other.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  std::string_view next() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return word;
  }
  template <class Number>
  void read(Number& to, int base = 10) {
    const std::string_view word = next();
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), to, base);
    ok_ = ok_ && error == std::errc() && end == word.data() + word.size();
  }
  void read(Time& to) {
    std::int64_t ns = 0;
    read(ns);
    to = Time(ns);
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool read_checkpoint(Words words, Testimony& to) {
  Checkpoint it;
  words.read(it.events);
  words.read(it.at);
  words.read(it.digest, 16);
  to.checkpoints.push_back(it);
  return words.ok();
}

bool read_event(Words words, Testimony& to) {
  EventRecord it;
  words.read(it.number);
  words.read(it.at);
  words.read(it.sequence);
  words.read(it.payload);
  words.read(it.digest, 16);
  words.read(it.scheduled);
  it.words = words.rest();
  to.events.push_back(std::move(it));
  return words.ok();
}

}  // namespace

std::string to_line(const Checkpoint& it) {
  return fmt::format("at {} {} {:016x}\n", it.events, it.at.ns(), it.digest);
}

std::string to_line(const EventRecord& it) {
  return fmt::format("event {} {} {} {} {:016x} {} {}\n", it.number, it.at.ns(), it.sequence,
                     it.payload, it.digest, it.scheduled, it.words);
}

std::string result_lines(const std::string& result_json) {
  return fmt::format("result {}\n{}", result_json.size(), result_json);
}

std::string trouble_line(const std::string& words) {
  std::string line = words;
  std::ranges::replace(line, '\n', ' ');
  return "trouble " + line + "\n";
}

Testimony read_testimony(std::string_view text) {
  Testimony testimony;
  testimony.trouble = "it ended amid its run";
  if (!text.starts_with(kTestimonyBegins)) {
    testimony.trouble = "it did not begin to run";
    return testimony;
  }
  text.remove_prefix(kTestimonyBegins.size());
  for (;;) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return testimony;
    }
    Words line(text.substr(0, end));
    text.remove_prefix(end + 1);
    const std::string_view kind = line.next();
    if (kind == "result") {
      std::size_t bytes = 0;
      line.read(bytes);
      if (line.ok() && bytes == text.size()) {
        testimony.result = text;
        testimony.trouble.clear();
      }
      return testimony;
    }
    if (kind == "stopped" || kind == "trouble") {
      testimony.stopped = kind == "stopped";
      testimony.trouble = line.rest();
      return testimony;
    }
    const bool is_read = kind == "at"      ? read_checkpoint(line, testimony)
                         : kind == "event" ? read_event(line, testimony)
                                           : false;
    if (!is_read) {
      testimony.trouble = fmt::format("it said something else: {}", kind);
      return testimony;
    }
  }
}

}  // namespace wavetank::sim
