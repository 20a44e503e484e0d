// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/memory_report.h"
#include "storage/evict.h"

namespace ebb {

// What MEMORY DOCTOR looks at besides the figures.
struct MemoryCircumstances {
  std::string_view defrag_impossible;  // why slabs cannot be looked into; empty when they can
  bool defrag_enabled = true;
  bool defrag_running = false;
  std::string_view defrag_idle_reason;
  uint64_t maxmemory = 0;  // 0: none
  EvictionPolicy policy = EvictionPolicy::kNoEviction;
  uint64_t limit = 0;  // what the machine or the container has
  std::string_view limit_source;
  // Where the system says when it takes huge pages; tests set another one.
  std::string huge_pages_file = "/sys/kernel/mm/transparent_hugepage/enabled";
};

// MEMORY DOCTOR: a paragraph for each thing about the memory that somebody should know, with its
// cause and what to do; one that says so when there is nothing.
std::string DiagnoseMemory(const MemoryReport& report, const MemoryCircumstances& circumstances);

}  // namespace ebb
