#include "engine/log/ensemble/session.h"

#include <utility>

namespace wavetank::log {

using coordination::SessionState;

bool EnsembleSession::on_message(const Step& step, NodeId from, const port::Message& message) {
  const bool ours = client_.on_message({step.now, step.ports}, from, message);
  begin_anew(step);
  return ours;
}

bool EnsembleSession::on_timer(const Step& step, port::TimerId timer) {
  const bool ours = client_.on_timer({step.now, step.ports}, timer);
  begin_anew(step);
  return ours;
}

void EnsembleSession::on_reset(const Step& step, NodeId peer) {
  client_.on_reset({step.now, step.ports}, peer);
  begin_anew(step);
}

void EnsembleSession::ask(const Step& step, coordination::Operation operation, Handler then) {
  handlers_.push_back(std::move(then));  // the answer may come within the call
  client_.submit({step.now, step.ports}, std::move(operation));
}

void EnsembleSession::ask_until_answered(const Step& step, const coordination::Operation& operation,
                                         std::function<bool(const coordination::Response&)> wanted,
                                         Handler then) {
  ask(step, operation,
      [this, operation, wanted = std::move(wanted), then = std::move(then)](
          const Step& at, const coordination::Response& response) {
        if (!wanted(response)) {
          return;
        }
        if (response.error == coordination::ErrorCode::connection_loss) {
          ask_until_answered(at, operation, wanted, then);
        } else {
          then(at, response);
        }
      });
}

void EnsembleSession::ask_all(const Step& step, std::vector<coordination::Operation> operations,
                              Handler then) {
  handlers_.push_back(std::move(then));
  client_.submit({step.now, step.ports}, coordination::RequestKind::multi, std::move(operations));
}

void EnsembleSession::close(const Step& step) {
  if (std::exchange(closing_, true)) {
    return;
  }
  handlers_.push_back([](const Step&, const coordination::Response&) {});
  client_.close({step.now, step.ports});
}

void EnsembleSession::session_changed(const coordination::Step& step, SessionState state) {
  if (state == SessionState::connected) {
    user_.connected({step.now, step.ports});
  } else if (state == SessionState::expired) {
    ended_ = true;
    user_.expired({step.now, step.ports});
  }
}

/// After the client has told all who waited that the session is over.
void EnsembleSession::begin_anew(const Step& step) {
  if (std::exchange(ended_, false) && !closing_) {
    handlers_.clear();
    start(step);
  }
}

void EnsembleSession::answered(const coordination::Step& step,
                               const coordination::Response& response) {
  const Handler handler = std::move(handlers_.front());
  handlers_.pop_front();
  handler({step.now, step.ports}, response);
}

void EnsembleSession::watch_fired(const coordination::Step& step, coordination::EventType /*type*/,
                                  const std::string& path) {
  user_.changed({step.now, step.ports}, path);
}

}  // namespace wavetank::log
