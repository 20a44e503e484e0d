// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/large_bulk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ebb {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

// Receives an argument of a given size, piece by piece, and sees what becomes of its blocks.
class LargeBulkTest : public ::testing::Test {
 protected:
  LargeBulkTest() {
    limits_.allocate = [](size_t size) -> void* {
      if (blocks_.size() == most_blocks_) return nullptr;
      void* block = std::malloc(size);
      std::memset(block, '#', size);
      blocks_[block] = size;
      return block;
    };
    limits_.free = [](void* block, size_t size) {
      EXPECT_EQ(blocks_.at(block), size);
      blocks_.erase(block);
      std::free(block);
    };
    limits_.awaited_bytes = &awaited_;
    most_blocks_ = 100;
  }
  ~LargeBulkTest() override {
    large_.reset();
    EXPECT_TRUE(blocks_.empty());
    EXPECT_EQ(awaited_, 0u);
  }

  void Start(size_t size, const std::string& arrived = "") {
    large_.emplace(limits_, size, arrived);
    ASSERT_TRUE(large_->valid());
  }

  // What the client sends next, at most `most` bytes; answers how many of them there was room for.
  size_t Send(size_t most, char byte = 'v') {
    const std::span<char> target = large_->Target();
    const size_t count = std::min(most, target.size());
    std::memset(target.data(), byte, count);
    EXPECT_TRUE(large_->Received(count));
    return count;
  }

  size_t BlockBytes() const {
    size_t sum = 0;
    for (const auto& [block, size] : blocks_) sum += size;
    return sum;
  }

  static inline std::map<void*, size_t> blocks_;
  static inline size_t most_blocks_;
  size_t awaited_ = 0;
  ParserLimits limits_;
  std::optional<LargeBulk> large_;
};

// How many bytes each step moved is seen in the newest block, which is full of '#' at first.
TEST_F(LargeBulkTest, NoStepMovesMoreThanItReceives) {
  constexpr size_t kPiece = 40'000;
  for (const size_t size : {kMiB, 16 * kMiB - 2, 16 * kMiB, 16 * kMiB + 1, 30 * kMiB}) {
    Start(size);
    const char* block = large_->bytes();
    size_t to_move = 0;  // that other blocks had received
    size_t moved = 0;
    int blocks = 1;
    while (!large_->complete()) {
      const size_t before = moved;
      Send(kPiece);
      if (large_->bytes() != block) {
        block = large_->bytes();
        to_move = large_->received();
        moved = 0;
        ++blocks;
        ASSERT_EQ(block[0], '#') << "the step that made the block moves nothing";
        continue;
      }
      while (moved < to_move && block[moved] == 'v') ++moved;
      ASSERT_LE(moved - before, kPiece);
    }
    EXPECT_EQ(blocks_.size(), 1u) << "all has moved";
    EXPECT_EQ(large_->view(), std::string(size, 'v'));
    EXPECT_EQ(large_->block_bytes(), kLargeBulkHeadroom + size + 2);
    EXPECT_LE(blocks, 5);
    large_.reset();
  }
}

// With two bytes less in a room, the last two of 16 MiB would have cost a copy of the whole.
TEST_F(LargeBulkTest, TheLastBlockIsThereEarly) {
  for (const size_t size : {kMiB, 16 * kMiB, 64 * kMiB}) {
    Start(size);
    while (large_->received() <= size / 4 + 1) Send(64 * 1024);
    EXPECT_EQ(large_->block_bytes(), kLargeBulkHeadroom + size + 2);
    large_.reset();
  }
}

TEST_F(LargeBulkTest, BytesStayInTheirOrder) {
  std::string expected = "begin";
  Start(3 * kMiB, expected);
  for (size_t i = 0; !large_->complete(); ++i) {
    const char byte = static_cast<char>('a' + i % 26);
    expected.append(Send(i * 7919 % 100'000 + 1, byte), byte);
  }
  expected.resize(3 * kMiB);
  EXPECT_EQ(large_->view(), expected);
}

TEST_F(LargeBulkTest, WhatIsOnlyAnnouncedTakesLittle) {
  Start(512 * kMiB);
  EXPECT_LE(BlockBytes(), 256 * 1024 + kLargeBulkHeadroom);
  for (size_t sent = 0; sent < 40 * kMiB;) {
    sent += Send(100'000);
    ASSERT_LE(BlockBytes(), 5 * sent + 256 * 1024);
    ASSERT_LE(BlockBytes() - awaited_, sent + 2 * sent / 4 + 256 * 1024) << "what was written to";
  }
}

// As when a client disconnects: at any moment, also while two blocks are alive.
TEST_F(LargeBulkTest, EndsAtAnyMoment) {
  for (size_t pieces = 0; pieces < 40; ++pieces) {
    Start(8 * kMiB);
    for (size_t i = 0; i < pieces; ++i) Send(64 * 1024);
    large_.reset();
    ASSERT_TRUE(blocks_.empty());
    ASSERT_EQ(awaited_, 0u);
  }
}

TEST_F(LargeBulkTest, NoMemoryForALargerBlockIsSaid) {
  Start(8 * kMiB);
  most_blocks_ = 1;
  const std::span<char> target = large_->Target();
  EXPECT_FALSE(large_->Received(target.size()));
}

TEST_F(LargeBulkTest, MovesWithItsBlocks) {
  std::vector<LargeBulk> bulks;
  bulks.emplace_back(limits_, 2 * kMiB, std::string(100'000, 'a'));
  bulks.emplace_back(limits_, kMiB, "b");
  bulks.reserve(100);
  EXPECT_TRUE(bulks[0].valid());
  const LargeBulk taken = std::move(bulks[0]);
  EXPECT_FALSE(bulks[0].valid());
  EXPECT_EQ(taken.received(), 100'000u);
  EXPECT_EQ(taken.view().substr(0, 100'000), std::string(100'000, 'a'));
}

}  // namespace
}  // namespace ebb
