// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <string>

namespace ebb {

// How much memory the machine has, in bytes, no matter how much of it a container may have.
uint64_t MachineMemory();

// How much memory this process may have, and who says so.
struct MemoryLimit {
  uint64_t bytes = 0;
  // "the container (cgroup v2)", "the container (cgroup v1)" or "this machine".
  std::string source;

  bool known() const { return bytes != 0; }
};

// The smaller of the container's limit and the machine's memory: of all groups above the process,
// as the smallest counts. Reads /sys/fs/cgroup and /proc, below the directory `root`; a few file
// reads. While there are no descriptors or no memory for them it is `last`, what was answered
// before, if that is known.
MemoryLimit DetectMemoryLimit(const MemoryLimit& last = {}, const std::string& root = {});

// What the process holds of the machine's memory (RSS), in bytes; zeros where /proc does not say.
struct ResidentMemory {
  uint64_t anonymous = 0;  // heap, stacks, changed data of the program
  uint64_t file = 0;       // program and libraries, shared memory

  uint64_t total() const { return anonymous + file; }
};
ResidentMemory ReadResidentMemory();

// "512.00M", "1.50G": two decimals and a unit, as INFO's *_human fields.
std::string HumanBytes(uint64_t bytes);

}  // namespace ebb
