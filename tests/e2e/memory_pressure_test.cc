// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// A real server that is short of memory, or is kept busy with giving it back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kPipeline = 200;

// Writes `count` keys of 1,000 bytes, of which `space` are different, in pipelines. Answers how
// many were refused for want of memory; anything else than that or OK fails the test.
int Write(Connection& client, int count, int space) {
  const std::string value(1000, 'v');
  int refused = 0;
  for (int i = 0; i < count; i += kPipeline) {
    for (int j = i; j < i + kPipeline; ++j) {
      client.Append({"SET", "w:" + std::to_string(j * 7919 % space), value});
    }
    for (int j = 0; j < kPipeline; ++j) {
      const Reply reply = client.Receive();
      if (reply.IsError("OOM ")) {
        ++refused;
      } else {
        EXPECT_EQ(reply, Reply::Ok());
      }
    }
  }
  return refused;
}

TEST(MemoryPressureTest, AWriterThatNeverStopsEvicts) {
  ServerProcess server({.options = {"--maxmemory", "30mb", "--maxmemory-policy", "allkeys-lru"}});
  Connection client = server.Connect();
  EXPECT_EQ(Write(client, 90'000, 90'000), 0);
  EXPECT_LT(std::stoull(client.Info("used_memory")), 31u << 20);
  EXPECT_GT(std::stoull(client.Info("evicted_keys")), 50'000u);
  // As much is kept as there is room for.
  EXPECT_GT(client.Command({"DBSIZE"}).integer, 20'000);
}

TEST(MemoryPressureTest, WithoutEvictionWritesAreRefusedAndReadsAreNot) {
  ServerProcess server({.options = {"--maxmemory", "30mb"}});
  Connection client = server.Connect();
  EXPECT_GT(Write(client, 40'000, 40'000), 5'000);
  EXPECT_EQ(client.Info("evicted_keys"), "0");
  EXPECT_FALSE(client.Command({"GET", "w:0"}).IsError());
  ASSERT_EQ(client.Command({"FLUSHALL"}), Reply::Ok());
  EXPECT_EQ(Write(client, 1000, 1000), 0);
}

TEST(MemoryPressureTest, ItsLogWarnsOfAMaxmemoryBelowWhatIsUsed) {
  ServerProcess server;
  Connection client = server.Connect();
  EXPECT_EQ(client.Command({"SET", "k", std::string(3'000'000, 'x')}), Reply::Ok());
  EXPECT_EQ(client.Command({"CONFIG", "SET", "maxmemory", "1000mb"}), Reply::Ok());
  EXPECT_THAT(server.Log(), Not(HasSubstr("The new maxmemory")));
  EXPECT_EQ(client.Command({"CONFIG", "SET", "maxmemory", "1mb"}), Reply::Ok());
  EXPECT_THAT(server.Log(), HasSubstr("# The new maxmemory (1.00M) is less than what is in use"));
}

TEST(MemoryPressureTest, AResidentLimitHoldsAgainstAWriterThatNeverStops) {
  ServerProcess server(
      {.options = {"--maxmemory-rss", "60mb", "--maxmemory-policy", "allkeys-random"}});
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "the sanitizers take memory, too";
  EXPECT_EQ(Write(client, 150'000, 150'000), 0);
  EXPECT_LT(std::stoull(client.Info("used_memory")), 60u << 20);
  // What has gone over the limit on the way comes back by itself.
  EXPECT_TRUE(client.AwaitInfo("used_memory_rss", [](const std::string& resident) {
    return std::stoull(resident) <= 60u << 20;
  })) << client.Info("maxmemory_rss_rung");
  EXPECT_GT(client.Command({"DBSIZE"}).integer, 20'000);
}

// A server whose data is full of holes and changes while they are made, `flips` times with another
// answer to whether it is to be defragmented.
class Thinned {
 public:
  explicit Thinned(int flips) {
    EXPECT_EQ(client_.Command({"DEBUG", "POPULATE", std::to_string(kKeys), "key", "150"}),
              Reply::Ok());
    constexpr int kRounds = 40;
    for (int round = 0; round < kRounds; ++round) {
      if (round < flips) SetDefrag(round % 2 == 0);
      for (int i = round; i < kKeys; i += kRounds) {
        if (i % 8 != 0) client_.Append({"DEL", "key:" + std::to_string(i)});
      }
      EXPECT_EQ(Write(writer_, kPipeline, 1000), 0);
      for (int i = round; i < kKeys; i += kRounds) {
        if (i % 8 == 0) continue;
        EXPECT_EQ(client_.Receive(), Reply::Integer(1));
      }
    }
  }

  void SetDefrag(bool on) {
    EXPECT_EQ(client_.Command({"CONFIG", "SET", "activedefrag", on ? "yes" : "no"}), Reply::Ok());
  }
  Connection& client() { return client_; }
  Reply Digest() { return client_.Command({"DEBUG", "DIGEST"}); }
  unsigned long long empty() const { return empty_; }

 private:
  static constexpr int kKeys = 80'000;

  ServerProcess server_{
      ServerSpec{.options = {"--enable-debug-command", "yes", "--activedefrag", "no"}}};
  Connection client_ = server_.Connect();
  Connection writer_ = server_.Connect();
  const unsigned long long empty_ = std::stoull(client_.Info("used_memory"));
};

// A container's limit, as the kernel keeps it: who exceeds it is killed. Not everybody may make
// one.
class MemoryCgroup {
 public:
  explicit MemoryCgroup(size_t limit) {
    const bool v2 = std::filesystem::exists("/sys/fs/cgroup/cgroup.controllers");
    const std::filesystem::path root(v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory");
    path_ = root / ("ebb-test-" + std::to_string(getpid()));
    std::error_code error;
    made_ = std::filesystem::create_directory(path_, error) &&
            Tell(v2 ? "memory.max" : "memory.limit_in_bytes", limit);
    // With swap it would be slow instead of dead.
    if (made_) Tell(v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes", v2 ? 0 : limit);
  }
  ~MemoryCgroup() { rmdir(path_.c_str()); }
  MemoryCgroup(const MemoryCgroup&) = delete;
  MemoryCgroup& operator=(const MemoryCgroup&) = delete;

  bool made() const { return made_; }
  bool Take(pid_t pid) { return Tell("cgroup.procs", static_cast<size_t>(pid)); }

 private:
  bool Tell(const char* file, size_t what) {
    std::ofstream stream(path_ / file);
    return static_cast<bool>(stream << what << std::flush);
  }

  std::filesystem::path path_;
  bool made_ = false;
};

// Each size leaves holes that the next one does not fit into.
TEST(MemoryPressureTest, AContainersLimitIsNotMetByAWriterThatNeverStops) {
  MemoryCgroup container(size_t{128} << 20);
  if (!container.made()) GTEST_SKIP() << "this user may make no cgroup with a limit";
  ServerProcess server({.options = {"--maxmemory", "96mb", "--maxmemory-rss", "108mb",
                                    "--maxmemory-policy", "allkeys-lru"}});
  Connection client = server.Connect();
  if (client.Info("mem_allocator") == "libc") GTEST_SKIP() << "the sanitizers take memory, too";
  ASSERT_TRUE(container.Take(server.pid()));
  for (const size_t size : {60, 200, 700, 3000, 20'000, 60'000}) {
    const int count = size < 5000 ? 100'000 : 4000;
    for (int i = 0; i < count; i += kPipeline) {
      for (int j = i; j < i + kPipeline; ++j) {
        const std::string value(size + static_cast<size_t>(j) % (size / 2), 'v');
        client.Append({"SET", "w:" + std::to_string(j * 7919 % 200'000), value});
      }
      for (int j = 0; j < kPipeline; ++j) ASSERT_EQ(client.Receive(), Reply::Ok());
    }
  }
  EXPECT_GT(std::stoull(client.Info("evicted_keys")), 1000u);
}

TEST(MemoryPressureTest, DefragFlippedUnderLoadChangesNothing) {
  Thinned still(0);
  const Reply digest = still.Digest();
  EXPECT_EQ(still.client().Info("active_defrag_hits"), "0");
  Thinned flipped(40);
  EXPECT_EQ(flipped.Digest(), digest);
  flipped.SetDefrag(true);
  ASSERT_FALSE(flipped.client().Command({"MEMORY", "RECLAIM"}).IsError());
  EXPECT_NE(flipped.client().Info("active_defrag_hits"), "0");
  EXPECT_EQ(flipped.Digest(), digest);
  ASSERT_EQ(flipped.client().Command({"FLUSHALL"}), Reply::Ok());
  EXPECT_TRUE(flipped.client().AwaitInfo(
      "used_memory",
      [&](const std::string& used) { return std::stoull(used) < flipped.empty() + 1'000'000; }))
      << flipped.client().Info("used_memory") << " are used; it began with " << flipped.empty();
}

}  // namespace
}  // namespace ebb::test
