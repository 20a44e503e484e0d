// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/memory/defrag_advisor.h"

#include <algorithm>
#include <cassert>

namespace ebb::memory {
namespace {

// Slabs of a class stay that have so many regions in use. 0: all of them.
size_t KeepFromOf(const SizeClass& size_class) {
  const size_t capacity = size_class.slabs * size_class.regions_per_slab;
  const size_t used = size_class.regions_used;
  if (size_class.regions_per_slab == 1 || size_class.SlackBytes() == 0) return 0;
  if (used * 10 < capacity * 6) return (size_class.regions_per_slab * 85 + 99) / 100;
  return (used * size_class.regions_per_slab + capacity - 1) / capacity;
}

}  // namespace

std::string_view DefragAdvisor::Unable() {
#ifdef EBB_JEMALLOC
  return SlabsUnknown();
#else
  return {};
#endif
}

void DefragAdvisor::Refresh() {
  limits_ = {};
  slack_bytes_ = used_bytes_ = entry_slack_bytes_ = 0;
#ifdef EBB_JEMALLOC
  std::array<SizeClass, kMaxSizeClasses> classes;
  const size_t count = ReadSizeClasses(classes);
  for (const SizeClass& size_class : std::span(classes).first(count)) {
    slack_bytes_ += size_class.SlackBytes();
    if (size_class.region_bytes <= kMaxEntry) entry_slack_bytes_ += size_class.SlackBytes();
    used_bytes_ += size_class.regions_used * size_class.region_bytes;
    Note(size_class);
  }
#else
  slack_bytes_ = entry_slack_bytes_ = SIZE_MAX;
  used_bytes_ = 1;
#endif
}

void DefragAdvisor::Note(const SizeClass& size_class) {
  size_t place = PlaceOf(size_class.slab_bytes, size_class.regions_per_slab);
  while (limits_[place].regions != 0) place = (place + 1) % kPlaces;
  limits_[place] = {size_class.slab_bytes, size_class.regions_per_slab, KeepFromOf(size_class)};
}

size_t DefragAdvisor::KeepFrom(const SlabUse& use) const {
  for (size_t place = PlaceOf(use.bytes, use.regions); limits_[place].regions != 0;
       place = (place + 1) % kPlaces) {
    const Limit& limit = limits_[place];
    if (limit.regions == use.regions && limit.slab_bytes == use.bytes) return limit.keep_from;
  }
  return 0;
}

void DefragAdvisor::Advise(std::span<const void* const> blocks, std::span<bool> move) const {
  assert(blocks.size() <= kMaxBlocks && move.size() >= blocks.size());
  assert(std::ranges::find(blocks, nullptr) == blocks.end());
#ifdef EBB_JEMALLOC
  std::array<SlabUse, kMaxBlocks> uses;
  QuerySlabs(blocks, std::span(uses).first(blocks.size()));
  for (size_t i = 0; i < blocks.size(); ++i) {
    const SlabUse& use = uses[i];
    // One that is larger than slabs' blocks are is a slab by itself.
    move[i] = use.regions > 1 && use.regions - use.free_regions < KeepFrom(use);
  }
#else
  std::fill_n(move.begin(), blocks.size(), true);
#endif
}

}  // namespace ebb::memory
