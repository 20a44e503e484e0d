// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/flush_restore.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "server/blocked_calls.h"
#include "server/engine.h"
#include "storage/hash.h"
#include "storage/key_writer.h"

namespace ebb {

// The client that has asked, while it waits.
class FlushRestore::Waiting final : public BlockedCall {
 public:
  explicit Waiting(Job& job) : job_(job) { job.waiting = this; }
  ~Waiting() override { job_.waiting = nullptr; }

  // CLIENT UNBLOCK: so far.
  void ReplyTimeout(Session& session) override { session.reply.Integer(job_.restored); }

 private:
  Job& job_;
};

FlushRestore::~FlushRestore() {
  for (Job& job : jobs_) {
    for (TrashedFlush::Part& part : job.flush.parts) {
      const size_t bytes = part.bytes_left();
      DisposeTable(std::move(part.table), bytes, DisposeCause::kAsync, engine_.disposer());
    }
  }
}

void FlushRestore::Start(Call& call, TrashedFlush flush, bool replace) {
  // The first part of a database goes before its others: what comes back first stays, or what comes
  // last.
  if (replace) std::ranges::reverse(flush.parts);
  jobs_.push_back({std::move(flush), replace, 0, nullptr});
  Job& job = jobs_.back();
  AdoptWhole(&job);
  if (job.flush.parts.empty()) {
    call.reply.Integer(job.restored);
    jobs_.pop_back();
    return;
  }
  engine_.blocked().Block(call.session, std::make_unique<Waiting>(job), 0);
}

// Where nothing is, the table comes back as a whole.
void FlushRestore::AdoptWhole(Job* job) {
  std::erase_if(job->flush.parts, [&](TrashedFlush::Part& part) {
    Keyspace& db = engine_.db(part.db);
    if (db.size() > 0) return false;
    const size_t keys = part.table.size();
    job->restored += static_cast<int64_t>(keys);
    engine_.trash().counters().restored += keys;
    db.Adopt(std::move(part.table), part.expires);
    return true;
  });
}

bool FlushRestore::NeedsMerge(const TrashedFlush& flush) const {
  std::set<int> filled;
  return std::ranges::any_of(flush.parts, [&](const TrashedFlush::Part& part) {
    return engine_.db(part.db).size() > 0 || !filled.insert(part.db).second;
  });
}

void FlushRestore::Step() {
  Job& job = jobs_.front();
  if (!job.flush.parts.empty()) {
    TrashedFlush::Part& part = job.flush.parts.front();
    // What is left stays a table, for OnFlush.
    if (part.table.ClearStep([&](Entry* entry) { Restore(&job, &part, entry); })) return;
    job.flush.parts.erase(job.flush.parts.begin());
  }
  if (job.flush.parts.empty()) End();
}

void FlushRestore::Restore(Job* job, TrashedFlush::Part* part, Entry* entry) {
  Trash& trash = engine_.trash();
  Keyspace& keyspace = engine_.db(part->db);
  if (entry->has_expire()) --part->expires;
  const std::string key(entry->key());
  // Its time to live has gone on.
  if (keyspace.IsExpired(*entry)) {
    const bool kept = trash.limits().Keeps(TrashEvent::kExpire) &&
                      trash.Put(entry, HashBytes(key), part->db, TrashEvent::kExpire, nullptr);
    if (!kept) engine_.disposer().Dispose(entry, DisposeCause::kExpire);
    return;
  }
  KeyWriter writer(keyspace, key);
  if (writer.exists() && !job->replace) return trash.PutBack(entry, part->db, job->flush);
  writer.TakeOver(entry);
  writer.Changed(events::kRestore);
  ++job->restored;
  ++trash.counters().restored;
}

size_t FlushRestore::BytesLeft(int db) const {
  size_t sum = 0;
  for (const Job& job : jobs_) {
    for (const TrashedFlush::Part& part : job.flush.parts) {
      if (part.db == db) sum += part.bytes_left();
    }
  }
  return sum;
}

void FlushRestore::OnFlush(int db) {
  Trash& trash = engine_.trash();
  for (Job& job : jobs_) {
    for (TrashedFlush::Part& part : job.flush.parts) {
      if (part.db != db || part.table.empty()) continue;
      const size_t bytes = part.bytes_left();
      Keyspace::Table rest = std::move(part.table);
      const bool kept = trash.limits().Keeps(TrashEvent::kFlush) &&
                        trash.PutTable(std::move(rest), db, part.expires, bytes);
      if (!kept) DisposeTable(std::move(rest), bytes, DisposeCause::kAsync, engine_.disposer());
    }
  }
}

void FlushRestore::OnSwap(int a, int b) {
  for (Job& job : jobs_) {
    for (TrashedFlush::Part& part : job.flush.parts) {
      if (part.db == a || part.db == b) part.db = part.db == a ? b : a;
    }
  }
}

void FlushRestore::End() {
  Job& job = jobs_.front();
  if (job.waiting != nullptr) {
    engine_.FinishBlocked(*job.waiting, [&job](Call& call) { call.reply.Integer(job.restored); });
  }
  jobs_.pop_front();
}

}  // namespace ebb
