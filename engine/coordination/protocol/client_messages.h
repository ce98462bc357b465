#pragma once

// Between a client and its server (ATC 2010, section 2.2).

#include <string>
#include <vector>

#include "engine/coordination/protocol/api.h"
#include "engine/coordination/tree/data_tree.h"

namespace wavetank::coordination {

enum class OpCode : std::uint8_t {
  create,
  remove,
  set_data,
  check,  ///< of a version; within a multi
  exists,
  get_data,
  get_children,
};
constexpr bool is_read(OpCode code) {
  return code >= OpCode::exists;
}

struct Operation {
  OpCode code = OpCode::exists;
  std::string path;
  Bytes data;
  std::int32_t version = kAnyVersion;  ///< that remove, set_data and check expect
  bool ephemeral = false;
  bool sequential = false;
  bool watch = false;  ///< of reads
};
void fields(auto& f, port::Is<Operation> auto& m) {
  f(m.code), f(m.path), f(m.data), f(m.version), f(m.ephemeral), f(m.sequential), f(m.watch);
}

struct OperationResult {
  ErrorCode error = ErrorCode::ok;
  std::string path;  ///< of a create
  Bytes data;
  Stat stat;
  std::vector<std::string> children;  ///< names, ascending
};
void fields(auto& f, port::Is<OperationResult> auto& m) {
  f(m.error), f(m.path), f(m.data), f(m.stat), f(m.children);
}

/// Opens a connection; with a session, to go on with it.
struct Connect {
  static constexpr Api api = Api::connect;
  std::uint32_t connection = 0;
  SessionId session = kNoSession;
  Duration timeout{};
  Zxid last_seen;  ///< a server that has not got so far refuses
};
void fields(auto& f, port::Is<Connect> auto& m) {
  f(m.connection), f(m.session), f(m.timeout), f(m.last_seen);
}

struct Connected {
  static constexpr Api api = Api::connected;
  std::uint32_t connection = 0;
  SessionId session = kNoSession;  ///< kNoSession: the session has expired
  Duration timeout{};
};
void fields(auto& f, port::Is<Connected> auto& m) {
  f(m.connection), f(m.session), f(m.timeout);
}

/// The server has closed the connection.
struct Disconnected {
  static constexpr Api api = Api::disconnected;
  std::uint32_t connection = 0;
};
void fields(auto& f, port::Is<Disconnected> auto& m) {
  f(m.connection);
}

enum class RequestKind : std::uint8_t {
  operation,  ///< one operation
  multi,      ///< all or none
  sync,       ///< answered once all that was committed before has reached this server
  ping,       ///< the session lives
  close_session,
  set_watches,  ///< again, after a reconnect: reads with `watch` and what was last seen
};

struct Request {
  static constexpr Api api = Api::request;
  std::uint32_t connection = 0;
  Xid xid;
  RequestKind kind = RequestKind::operation;
  std::vector<Operation> operations;
  Zxid last_seen;  ///< of set_watches
};
void fields(auto& f, port::Is<Request> auto& m) {
  f(m.connection), f(m.xid), f(m.kind), f(m.operations), f(m.last_seen);
}

struct Response {
  static constexpr Api api = Api::response;
  std::uint32_t connection = 0;
  Xid xid;
  Zxid zxid;  ///< the last one this server had applied
  ErrorCode error = ErrorCode::ok;
  std::vector<OperationResult> results;  ///< parallel to the operations
};
void fields(auto& f, port::Is<Response> auto& m) {
  f(m.connection), f(m.xid), f(m.zxid), f(m.error), f(m.results);
}

struct WatchEvent {
  static constexpr Api api = Api::watch_event;
  std::uint32_t connection = 0;
  EventType type = EventType::created;
  std::string path;
};
void fields(auto& f, port::Is<WatchEvent> auto& m) {
  f(m.connection), f(m.type), f(m.path);
}

}  // namespace wavetank::coordination
