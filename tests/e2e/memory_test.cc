// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What the operating system sees of the server's memory.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

// Resident bytes, read without asking the server, which is to have nothing to do.
size_t ResidentBytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  size_t pages = 0;
  size_t resident_pages = 0;
  file >> pages >> resident_pages;
  return resident_pages * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// The allocator's second is shortened to a tenth of one.
class ShortDecay {
 public:
  ShortDecay() { setenv("MALLOC_CONF", "dirty_decay_ms:100", 1); }
  ~ShortDecay() { unsetenv("MALLOC_CONF"); }
};

TEST(MemoryTest, AnIdleServerGivesDeletedDataBackToTheSystem) {
  const ShortDecay environment;
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "the sanitizers' allocator keeps it";
  ASSERT_EQ(client.Command({"DEBUG", "POPULATE", "300000", "key", "100"}), Reply::Ok());
  const size_t full = ResidentBytes(server.pid());
  ASSERT_GT(full, 45'000'000u);
  ASSERT_EQ(client.Command({"FLUSHALL"}), Reply::Ok());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  size_t now = full;
  while (now > full / 2 && std::chrono::steady_clock::now() < deadline) {
    now = ResidentBytes(server.pid());
  }
  EXPECT_LE(now, full / 2);
}

// Leaves one key in eight, spread over all pages.
void Thin(Connection& client, int keys) {
  for (int i = 0; i < keys; ++i) {
    if (i % 8 != 0) client.Append({"DEL", "key:" + std::to_string(i)});
    if (i % 1000 != 999) continue;
    for (int j = 0; j < 875; ++j) client.Receive();
  }
}

// Nobody asks for it, and all pages hold something that lives.
TEST(MemoryTest, AnIdleServerMovesWhatKeepsPages) {
  ServerProcess server({.options = {"--enable-debug-command", "yes"}});
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "the sanitizers' allocator keeps it";
  const size_t empty = ResidentBytes(server.pid());
  ASSERT_EQ(client.Command({"DEBUG", "POPULATE", "400000", "key", "200"}), Reply::Ok());
  const size_t full = ResidentBytes(server.pid());
  Thin(client, 400'000);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  size_t now = full;
  while (now - empty > (full - empty) / 4 && std::chrono::steady_clock::now() < deadline) {
    now = ResidentBytes(server.pid());
  }
  EXPECT_LE(now - empty, (full - empty) / 4);
}

TEST(MemoryTest, ReclaimTellsWhatItHasGivenBack) {
  ServerProcess server({.options = {"--enable-debug-command", "yes", "--activedefrag", "no"}});
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "the sanitizers' allocator keeps it";
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(client.Command({"DEBUG", "POPULATE", "200000", "key", "250"}), Reply::Ok());
    Thin(client, 200'000);
    const size_t before = ResidentBytes(server.pid());
    const Reply reply = client.Command({"MEMORY", "RECLAIM"});
    const size_t after = ResidentBytes(server.pid());
    ASSERT_GE(reply.elements.size(), 4u);
    EXPECT_EQ(reply.elements[0], Reply::Bulk("purged"));
    EXPECT_LT(after, before / 2);
    EXPECT_GE(reply.elements[1].integer, static_cast<int64_t>(before - after) / 2);
    EXPECT_EQ(reply.elements[2], Reply::Bulk("moved"));
    EXPECT_GT(reply.elements[3].integer, 1'000'000);
    ASSERT_EQ(client.Command({"FLUSHALL"}), Reply::Ok());
  }
}

TEST(MemoryTest, TheBreakdownSumsUpToWhatIsResident) {
  ServerProcess server({.options = {"--enable-debug-command", "yes", "--activedefrag", "no"}});
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "it has no statistics";
  // The allocator has taken room for its book-keeping ahead.
  const double untouched = std::stod(client.Info("memory_breakdown_untouched"));
  // Pages that are on their way back are nobody's for a moment, which passes.
  const auto expect_sum = [&](const char* state) {
    double resident = 0;
    const auto expect_about = [&](const char* field, double usual, double tolerance) {
      EXPECT_TRUE(client.AwaitInfo(field,
                                   [&](const std::string& bytes) {
                                     resident = std::stod(client.Info("used_memory_rss"));
                                     return std::abs(std::stod(bytes) - usual) <=
                                            0.03 * resident + tolerance;
                                   }))
          << state << ": " << resident << " are resident, and " << field << " is "
          << client.Info(field);
    };
    expect_about("memory_breakdown_unexplained", 0, 0);
    expect_about("memory_breakdown_untouched", untouched, 1e6);
  };
  expect_sum("empty");
  ASSERT_EQ(client.Command({"DEBUG", "POPULATE", "600000", "key", "200"}), Reply::Ok());
  expect_sum("full");
  Thin(client, 600'000);
  EXPECT_GT(std::stoull(client.Info("memory_breakdown_slack")), 50'000'000u);
  expect_sum("full of holes");
  ASSERT_EQ(client.Command({"FLUSHALL", "SYNC"}), Reply::Ok());
  expect_sum("flushed");
}

// 200 MB of zeros that nobody has written, and values whose blocks are longer than they are.
TEST(MemoryTest, WhatWasNeverTouchedIsAPartOfTheBreakdown) {
  ServerProcess server;
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "it has no statistics";
  const auto within_3_percent = [&](const std::string& unexplained) {
    return std::abs(std::stod(unexplained)) <= 0.03 * std::stod(client.Info("used_memory_rss"));
  };
  ASSERT_EQ(client.Command({"SETRANGE", "sparse", "200000000", "x"}), Reply::Integer(200'000'001));
  EXPECT_GT(std::stoull(client.Info("memory_breakdown_untouched")), 190'000'000u);
  EXPECT_TRUE(client.AwaitInfo("memory_breakdown_unexplained", within_3_percent));
  const std::string value(150'000, 'x');
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(client.Command({"SET", std::to_string(i), value}), Reply::Ok());
  }
  EXPECT_TRUE(client.AwaitInfo("memory_breakdown_unexplained", within_3_percent))
      << client.Info("memory_breakdown_unexplained");
}

}  // namespace
}  // namespace ebb::test
