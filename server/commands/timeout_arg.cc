// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/timeout_arg.h"

#include <cmath>

#include "server/engine.h"
#include "storage/number.h"

namespace ebb {

std::optional<int64_t> ParseTimeout(Call& call, std::string_view seconds) {
  const auto number = ParseLongDouble(seconds);
  if (!number) {
    call.reply.Error("ERR timeout is not a float or out of range");
    return std::nullopt;
  }
  constexpr long double kTooMany = 9223372036854775808.0L;
  const long double milliseconds = std::ceil(*number * 1000);
  // Redis says the same of numbers that are too large.
  if (milliseconds < 0 || milliseconds >= kTooMany) {
    call.reply.Error("ERR timeout is negative");
    return std::nullopt;
  }
  const auto wait_ms = static_cast<int64_t>(milliseconds);
  int64_t deadline_ms = 0;
  if (wait_ms == 0) return 0;
  if (__builtin_add_overflow(call.engine.steady_ms(), wait_ms, &deadline_ms)) return INT64_MAX;
  return deadline_ms;
}

}  // namespace ebb
