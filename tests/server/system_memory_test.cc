// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/system_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/temp_directory.h"

namespace ebb {
namespace {

// A directory that looks like the root of a machine to who asks for control groups.
class MemoryLimitTest : public ::testing::Test {
 protected:
  void Own(std::string_view text) { root_.Write("proc/self/cgroup", text); }
  void Group(const std::string& file, std::string_view text) {
    root_.Write("sys/fs/cgroup/" + file, text);
  }
  MemoryLimit Detect(const MemoryLimit& last = {}) const {
    return DetectMemoryLimit(last, root_.path());
  }

  TempDirectory root_;
};

constexpr std::string_view kV2 = "the container (cgroup v2)";
constexpr std::string_view kV1 = "the container (cgroup v1)";

TEST_F(MemoryLimitTest, WithoutGroupsItIsTheMachine) {
  const MemoryLimit limit = Detect();
  EXPECT_EQ(limit.source, "this machine");
  EXPECT_GT(limit.bytes, 0u);
}

TEST_F(MemoryLimitTest, AContainerSeesItsGroupAsTheRoot) {
  Own("0::/\n");
  Group("memory.max", "1048576\n");
  EXPECT_EQ(Detect().bytes, 1048576u);
  EXPECT_EQ(Detect().source, kV2);
}

TEST_F(MemoryLimitTest, NoLimitIsNone) {
  Own("0::/\n");
  Group("memory.max", "max\n");
  EXPECT_EQ(Detect().source, "this machine");
  Own("3:memory:/\n");
  Group("memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Detect().source, "this machine");
}

TEST_F(MemoryLimitTest, TheSmallestOfAllGroupsAboveCounts) {
  Own("0::/system.slice/ebb.service\n");
  Group("memory.max", "max\n");
  Group("system.slice/memory.max", "2097152\n");
  Group("system.slice/ebb.service/memory.max", "4194304\n");
  EXPECT_EQ(Detect().bytes, 2097152u);
  Group("system.slice/ebb.service/memory.max", "1048576\n");
  EXPECT_EQ(Detect().bytes, 1048576u);
}

TEST_F(MemoryLimitTest, TheFirstVersionHasAGroupForEachController) {
  Own("12:cpu,cpuacct:/elsewhere\n11:hugetlb,memory:/docker/abc\n0::/\n");
  Group("memory/docker/abc/memory.limit_in_bytes", "3145728\n");
  Group("memory/elsewhere/memory.limit_in_bytes", "1\n");
  EXPECT_EQ(Detect().bytes, 3145728u);
  EXPECT_EQ(Detect().source, kV1);
}

// A container of the first version is told the host's path, and has its own group mounted as root.
TEST_F(MemoryLimitTest, AGroupThatIsOutOfSightIsTheRoot) {
  Own("11:memory:/docker/abc\n");
  Group("memory/memory.limit_in_bytes", "5242880\n");
  EXPECT_EQ(Detect().bytes, 5242880u);
  Own("0::/../../outside\n");
  Group("memory.max", "1048576\n");
  EXPECT_EQ(Detect().bytes, 1048576u);
}

// While one lives, no file can be opened.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(MemoryLimitTest, WithoutDescriptorsItStaysWhatItWas) {
  Own("0::/\n");
  Group("memory.max", "1048576\n");
  const MemoryLimit last = Detect();
  MemoryLimit then;
  MemoryLimit first;
  {
    const NoDescriptors none;
    then = Detect(last);
    first = Detect();
  }
  EXPECT_EQ(then.bytes, 1048576u);
  EXPECT_EQ(then.source, kV2);
  EXPECT_EQ(first.source, "this machine") << "where nothing was known before";
  Group("memory.max", "2097152\n");
  EXPECT_EQ(Detect(last).bytes, 2097152u);
  Group("memory.max", "max\n");
  EXPECT_EQ(Detect(last).source, "this machine");
}

}  // namespace
}  // namespace ebb
