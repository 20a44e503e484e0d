// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/blocked_calls.h"

#include <cassert>

#include "server/session.h"

namespace ebb {

BlockedCalls::~BlockedCalls() = default;

void BlockedCalls::Block(Session& session, std::unique_ptr<BlockedCall> call, int64_t deadline_ms) {
  assert(!session.blocked);
  session.blocked = true;
  call->session_ = &session;
  call->deadline_ms_ = deadline_ms;
  if (deadline_ms != 0) deadlines_.emplace(std::pair(deadline_ms, &session), call.get());
  calls_.emplace(&session, std::move(call));
}

BlockedCall* BlockedCalls::Find(Session& session) const {
  const auto found = calls_.find(&session);
  return found == calls_.end() ? nullptr : found->second.get();
}

void BlockedCalls::Answer(BlockedCall& call, const std::function<void(Session&)>& write) {
  Session& session = call.session();
  write(session);
  session.EndCommand();
  Forget(session);
  session.transport.ScheduleResume();
}

void BlockedCalls::Forget(Session& session) {
  const auto found = calls_.find(&session);
  if (found == calls_.end()) return;
  deadlines_.erase({found->second->deadline_ms_, &session});
  session.blocked = false;
  session.blocked_key_bytes = session.blocked_bytes = 0;
  calls_.erase(found);
}

void BlockedCalls::Expire(int64_t steady_ms, const std::function<bool()>& enough) {
  while (next_deadline_ms() <= steady_ms) {
    BlockedCall& call = *deadlines_.begin()->second;
    Answer(call, [&](Session& session) { call.ReplyTimeout(session); });
    if (enough()) return;
  }
}

int64_t BlockedCalls::next_deadline_ms() const {
  return deadlines_.empty() ? INT64_MAX : deadlines_.begin()->first.first;
}

}  // namespace ebb
