// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/memory_report.h"

#include <algorithm>

#include "server/engine.h"

namespace ebb {
namespace {

using Breakdown = MemoryReport::Breakdown;

size_t Less(size_t from, size_t what) {
  return from > what ? from - what : 0;
}

double Percent(size_t part, size_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(std::max<size_t>(whole, 1));
}

void AddDatabases(Engine& engine, MemoryReport* report) {
  for (const auto& [index, db] : engine.databases().used()) {
    const size_t table = db.table().memory();
    report->breakdown.tables += table;
    report->largest_table_block =
        std::max(report->largest_table_block, db.table().largest_allocation());
    report->keys += db.size();
    report->expiring_keys += db.expires();
    if (db.size() > 0) report->databases.push_back({index, table});
  }
}

void AddClients(Engine& engine, MemoryReport* report) {
  for (const auto& [id, session] : engine.clients().all()) {
    const ClientMemory memory = session->OwnMemory();
    report->client_memory += memory;
    ++report->client_count;
    (session->client_class() == kReplicaClient ? report->replicas : report->normal_clients) +=
        memory.Sum();
  }
}

// What is no key's, but for the clients' own.
void AddBesideData(Engine& engine, Breakdown* parts) {
  parts->unsent = engine.loans().UnsentBytes();
  parts->pubsub = engine.pubsub().memory_bytes();
  parts->slowlog = engine.accounting().slow_log().memory_bytes();
  parts->server = engine.startup_memory();
}

// The parts of used memory, and what is in no other.
void AddUsedParts(Engine& engine, MemoryReport* report) {
  Breakdown& parts = report->breakdown;
  AddBesideData(engine, &parts);
  parts.clients = report->client_memory.Sum();
  parts.pending_free = engine.pending_free_bytes();
  parts.trash = engine.trash().bytes();
  parts.live = Less(report->used, parts.tables + parts.pending_free + parts.trash +
                                      parts.BesideData() + report->awaited);
}

// What the allocator takes for resident and the system does not; `surplus` is what the system alone
// knows of.
size_t Untouched(const MemoryReport& report, size_t surplus) {
  if (report.allocator.resident == 0) return 0;
  return Less(report.allocator.resident + surplus, report.awaited + report.resident.anonymous);
}

}  // namespace

double MemoryReport::DatasetPercent() const {
  return Percent(Dataset(), Less(used, startup));
}

double MemoryReport::PeakPercent() const {
  return Percent(used, peak);
}

size_t BytesBesideData(Engine& engine) {
  Breakdown parts;
  AddBesideData(engine, &parts);
  for (const auto& [id, session] : engine.clients().all()) {
    parts.clients += session->OwnMemory().Sum();
  }
  return parts.BesideData();
}

MemoryReport ReportMemory(Engine& engine) {
  MemoryReport report;
  report.allocator = memory::Stats();
  report.used = memory::UsedMemory();
  report.awaited = engine.awaited_argument_bytes();
  engine.NotePeakMemory(report.used);
  report.peak = engine.peak_memory();
  report.startup = engine.startup_memory();
  report.resident = ReadResidentMemory();
  AddDatabases(engine, &report);
  AddClients(engine, &report);
  AddUsedParts(engine, &report);
  Breakdown& parts = report.breakdown;
  parts.slack = Less(report.allocator.active, report.used + report.allocator.padding);
  parts.dirty = report.allocator.dirty + report.allocator.muzzy;
  // What nobody has written to are the pages behind large blocks, first of all.
  const size_t untouched = Untouched(report, engine.startup_surplus());
  const size_t padding = Less(report.allocator.padding, untouched);
  parts.untouched = Less(untouched, report.allocator.padding);
  parts.allocator =
      padding + Less(report.allocator.resident, report.allocator.active + report.allocator.dirty);
  parts.rest = report.resident.file + engine.startup_surplus();
  return report;
}

namespace {

// Keys that are looked at, all together.
constexpr size_t kCountedKeys = 1024;

// Whether looks at some keys say well enough what a database takes, where for all of them together
// they are wrong by `error`: the sizes of values differ, and what the server itself has taken since
// its start may be a megabyte.
bool IsCertain(size_t seen, size_t error) {
  return error <= std::max(size_t{1} << 20, seen / 8);
}

}  // namespace

std::map<int, DatabaseBytes> EstimateDatabases(Engine& engine) {
  std::map<int, DatabaseBytes> databases;
  size_t others = BytesBesideData(engine) + engine.trash().bytes();
  size_t may_count = kCountedKeys;
  size_t sum = 0;  // of those that are not counted
  for (const auto& [index, db] : engine.databases().used()) {
    others += engine.flush_restore().BytesLeft(index);
    DatabaseBytes& bytes = databases[index];
    bytes.certain = db.size() <= may_count;
    bytes.seen = bytes.shared = bytes.certain ? db.CountBytes() : db.EstimateBytes();
    (bytes.certain ? others : sum) += bytes.seen;
    if (bytes.certain) may_count -= db.size();
  }
  const size_t most = Less(engine.LiveMemory(memory::UsedMemory()), others);
  const size_t error = std::max(sum, most) - std::min(sum, most);
  const double share = static_cast<double>(most) / static_cast<double>(std::max<size_t>(sum, 1));
  for (auto& [index, bytes] : databases) {
    if (bytes.certain) continue;
    bytes.certain = IsCertain(bytes.seen, error);
    bytes.shared = static_cast<size_t>(static_cast<double>(bytes.seen) * share);
    bytes.seen = bytes.certain ? bytes.shared : std::min(bytes.seen, bytes.shared);
  }
  return databases;
}

DatabaseBytes EstimateDatabase(Engine& engine, int db) {
  const Keyspace& keyspace = engine.db(db);
  if (keyspace.size() > kCountedKeys) return EstimateDatabases(engine)[db];
  const size_t bytes = keyspace.CountBytes();
  return {.seen = bytes, .shared = bytes};
}

std::span<const BreakdownPart> BreakdownParts() {
  static constexpr BreakdownPart kParts[] = {
      {"live", &Breakdown::live},
      {"tables", &Breakdown::tables},
      {"pending_free", &Breakdown::pending_free},
      {"trash", &Breakdown::trash},
      {"clients", &Breakdown::clients},
      {"unsent", &Breakdown::unsent},
      {"pubsub", &Breakdown::pubsub},
      {"slowlog", &Breakdown::slowlog},
      {"server", &Breakdown::server},
      {"slack", &Breakdown::slack},
      {"dirty", &Breakdown::dirty},
      {"allocator", &Breakdown::allocator},
      {"rest", &Breakdown::rest},
      {"untouched", &Breakdown::untouched},
  };
  return kParts;
}

size_t Breakdown::Sum() const {
  size_t sum = 0;
  for (const BreakdownPart& part : BreakdownParts()) {
    if (part.bytes != &Breakdown::untouched) sum += this->*part.bytes;
  }
  return sum - std::min(sum, untouched);
}

}  // namespace ebb
