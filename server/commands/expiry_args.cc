// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/commands/expiry_args.h"

#include <fmt/format.h>

#include "server/engine.h"
#include "storage/types/string.h"

namespace ebb {

bool ToAbsoluteMs(int64_t amount, bool seconds, bool relative, int64_t now_ms, int64_t* unix_ms) {
  int64_t ms = amount;
  if (seconds && __builtin_mul_overflow(ms, int64_t{1000}, &ms)) return false;
  if (relative && __builtin_add_overflow(ms, now_ms, &ms)) return false;
  *unix_ms = ms;
  return true;
}

bool ExpiryArg::Take(ArgParser& parser) {
  if (given()) return false;
  if (parser.Take("EX", 1)) {
    unit_ = Unit::kSeconds;
  } else if (parser.Take("PX", 1)) {
    unit_ = Unit::kMilliseconds;
  } else if (parser.Take("EXAT", 1)) {
    unit_ = Unit::kUnixSeconds;
  } else if (parser.Take("PXAT", 1)) {
    unit_ = Unit::kUnixMilliseconds;
  } else {
    return false;
  }
  amount_text_ = parser.Text();
  return true;
}

int64_t ExpiryArg::AbsoluteMs(ArgParser& parser, const Call& call) const {
  if (!given() || parser.HasError()) return 0;
  const auto amount = ParseInteger(amount_text_);
  if (!amount) {
    parser.Fail(errors::kNotInteger);
    return 0;
  }
  const bool seconds = unit_ == Unit::kSeconds || unit_ == Unit::kUnixSeconds;
  const bool relative = unit_ == Unit::kSeconds || unit_ == Unit::kMilliseconds;
  int64_t unix_ms = 0;
  if (*amount <= 0 || !ToAbsoluteMs(*amount, seconds, relative, call.engine.unix_ms(), &unix_ms)) {
    parser.Fail(fmt::format("ERR invalid expire time in '{}' command", call.spec.name));
  }
  return unix_ms;
}

}  // namespace ebb
