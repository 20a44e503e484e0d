// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include "server/arg_parser.h"
#include "server/blocked_keys.h"
#include "server/commands/lookup.h"
#include "server/commands/timeout_arg.h"
#include "server/engine.h"
#include "storage/key_writer.h"

// What takes elements from the first of several keys that has some, at once or when there are some:
// LMPOP, BLPOP, BZPOPMIN and their kin. A `Request` says which elements and how they are shown:
//
//   static constexpr Type kType;
//   // REQUIRES: writer.exists(), of kType.
//   void Answer(Call& call, KeyWriter& writer) const;
//
// and is made of an end and an optional number of elements.
namespace ebb {

// A command that waits until one of its keys is of the request's type.
template <typename Request>
class PopWaiter final : public KeyWaiter {
 public:
  explicit PopWaiter(const Request& request) : request_(request) {}
  bool Takes(const Entry& entry) const override { return entry.type() == Request::kType; }
  void ReplyTimeout(Session& session) override { session.reply.NullArray(); }
  void Take(Call& call, std::string_view key) override {
    KeyWriter writer(call.db(), key);
    request_.Answer(call, writer);
  }

 private:
  const Request request_;
};

// Answers from the first of `keys` that is there; false when none is, and nothing has been written.
template <typename Request>
bool PopFirst(Call& call, Args keys, const Request& request) {
  for (const std::string_view key : keys) {
    KeyWriter writer(call.db(), key);
    if (!CheckType(call, writer.entry(), Request::kType)) return true;
    if (!writer.exists()) continue;
    request.Answer(call, writer);
    return true;
  }
  return false;
}

// As PopFirst, or later, when one of the keys is there; `timeout` is the command's argument.
template <typename Request>
void PopFirstOrWait(Call& call, Args keys, const Request& request, std::string_view timeout) {
  const auto deadline_ms = ParseTimeout(call, timeout);
  if (!deadline_ms || PopFirst(call, keys, request)) return;
  if (!call.may_block) return call.reply.NullArray();
  auto waiter = std::make_unique<PopWaiter<Request>>(request);
  call.engine.blocked_keys().Block(call, std::move(waiter), keys, *deadline_ms);
}

// BLPOP and its kin, whose arguments are keys and a timeout.
template <typename Request, auto end>
void PopOneOrWait(Call& call) {
  const Args keys = call.args.subspan(1, call.args.size() - 2);
  PopFirstOrWait(call, keys, Request{end, std::nullopt}, call.args.back());
}

template <typename Request>
struct MultiPop {
  Args keys;
  Request request;
};

// The arguments of LMPOP or ZMPOP from `first` on, `parse_end(word)` being what an end is called;
// nothing when the error has been written.
template <typename Request, typename ParseEnd>
std::optional<MultiPop<Request>> ParseMultiPop(Call& call, size_t first, ParseEnd&& parse_end) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  ArgParser parser(call, first);
  const int64_t keys = parser.Integer(1, kMost, "ERR numkeys should be greater than 0");
  if (parser.Left() <= static_cast<uint64_t>(keys)) parser.SyntaxError();
  if (parser.Failed()) return std::nullopt;
  for (int64_t i = 0; i < keys; ++i) parser.Text();
  const auto end = parse_end(parser.Text());
  if (!end) parser.SyntaxError();
  std::optional<size_t> count;
  while (parser.More()) {
    if (!count && parser.Take("COUNT", 1)) {
      count = parser.Integer(1, kMost, "ERR count should be greater than 0");
    } else {
      parser.SyntaxError();
    }
  }
  if (parser.Failed()) return std::nullopt;
  return MultiPop<Request>{call.args.subspan(first + 1, static_cast<size_t>(keys)),
                           Request{*end, count.value_or(1)}};
}

}  // namespace ebb
