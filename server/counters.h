// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>

// What the server counts since its start (or CONFIG RESETSTAT). A counter is one line here; the
// INFO row that shows it names the member. The struct as a whole is what RESETSTAT clears. What
// storage counts stands there (KeyspaceCounters, TrashCounters and others), each cleared by
// Engine::ResetStatistics.
namespace ebb {

struct Counters {
  // Clients that were let in, and those that were not: beyond maxclients, or by the protected mode.
  uint64_t connections_received = 0;
  uint64_t connections_rejected = 0;
  // Commands that ran, whatever they answered, and errors answered, by guards too.
  uint64_t commands_processed = 0;
  uint64_t error_replies = 0;
  // Bytes that came from clients' sockets and went to them, and by how many system calls.
  uint64_t net_input_bytes = 0;
  uint64_t net_output_bytes = 0;
  uint64_t reads_processed = 0;
  uint64_t writes_processed = 0;
  // Times that the server waited a little for more to come before it looked at sockets again, and
  // that others were served meanwhile.
  uint64_t wakeup_pauses = 0;
  uint64_t wakeup_interrupts = 0;
  // Clients that were ended for what they sent, did not read, or took together with the others
  // (maxmemory-clients).
  uint64_t query_buffer_limit_disconnections = 0;
  uint64_t output_buffer_limit_disconnections = 0;
  uint64_t evicted_clients = 0;
  // Slices of the expire cycle that ended before all that was due was gone, and the time of all.
  uint64_t expire_time_cap_reached = 0;
  uint64_t expire_cycle_nanoseconds = 0;
  // For how long rounds of defragmentation went on, and the time of their slices.
  uint64_t defrag_nanoseconds = 0;
  uint64_t defrag_cpu_nanoseconds = 0;
};

}  // namespace ebb
