// Random calls on NodeFiles, compared after each with a model that is too simple to be wrong: a
// string for each file, and how much of it must survive.

#include <map>
#include <set>

#include "tests/resources/node_fixture.h"

namespace wavetank::sim::test {
namespace {

struct ModelFile {
  std::string content;
  std::vector<std::uint64_t> begins;  ///< of units
  std::uint64_t safe = 0;             ///< synced: survives whatever happens
};

class Comparison {
 public:
  explicit Comparison(std::uint64_t seed) : random_(seed, "model") {
    node_.on_done = [this](port::StorageToken token) { answered(token.value()); };
  }

  void run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      act();
      check();
    }
    settle();
  }
  [[nodiscard]] std::uint64_t digest() const { return kernel_.digest(); }
  [[nodiscard]] int crashes() const { return crashes_; }
  [[nodiscard]] std::uint64_t misses() const { return node_.files.read_misses(); }

 private:
  std::string pick() { return std::string(1, static_cast<char>('a' + random_.below(5))); }

  void act() {
    const std::uint64_t dice = random_.below(1000);
    if (dice < 500) {
      append();
    } else if (dice < 750) {
      read();
    } else if (dice < 800) {
      const std::string name = pick();
      model_[name];
      const std::uint64_t token = next_token_++;
      syncs_[token] = {name, model_[name].content.size()};
      node_.sync(name, token);
    } else if (dice < 820) {
      truncate();
    } else if (dice < 825) {
      const std::string name = pick();
      node_.files.remove(node_.files.open(name));
      model_.erase(name);
      forget_syncs_of(name);
    } else if (dice < 829) {
      rename();
    } else if (dice < 833) {
      crash();
    } else if (dice < 839) {
      node_.disk.set_slowdown(static_cast<double>(1 + random_.below(5)));
    } else {
      kernel_.run_until(kernel_.now() + microseconds(static_cast<std::int64_t>(
                                            random_.below(dice < 845 ? 20'000'000 : 20'000))));
    }
  }

  void rename() {
    const std::string from = pick();
    const std::string to = pick();
    node_.files.rename(node_.files.open(from), to);
    if (from == to) {
      return;
    }
    forget_syncs_of(to);
    model_[to] = std::move(model_[from]);
    model_.erase(from);
    for (auto& [token, sync] : syncs_) {
      if (sync.first == from) {
        sync.first = to;
      }
    }
  }

  void append() {
    const std::string name = pick();
    const std::uint64_t bytes = 1 + random_.below(random_.below(50) == 0 ? 20'000 : 500);
    const char fill = static_cast<char>('A' + random_.below(26));
    ModelFile& file = model_[name];
    file.begins.push_back(file.content.size());
    file.content.append(bytes, fill);
    node_.append(name, bytes, fill);
  }

  void read() {
    const std::string name = pick();
    ModelFile& file = model_[name];
    const port::FileId id = node_.files.open(name);
    if (file.begins.empty()) {
      return;
    }
    const std::uint64_t position = file.begins[random_.below(file.begins.size())];
    const std::uint64_t max_bytes = random_.below(5'000);
    std::vector<Bytes> slices;
    const std::uint64_t token = next_token_++;
    if (!node_.files.read(id, position, max_bytes, slices, port::StorageToken(token))) {
      loads_.insert(token);
      return;
    }
    ASSERT_FALSE(slices.empty());
    std::uint64_t at = position;
    for (const Bytes& slice : slices) {
      ASSERT_EQ(as_text(slice), std::string_view(file.content).substr(at, slice.size()));
      at += slice.size();
    }
    ASSERT_TRUE(slices.size() == 1 || at - position <= max_bytes);
  }

  void truncate() {
    const std::string name = pick();
    ModelFile& file = model_[name];
    const std::uint64_t size = random_.below(file.content.size() + 1);
    node_.files.truncate(node_.files.open(name), size);
    cut(file, size);
    for (auto& [token, sync] : syncs_) {
      if (sync.first == name) {
        sync.second = std::min(sync.second, size);
      }
    }
  }

  static void cut(ModelFile& file, std::uint64_t size) {
    file.content.resize(size);
    file.safe = std::min(file.safe, size);
    while (!file.begins.empty() && file.begins.back() >= size) {
      file.begins.pop_back();
    }
  }

  void crash() {
    ++crashes_;
    const auto policy = static_cast<Unsynced>(random_.below(3));
    std::map<std::string, std::uint64_t> durable;
    for (const auto& [name, file] : model_) {
      durable[name] = node_.files.durable_size(name);
    }
    std::uint64_t reported = 0;
    for (const FileLoss& loss : node_.crash(policy)) {
      reported += loss.lost_bytes;
    }
    std::uint64_t lost = 0;
    for (auto& [name, file] : model_) {
      const std::string left = node_.load(name);
      ASSERT_TRUE(file.content.starts_with(left));
      ASSERT_GE(left.size(), file.safe);
      ASSERT_GE(left.size(), durable[name]);
      ASSERT_TRUE(policy != Unsynced::kept || left == file.content);
      ASSERT_TRUE(policy != Unsynced::lost || left.size() == durable[name]);
      lost += file.content.size() - left.size();
      cut(file, left.size());
      if (policy != Unsynced::kept) {
        file.safe = left.size();
      }
    }
    ASSERT_EQ(reported, lost);
    syncs_.clear();
    loads_.clear();
  }

  void answered(std::uint64_t token) {
    if (const auto sync = syncs_.find(token); sync != syncs_.end()) {
      const auto& [name, size] = sync->second;
      if (!name.empty()) {
        model_[name].safe = std::max(model_[name].safe, size);
        EXPECT_GE(node_.files.durable_size(name), size);
      }
      syncs_.erase(sync);
    } else {
      EXPECT_EQ(loads_.erase(token), 1U) << "answered once, and to the process that asked";
    }
  }
  void forget_syncs_of(const std::string& name) {
    for (auto& [token, sync] : syncs_) {
      if (sync.first == name) {
        sync.first.clear();
      }
    }
  }

  void check() {
    std::uint64_t total = 0;
    std::uint64_t dirty = 0;
    for (const auto& [name, file] : model_) {
      ASSERT_EQ(node_.files.size(node_.files.open(name)), file.content.size());
      total += file.content.size();
      dirty += file.content.size() - node_.files.durable_size(name);
    }
    ASSERT_EQ(node_.disk.allocated_bytes(), total);
    ASSERT_EQ(node_.files.dirty_bytes(), dirty);
    ASSERT_LE(node_.files.cached_bytes(), total);
    ASSERT_LE(dirty, node_.files.cached_bytes()) << "dirty bytes are in memory";
  }

  /// Left alone, everything becomes durable and every token is answered.
  void settle() {
    node_.disk.set_slowdown(1);
    kernel_.run_until(kernel_.now() + seconds(1'000));
    EXPECT_EQ(node_.files.dirty_bytes(), 0U);
    EXPECT_TRUE(syncs_.empty());
    EXPECT_TRUE(loads_.empty());
    EXPECT_EQ(kernel_.pending(), 0U);
    for (const auto& [name, file] : model_) {
      EXPECT_EQ(node_.load(name), file.content);
    }
  }

  Kernel kernel_;
  Node node_{kernel_, slow_disk(), [] {
               PageCacheOptions options = small_cache();
               options.memory_bytes = NodeFiles::kMinExtents * options.extent_bytes;
               return options;
             }()};
  Random random_;
  std::map<std::string, ModelFile> model_;
  std::map<std::uint64_t, std::pair<std::string, std::uint64_t>> syncs_;
  std::set<std::uint64_t> loads_;
  std::uint64_t next_token_ = 1;
  int crashes_ = 0;
};

TEST(NodeFilesModel, HoldsWhatASimpleModelHoldsThroughRandomCallsAndCrashes) {
  int crashes = 0;
  std::uint64_t misses = 0;
  for (std::uint64_t seed = 1; seed <= 30 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Comparison comparison(seed);
    comparison.run(2'000);
    crashes += comparison.crashes();
    misses += comparison.misses();
  }
  EXPECT_GT(crashes, 100);
  EXPECT_GT(misses, 1'000U);
}

TEST(NodeFilesModel, IsTheSameRunEveryTime) {
  Comparison first(77);
  Comparison second(77);
  first.run(1'000);
  second.run(1'000);
  EXPECT_EQ(first.digest(), second.digest());
}

}  // namespace
}  // namespace wavetank::sim::test
