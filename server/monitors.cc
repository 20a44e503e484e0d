// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/monitors.h"

#include <fmt/format.h>

#include <iterator>

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
  // From the end: one that is killed for its output leaves the list.
  for (size_t i = sessions_.size(); i-- > 0;) call.engine.clients().Send(*sessions_[i], line);
}

void AppendQuoted(std::string_view bytes, std::string* text) {
  text->push_back('"');
  for (const char c : bytes) {
    switch (c) {
      case '\\':
      case '"':
        *text += {'\\', c};
        break;
      case '\n':
        *text += "\\n";
        break;
      case '\r':
        *text += "\\r";
        break;
      case '\t':
        *text += "\\t";
        break;
      case '\a':
        *text += "\\a";
        break;
      case '\b':
        *text += "\\b";
        break;
      default:
        if (c >= ' ' && c <= '~') {
          text->push_back(c);
        } else {
          fmt::format_to(std::back_inserter(*text), "\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
  }
  text->push_back('"');
}

}  // namespace ebb
