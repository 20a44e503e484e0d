// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/monitors.h"

#include <fmt/format.h>

#include "protocol/words.h"
#include "server/engine.h"

namespace ebb {
namespace {

std::string LineOf(const Call& call) {
  const Session& session = call.session;
  const int64_t now_us = call.engine.time().UnixMicroseconds();
  const std::string address = session.is_unix_socket ? "unix:" + call.engine.options().unixsocket
                                                     : session.transport.PeerAddress();
  std::string line =
      fmt::format("+{}.{:06} [{} {}]", now_us / 1'000'000, now_us % 1'000'000, session.db, address);
  for (size_t i = 0; i < call.args.size(); ++i) {
    line += ' ';
    AppendQuoted(call.IsSecret(i) ? "(redacted)" : call.args[i], &line);
  }
  line += "\r\n";
  return line;
}

}  // namespace

void Monitors::Add(Session& session) {
  session.monitor = true;
  sessions_.push_back(&session);
}

void Monitors::Remove(Session& session) {
  if (!session.monitor) return;
  session.monitor = false;
  std::erase(sessions_, &session);
}

void Monitors::Feed(const Call& call) {
  const std::string line = LineOf(call);
  for (Session* const session : sessions_) call.engine.clients().Send(*session, line);
}

}  // namespace ebb
