#pragma once

// A broker's session with the ensemble (one for the broker and for the controller that it may be,
// as in Kafka): requests with what is to be done with their answers, watches by path.

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "engine/coordination/client/client.h"
#include "engine/log/protocol/step.h"

namespace wavetank::log {

class SessionUser {
 public:
  virtual ~SessionUser() = default;
  /// Connected, with the session it had or with a new one.
  virtual void connected(const Step& step) = 0;
  /// The session has ended, and its ephemeral nodes with it; a new one is being begun.
  virtual void expired(const Step& step) = 0;
  /// What is behind `path` is not as it was when it was last read with a watch.
  virtual void changed(const Step& step, const std::string& path) = 0;
};

class EnsembleSession final : private coordination::ClientUser {
 public:
  using Handler = std::function<void(const Step&, const coordination::Response&)>;

  /// REQUIRES: there are servers; `timer` is nobody else's; user outlives this.
  EnsembleSession(const coordination::ClientConfig& config, std::vector<NodeId> servers,
                  port::TimerId timer, SessionUser& user)
      : client_(config, std::move(servers), timer, *this), user_(user) {}

  void start(const Step& step) { client_.start({step.now, step.ports}); }
  /// False if the message is none of the ensemble's.
  bool on_message(const Step& step, NodeId from, const port::Message& message);
  bool on_timer(const Step& step, port::TimerId timer);
  void on_reset(const Step& step, NodeId peer);

  /// Handlers are called in the order of the requests. What broke with its connection
  /// (connection_loss) may be asked again at once: it goes when there is a connection.
  void ask(const Step& step, coordination::Operation operation, Handler then);
  /// Asks again after every loss of the connection. `wanted` is asked of each answer before
  /// anything else is done with it: one that nobody wants any more is dropped.
  void ask_until_answered(const Step& step, const coordination::Operation& operation,
                          std::function<bool(const coordination::Response&)> wanted, Handler then);
  /// All or none.
  void ask_all(const Step& step, std::vector<coordination::Operation> operations, Handler then);

  /// Ends the session, and begins none any more: its ephemeral nodes go at once.
  void close(const Step& step);
  [[nodiscard]] bool closed() const {
    return client_.state() == coordination::SessionState::closed;
  }

  [[nodiscard]] coordination::SessionId id() const { return client_.session(); }
  [[nodiscard]] bool alive() const {
    return client_.state() == coordination::SessionState::connected ||
           client_.state() == coordination::SessionState::connecting;
  }
  /// For who looks.
  void describe(port::Description& out) const;

 private:
  void session_changed(const coordination::Step& step, coordination::SessionState state) override;
  void answered(const coordination::Step& step, const coordination::Response& response) override;
  void watch_fired(const coordination::Step& step, coordination::EventType type,
                   const std::string& path) override;
  void begin_anew(const Step& step);

  coordination::Client client_;
  SessionUser& user_;
  std::deque<Handler> handlers_;  ///< of requests without an answer, in their order
  bool ended_ = false;
  bool closing_ = false;
};

}  // namespace wavetank::log
