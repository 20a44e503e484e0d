// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/look_ahead.h"

#include <algorithm>
#include <cassert>

#include "protocol/peek.h"
#include "server/command_table.h"
#include "storage/keyspace.h"
#include "storage/prefetch.h"
#include "storage/type_ops.h"

namespace ebb {
namespace {

// The values in which elements are to be looked for. Commands that follow each other often work on
// the same one, which is then looked up once. Lives while no command runs, so that the entries stay
// what and where they are.
class Values {
 public:
  explicit Values(const Keyspace& keyspace) : keyspace_(keyspace) {}

  void Fetch(const KnownHash& key) {
    if (const Entry* entry = Find(key)) Prefetch(entry->value());
  }

  void FetchElement(const KnownHash& key, uint64_t hash, FetchStage stage) {
    const Entry* const entry = Find(key);
    if (entry == nullptr || !FindsByHash(*entry)) return;
    OpsOf(entry->type()).fetch_element(*entry, hash, stage);
  }

 private:
  // The key's entry; null where it has no value of its own.
  const Entry* Find(const KnownHash& key) {
    if (last_key_.data() == nullptr || key.bytes != last_key_) {
      last_key_ = key.bytes;
      last_ = keyspace_.Glance(key.bytes, key.hash);
      if (last_ != nullptr && last_->is_inline()) last_ = nullptr;
    }
    return last_;
  }

