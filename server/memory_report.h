// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "server/client_memory.h"
#include "server/system_memory.h"
#include "storage/memory/allocator.h"

namespace ebb {

class Engine;

// Where every byte of the process is, at one moment. INFO memory, MEMORY STATS and MEMORY DOCTOR
// show it.
//
// The parts of `Breakdown` are found out independently of the process's resident memory (the system
// tells that): used memory is the allocator's exact count, slack, dirty pages and the allocator's
// own come from its page statistics, the rest from the system's figure of mapped files. Only what
// was asked for and never touched has to be found by comparison: the pages of the allocator's that
// the system does not have. So their sum is a check in one direction, for memory that nobody counts
// (whole huge pages where small ones were asked for), and `untouched` one in the other: it is small
// unless values are sparse. The sum is within 3 % of the resident memory.
//
// All figures are bytes unless they are ratios.
struct MemoryReport {
  struct Breakdown {
    // Of used memory:
    size_t live = 0;          // what the others leave: entries, values, and all that nobody counts
    size_t tables = 0;        // the databases' tables
    size_t pending_free = 0;  // dead already, and not freed yet
    size_t trash = 0;         // deleted, can be brought back
    size_t clients = 0;       // sessions and their buffers, without what these share
    size_t unsent = 0;        // held by clients' output alone: messages, values since deleted
    size_t pubsub = 0;        // channels, patterns, and who is subscribed to them
    size_t slowlog = 0;       // the slow log's entries
    size_t server = 0;        // what the server had taken when it began
    // Of the allocator's:
    size_t slack = 0;      // free blocks in slabs that others keep alive, and in threads' caches
    size_t dirty = 0;      // free pages that have not gone back to the system yet
    size_t allocator = 0;  // its own book-keeping, and its pages behind large blocks
    // Outside of the allocator: program, libraries, stacks.
    size_t rest = 0;
    // Of all these, what takes no memory: never written to (a string that SETRANGE has just made
    // long; the end of the size class that a value of more than 16 KiB lies in, up to a fifth of
    // it), or swapped out. Not in the sum.
    size_t untouched = 0;

    size_t Sum() const;
    // Of used memory, what is alive and no key's.
    size_t BesideData() const { return clients + unsent + pubsub + slowlog + server; }
  };

  struct Database {
    int index;
    size_t table;
  };

  memory::AllocatorStats allocator;
  size_t used = 0;
  size_t awaited = 0;  // of it, for arguments that are still to come: in no part, as not resident
  size_t peak = 0;
  size_t startup = 0;
  ResidentMemory resident;
  size_t normal_clients = 0;
  size_t replicas = 0;
  size_t client_count = 0;
  ClientMemory client_memory;  // what breakdown.clients is for
  size_t keys = 0;
  size_t expiring_keys = 0;  // of them, those with a time to live
  size_t largest_table_block = 0;
  std::vector<Database> databases;  // those with keys
  Breakdown breakdown;

  // As Redis defines them: what is not data (the server at its start, tables, clients with what
  // waits for them to read it), and what is. To Redis the slow log and channels are data, as it
  // does not count them; here they are not.
  size_t Overhead() const { return breakdown.tables + breakdown.BesideData(); }
  size_t Dataset() const { return used > Overhead() ? used - Overhead() : 0; }
  double DatasetPercent() const;
  double PeakPercent() const;
};

// Gathers it. O(clients + databases in use + strings that wait to be sent by reference), some 100
// us, most of it for the system's figures; each such string, of 16 KiB or more, adds some 0.1 us.
MemoryReport ReportMemory(Engine& engine);

// Used memory that is alive and that no deletion of keys would bring back: the server's own, its
// clients', and what hangs on these. O(clients + strings that wait to be sent by reference).
size_t BytesBesideData(Engine& engine);

// About the bytes of a database: its table, entries and values.
struct DatabaseBytes {
  // By a look at each of its keys where they are few; else at some, which may miss a big value
  // among many small ones. All databases together have no more than there is.
  size_t seen = 0;
  // The same with its share of the used memory that no figure explains: rather too much than too
  // little.
  size_t shared = 0;
  // Whether both are about what it takes: each key was looked at, or looks at some explain nearly
  // all of what there is. They are the same then.
  bool certain = true;
};

// Of each database in use, by its number. O(clients + databases in use).
std::map<int, DatabaseBytes> EstimateDatabases(Engine& engine);

// Of one of them. O(1) where it has few keys, else as above.
DatabaseBytes EstimateDatabase(Engine& engine, int db);

// A part of the breakdown under its name: "pending_free".
struct BreakdownPart {
  std::string_view name;
  size_t MemoryReport::Breakdown::*bytes;
};
std::span<const BreakdownPart> BreakdownParts();

}  // namespace ebb
