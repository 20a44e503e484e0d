// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/output_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <random>
#include <string>
#include <string_view>

namespace ebb {
namespace {

constexpr size_t kChunk = ChunkPool::kChunkBytes;

// A long value that buffers refer to; counts who holds it.
struct Value {
  explicit Value(std::string bytes) : text(std::move(bytes)) {}
  SharedOwner Owner() {
    ++holders;
    return {this, [](void* value) { --static_cast<Value*>(value)->holders; }};
  }
  std::string text;
  int holders = 0;
};

class OutputBufferTest : public ::testing::Test {
 protected:
  // What a gathering write of at most `parts` pieces would send.
  std::string Front(size_t parts = 1000) {
    iovec pieces[1000];
    std::string bytes;
    const size_t count = output_.FillIovec(pieces, parts);
    EXPECT_LE(count, parts);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_GT(pieces[i].iov_len, 0u);
      bytes.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    }
    return bytes;
  }

  size_t Parts() {
    iovec pieces[1000];
    return output_.FillIovec(pieces, 1000);
  }

  // As many as have a whole chunk each.
  void MakeMany(std::list<OutputBuffer>* buffers) {
    for (size_t i = 0; i < ChunkPool::kMany; ++i) buffers->emplace_back(pool_).Append("x");
  }

  // Ends what buffers have dropped; answers in how many steps.
  int EndDropped() {
    int steps = 1;
    while (pool_.EndSome()) ++steps;
    EXPECT_EQ(pool_.dropped_bytes(), 0u);
    return steps;
  }

  ChunkPool pool_;
  OutputBuffer output_{pool_};
};

TEST_F(OutputBufferTest, EmptyOwnsNothing) {
  EXPECT_EQ(output_.size(), 0u);
  EXPECT_EQ(output_.memory_bytes(), 0u);
  EXPECT_EQ(Front(), "");
  output_.Append("");
  output_.Append(std::string_view());
  output_.Consume(0);
  output_.Clear();
  EXPECT_EQ(output_.memory_bytes(), 0u);

  output_.Append("abc");
  EXPECT_EQ(output_.memory_bytes(), kChunk);
  output_.Consume(3);
  EXPECT_EQ(output_.memory_bytes(), 0u);
  output_.Reserve(10);
  output_.Clear();
  EXPECT_EQ(output_.memory_bytes(), 0u);
}

TEST_F(OutputBufferTest, ReserveIsInOnePiece) {
  output_.Append(std::string(kChunk - 10, 'a'));
  char* const room = output_.Reserve(OutputBuffer::kReserveMax);
  std::memset(room, 'b', OutputBuffer::kReserveMax);
  output_.Commit(20);
  EXPECT_EQ(Front(), std::string(kChunk - 10, 'a') + std::string(20, 'b'));
}

TEST_F(OutputBufferTest, ReferencesAreNotCopied) {
  Value value(std::string(100000, 'v'));
  output_.Append("head");
  output_.AppendShared(value.text, value.Owner());
  output_.Append("tail");
  EXPECT_EQ(output_.size(), 100008u);
  EXPECT_EQ(Front(), "head" + value.text + "tail");
  iovec pieces[3];
  ASSERT_EQ(output_.FillIovec(pieces, 3), 3u);
  EXPECT_EQ(pieces[1].iov_base, value.text.data());

  output_.Consume(4 + 60000);
  EXPECT_EQ(value.holders, 1);
  EXPECT_EQ(Front(), value.text.substr(60000) + "tail");
  output_.Consume(40000);
  EXPECT_EQ(value.holders, 0) << "let go of as soon as it is sent";
  EXPECT_EQ(Front(), "tail");
}

TEST_F(OutputBufferTest, ReferencesCostNoChunkEach) {
  Value value(std::string(20000, 'v'));
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    output_.Append("$20000\r\n");
    output_.AppendShared(value.text, value.Owner());
    output_.Append("\r\n");
    expected += "$20000\r\n" + value.text + "\r\n";
  }
  EXPECT_EQ(Front(), expected);
  EXPECT_LE(output_.memory_bytes(), 100 * value.text.size() + kChunk + 256 * 64);
  output_.Clear();
  EndDropped();
  EXPECT_EQ(value.holders, 0);
  EXPECT_EQ(output_.size(), 0u);
  EXPECT_EQ(output_.memory_bytes(), 0u);
}

