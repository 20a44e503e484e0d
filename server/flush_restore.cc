// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/flush_restore.h"

#include <memory>
#include <string>
#include <utility>

#include "server/blocked_calls.h"
#include "server/engine.h"

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

void FlushRestore::Start(Call& call, TrashedFlush flush, bool replace) {
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

void FlushRestore::Step() {
  Job& job = jobs_.front();
  TrashedFlush::Part& part = job.flush.parts.front();
  const bool more = part.table.TakeApartStep([&](Entry* entry) { Restore(&job, part.db, entry); });
  if (more) return;
  job.flush.parts.pop_front();
  if (job.flush.parts.empty()) End();
}

void FlushRestore::Restore(Job* job, int db, Entry* entry) {
  Keyspace& keyspace = engine_.db(db);
  // Its time to live has gone on.
  if (keyspace.IsExpired(*entry)) {
    return engine_.disposer().Dispose(entry, DisposeCause::kExpire);
  }
  const std::string key(entry->key());
  KeyWriter writer(keyspace, key);
  if (writer.exists() && !job->replace) return engine_.trash().PutBack(entry, db, job->flush);
  writer.TakeOver(entry);
  writer.Changed(events::kRestore);
  ++job->restored;
  ++engine_.trash().counters().restored;
}

void FlushRestore::End() {
  Job& job = jobs_.front();
  if (job.waiting != nullptr) {
    engine_.FinishBlocked(*job.waiting, [&job](Call& call) { call.reply.Integer(job.restored); });
  }
  jobs_.pop_front();
}

}  // namespace ebb
