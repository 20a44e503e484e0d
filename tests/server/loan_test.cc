// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/loan.h"

#include <gtest/gtest.h>

#include <cstring>

#include "protocol/output_buffer.h"
#include "storage/dispose.h"
#include "storage/memory/allocator.h"
#include "storage/value.h"

namespace ebb {
namespace {

class LoansTest : public ::testing::Test {
 protected:
  static constexpr size_t kSize = 100'000;

  // A string with one reference, which is the test's.
  static StringValue* MakeString() {
    StringValue* string = StringValue::Make(kSize, kSize);
    std::memset(string->bytes(), 'x', kSize);
    return string;
  }
  void Send(StringValue* string, OutputBuffer& output) {
    output.AppendShared(string->view(), loans_.Lend(string));
  }

  const memory::ThreadAccount account_;
  Disposer disposer_;
  Loans loans_{disposer_};
  ChunkPool pool_;
};

TEST_F(LoansTest, WhatOnlyOutputsHoldIsUnsentAndCountsOnce) {
  const size_t before = memory::UsedMemory();
  {
    OutputBuffer one(pool_);
    OutputBuffer two(pool_);
    StringValue* string = MakeString();
    const size_t bytes = memory::GoodSize(string->block_size());
    Send(string, one);
    Send(string, two);
    EXPECT_EQ(string->references.load(), 2u) << "all loans have one together";
    EXPECT_EQ(loans_.UnsentBytes(), 0u) << "somebody else has it as well";
    Release(string);
    EXPECT_EQ(loans_.UnsentBytes(), bytes);
    one.Clear();
    EXPECT_EQ(loans_.UnsentBytes(), bytes);
    two.Consume(kSize - 1);
    EXPECT_EQ(loans_.UnsentBytes(), bytes);
    two.Consume(1);
    EXPECT_EQ(loans_.UnsentBytes(), 0u);
  }
  EXPECT_EQ(memory::UsedMemory(), before);
}

TEST_F(LoansTest, AStringIsLentAgain) {
  StringValue* string = MakeString();
  for (int i = 0; i < 2; ++i) {
    OutputBuffer output(pool_);
    Send(string, output);
    EXPECT_EQ(string->references.load(), 2u);
    output.Clear();
    EXPECT_TRUE(string->sole());
  }
  Release(string);
}

TEST_F(LoansTest, EachStringCountsForItself) {
  OutputBuffer output(pool_);
  StringValue* kept = MakeString();
  Send(kept, output);
  for (int i = 0; i < 3; ++i) {
    StringValue* string = MakeString();
    Send(string, output);
    Release(string);
  }
  EXPECT_EQ(loans_.UnsentBytes(), 3 * memory::GoodSize(kept->block_size()));
  output.Clear();
  EXPECT_EQ(loans_.UnsentBytes(), 0u);
  Release(kept);
}

}  // namespace
}  // namespace ebb
