// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/memory_doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>

namespace ebb {
namespace {

using Circumstances = MemoryCircumstances;

// Below this nothing can be said: the process itself is most of it.
constexpr size_t kTooLittle = size_t{5} << 20;

// What is less is not worth a word.
constexpr size_t kNotable = size_t{10} << 20;

bool IsShare(size_t part, size_t whole, size_t percent) {
  return part > kNotable && part / percent > whole / 100;
}

std::string Peak(const MemoryReport& report, const Circumstances&) {
  if (report.peak / 3 <= report.used / 2) return {};
  return fmt::format(
      "Peak: at some time {} were used, {} are now. What the peak needed has gone back or is "
      "listed below; mem_fragmentation_ratio may look high for a moment.",
      HumanBytes(report.peak), HumanBytes(report.used));
}

// Whether a round of defragmentation has found that the slack is between blocks that are not its to
// move.
bool IsNotInData(const Circumstances& c) {
  return c.defrag_idle_reason.starts_with("the rest of the slack is not in the data");
}

std::string SlackCure(const Circumstances& c) {
  if (!c.defrag_impossible.empty()) {
    return fmt::format(
        "It cannot be defragmented: {}. A restart makes it dense, or an allocator that tells "
        "(jemalloc 5.2 or later).",
        c.defrag_impossible);
  }
  if (!c.defrag_enabled) {
    return "Active defragmentation is off: CONFIG SET activedefrag yes has it moved together, or "
           "MEMORY RECLAIM does it once.";
  }
  if (c.defrag_running) return "Active defragmentation is at work: wait for it.";
  if (IsNotInData(c)) {
    return "They are not between the data, which is dense, but between blocks of clients' queues, "
           "watches and subscriptions. These cannot be moved: the slack goes with those clients.";
  }
  const bool by_threshold = c.defrag_idle_reason.starts_with("less slack than");
  return fmt::format(
      "Active defragmentation is on but idle ({}). {}, or have it done once by MEMORY RECLAIM.",
      c.defrag_idle_reason, by_threshold ? "Lower that" : "Wait for it");
}

// Whether much of the slack is what the lazy-free thread has made so far: it lies beside what that
// has still to free, and goes with it.
bool IsStillFreed(const MemoryReport& report) {
  return report.breakdown.pending_free > report.breakdown.slack / 4;
}

std::string Slack(const MemoryReport& report, const Circumstances& c) {
  if (!IsShare(report.breakdown.slack, report.used, 10) || IsStillFreed(report)) return {};
  return fmt::format(
      "Fragmentation: {} are free but lie in slabs beside blocks that are in use, after many {}. "
      "{}",
      HumanBytes(report.breakdown.slack),
      IsNotInData(c) ? "of clients' blocks went" : "keys were deleted or changed their size",
      SlackCure(c));
}

std::string Dirty(const MemoryReport& report, const Circumstances&) {
  if (!IsShare(report.breakdown.dirty, report.used, 5)) return {};
  return fmt::format(
      "Dirty pages: {} are free and have not gone back to the system. They do so about a second "
      "after they became free; if they stay, look for dirty_decay_ms in the environment's "
      "MALLOC_CONF. MEMORY PURGE gives them back at once.",
      HumanBytes(report.breakdown.dirty));
}

std::string PendingFree(const MemoryReport& report, const Circumstances&) {
  if (!IsShare(report.breakdown.pending_free, report.used, 5)) return {};
  return fmt::format(
      "Pending free: {} belong to deleted data that the lazy-free thread has not got to yet. They "
      "are not counted against maxmemory. If that stays so, more is deleted than one core can "
      "free.",
      HumanBytes(report.breakdown.pending_free));
}

std::string Trash(const MemoryReport& report, const Circumstances&) {
  if (!IsShare(report.breakdown.trash, report.used, 20)) return {};
  return fmt::format(
      "Trash: {}, {:.0f} % of what is used, are removed data that TRASH RESTORE can still bring "
      "back. It goes when trash-ttl is over, the oldest first, and sooner where maxmemory wants "
      "the room. TRASH PURGE ALL frees it at once; a lower trash-max-memory or trash-ttl keeps "
      "less from now on.",
      HumanBytes(report.breakdown.trash),
      100.0 * static_cast<double>(report.breakdown.trash) / static_cast<double>(report.used));
}

// What clients' memory can be for, where CLIENT LIST shows it, and what keeps it small.
struct ClientUse {
  size_t ClientMemory::*bytes;
  std::string_view what;
  std::string_view field;
  std::string_view cure;
};
constexpr ClientUse kClientUses[] = {
    {&ClientMemory::output, "replies and messages that they have not read", "omem",
     "client-output-buffer-limit bounds what each may leave unread"},
    {&ClientMemory::input, "requests that are not complete or wait for their turn",
     "qbuf or argv-mem", "client-query-buffer-limit bounds what each may send ahead"},
    {&ClientMemory::queued, "commands that wait for EXEC", "multi-mem",
     "timeout ends clients that leave a transaction open"},
    {&ClientMemory::watches, "watches of keys", "tot-mem",
     "EXEC, DISCARD and UNWATCH end them, and timeout ends clients that send none of these"},
    {&ClientMemory::waits, "the keys that blocked commands wait for", "argv-mem",
     "Fewer keys a command or a timeout in it help, and CLIENT UNBLOCK ends it"},
    {&ClientMemory::connection, "the connections themselves", "idle",
     "maxclients bounds their number, and timeout ends idle ones"},
};

std::string Clients(const MemoryReport& report, const Circumstances&) {
  if (!IsShare(report.breakdown.clients, report.used, 10)) return {};
  const ClientUse& most = *std::ranges::max_element(
      kClientUses, {}, [&](const ClientUse& use) { return report.client_memory.*use.bytes; });
  return fmt::format(
      "Clients: {} connections hold {}, {} each on average. {} of that are {}: CLIENT LIST shows "
      "whose {} is great. {}; maxmemory-clients bounds what all take together.",
      report.client_count, HumanBytes(report.breakdown.clients),
      HumanBytes(report.breakdown.clients / std::max<size_t>(report.client_count, 1)),
      HumanBytes(report.client_memory.*most.bytes), most.what, most.field, most.cure);
}

std::string Unsent(const MemoryReport& report, const Circumstances&) {
  if (!IsShare(report.breakdown.unsent, report.used, 10)) return {};
  return fmt::format(
      "Unread: {} are messages, and values that have been deleted or overwritten, that are there "
      "only because clients have not read them yet. CLIENT LIST shows whose omem is great. "
      "client-output-buffer-limit bounds what each may leave unread, maxmemory-clients what all "
      "take together.",
      HumanBytes(report.breakdown.unsent));
}

std::string PubSub(const MemoryReport& report, const Circumstances&) {
  if (!IsShare(report.breakdown.pubsub, report.used, 10)) return {};
  return fmt::format(
      "Subscriptions: {} are channels, patterns and who is subscribed to them. CLIENT LIST shows "
      "whose sub, psub or ssub is great. They go with UNSUBSCRIBE or with their client; "
      "maxmemory-clients bounds what all clients take together, with their subscriptions.",
      HumanBytes(report.breakdown.pubsub));
}

std::string SlowLog(const MemoryReport& report, const Circumstances&) {
  if (!IsShare(report.breakdown.slowlog, report.used, 10)) return {};
  return fmt::format(
      "Slow log: {} are its entries. SLOWLOG RESET frees them. A lower slowlog-max-len keeps fewer "
      "from now on, a higher slowlog-log-slower-than notes fewer.",
      HumanBytes(report.breakdown.slowlog));
}

std::string Allocator(const MemoryReport& report, const Circumstances&) {
  const size_t whole = report.breakdown.allocator;
  if (!IsShare(whole, report.used, 10)) return {};
  const size_t pages = report.allocator.active + report.allocator.dirty;
  const size_t resident = std::max(report.allocator.resident, pages);
  const size_t own = std::min(whole, resident - pages);
  return fmt::format(
      "Allocator: {} are its own. {} of that are book-keeping: it keeps what the greatest number "
      "of slabs needed, and gives it back only with the end of the process. {} are pages behind "
      "large "
      "blocks, most of them clients' buffers, and go with these.",
      HumanBytes(whole), HumanBytes(own), HumanBytes(whole - own));
}

// Whether the system takes huge pages where nobody has asked for any. A file that cannot be read
// says no.
bool HugePagesAlways(const std::string& file) {
  std::ifstream stream(file);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  return text.find("[always]") != std::string::npos;
}

std::string Unexplained(const MemoryReport& report, const Circumstances& c) {
  const size_t sum = report.breakdown.Sum();
  const size_t resident = report.resident.total();
  if (resident <= sum || !IsShare(resident - sum, report.used, 10)) return {};
  return fmt::format(
      "Unexplained: {} are resident that neither the allocator nor the program's files account "
      "for. {}",
      HumanBytes(resident - sum),
      HugePagesAlways(c.huge_pages_file)
          ? fmt::format("Transparent huge pages do that: write \"madvise\" to {}.",
                        c.huge_pages_file)
          : "They may be pages on their way back to the system: look again in some seconds.");
}

// Why hardly anything can be evicted, and what to do about it; nothing where enough can.
struct Obstacle {
  std::string reason;
  std::string_view cure;
};
Obstacle WhatHindersEviction(const MemoryReport& report, const Circumstances& c) {
  if (c.policy == EvictionPolicy::kNoEviction) {
    return {"maxmemory-policy is noeviction", "Choose a policy that evicts, or raise maxmemory."};
  }
  if (report.keys == 0) {
    return {"no key is left to evict", "Raise maxmemory, or have less of what is listed below."};
  }
  const bool hardly_any = report.expiring_keys <= report.keys / 100;
  if (!OnlyExpiring(c.policy) || !hardly_any) return {};
  return {fmt::format("maxmemory-policy lets only keys with a time to live go, which {} of {} have",
                      report.expiring_keys, report.keys),
          "Give a time to live to what may go (EXPIRE), choose one of the allkeys policies, or "
          "raise maxmemory."};
}

// Of maxmemory. What is dead or has not come yet does not count, and the trash goes before anything
// is refused.
std::string OwnLimit(const MemoryReport& report, const Circumstances& c) {
  const size_t dead = report.breakdown.pending_free + report.breakdown.trash + report.awaited;
  const size_t live = report.used - std::min(report.used, dead);
  if (c.maxmemory == 0 || live / 9 <= c.maxmemory / 10) return {};
  const auto [reason, cure] = WhatHindersEviction(report, c);
  if (reason.empty()) return {};
  return fmt::format("Limit: {} of maxmemory's {} are used, and {}: {}. {}", HumanBytes(live),
                     HumanBytes(c.maxmemory), reason,
                     live > c.maxmemory ? "writes are refused" : "soon writes will be refused",
                     cure);
}

// Of the machine or the container.
std::string OuterLimit(const MemoryReport& report, const Circumstances& c) {
  if (c.limit == 0 || report.resident.total() / 9 <= c.limit / 10) return {};
  return fmt::format(
      "Limit: {} are resident, {} has {}: the system may end the process. Set maxmemory to less "
      "than that.",
      HumanBytes(report.resident.total()), c.limit_source, HumanBytes(c.limit));
}

using Check = std::string (*)(const MemoryReport&, const Circumstances&);
constexpr Check kChecks[] = {OwnLimit, OuterLimit, Peak,   Slack,   Dirty,     PendingFree, Trash,
                             Clients,  Unsent,     PubSub, SlowLog, Allocator, Unexplained};

// A limit can be too low for an empty server: all that is worth a word of so little.
constexpr Check kChecksOfLittle[] = {OwnLimit, OuterLimit};

}  // namespace

std::string DiagnoseMemory(const MemoryReport& report, const Circumstances& circumstances) {
  const bool little = report.used < kTooLittle;
  std::string text;
  for (const Check check : little ? std::span<const Check>(kChecksOfLittle) : kChecks) {
    const std::string finding = check(report, circumstances);
    if (!finding.empty()) text += fmt::format(" * {}\n\n", finding);
  }
  if (!text.empty()) return "This is what I found about this server's memory:\n\n" + text;
  if (little) {
    return fmt::format(
        "Nothing to examine yet: only {} are used, and what is said of so little would be about "
        "the process and not about your data. Come back with more of it.\n",
        HumanBytes(report.used));
  }
  return fmt::format("In good health: {} are used, {} resident, and there is nothing to improve.\n",
                     HumanBytes(report.used), HumanBytes(report.resident.total()));
}

}  // namespace ebb
