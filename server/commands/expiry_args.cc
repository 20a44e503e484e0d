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
  struct Form {
    std::string_view word;
    Unit unit;
  };
  static constexpr Form kForms[] = {{"EX", Unit::kSeconds},
                                    {"PX", Unit::kMilliseconds},
                                    {"EXAT", Unit::kUnixSeconds},
                                    {"PXAT", Unit::kUnixMilliseconds}};
  for (const Form& form : kForms) {
    if ((given() && unit_ != form.unit) || !parser.Take(form.word, 1)) continue;
    unit_ = form.unit;
    amount_text_ = parser.Text();
    return true;
  }
  return false;
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
