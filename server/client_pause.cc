// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/client_pause.h"

#include <algorithm>

#include "server/command.h"
#include "server/session.h"

namespace ebb {

void ClientPause::Begin(Mode mode, int64_t until_ms) {
  mode_ = std::max(mode_, mode);
  until_ms_ = std::max(until_ms_, until_ms);
}

void ClientPause::End() {
  mode_ = Mode::kNone;
  until_ms_ = 0;
  Resume();
}

void ClientPause::Resume() {
  std::vector<Session*> waiting;
  waiting.swap(waiting_);
  for (Session* session : waiting) {
    session->postponed = false;
    session->transport.ScheduleResume();
  }
}

bool ClientPause::Holds(uint32_t command_flags) const {
  return mode_ == Mode::kAll ||
         (mode_ == Mode::kWrites && (command_flags & (kWrite | kMayReplicate)) != 0);
}

void ClientPause::Postpone(Session& session) {
  session.postponed = true;
  waiting_.push_back(&session);
}

void ClientPause::Forget(Session& session) {
  if (session.postponed) std::erase(waiting_, &session);
}

}  // namespace ebb
