// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/memory_doctor.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/temp_directory.h"

namespace ebb {
namespace {

constexpr size_t kMb = size_t{1} << 20;

class MemoryDoctorTest : public ::testing::Test {
 protected:
  MemoryDoctorTest() {
    report_.used = report_.peak = 200 * kMb;
    report_.resident.anonymous = 220 * kMb;
    report_.breakdown = {.live = 180 * kMb, .tables = 20 * kMb, .slack = 8 * kMb, .rest = 4 * kMb};
    report_.client_count = 4;
    circumstances_.limit = 8000 * kMb;
  }

  bool Says(std::string_view words) const {
    return DiagnoseMemory(report_, circumstances_).find(words) != std::string::npos;
  }

  MemoryReport report_;
  MemoryCircumstances circumstances_;
};

TEST_F(MemoryDoctorTest, FindsNothingWhereNothingIs) {
  EXPECT_TRUE(Says("In good health: 200.00M"));
}

TEST_F(MemoryDoctorTest, SaysNothingOfAnEmptyServer) {
  report_.used = 2 * kMb;
  EXPECT_TRUE(Says("Nothing to examine yet"));
}

TEST_F(MemoryDoctorTest, WarnsAnEmptyServerOfALimitThatIsTooLow) {
  report_.used = report_.peak = 2 * kMb;
  circumstances_.maxmemory = kMb;
  EXPECT_TRUE(Says("Limit: 2.00M of maxmemory's 1.00M"));
  EXPECT_TRUE(Says("noeviction: writes are refused."));
  EXPECT_FALSE(Says("Nothing to examine yet"));
  circumstances_.maxmemory = 100 * kMb;
  EXPECT_TRUE(Says("Nothing to examine yet"));
}

TEST_F(MemoryDoctorTest, NamesTheCauseOfFragmentationAndItsCure) {
  report_.breakdown.slack = 60 * kMb;
  circumstances_.defrag_idle_reason = "too little";
  EXPECT_TRUE(Says("Fragmentation: 60.00M"));
  EXPECT_TRUE(Says("on but idle (too little)"));
  circumstances_.defrag_running = true;
  EXPECT_TRUE(Says("wait for it"));
  circumstances_.defrag_enabled = false;
  EXPECT_TRUE(Says("CONFIG SET activedefrag yes"));
  circumstances_.defrag_impossible = "it is another allocator";
  EXPECT_TRUE(Says("It cannot be defragmented: it is another allocator"));
}

// To wait or to have it done once would not help.
TEST_F(MemoryDoctorTest, SaysWhoseSlackCannotBeMoved) {
  report_.breakdown.slack = 60 * kMb;
  circumstances_.defrag_idle_reason = "the rest of the slack is not in the data";
  EXPECT_TRUE(Says("Fragmentation: 60.00M"));
  EXPECT_TRUE(Says("between blocks of clients' queues, watches and subscriptions"));
  EXPECT_TRUE(Says("goes with those clients"));
  EXPECT_FALSE(Says("keys were deleted"));
  EXPECT_FALSE(Says("ait for it"));
  EXPECT_FALSE(Says("MEMORY RECLAIM"));
}

TEST_F(MemoryDoctorTest, TellsBookKeepingFromWhatGoesWithLargeBlocks) {
  report_.breakdown.allocator = 40 * kMb;
  report_.allocator.active = 200 * kMb;
  report_.allocator.dirty = 5 * kMb;
  report_.allocator.resident = 217 * kMb;
  EXPECT_TRUE(Says("Allocator: 40.00M are its own. 12.00M of that are book-keeping"));
  EXPECT_TRUE(Says("28.00M are pages behind large blocks"));
}

TEST_F(MemoryDoctorTest, NamesWhatElseTakesMemory) {
  report_.peak = 900 * kMb;
  EXPECT_TRUE(Says("Peak: at some time 900.00M"));
  EXPECT_FALSE(Says("Dirty pages"));
  report_.breakdown.dirty = 50 * kMb;
  EXPECT_TRUE(Says("Dirty pages: 50.00M"));
  EXPECT_FALSE(Says("Pending free"));
  report_.breakdown.pending_free = 50 * kMb;
  EXPECT_TRUE(Says("Pending free: 50.00M"));
  EXPECT_FALSE(Says("Trash:"));
  report_.breakdown.trash = 50 * kMb;
  EXPECT_TRUE(Says("Trash: 50.00M, 25 % of what is used"));
  for (const char* cure : {"TRASH PURGE ALL", "trash-max-memory", "trash-ttl"}) {
    EXPECT_TRUE(Says(cure)) << cure;
  }
  EXPECT_FALSE(Says("Client buffers"));
  report_.breakdown.clients = 40 * kMb;
  EXPECT_TRUE(Says("Client buffers: 4 connections hold 40.00M, 10.00M each"));
  EXPECT_FALSE(Says("Allocator:"));
  report_.breakdown.allocator = 40 * kMb;
  EXPECT_TRUE(Says("Allocator: 40.00M"));
  EXPECT_FALSE(Says("Unexplained"));
  report_.resident.anonymous = report_.breakdown.Sum() + 50 * kMb;
  EXPECT_TRUE(Says("Unexplained: 50.00M"));
}

TEST_F(MemoryDoctorTest, BlamesHugePagesOnlyWhereTheSystemTakesThem) {
  const TempDirectory directory;
  report_.resident.anonymous = report_.breakdown.Sum() + 50 * kMb;
  circumstances_.huge_pages_file = directory.Write("enabled", "[always] madvise never\n");
  EXPECT_TRUE(Says("write \"madvise\" to " + directory.path("enabled")));
  EXPECT_FALSE(Says("look again"));
  for (const char* setting : {"always [madvise] never\n", "always madvise [never]\n", ""}) {
    directory.Write("enabled", setting);
    EXPECT_TRUE(Says("Unexplained: 50.00M")) << setting;
    EXPECT_FALSE(Says("huge pages")) << setting;
    EXPECT_TRUE(Says("look again in some seconds")) << setting;
  }
  circumstances_.huge_pages_file = directory.path("missing");
  EXPECT_TRUE(Says("look again in some seconds"));
}

TEST_F(MemoryDoctorTest, WarnsOfLimits) {
  circumstances_.maxmemory = 210 * kMb;
  EXPECT_TRUE(Says("Limit: 200.00M of maxmemory's 210.00M"));
  EXPECT_TRUE(Says("noeviction: soon writes will be refused."));
  report_.breakdown.pending_free = 100 * kMb;  // what is dead does not count
  EXPECT_FALSE(Says("Limit:"));
  report_.breakdown.pending_free = 0;
  report_.breakdown.trash = 100 * kMb;  // nor does what goes first
  EXPECT_FALSE(Says("Limit:"));
  report_.breakdown.trash = 0;
  circumstances_.evicts = true;
  EXPECT_FALSE(Says("Limit:"));
  circumstances_.limit = 230 * kMb;
  circumstances_.limit_source = "the container (cgroup v2)";
  EXPECT_TRUE(Says("220.00M are resident, the container (cgroup v2) has 230.00M"));
}

}  // namespace
}  // namespace ebb