TEST_F(OutputBufferTest, NothingToReferTo) {
  Value value("");
  output_.AppendShared(value.text, value.Owner());
  EXPECT_EQ(value.holders, 0);
  EXPECT_EQ(output_.size(), 0u);
  EXPECT_EQ(Parts(), 0u);
}

TEST_F(OutputBufferTest, TakesWhatWaitsInAnother) {
  Value value(std::string(20000, 'v'));
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    OutputBuffer other(pool_);
    other.Append("gone$20000\r\n");
    other.AppendShared(value.text, value.Owner());
    other.Append("\r\n");
    other.Consume(4);
    output_.TakeAll(other);
    expected += "$20000\r\n" + value.text + "\r\n";
    EXPECT_EQ(other.size(), 0u);
    EXPECT_EQ(other.shared_bytes(), 0u);
    EXPECT_LT(other.memory_bytes(), 1000u) << "no chunk, a short list at most";
    output_.TakeAll(other);
  }
  EXPECT_TRUE(Front() == expected);
  EXPECT_EQ(output_.size(), expected.size());
  EXPECT_EQ(output_.shared_bytes(), 100 * value.text.size());
  EXPECT_LE(output_.memory_bytes(), 100 * value.text.size() + kChunk + 256 * 64) << "one chunk";
  EXPECT_EQ(value.holders, 100);
  OutputBuffer other(pool_);
  for (int i = 0; i < 3; ++i) other.Append(std::string(kChunk, 'c'));
  output_.TakeAll(other);
  EXPECT_TRUE(Front() == expected + std::string(3 * kChunk, 'c'));
  output_.Clear();
  EndDropped();
  EXPECT_EQ(value.holders, 0);
  EXPECT_LE(output_.memory_bytes(), 1000u);
}

TEST_F(OutputBufferTest, DestructionLetsGo) {
  Value value(std::string(20000, 'v'));
  {
    OutputBuffer output(pool_);
    output.Append("a");
    output.AppendShared(value.text, value.Owner());
    EXPECT_EQ(value.holders, 1);
  }
  EXPECT_EQ(value.holders, 0);
}

