// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/memory_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ebb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kMb = uint64_t{1} << 20;

class MemoryLimitsTextTest : public ::testing::Test {
 protected:
  MemoryLimitsText Text() const {
    return DescribeMemoryLimits(config_,
                                ResolveMemoryLimits(config_, {1000 * kMb, "this machine"}));
  }

  Config config_;
};

TEST_F(MemoryLimitsTextTest, SaysThatThereIsNone) {
  EXPECT_EQ(Text().notice,
            "Memory: no limit of its own; this machine has 1000.00M. Set one with --maxmemory");
  EXPECT_THAT(Text().warnings, IsEmpty());
}

TEST_F(MemoryLimitsTextTest, NamesBothWithTheirBytes) {
  config_.maxmemory = {.bytes = 100 * kMb};
  EXPECT_EQ(Text().notice,
            "Memory: at most 100.00M (maxmemory), of 1000.00M that this machine has");
  config_.maxmemory_rss = {.percent = 50};
  EXPECT_EQ(Text().notice,
            "Memory: at most 100.00M (maxmemory), at most 500.00M resident (maxmemory-rss 50%), "
            "of 1000.00M that this machine has");
  config_.maxmemory = {};
  EXPECT_EQ(Text().notice,
            "Memory: at most 500.00M resident (maxmemory-rss 50%), of 1000.00M that this machine "
            "has");
  EXPECT_THAT(Text().warnings, IsEmpty());
}

TEST_F(MemoryLimitsTextTest, WarnsOfMoreThanThereIs) {
  config_.maxmemory = config_.maxmemory_rss = {.bytes = 1000 * kMb};
  EXPECT_THAT(Text().warnings, IsEmpty());
  config_.maxmemory.bytes = config_.maxmemory_rss.bytes = 1001 * kMb;
  EXPECT_THAT(Text().warnings,
              ElementsAre(HasSubstr("maxmemory is 1001.00M, more than this machine has (1000.00M)"),
                          HasSubstr("maxmemory-rss is 1001.00M, more than this machine has")));
}

TEST_F(MemoryLimitsTextTest, WarnsOfNextToNothing) {
  config_.maxmemory = config_.maxmemory_rss = {.bytes = kMb};
  EXPECT_THAT(Text().warnings, IsEmpty());
  config_.maxmemory = {.bytes = 100};
  EXPECT_THAT(Text().warnings, ElementsAre(HasSubstr("maxmemory is 100 bytes, less than 1 MB")));
  config_.maxmemory_rss = {.bytes = kMb - 1};
  EXPECT_THAT(Text().warnings,
              ElementsAre(HasSubstr("maxmemory is 100"), HasSubstr("maxmemory-rss is 1048575")));
}

}  // namespace
}  // namespace ebb
