// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/slow_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/session.h"
#include "storage/memory/heap_bytes.h"

namespace ebb {
namespace {

constexpr size_t kMaxArgs = 32;
constexpr size_t kMaxArgBytes = 128;

// Of a text of `size` bytes that begins with `beginning`.
std::string Shortened(std::string_view beginning, size_t size) {
  const std::string_view shown = beginning.substr(0, kMaxArgBytes);
  if (shown.size() == size) return std::string(shown);
  return fmt::format("{}... ({} more bytes)", shown, size - shown.size());
}

std::string Argument(const Call& call, size_t index) {
  if (call.IsSecret(index)) return "(redacted)";
  return Shortened(call.BeginningOf(index), call.args[index].size());
}

size_t BytesOf(const SlowLog::Entry& entry) {
  size_t bytes = sizeof(entry) + memory::HeapBytes(entry.args) + memory::HeapBytes(entry.peer) +
                 memory::HeapBytes(entry.client_name);
  for (const std::string& arg : entry.args) bytes += memory::HeapBytes(arg);
  return bytes;
}

}  // namespace

SlowLog::Entry SlowLog::Describe(const Call& call) {
  // Redis keeps the whole name; no eviction would get its bytes back.
  const std::string& name = call.session.name;
  Entry entry{.args = {},
              .peer = call.session.transport.PeerAddress(),
              .client_name = Shortened(name, name.size())};
  const size_t count = call.args.size();
  const size_t kept = count > kMaxArgs ? kMaxArgs - 1 : count;
  entry.args.reserve(std::min(count, kMaxArgs));
  for (size_t i = 0; i < kept; ++i) entry.args.push_back(Argument(call, i));
  if (kept < count) entry.args.push_back(fmt::format("... ({} more arguments)", count - kept));
  return entry;
}

void SlowLog::Add(Entry entry, int64_t unix_seconds, int64_t microseconds, size_t max_entries) {
  entry.id = next_id_++;
  entry.unix_seconds = unix_seconds;
  entry.microseconds = microseconds;
  entries_.push_front(std::move(entry));
  bytes_ += BytesOf(entries_.front());
  Trim(max_entries);
}

void SlowLog::Trim(size_t max_entries) {
  while (entries_.size() > max_entries) {
    bytes_ -= BytesOf(entries_.back());
    entries_.pop_back();
  }
}

}  // namespace ebb
