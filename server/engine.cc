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
  return Dispatcher::Dispatch(*this, session, args);
}

void Engine::AccountCommand(Command& command, Session& session) {
  const int64_t now = time_.MonotonicNanoseconds();
  command.nanoseconds += static_cast<uint64_t>(now - last_monotonic_ns_);
  last_monotonic_ns_ = now;
  ++command.calls;
  ++counters_.commands_processed;
  ++session.commands_processed;
  if (session.reply.wrote_error()) {
    ++command.failed_calls;
    ++counters_.error_replies;
  }
}

void Engine::Attach(Session& session) {
  session.id = next_session_id_++;
  session.created_ms = session.last_interaction_ms = clock_.unix_ms;
  session.authenticated = options().requirepass.empty();
  sessions_.emplace(session.id, &session);
}

void Engine::Detach(Session& session) { sessions_.erase(session.id); }

Session* Engine::FindSession(uint64_t id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

bool Engine::OverOutputLimit(Session&) const { return false; }

void Engine::OnKeyEvent(int, std::string_view, const KeyEvent&) { ++changes_; }

void Engine::OnFlush(int, uint64_t keys) { changes_ += keys; }

void Engine::OnSwap(int, int) { ++changes_; }

}  // namespace ebb
