// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/engine.h"

#include "server/dispatcher.h"

namespace ebb {

Engine::Engine(ConfigStore& config, TimeSource& time)
    : config_(config),
      time_(time),
      keyspace_context_{clock_, *this, keyspace_counters_},
      chunk_pool_() {
  RefreshTime();
  start_unix_ms_ = clock_.unix_ms;
  for (int i = 0; i < options().databases; ++i) {
    databases_.push_back(std::make_unique<Keyspace>(i, keyspace_context_));
  }
}

Engine::~Engine() = default;

void Engine::RefreshTime() {
  batch_unix_us_ = time_.UnixMicroseconds();
  batch_monotonic_ns_ = last_monotonic_ns_ = time_.MonotonicNanoseconds();
  clock_.unix_ms = batch_unix_us_ / 1000;
}

Engine::Outcome Engine::Execute(Session& session, Args args) {
  clock_.unix_ms =
      (batch_unix_us_ + (last_monotonic_ns_ - batch_monotonic_ns_) / 1000) / 1000;
  session.last_interaction_ms = clock_.unix_ms;
  session.reply.ClearErrorMark();
  keyspace_context_.touch_on_read = !session.no_touch;
  const Outcome outcome = Dispatcher::Dispatch(*this, session, args);
  if (outcome == Outcome::kPostponed) {
    pause_.Postpone(session);
    return outcome;
  }
  if (session.reply.wrote_error()) CountError(session);
  session.EndCommand();
  return outcome;
}

void Engine::AccountCommand(Command& command, const Call& call) {
  const int64_t now = time_.MonotonicNanoseconds();
  command.nanoseconds += static_cast<uint64_t>(now - last_monotonic_ns_);
  last_monotonic_ns_ = now;
  ++command.calls;
  ++counters_.commands_processed;
  ++call.session.commands_processed;
  if (call.reply.wrote_error()) ++command.failed_calls;
  if (!monitors_.empty() && !(command.spec->flags & (kSkipMonitor | kAdmin))) monitors_.Feed(call);
}

void Engine::CountError(const Session& session) {
  ++counters_.error_replies;
  const std::string_view code = session.reply.error_code();
  const auto found = error_counts_.find(code);
  if (found != error_counts_.end()) {
    ++found->second;
  } else if (error_counts_.size() < kMaxErrorCodes) {
    error_counts_.emplace(code, 1);
  }
}

void Engine::BeginPause(ClientPause::Mode mode, int64_t until_ms) {
  pause_.Begin(mode, until_ms);
  keyspace_context_.keep_expired = true;
}

void Engine::EndPause() {
  keyspace_context_.keep_expired = false;
  pause_.End();
}

void Engine::OnKeyEvent(int, std::string_view, const KeyEvent&) { ++changes_; }

void Engine::OnFlush(int, uint64_t keys) { changes_ += keys; }

}  // namespace ebb
