// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/slow_log.h"

#include <fmt/format.h>

namespace ebb {
namespace {

constexpr size_t kMaxArgs = 32;
constexpr size_t kMaxArgBytes = 128;

std::string Shortened(std::string_view arg) {
  if (arg.size() <= kMaxArgBytes) return std::string(arg);
  return fmt::format("{}... ({} more bytes)", arg.substr(0, kMaxArgBytes), arg.size() - kMaxArgBytes);
}

}  // namespace

void SlowLog::Add(Args args, int64_t unix_seconds, int64_t microseconds, std::string peer,
                  std::string client_name, size_t max_entries) {
  Entry entry{next_id_++, unix_seconds, microseconds, {}, std::move(peer), std::move(client_name)};
  const bool too_many = args.size() > kMaxArgs;
  const size_t kept = too_many ? kMaxArgs - 1 : args.size();
  for (const std::string_view arg : args.first(kept)) entry.args.push_back(Shortened(arg));
  if (too_many) entry.args.push_back(fmt::format("... ({} more arguments)", args.size() - kept));
  entries_.push_front(std::move(entry));
  Trim(max_entries);
}

void SlowLog::Trim(size_t max_entries) {
  while (entries_.size() > max_entries) entries_.pop_back();
}

}  // namespace ebb
