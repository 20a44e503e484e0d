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
    report_.keys = 1'000'000;
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
  EXPECT_FALSE(Says("Clients:"));
  report_.breakdown.clients = 40 * kMb;
  EXPECT_TRUE(Says("Clients: 4 connections hold 40.00M, 10.00M each"));
  EXPECT_FALSE(Says("Unread:"));
  report_.breakdown.unsent = 40 * kMb;
  EXPECT_TRUE(Says("Unread: 40.00M"));
  EXPECT_FALSE(Says("Subscriptions:"));
  report_.breakdown.pubsub = 40 * kMb;
  EXPECT_TRUE(Says("Subscriptions: 40.00M"));
  EXPECT_FALSE(Says("Slow log:"));
  report_.breakdown.slowlog = 40 * kMb;
  EXPECT_TRUE(Says("Slow log: 40.00M"));
  EXPECT_FALSE(Says("Allocator:"));
  report_.breakdown.allocator = 40 * kMb;
  EXPECT_TRUE(Says("Allocator: 40.00M"));
  EXPECT_FALSE(Says("Unexplained"));
  report_.resident.anonymous = report_.breakdown.Sum() + 50 * kMb;
  EXPECT_TRUE(Says("Unexplained: 50.00M"));
}

// Each kind has its own field in CLIENT LIST and its own remedy.
TEST_F(MemoryDoctorTest, SaysWhatMostOfTheClientsMemoryIsForAndWhatBoundsThat) {
  const struct {
    size_t ClientMemory::*part;
    const char* what;
    const char* field;
    const char* cure;
  } kCases[] = {
      {&ClientMemory::output, "not read", "omem", "client-output-buffer-limit"},
      {&ClientMemory::input, "not complete", "qbuf or argv-mem", "client-query-buffer-limit"},
      {&ClientMemory::queued, "wait for EXEC", "multi-mem", "timeout"},
      {&ClientMemory::watches, "watches of keys", "tot-mem", "UNWATCH"},
      {&ClientMemory::waits, "blocked commands wait", "argv-mem", "CLIENT UNBLOCK"},
      {&ClientMemory::connection, "connections themselves", "idle", "maxclients"},
  };
  report_.breakdown.clients = 40 * kMb;
  for (const auto& [part, what, field, cure] : kCases) {
    report_.client_memory = {1, 1, 1, 1, 1, 1};
    report_.client_memory.*part = 30 * kMb;
    EXPECT_TRUE(Says("30.00M of that are")) << what;
    EXPECT_TRUE(Says(what)) << what;
    EXPECT_TRUE(Says("CLIENT LIST shows whose " + std::string(field) + " is great")) << what;
    EXPECT_TRUE(Says(cure)) << what;
    EXPECT_TRUE(Says("maxmemory-clients")) << what;
    const bool is_output = part == &ClientMemory::output;
    EXPECT_EQ(Says("client-output-buffer-limit"), is_output) << what;
  }
}

// What the lazy-free thread has made so far lies beside what it has still to free.
TEST_F(MemoryDoctorTest, IsSilentAboutSlackWhileMuchIsBeingFreed) {
  report_.breakdown.slack = 60 * kMb;
  circumstances_.defrag_idle_reason = "less slack than active-defrag-ignore-bytes";
  EXPECT_TRUE(Says("Lower that"));
  report_.breakdown.pending_free = 30 * kMb;
  EXPECT_FALSE(Says("Fragmentation"));
  EXPECT_TRUE(Says("Pending free: 30.00M"));
  report_.breakdown.pending_free = 10 * kMb;
  EXPECT_TRUE(Says("Fragmentation"));
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
  circumstances_.policy = EvictionPolicy::kAllkeysLru;
  EXPECT_FALSE(Says("Limit:"));
  circumstances_.limit = 230 * kMb;
  circumstances_.limit_source = "the container (cgroup v2)";
  EXPECT_TRUE(Says("220.00M are resident, the container (cgroup v2) has 230.00M"));
}

TEST_F(MemoryDoctorTest, WarnsOfPoliciesThatHaveHardlyAnythingToEvict) {
  circumstances_.maxmemory = 190 * kMb;
  circumstances_.policy = EvictionPolicy::kVolatileTtl;
  report_.expiring_keys = 10'000;
  EXPECT_TRUE(Says("Limit: 200.00M of maxmemory's 190.00M"));
  EXPECT_TRUE(Says("a time to live go, which 10000 of 1000000 have: writes are refused."));
  for (const char* cure : {"EXPIRE", "allkeys", "raise maxmemory"}) EXPECT_TRUE(Says(cure)) << cure;
  report_.expiring_keys = 10'001;
  EXPECT_FALSE(Says("Limit:")) << "enough can go";
  report_.expiring_keys = 0;
  EXPECT_TRUE(Says("Limit:"));
  circumstances_.maxmemory = 300 * kMb;
  EXPECT_FALSE(Says("Limit:")) << "there is room";
}

TEST_F(MemoryDoctorTest, WarnsWhereAllKeysHaveBeenEvicted) {
  circumstances_.maxmemory = 190 * kMb;
  circumstances_.policy = EvictionPolicy::kAllkeysLru;
  EXPECT_FALSE(Says("Limit:"));
  report_.keys = 0;
  EXPECT_TRUE(Says("no key is left to evict: writes are refused. Raise maxmemory"));
}

}  // namespace
}  // namespace ebb
