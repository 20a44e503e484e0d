// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/command_keys.h"

#include <algorithm>
#include <climits>

#include "server/text.h"
#include "storage/types/string.h"

namespace ebb {
namespace {

// Where a specification begins among `args`; 0 when it does not apply.
size_t BeginOf(const KeySpec& spec, Args args) {
  if (spec.begin == KeySpec::Begin::kIndex) return static_cast<size_t>(spec.begin_index);
  if (spec.find_unknown != nullptr) return spec.find_unknown(args);
  if (spec.begin != KeySpec::Begin::kKeyword) return 0;
  const bool backwards = spec.begin_index < 0;
  const auto count = static_cast<int>(args.size());
  int at = backwards ? count + spec.begin_index : spec.begin_index;
  for (; at > 0 && at < count; at += backwards ? -1 : 1) {
    if (EqualsIgnoreCase(args[static_cast<size_t>(at)], spec.keyword)) {
      return static_cast<size_t>(at) + 1;
    }
  }
  return 0;
}

void AddRange(const KeySpec& spec, size_t begin, Args args, std::vector<KeyPlace>* keys) {
  const auto count = static_cast<int64_t>(args.size());
  int64_t last = static_cast<int64_t>(begin) + spec.last;
  if (spec.last < 0) {
    last = count + spec.last;
    if (spec.limit > 1)
      last = static_cast<int64_t>(begin) + (count - static_cast<int64_t>(begin)) / spec.limit - 1;
  }
  for (auto at = static_cast<int64_t>(begin); at <= last && at < count; at += spec.step) {
    keys->push_back({static_cast<size_t>(at), spec.flags});
  }
}

// False when the number of keys cannot be.
bool AddCounted(const KeySpec& spec, size_t begin, Args args, std::vector<KeyPlace>* keys) {
  const size_t at = begin + static_cast<size_t>(spec.count_index);
  if (at >= args.size()) return false;
  const auto count = ParseInteger(args[at]);
  size_t key = begin + static_cast<size_t>(spec.first);
  const auto step = static_cast<size_t>(spec.step);
  // None, or more than there are arguments: the command will not take them, either.
  if (!count || *count < 1 || key > args.size() ||
      *count > static_cast<int64_t>((args.size() - key) / step)) {
    return false;
  }
  for (int64_t i = 0; i < *count; ++i, key += step) keys->push_back({key, spec.flags});
  return true;
}

}  // namespace

bool HasKeys(const CommandSpec& spec) {
  const KeySpec& first = spec.keys[0];
  return first.begin != KeySpec::Begin::kNone && !(first.flags & kKeyNotKey);
}

std::vector<KeyPlace> FindKeys(const CommandSpec& command, Args args) {
  std::vector<KeyPlace> keys;
  for (const KeySpec& spec : command.keys) {
    if (spec.flags & kKeyNotKey) continue;
    const size_t begin = BeginOf(spec, args);
    // As in Redis: a fixed place that is not there spoils all (PFMERGE without sources).
    if (begin >= args.size() && spec.begin == KeySpec::Begin::kIndex) return {};
    if (begin == 0 || begin >= args.size()) continue;
    if (spec.find == KeySpec::Find::kRange) AddRange(spec, begin, args, &keys);
    if (spec.find == KeySpec::Find::kKeyCount && !AddCounted(spec, begin, args, &keys)) return {};
    if (spec.find == KeySpec::Find::kUnknown) {
      const size_t count = spec.count_unknown != nullptr ? spec.count_unknown(args) : 1;
      for (size_t at = begin; at < begin + count; ++at) keys.push_back({at, spec.flags});
    }
  }
  if (command.variable_key_flags != nullptr && !keys.empty()) {
    keys[0].flags = command.variable_key_flags(args);
  }
  return keys;
}

LegacyKeys LegacyKeysOf(const CommandSpec& command) {
  LegacyKeys legacy{INT_MAX, 0, 0};
  int last = 0;
  for (const KeySpec& spec : command.keys) {
    if (spec.begin != KeySpec::Begin::kIndex || spec.find != KeySpec::Find::kRange) continue;
    const int spec_last = spec.last < 0 ? INT_MAX + spec.last : spec.begin_index + spec.last;
    legacy.first = std::min(legacy.first, spec.begin_index);
    last = std::max(last, spec_last);
    legacy.step = legacy.step == 0 ? spec.step : 1;
  }
  if (legacy.step == 0) return {};
  legacy.last = last > INT_MAX / 2 ? last - INT_MAX : last;
  return legacy;
}

}  // namespace ebb