// Some hundred megabytes that are dropped at once would be a pause for everybody.
TEST_F(OutputBufferTest, ManyPiecesThatAreDroppedEndInSteps) {
  constexpr int kMany = 400;
  Value value(std::string(20000, 'v'));
  for (int i = 0; i < kMany; ++i) {
    output_.Append("$20000\r\n");
    output_.AppendShared(value.text, value.Owner());
  }
  output_.Append(std::string(kMany * kChunk, 'c'));
  output_.Consume(100'000);
  const int holders = value.holders;
  output_.Clear();
  EXPECT_EQ(output_.size(), 0u);
  EXPECT_EQ(output_.memory_bytes(), 0u);
  EXPECT_EQ(output_.shared_bytes(), 0u);
  EXPECT_EQ(value.holders, holders) << "nothing has ended yet";
  const size_t dropped = pool_.dropped_bytes();
  EXPECT_GE(dropped, kMany * kChunk);
  EXPECT_LT(dropped, kMany * kChunk + 200'000) << "what is referred to does not count";

  output_.Append("next");
  EXPECT_EQ(Front(), "next");
  EXPECT_TRUE(pool_.EndSome());
  EXPECT_LT(pool_.dropped_bytes(), dropped);
  EXPECT_GE(EndDropped(), static_cast<int>(3 * kMany / ChunkPool::kStep) - 2);
  EXPECT_EQ(value.holders, 0);
  EXPECT_EQ(Front(), "next");
  EXPECT_EQ(pool_.FirstBytes(), kChunk) << "all have come back";
}

TEST_F(OutputBufferTest, DroppedChunksComeBackInTheirSizes) {
  std::list<OutputBuffer> others;
  MakeMany(&others);
  const std::string bytes(200 * kChunk, 'c');
  for (const size_t sent : {size_t{0}, size_t{100}, ChunkPool::kSmallBytes, 5 * kChunk}) {
    output_.Append(bytes);
    output_.Consume(sent);
    const size_t held = output_.memory_bytes();
    output_.Clear();
    EXPECT_LE(pool_.dropped_bytes(), held);
    EXPECT_GE(pool_.dropped_bytes(), held - kChunk) << "but for the one that was open";
    EndDropped();
  }
  others.clear();
  // All that the pool has kept can be filled.
  MakeMany(&others);
  for (OutputBuffer& each : others) each.Append(std::string(kChunk - 1, 'y'));
  for (OutputBuffer& each : others) EXPECT_EQ(each.memory_bytes() / kChunk, 1u);
}

TEST_F(OutputBufferTest, ReferencesAloneHaveNoChunkToGiveBack) {
  Value value(std::string(20000, 'v'));
  for (int i = 0; i < 200; ++i) output_.AppendShared(value.text, value.Owner());
  output_.Clear();
  EndDropped();
  EXPECT_EQ(value.holders, 0);
}

// Who asks for much and drops it, again and again, may do so faster than steps are made.
TEST_F(OutputBufferTest, WhatIsDroppedDoesNotPileUp) {
  constexpr size_t kChunks = 1000;
  Value value(std::string(20'000, 'v'));
  for (int round = 0; round < 50; ++round) {
    for (size_t i = 0; i < kChunks; ++i) {
      output_.Append(std::string(kChunk, 'a'));
      output_.AppendShared(value.text, value.Owner());
    }
    output_.Clear();
    EXPECT_LE(pool_.dropped_bytes(), 3 * kChunks * kChunk) << round;
    EXPECT_LE(value.holders, static_cast<int>(3 * kChunks)) << round;
  }
  EndDropped();
  EXPECT_EQ(value.holders, 0);
}

TEST_F(OutputBufferTest, WhatWasDroppedEndsWithThePool) {
  Value value(std::string(20000, 'v'));
  {
    ChunkPool pool;
    OutputBuffer output(pool);
    for (int i = 0; i < 300; ++i) output.AppendShared(value.text, value.Owner());
    output.Append("x");
    output.Clear();
    for (int i = 0; i < 300; ++i) output.AppendShared(value.text, value.Owner());
  }
  EXPECT_EQ(value.holders, 0);
}

TEST_F(OutputBufferTest, FillsNoMoreThanAsked) {
  for (int i = 0; i < 5; ++i) output_.Append(std::string(kChunk, static_cast<char>('a' + i)));
  EXPECT_EQ(Front(2), std::string(kChunk, 'a') + std::string(kChunk, 'b'));
  EXPECT_EQ(Front(0), "");
  EXPECT_EQ(Parts(), 5u);
}

TEST_F(OutputBufferTest, ChunksAreReused) {
  const char* const first = output_.Reserve(1);
  output_.Clear();
  OutputBuffer other(pool_);
  EXPECT_EQ(other.Reserve(1), first);
}

TEST_F(OutputBufferTest, WhereManyHaveBytesOneBeginsSmall) {
  std::list<OutputBuffer> others;
  MakeMany(&others);
  output_.Append("head");
  EXPECT_LT(output_.memory_bytes(), 2 * ChunkPool::kSmallBytes);
  EXPECT_EQ(output_.buffer_memory(), ChunkPool::kSmallBytes);
  EXPECT_EQ(output_.overflow_memory(), 0u);
  const std::string more(ChunkPool::kSmallBytes + 1000, 'm');
  output_.Append(more);
  EXPECT_GE(output_.overflow_memory(), kChunk);
  EXPECT_EQ(Front(), "head" + more);
  output_.Consume(ChunkPool::kSmallBytes);
  EXPECT_EQ(output_.buffer_memory(), kChunk);
  EXPECT_EQ(output_.overflow_memory(), 0u);
  output_.Clear();

  others.clear();
  output_.Append("again");
  EXPECT_EQ(output_.buffer_memory(), kChunk);
}

// Against a string that does the same.
TEST_F(OutputBufferTest, RandomUse) {
  std::list<OutputBuffer> others;
  for (unsigned seed = 1; seed <= 50; ++seed) {
    if (seed == 25) MakeMany(&others);
    std::mt19937 random(seed);
    Value value(std::string(50000, 'v'));
    OutputBuffer output(pool_);
    std::string model;
    const auto below = [&](size_t limit) { return random() % limit; };
    for (int step = 0; step < 400; ++step) {
      std::string bytes(below(4) == 0 ? below(40000) : below(200), '\0');
      for (char& byte : bytes) byte = static_cast<char>('a' + random() % 26);
      switch (below(4)) {
        case 0:
          output.Append(bytes);
          model += bytes;
          break;
        case 1: {
          bytes.resize(std::min(bytes.size(), OutputBuffer::kReserveMax));
          char* const room = output.Reserve(OutputBuffer::kReserveMax);
          bytes.copy(room, bytes.size());
          output.Commit(bytes.size());
          model += bytes;
          break;
        }
        case 2: {
          const std::string_view part = std::string_view(value.text).substr(0, bytes.size());
          output.AppendShared(part, value.Owner());
          model += part;
          break;
        }
        case 3: {
          const size_t count = below(3) == 0 ? model.size() : below(model.size() + 1);
          output.Consume(count);
          model.erase(0, count);
          break;
        }
      }
      ASSERT_EQ(output.size(), model.size());
      ASSERT_GE(output.memory_bytes() + 1, model.size() == 0 ? 1 : model.size());
      std::string shown;
      iovec pieces[2000];
      const size_t count = output.FillIovec(pieces, std::size(pieces));
      for (size_t i = 0; i < count; ++i) {
        shown.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
      }
      ASSERT_TRUE(shown == model) << "seed " << seed << ", step " << step;
    }
    output.Clear();
    EndDropped();
    ASSERT_EQ(value.holders, 0);
    ASSERT_LE(output.memory_bytes(), 1000u) << "no chunk, a short list at most";
  }
}

// A chunk that is sent next is what a client always has; the rest is what limits are about.
TEST_F(OutputBufferTest, WhatOverflowsIsAllButTheFirstChunk) {
  EXPECT_EQ(output_.overflow_memory(), 0u);
  output_.Append("head");
  EXPECT_EQ(output_.buffer_bytes(), 4u);
  EXPECT_EQ(output_.buffer_memory(), kChunk);
  EXPECT_EQ(output_.overflow_pieces(), 0u);
  EXPECT_EQ(output_.overflow_memory(), 0u);
  Value value(std::string(100'000, 'v'));
  output_.AppendShared(value.text, value.Owner());
  EXPECT_EQ(output_.overflow_pieces(), 1u);
  EXPECT_GE(output_.overflow_memory(), 100'000u);
  output_.Consume(4);
  // The value is the first now: it overflows all the same.
  EXPECT_EQ(output_.buffer_bytes(), 0u);
  EXPECT_EQ(output_.overflow_pieces(), 1u);
  EXPECT_GE(output_.overflow_memory(), 100'000u);
  EXPECT_EQ(output_.shared_bytes(), 100'000u);
  output_.Consume(40'000);
  EXPECT_GE(output_.overflow_memory(), 60'000u);
  output_.Clear();
}

TEST_F(OutputBufferTest, HoldsNoMoreWhileItIsRefused) {
  bool over = false;
  size_t most = 0;
  output_.AskBeforeGrowth([&] {
    most = std::max(most, output_.memory_bytes());
    over = over || output_.overflow_memory() >= 3 * kChunk;
    return over;
  });
  output_.Append(std::string(3 * kChunk, 'a'));
  EXPECT_EQ(Front(), std::string(3 * kChunk, 'a'));
  output_.Append(std::string(100 * kChunk, 'b'));
  EXPECT_TRUE(over);
  EXPECT_LT(most, 5 * kChunk);
  EXPECT_EQ(output_.size(), 0u);
  EXPECT_LE(output_.memory_bytes(), 1000u) << "no chunk, a short list at most";

  Value value(std::string(20000, 'v'));
  output_.Append("head");
  output_.AppendShared(value.text, value.Owner());
  EXPECT_EQ(value.holders, 0);
  EXPECT_EQ(output_.size(), 0u);
  for (int i = 0; i < 1000; ++i) {
    std::memset(output_.Reserve(100), 'c', 100);
    output_.Commit(100);
    output_.Append("tail");
    EXPECT_LE(output_.memory_bytes(), kChunk + 1000);
  }

  over = false;
  output_.Clear();
  output_.Append("head");
  output_.AppendShared(value.text, value.Owner());
  EXPECT_EQ(Front(), "head" + value.text);
  output_.Clear();
  EXPECT_EQ(value.holders, 0);
}

TEST_F(OutputBufferTest, WhatIsTakenFromAnotherIsRefusedAsWell) {
  output_.AskBeforeGrowth([] { return true; });
  Value value(std::string(20000, 'v'));
  OutputBuffer other(pool_);
  for (int i = 0; i < 100; ++i) {
    other.Append(std::string(kChunk, 'a'));
    other.AppendShared(value.text, value.Owner());
  }
  output_.TakeAll(other);
  EXPECT_EQ(other.size(), 0u);
  EXPECT_LE(value.holders, 1);
  EXPECT_LE(output_.memory_bytes(), kChunk + value.text.size() + 1000);
  output_.Clear();
  EXPECT_EQ(value.holders, 0);
}

}  // namespace
}  // namespace ebb
