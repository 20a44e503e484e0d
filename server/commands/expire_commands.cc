// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/expiry_args.h"
#include "server/commands/families.h"
#include "server/engine.h"
#include "storage/key_writer.h"

namespace ebb {
namespace {

// In what EXPIRE and its kin count the time.
enum class Unit { kSeconds, kMilliseconds };
enum class Start { kNow, kEpoch };

// What must be true of the present expiry for a new one to be set.
struct ExpireCondition {
  bool only_if_none = false;
  bool only_if_some = false;
  bool only_if_later = false;
  bool only_if_earlier = false;

  // A key without expiry lives for ever: no time is later, every time is earlier.
  bool Holds(const Entry& entry, int64_t unix_ms) const {
    const bool expires = entry.has_expire();
    if (only_if_none && expires) return false;
    if (only_if_some && !expires) return false;
    if (only_if_later && (!expires || unix_ms <= entry.expire_ms())) return false;
    return !(only_if_earlier && expires && unix_ms >= entry.expire_ms());
  }
};

constexpr std::string_view kNxWithOther =
    "ERR NX and XX, GT or LT options at the same time are not compatible";
constexpr std::string_view kGtWithLt = "ERR GT and LT options at the same time are not compatible";

ExpireCondition ParseCondition(ArgParser& parser) {
  ExpireCondition condition;
  while (parser.More()) {
    if (parser.Take("NX")) {
      condition.only_if_none = true;
    } else if (parser.Take("XX")) {
      condition.only_if_some = true;
    } else if (parser.Take("GT")) {
      condition.only_if_later = true;
    } else if (parser.Take("LT")) {
      condition.only_if_earlier = true;
    } else {
      parser.Fail(fmt::format("ERR Unsupported option {}", UntilNul(parser.Text())));
    }
  }
  const auto& [none, some, later, earlier] = condition;
  if (none && (some || later || earlier)) parser.Fail(kNxWithOther);
  if (later && earlier) parser.Fail(kGtWithLt);
  return condition;
}

template <Unit unit, Start start>
void Expire(Call& call) {
  ArgParser parser(call, 3);
  const ExpireCondition condition = ParseCondition(parser);
  if (parser.Failed()) return;
  ArgParser amount_parser(call, 2);
  const int64_t amount = amount_parser.Integer();
  int64_t unix_ms = 0;
  if (!ToAbsoluteMs(amount, unit == Unit::kSeconds, start == Start::kNow, call.engine.unix_ms(),
                    &unix_ms)) {
    amount_parser.Fail(fmt::format("ERR invalid expire time in '{}' command", call.spec.name));
  }
  if (amount_parser.Failed()) return;

  KeyWriter writer(call.db(), call.args[1]);
  if (!writer.exists() || !condition.Holds(*writer.entry(), unix_ms)) return call.reply.Integer(0);
  if (unix_ms <= call.engine.unix_ms()) {
    writer.Remove(events::kDel, DisposeCause::kUserExpire);
  } else {
    writer.SetExpire(unix_ms);
    writer.Changed(events::kExpire);
  }
  call.reply.Integer(1);
}

// TTL and its kin: -2 without a key, -1 without an expiry. Seconds are rounded to the nearest.
template <Unit unit, Start start>
void Ttl(Call& call) {
  const Entry* entry = call.db().Inspect(call.args[1]);
  if (entry == nullptr) return call.reply.Integer(-2);
  if (!entry->has_expire()) return call.reply.Integer(-1);
  const int64_t ms = entry->expire_ms() - (start == Start::kNow ? call.engine.unix_ms() : 0);
  call.reply.Integer(unit == Unit::kSeconds ? ms / 1000 + (ms % 1000 >= 500) : ms);
}

void Persist(Call& call) {
  KeyWriter writer(call.db(), call.args[1]);
  if (!writer.exists() || !writer.entry()->has_expire()) return call.reply.Integer(0);
  writer.ClearExpire();
  writer.Changed(events::kPersist);
  call.reply.Integer(1);
}

constexpr CommandSpec kCommands[] = {
    {.name = "expire",
     .function = Expire<Unit::kSeconds, Start::kNow>,
     .arity = -3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key seconds [condition@7.0.0(NX | XX | GT | LT)]",
     .summary = "Sets a key's time to live, in seconds.",
     .history = "7.0.0 Takes NX, XX, GT and LT."},
    {.name = "pexpire",
     .function = Expire<Unit::kMilliseconds, Start::kNow>,
     .arity = -3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key milliseconds [condition@7.0.0(NX | XX | GT | LT)]",
     .summary = "Sets a key's time to live, in milliseconds.",
     .history = "7.0.0 Takes NX, XX, GT and LT."},
    {.name = "expireat",
     .function = Expire<Unit::kSeconds, Start::kEpoch>,
     .arity = -3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "key unix-time-seconds [condition@7.0.0(NX | XX | GT | LT)]",
     .summary = "Sets when a key expires, as Unix time in seconds.",
     .history = "7.0.0 Takes NX, XX, GT and LT."},
    {.name = "pexpireat",
     .function = Expire<Unit::kMilliseconds, Start::kEpoch>,
     .arity = -3,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key unix-time-milliseconds [condition@7.0.0(NX | XX | GT | LT)]",
     .summary = "Sets when a key expires, as Unix time in milliseconds.",
     .history = "7.0.0 Takes NX, XX, GT and LT."},
    {.name = "ttl",
     .function = Ttl<Unit::kSeconds, Start::kNow>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers a key's time to live, in seconds.",
     .tips = "nondeterministic_output",
     .history = "2.8.0 Answers -2 where there is no key."},
    {.name = "pttl",
     .function = Ttl<Unit::kMilliseconds, Start::kNow>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers a key's time to live, in milliseconds.",
     .tips = "nondeterministic_output",
     .history = "2.8.0 Answers -2 where there is no key."},
    {.name = "expiretime",
     .function = Ttl<Unit::kSeconds, Start::kEpoch>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "7.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers when a key expires, as Unix time in seconds."},
    {.name = "pexpiretime",
     .function = Ttl<Unit::kMilliseconds, Start::kEpoch>,
     .arity = 2,
     .flags = kReadOnly | kFast,
     .keys = {KeyAt(1, kKeyRo | kKeyAccess)},
     .since = "7.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers when a key expires, as Unix time in milliseconds."},
    {.name = "persist",
     .function = Persist,
     .arity = 2,
     .flags = kWrite | kFast,
     .keys = {KeyAt(1, kKeyRw | kKeyUpdate)},
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Takes a key's expiry away."},
};

}  // namespace

constexpr CommandFamily kExpireFamily{
    .group = "generic", .acl = kAclKeyspace, .commands = kCommands};

}  // namespace ebb
