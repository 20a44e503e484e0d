// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/defragger.h"

#include <algorithm>
#include <utility>

#include "storage/keyspace.h"
#include "storage/memory/allocator.h"

namespace ebb {
namespace {

// What a round has to move to be worth another one.
constexpr size_t kNoticeableBytes = size_t{256} << 10;

// Free pages of more than this part of the used memory are many.
constexpr size_t kManyPagesPart = 8;

// Slack in the entries' size classes of more than this part of the used memory is much: more than
// the tables and values with blocks of these sizes leave behind.
constexpr size_t kMuchPart = 20;

// Data that has grown by more than this part since a round began is not what it looked at.
constexpr size_t kGrownPart = 64;

// Data that grows by more than this part in a second grows fast. Rounds took 5 % of the time of
// SETs of new keys.
constexpr double kFastGrowth = 0.3;

// Data that shrinks by more than this part in a second shrinks fast. Rounds took 5 % of the time
// of ZPOPMINs and 6 % of that of SPOPs, for members of which most were gone soon after.
constexpr double kFastShrinking = 0.05;

// What a round may take that somebody waits for.
constexpr int kAskedEffortPercent = 50;

// From cycle_min at the lower limit to cycle_max at the upper one.
int EffortPercent(const DefragOptions& options, double slack_percent) {
  const double span = std::max(1, options.upper_percent - options.lower_percent);
  const double share = std::clamp((slack_percent - options.lower_percent) / span, 0.0, 1.0);
  return options.cycle_min + static_cast<int>(share * (options.cycle_max - options.cycle_min));
}

// The slack that a round has left is in what it did not look at.
DefragScope After(DefragScope scope) {
  switch (scope) {
    case DefragScope::kTables:
      return DefragScope::kValues;
    case DefragScope::kValues:
      return DefragScope::kAll;
    case DefragScope::kAll:
      return DefragScope::kTables;
  }
  return DefragScope::kAll;
}

}  // namespace

void Defragger::Begin(DefragScope scope) {
  asked_ = true;
  effort_percent_ = std::max(effort_percent(), kAskedEffortPercent);
  if (running_ && scope_ >= scope) return;
  for_entries_ = false;
  advisor_.Refresh();
  BeginRound(scope);
}

void Defragger::BeginRound(const DefragOptions& options) {
  for_entries_ =
      SlackInEntries(options) && advisor_.entry_slack_bytes() > advisor_.used_bytes() / kMuchPart;
  if (next_scope_ == DefragScope::kValues) {
    // What has come since may have left the slack that is there now.
    const size_t used = advisor_.used_bytes();
    const bool grown = used > used_at_begin_ + used_at_begin_ / kGrownPart;
    if (grown) values_are_dense_ = false;
    if (grown) next_scope_ = DefragScope::kTables;
    if (values_are_dense_) next_scope_ = DefragScope::kAll;
  }
  BeginRound(for_entries_ ? DefragScope::kAll : next_scope_);
}

void Defragger::BeginRound(DefragScope scope) {
  scope_ = scope;
  running_ = true;
  idle_reason_ = {};
  next_database_ = 0;
  cursor_ = value_cursor_ = 0;
  large_.keys.clear();
  moved_bytes_before_ = mover_.moved_bytes();
  used_at_begin_ = advisor_.used_bytes();
  memory::FlushThreadCache();
}

Defragger::Pace Defragger::NotePace(int looks_per_second) {
  const size_t bytes = advisor_.used_bytes();
  const auto before = static_cast<double>(std::exchange(used_at_last_look_, bytes));
  const auto used = static_cast<double>(bytes);
  if (before == 0) return Pace::kSteady;
  if (used > before * (1 + kFastGrowth / looks_per_second)) return Pace::kGrowsFast;
  if (used < before * (1 - kFastShrinking / looks_per_second)) return Pace::kShrinksFast;
  return Pace::kSteady;
}

bool Defragger::SpareLook(const DefragOptions& options, size_t used_memory) {
  if (idle_with_ != used_memory || options != options_seen_) {
    looks_spared_ = 0;
    return false;
  }
  const auto last_one = static_cast<uint64_t>((options.looks_per_second + 3) / 4);
  if (++looks_spared_ != last_one) return true;
  memory::FlushThreadCache();
  return false;
}

bool Defragger::Consider(const DefragOptions& options) {
  large_.above = options.max_scan_fields;
  if (running_ && asked_) return true;
  if (!options.enabled) {
    StayIdle("activedefrag is off");
    return false;
  }
  if (const std::string_view reason = memory::DefragAdvisor::Unable(); !reason.empty()) {
    StayIdle(reason);
    return false;
  }
  const size_t used_memory = memory::UsedMemory();
  if (!running_ && SpareLook(options, used_memory)) return false;
  ++looks_;
  options_seen_ = options;
  advisor_.Refresh();
  const size_t slack = advisor_.slack_bytes();
  const size_t used = std::max<size_t>(advisor_.used_bytes(), 1);
  const Pace pace = NotePace(options.looks_per_second);
  const double percent = 100.0 * static_cast<double>(slack) / static_cast<double>(used);
  if (running_) {
    // What is left, of the entries' slack or beside it, may not be worth going on.
    if (for_entries_ && !SlackInEntries(options) && next_scope_ != DefragScope::kAll) {
      BeginRound(options);
    } else if (scope_ != DefragScope::kAll && slack <= options.ignore_bytes) {
      EndRound();
      values_are_dense_ = false;  // it has not looked at all of them
      return false;
    }
  } else if (slack <= options.ignore_bytes) {
    StayWithLittle("less slack than active-defrag-ignore-bytes", used_memory);
  } else if (percent < options.lower_percent) {
    StayWithLittle("less slack than active-defrag-threshold-lower", used_memory);
  } else if (futile_slack_ != 0 && slack < futile_slack_ + futile_slack_ / 4 + kNoticeableBytes) {
    StayIdle("the rest of the slack is not in the data", used_memory);
  } else if (pace != Pace::kSteady && percent < options.upper_percent) {
    StayIdle(pace == Pace::kGrowsFast
                 ? "the data grows fast and will fill most of the slack"
                 : "the data shrinks fast and most of what would move would soon be gone");
  } else {
    BeginRound(options);
  }
  // The tables' blocks are few, so their round may as well be over soon.
  effort_percent_ =
      scope_ == DefragScope::kTables ? options.cycle_max : EffortPercent(options, percent);
  return running_;
}

// Goes one chunk of the table on, or a step through a large value that lay there.
void Defragger::Step(Keyspace& keyspace) {
  next_database_ = keyspace.id();
  if (large_.keys.empty()) {
    cursor_ = keyspace.Defrag(cursor_, mover_, scope_, &large_);
  } else {
    StepInLarge(keyspace);
  }
  if (cursor_ == 0 && large_.keys.empty()) ++next_database_;
}

void Defragger::StepInLarge(Keyspace& keyspace) {
  if (value_cursor_ == 0) value_moved_before_ = mover_.moved_bytes();
  value_cursor_ = keyspace.DefragValue(large_.keys.back(), value_cursor_, mover_, scope_);
  if (value_cursor_ != 0) return;
  if (scope_ == DefragScope::kAll) mover_.NoteKey(mover_.moved_bytes() != value_moved_before_);
  large_.keys.pop_back();
}

void Defragger::RunSlice(const std::function<bool()>& expired) {
  while (running_) {
    Keyspace* keyspace = next_database_in_use_(next_database_);
    if (keyspace != nullptr) {
      Step(*keyspace);
    } else {
      cursor_ = defrag_rest ? defrag_rest(cursor_, mover_, scope_, large_.above) : 0;
      if (cursor_ == 0) return EndRound();
    }
    if (expired()) return;
  }
}

void Defragger::EndRound() {
  ++rounds_;
  asked_ = false;
  next_scope_ = After(scope_);
  memory::FlushThreadCache();
  advisor_.Refresh();
  const size_t moved = mover_.moved_bytes() - moved_bytes_before_;
  const bool little = moved < kNoticeableBytes;
  if (scope_ == DefragScope::kValues) values_are_dense_ = little;
  futile_slack_ = little && scope_ == DefragScope::kAll ? advisor_.slack_bytes() : 0;
  const size_t many = std::max(kNoticeableBytes, advisor_.used_bytes() / kManyPagesPart);
  if (memory::Stats().dirty > many) purger_.Request();
  StayIdle("a round has just ended");
}

}  // namespace ebb
