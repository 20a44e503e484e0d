// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "storage/dict_directory.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "storage/memory/allocator.h"

namespace ebb::dict_internal {
namespace {

constexpr uint32_t kMinPages = 4;

void CheckBucketCount(uint32_t bucket_count) {
  if (bucket_count <= kMaxBucketCount) [[likely]]
    return;
  std::fprintf(stderr, "ebb: a dict's chunk would have %u buckets: the hash function is broken\n",
               bucket_count);
  std::abort();
}

}  // namespace

Directory::~Directory() {
  ReleaseAll();
}

void Directory::Swap(Directory& other) noexcept {
  std::swap(first_, other.first_);
  std::swap(pages_, other.pages_);
  std::swap(memory_, other.memory_);
  std::swap(count_, other.count_);
  std::swap(mask_, other.mask_);
  std::swap(page_capacity_, other.page_capacity_);
  std::swap(pages_capacity_, other.pages_capacity_);
  std::swap(largest_, other.largest_);
  std::swap(in_round_, other.in_round_);
  std::swap(least_hint_, other.least_hint_);
}

size_t Directory::page_memory() const {
  const uint32_t pages = (count_ + kPageChunks - 1) / kPageChunks;
  return (page_capacity_ + (pages - 1) * kPageChunks) * sizeof(Chunk) +
         pages_capacity_ * sizeof(Chunk*);
}

void* Directory::Take(size_t size) {
  memory_ += size;
  largest_ = std::max(largest_, static_cast<uint32_t>(size));
  return size % memory::kCacheLine == 0 ? memory::AllocateAligned(size) : memory::Allocate(size);
}

void Directory::GiveBack(void* memory, size_t size) {
  memory_ -= size;
  size % memory::kCacheLine == 0 ? memory::FreeAligned(memory, size) : memory::Free(memory, size);
}

Bucket* Directory::AllocateBuckets(uint32_t count) {
  CheckBucketCount(count);
  const size_t size = count * sizeof(Bucket);
  memory_ += size;
  largest_ = std::max(largest_, static_cast<uint32_t>(size));
  auto* buckets = static_cast<Bucket*>(memory::AllocateAligned(size));
  for (uint32_t i = 0; i < count; ++i) {
    Bucket* bucket =
        new (&buckets[i]) Bucket;  // the tags and addresses of free slots have no meaning
    std::memset(&bucket->used, 0, sizeof(Bucket) - offsetof(Bucket, used));
  }
  return buckets;
}

void Directory::FreeBuckets(Bucket* buckets, uint32_t count) {
  const size_t size = count * sizeof(Bucket);
  memory_ -= size;
  memory::FreeAligned(buckets, size);
}

void Directory::AllocateFirst() {
  if (first_ == nullptr) ResizeFirst(1);
}

void Directory::ReleaseFirst() {
  assert(count_ == 1 && pages_ == nullptr);
  assert(first_ == nullptr || first_[0].buckets == nullptr);
  if (first_ != nullptr) GiveBack(first_, page_capacity_ * sizeof(Chunk));
  first_ = nullptr;
  page_capacity_ = 0;
}

// REQUIRES: the chunks fit; there are no pages but the first.
void Directory::ResizeFirst(uint32_t capacity) {
  auto* fresh = static_cast<Chunk*>(Take(capacity * sizeof(Chunk)));
  for (uint32_t i = 0; i < capacity; ++i) {
    new (&fresh[i]) Chunk(
        first_ != nullptr && i < std::min(count_, uint32_t{page_capacity_}) ? first_[i] : Chunk());
  }
  if (first_ != nullptr) GiveBack(first_, page_capacity_ * sizeof(Chunk));
  first_ = fresh;
  page_capacity_ = static_cast<uint16_t>(capacity);
}

void Directory::ResizePages(uint32_t capacity) {
  const uint32_t pages = (count_ + kPageChunks - 1) / kPageChunks;
  auto** fresh = static_cast<Chunk**>(Take(capacity * sizeof(Chunk*)));
  for (uint32_t i = 0; i < capacity; ++i) {
    fresh[i] = i >= pages ? nullptr : pages_ != nullptr ? pages_[i] : first_;
  }
  if (pages_ != nullptr) GiveBack(pages_, pages_capacity_ * sizeof(Chunk*));
  pages_ = fresh;
  pages_capacity_ = capacity;
}

void Directory::Append() {
  assert(allocated());
  const uint32_t index = count_;
  if (index < kPageChunks) {
    if (index == page_capacity_) ResizeFirst(2 * index);
  } else if (index % kPageChunks == 0) {
    const uint32_t page = index / kPageChunks;
    if (pages_ == nullptr) {
      ResizePages(kMinPages);
    } else if (page == pages_capacity_) {
      ResizePages(2 * page);
    }
    auto* chunks = static_cast<Chunk*>(Take(kPageChunks * sizeof(Chunk)));
    for (uint32_t i = 0; i < kPageChunks; ++i) new (&chunks[i]) Chunk();
    pages_[page] = chunks;
  }
  ++count_;
  mask_ = std::bit_ceil(count_) - 1;
  at(index) = Chunk();
}

void Directory::DropLast() {
  assert(count_ > 1 && at(count_ - 1).buckets == nullptr);
  const uint32_t index = --count_;
  mask_ = std::bit_ceil(count_) - 1;
  if (index < kPageChunks || index % kPageChunks != 0) return;
  const uint32_t page = index / kPageChunks;  // now empty
  GiveBack(pages_[page], kPageChunks * sizeof(Chunk));
  pages_[page] = nullptr;
  if (page > 1) return;
  GiveBack(pages_, pages_capacity_ * sizeof(Chunk*));
  pages_ = nullptr;
  pages_capacity_ = 0;
}

void Directory::RemoveLast() {
  DropLast();
  if (count_ < kPageChunks) {
    if (count_ <= page_capacity_ / 4u) ResizeFirst(page_capacity_ / 2u);
  } else if (count_ % kPageChunks == 0 && pages_capacity_ > kMinPages &&
             count_ / kPageChunks <= pages_capacity_ / 4) {
    ResizePages(pages_capacity_ / 2);
  }
}

void Directory::ReleaseAll() {
  if (first_ == nullptr) return;
  for (;;) {
    Chunk& chunk = at(count_ - 1);
    if (chunk.buckets != nullptr) FreeBuckets(chunk.buckets, chunk.bucket_count);
    chunk = Chunk();
    if (count_ == 1) break;
    DropLast();
  }
  ReleaseFirst();
}

}  // namespace ebb::dict_internal
