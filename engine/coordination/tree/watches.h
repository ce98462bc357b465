#pragma once

// The watches of one server's clients. A watch is set by a read, fires once, at the next change of
// what was read, and is gone (ATC 2010, section 2.1).

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/tree/data_tree.h"

namespace wavetank::coordination {

enum class WatchKind : std::uint8_t {
  data,     ///< by get_data, and by exists of a node that is or is not there
  children  ///< by get_children
};

class WatchTable {
 public:
  /// False if the session has too many. Setting a watch that is set changes nothing.
  bool add(WatchKind kind, const std::string& path, SessionId session);
  /// Whom this change concerns, ascending, each once; their watches are gone.
  std::vector<SessionId> fire(const TreeEvent& event);
  /// The session's connection is gone: its client sets its watches again where it goes.
  void forget(SessionId session);
  [[nodiscard]] std::size_t size() const;

 private:
  using Place = std::pair<WatchKind, std::string>;

  void take(WatchKind kind, const std::string& path, std::set<SessionId>& into);

  std::map<Place, std::set<SessionId>> watchers_;
  std::map<SessionId, std::set<Place>> by_session_;
};

}  // namespace wavetank::coordination
