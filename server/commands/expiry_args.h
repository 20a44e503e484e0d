// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string_view>

#include "server/arg_parser.h"
#include "server/command.h"

namespace ebb {

// A time to live as commands take it: EX seconds, PX milliseconds, EXAT and PXAT as Unix time.
class ExpiryArg {
 public:
  ExpiryArg() = default;

  // A relative time that stands at a fixed place.
  static ExpiryArg Seconds(std::string_view amount) { return {Unit::kSeconds, amount}; }
  static ExpiryArg Milliseconds(std::string_view amount) { return {Unit::kMilliseconds, amount}; }

  // Reads one of the four forms if it comes next; answers whether it did. Of several with the same
  // word the last one counts; another word than before is not read.
  bool Take(ArgParser& parser);

  bool given() const { return unit_ != Unit::kNone; }

  // The Unix time in ms, or 0 when not given. An amount that is not positive or leaves the range
  // makes `parser` fail with "invalid expire time in '<command>' command".
  int64_t AbsoluteMs(ArgParser& parser, const Call& call) const;

 private:
  enum class Unit { kNone, kSeconds, kMilliseconds, kUnixSeconds, kUnixMilliseconds };

  ExpiryArg(Unit unit, std::string_view amount) : unit_(unit), amount_text_(amount) {}

  Unit unit_ = Unit::kNone;
  std::string_view amount_text_;
};

// Puts into `unix_ms` the absolute time of `amount`, in seconds or else ms, from `now_ms` if
// `relative` or else from 1970; false when that leaves the range. Shared with EXPIRE and its kin.
bool ToAbsoluteMs(int64_t amount, bool seconds, bool relative, int64_t now_ms, int64_t* unix_ms);

}  // namespace ebb
