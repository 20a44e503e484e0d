// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/monitors.h"

#include <fmt/format.h>

#include <algorithm>
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

void AppendEscaped(char c, std::string* text) {
  // The letter that stands for c, in pairs.
  constexpr std::string_view kLetters = "\\\\\"\"\nn\rr\tt\aa\bb";
  for (size_t i = 0; i < kLetters.size(); i += 2) {
    if (kLetters[i] != c) continue;
    *text += {'\\', kLetters[i + 1]};
    return;
  }
  fmt::format_to(std::back_inserter(*text), "\\x{:02x}", static_cast<unsigned char>(c));
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
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  text->push_back('"');
  for (auto at = bytes.begin(); at != bytes.end();) {
    const auto end = std::find_if_not(at, bytes.end(), plain);
    text->append(at, end);
    if (end == bytes.end()) break;
    AppendEscaped(*end, text);
    at = end + 1;
  }
  text->push_back('"');
}

}  // namespace ebb
