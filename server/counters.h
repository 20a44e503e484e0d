// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

// What the server counts since its start (or CONFIG RESETSTAT). A counter is one line here; the
// INFO row that shows it names the member. The struct as a whole is what RESETSTAT clears.
namespace ebb {

struct Counters {
  uint64_t connections_received = 0;
  uint64_t connections_rejected = 0;
  uint64_t commands_processed = 0;
  uint64_t net_input_bytes = 0;
  uint64_t net_output_bytes = 0;
  uint64_t error_replies = 0;
  uint64_t reads_processed = 0;
  uint64_t writes_processed = 0;
  uint64_t wakeup_pauses = 0;
  uint64_t query_buffer_limit_disconnections = 0;
  uint64_t output_buffer_limit_disconnections = 0;
  uint64_t evicted_clients = 0;
  uint64_t expire_time_cap_reached = 0;
  uint64_t expire_cycle_nanoseconds = 0;
  uint64_t defrag_nanoseconds = 0;  // from beginnings to ends
  uint64_t defrag_cpu_nanoseconds = 0;
};

}  // namespace ebb