  const Keyspace& keyspace_;
  std::string_view last_key_;
  const Entry* last_ = nullptr;
};

}  // namespace

void LookAhead::Begin(const Keyspace& keyspace, std::string_view unparsed, const KnownHash& lone) {
  keyspace_ = &keyspace;
  Restart(unparsed);
  if (lone.bytes.data() == nullptr) return;
  // Fetched already: not to be looked at again is 2 % of a request that comes alone.
  At(0) = {.key = lone, .has_new_key = false, .element = {}, .args = {}, .size = 0};
  seen_ = entries_ = 1;
  unseen_ = {};
}

void LookAhead::Restart(std::string_view unparsed) {
  unseen_ = unparsed;
  begun_ = seen_ = entries_ = places_ = elements_ = elements_end_ = stray_count_ = 0;
}

RequestParser::Status LookAhead::Next(RequestParser& parser) {
  if (begun_ % kStep == 0) Step();
  if (begun_ == seen_) {
    End();
    const RequestParser::Status status = parser.Next();
    // A command that only the parser could cut, or a part of one. What is behind it can be looked
    // at again, and may be in another buffer than before.
    Restart(parser.unparsed());
    return status;
  }
  const Seen& now = At(begun_++);
  context_.known_key = now.key;
  context_.known_element = now.element;
  if (!now.args.empty() && parser.Adopt(now.args, now.size)) return RequestParser::Status::kCommand;
  const RequestParser::Status status = parser.Next();
  // What is behind a long one has not been looked at.
  if (status == RequestParser::Status::kCommand && begun_ == seen_) Restart(parser.unparsed());
  return status;
}

void LookAhead::End() {
  context_.known_key = {};
  context_.known_element = {};
}

void LookAhead::Know(const KnownHash& key) {
  context_.known_key = key;
}

size_t LookAhead::ElementOf(std::string_view command) {
  if (command != word_) {
    word_ = command;
    Command* container = nullptr;
    const Command* const found = commands_.Find(Args(&command, 1), &container);
    word_element_ = found == nullptr ? 0 : found->spec->element;
  }
  return word_element_;
}

bool LookAhead::See(Seen* seen) {
  if (unseen_.empty()) return false;
  StepArgs& step = args_[seen_ / kStep % kSteps];
  if (seen_ % kStep == 0) step.used = 0;
  const std::span<std::string_view> room = std::span(step.args).subspan(step.used, kMostArgs);
  const size_t before = unseen_.size();
  const size_t count = PeekCommand(&unseen_, room);
  if (count == 0) {
    unseen_ = {};
    return false;
  }
  seen->size = before - unseen_.size();
  if (count <= kMostArgs) {
    seen->args = room.first(count);
    step.used += count;
  } else {
    // The last one that is looked at before it runs: many of these are long to go through, for
    // nothing if the slice is over after the first.
    seen->args = {};
    unseen_ = {};
  }
  SeeKeys(seen, room.first(std::min(count, kMostArgs)));
  return true;
}

void LookAhead::SeeKeys(Seen* seen, std::span<const std::string_view> args) {
  seen->key = seen->element = {};
  seen->has_new_key = false;
  if (args.size() == 1) return;
  const KnownHash& before = At(seen_ - 1).key;
  if (seen_ > 0 && before.bytes.data() != nullptr && args[1] == before.bytes) {
    seen->key = {args[1], before.hash};
  } else {
    seen->key = {args[1], HashBytes(args[1])};
    seen->has_new_key = true;
  }
  if (args.size() == 2) return;
  const size_t element = ElementOf(args[0]);
  if (element != 0 && element < args.size()) {
    seen->element = {args[element], HashBytes(args[element])};
    elements_end_ = seen_ + 1;
  }
}

void LookAhead::Step() {
  // Where no elements are to be fetched after them, keys need not be fetched so early.
  const uint32_t steps = elements_end_ > begun_ ? 4 : 3;
  FetchStrays();
  while (seen_ < begun_ + steps * kStep && SeeStep()) {
  }
  const uint32_t until = std::min(begun_ + (steps - 1) * kStep, seen_);
  while (entries_ < until) FetchEntries(std::min(entries_ + kStep, until));
  // Before the next step these will have run.
  if (until <= begun_ + kStep) FetchStrays();
  if (elements_end_ > begun_) FetchElements();
}

// Here and below: loops of one kind of thing instead of one loop of all, so that what waits for
// memory stands close together and waits at the same time: a run of nothing but prefetches has all
// its addresses translated at once, where others between them would fill the processor's window.
// But no more than a step's at a time, so that they arrive while the next step's are looked at.
// (Against all at once where a pipeline begins: 8 % of a GET with 16 commands a read, sockets
// aside.)
bool LookAhead::SeeStep() {
  const uint32_t first = seen_;
  const uint32_t end = (seen_ / kStep + 1) * kStep;
  while (seen_ < end && See(&At(seen_))) ++seen_;
  std::array<const void*, kStep> buckets;
  uint32_t count = 0;
  for (uint32_t i = first; i < seen_; ++i) {
    if (At(i).has_new_key) buckets[count++] = keyspace_->LikelyBucket(At(i).key.hash);
  }
  for (uint32_t i = 0; i < count; ++i) Prefetch(buckets[i]);
  return seen_ == end;
}

void LookAhead::FetchEntries(uint32_t until) {
  FetchStrays();
  for (; entries_ < until; ++entries_) {
    if (At(entries_).has_new_key) strays_[stray_count_++] = At(entries_).key.hash;
  }
  stray_count_ = FetchPlaces(*keyspace_, std::span(strays_).first(stray_count_));
}

// Those that were not where they were looked for first. The next bucket has had a step's time to
// come, but where a pipeline begins.
void LookAhead::FetchStrays() {
  for (uint32_t i = 0; i < stray_count_; ++i) FetchEntry(*keyspace_, strays_[i]);
  stray_count_ = 0;
}

void LookAhead::FetchElements() {
  const auto until = [this](uint32_t steps) {
    return std::min(begun_ + steps * kStep, elements_end_);
  };
  places_ = std::max(places_, begun_);
  elements_ = std::max(elements_, begun_);
  Values values(*keyspace_);
  const auto has_element = [this](uint32_t i) { return At(i).element.bytes.data() != nullptr; };
  for (uint32_t i = places_; i < until(2); ++i) {
    if (has_element(i)) values.Fetch(At(i).key);
  }
  for (; places_ < until(2); ++places_) {
    const Seen& seen = At(places_);
    if (has_element(places_)) values.FetchElement(seen.key, seen.element.hash, FetchStage::kPlace);
  }
  for (; elements_ < until(1); ++elements_) {
    const Seen& seen = At(elements_);
    if (!has_element(elements_)) continue;
    values.FetchElement(seen.key, seen.element.hash, FetchStage::kElement);
  }
}

void LookAhead::FetchEntry(const Keyspace& keyspace, uint64_t hash) {
  const void* entry = keyspace.LikelyEntry(hash);
  if (entry != nullptr) PrefetchBlock(entry);
}

uint32_t LookAhead::FetchPlaces(const Keyspace& keyspace, std::span<uint64_t> hashes) {
  assert(hashes.size() <= kMostKeys);
  std::array<const void*, kMostKeys> places;
  size_t count = 0;
  uint32_t strays = 0;
  for (const uint64_t hash : hashes) {
    const auto [place, is_entry] = keyspace.LikelyPlace(hash);
    if (place == nullptr) continue;
    places[count++] = place;
    if (!is_entry) hashes[strays++] = hash;
  }
  for (const void* place : std::span(places).first(count)) PrefetchBlock(place);
  return strays;
}

void LookAhead::Fetch(const Keyspace& keyspace, std::span<const uint64_t> hashes) {
  assert(hashes.size() <= kMostKeys);
  std::array<const void*, kMostKeys> buckets;
  for (size_t i = 0; i < hashes.size(); ++i) buckets[i] = keyspace.LikelyBucket(hashes[i]);
  for (const void* bucket : std::span(buckets).first(hashes.size())) Prefetch(bucket);
  std::array<uint64_t, kMostKeys> left;
  std::ranges::copy(hashes, left.begin());
  const uint32_t strays = FetchPlaces(keyspace, std::span(left).first(hashes.size()));
  for (const uint64_t hash : std::span(left).first(strays)) FetchEntry(keyspace, hash);
}

KnownHash LookAhead::FetchFirst(const Keyspace& keyspace, std::string_view unparsed) {
  std::array<std::string_view, 2> first;
  if (PeekCommand(&unparsed, first) < 2) return {};
  const uint64_t hash = HashBytes(first[1]);
  Prefetch(keyspace.LikelyBucket(hash));
  return unparsed.empty() ? KnownHash{first[1], hash} : KnownHash{};
}

}  // namespace ebb
