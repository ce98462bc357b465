// What a server does to its tree, in operations a second: the leader turns requests into
// transactions (prepare) and every server applies them. Nodes of 1 KB, in 100 folders.

#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/server/preparer.h"
#include "engine/coordination/tree/data_tree.h"

namespace wavetank::coordination {
namespace {

constexpr std::size_t kValueBytes = 1024;
constexpr std::int64_t kFolders = 100;
constexpr SessionId kSession{1};

std::string folder(std::int64_t n) {
  return "/folder-" + std::to_string(n % kFolders);
}
std::string node(std::int64_t n) {
  return folder(n) + "/node-" + std::to_string(n);
}

/// A leader's tree, and what it needs to change it.
class Service {
 public:
  explicit Service(std::int64_t nodes) {
    for (std::int64_t i = 0; i < kFolders; ++i) {
      change({operation(OpCode::create, folder(i))});
    }
    for (std::int64_t i = 0; i < nodes; ++i) {
      change({operation(OpCode::create, node(i))});
    }
  }

  static Operation operation(OpCode code, std::string path) {
    static const Bytes value = Bytes::copy_of(std::string(kValueBytes, 'x'));
    Operation it;
    it.code = code;
    it.path = std::move(path);
    if (code == OpCode::create || code == OpCode::set_data) {
      it.data = value;
    }
    return it;
  }

  void change(const std::vector<Operation>& operations) {
    Transaction transaction;
    transaction.zxid = Zxid(++zxid_);
    transaction.session = kSession;
    transaction.kind = operations.size() == 1 ? TransactionKind::request : TransactionKind::multi;
    transaction.changes = preparer_.prepare(operations, kSession, transaction.zxid);
    events_.clear();
    benchmark::DoNotOptimize(tree_.apply(transaction, events_));
    preparer_.committed(transaction.zxid);
  }

  [[nodiscard]] const DataTree& tree() const { return tree_; }

 private:
  std::uint64_t zxid_ = 0;
  DataTree tree_;
  Preparer preparer_{tree_};
  std::vector<TreeEvent> events_;
};

void BM_Get(benchmark::State& state) {
  const Service service(state.range(0));
  std::int64_t n = 0;
  std::vector<std::string> paths;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    paths.push_back(node(i));
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(service.tree().find(paths[static_cast<std::size_t>(n)])->data.view());
    n = (n + 7'919) % state.range(0);  // a prime: no two neighbours
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Get)->Arg(1'000)->Arg(100'000);

void BM_Set(benchmark::State& state) {
  Service service(state.range(0));
  std::int64_t n = 0;
  for (auto _ : state) {
    service.change({Service::operation(OpCode::set_data, node(n))});
    n = (n + 7'919) % state.range(0);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Set)->Arg(1'000)->Arg(100'000);

/// Each node is removed again, so that the tree keeps its size: two operations a turn.
void BM_CreateAndRemove(benchmark::State& state) {
  Service service(state.range(0));
  std::int64_t n = state.range(0);
  for (auto _ : state) {
    service.change({Service::operation(OpCode::create, node(n))});
    service.change({Service::operation(OpCode::remove, node(n))});
    ++n;
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(BM_CreateAndRemove)->Arg(1'000)->Arg(100'000);

/// Updates of so many nodes, all or none.
void BM_Multi(benchmark::State& state) {
  constexpr std::int64_t kNodes = 100'000;
  Service service(kNodes);
  std::vector<Operation> parts;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    parts.push_back(Service::operation(OpCode::set_data, node(i * 7'919 % kNodes)));
  }
  for (auto _ : state) {
    service.change(parts);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Multi)->Arg(10)->Arg(100);

}  // namespace
}  // namespace wavetank::coordination
