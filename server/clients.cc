// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/clients.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "server/client_info.h"
#include "server/engine.h"
#include "server/log.h"
#include "server/system_memory.h"

namespace ebb {
namespace {

// How many a tick looks at in any case.
constexpr size_t kMinPerTick = 5;

// How long CLIENT LIST remembers the peak of a reply buffer.
constexpr int64_t kOutputPeakMs = 5000;

}  // namespace

void Clients::RecentPeak::Advance(int64_t second) {
  if (second - second_ >= kSeconds) slots_.fill(0);
  for (int64_t at = std::max(second_ + 1, second - kSeconds + 1); at <= second; ++at) {
    slots_[static_cast<size_t>(at % kSeconds)] = 0;
  }
  second_ = second;
}

size_t Clients::RecentPeak::Max() const {
  return *std::max_element(slots_.begin(), slots_.end());
}

void Clients::Attach(Session& session) {
  session.id = next_id_++;
  session.created_ms = session.last_interaction_ms = session.output_peak_since_ms =
      engine_.steady_ms();
  session.authenticated = engine_.options().requirepass.empty();
  session.output.AskBeforeGrowth([this, &session] { return RefusesReply(session); });
  sessions_.emplace(session.id, &session);
}

void Clients::Detach(Session& session) {
  if (sessions_.erase(session.id) == 0) return;
  Account(session, 0);
  engine_.pause().Forget(session);
  engine_.blocked().Forget(session);
  engine_.monitors().Remove(session);
  engine_.TakeTransaction(session);
  engine_.pubsub().UnsubscribeAll(session);
}

Session* Clients::Find(uint64_t id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

void Clients::Kill(Session& session) {
  Detach(session);
  session.transport.ScheduleClose(false);
}

void Clients::Send(Session& session, std::string_view bytes) {
  if (session.reply.muted() || session.ending()) return;
  session.output.Append(bytes);
  // Its own command may be what the bytes tell of.
  if (!CloseOverOutputLimit(session)) session.transport.ScheduleFlush();
}

const OutputLimit& Clients::LimitOf(const Session& session) const {
  const auto& limits = engine_.options().client_output_buffer_limit;
  const OutputLimit& limit = limits[session.client_class()];
  const bool unlimited = limit.hard_bytes == 0 && limit.soft_bytes == 0;
  return session.monitor && unlimited ? limits[kReplicaClient] : limit;
}

bool Clients::OverOutputLimit(Session& session, size_t held_bytes) {
  const OutputLimit& limit = LimitOf(session);
  const size_t used = session.output.overflow_memory() + held_bytes;
  if (limit.hard_bytes != 0 && used >= limit.hard_bytes) return true;
  if (limit.soft_bytes == 0 || used < limit.soft_bytes) {
    session.soft_limit_since_ms = 0;
    return false;
  }
  const int64_t now_ms = engine_.steady_ms();
  if (session.soft_limit_since_ms == 0) session.soft_limit_since_ms = now_ms;
  return now_ms - session.soft_limit_since_ms > limit.soft_seconds * 1000;
}

bool Clients::CloseIfOver(Session& session, size_t held_bytes) {
  if (session.closing || !OverOutputLimit(session, held_bytes)) return false;
  ++engine_.counters().output_buffer_limit_disconnections;
  log::Warning("Closing a client that has more output waiting than it may: {}",
               DescribeClient(session, engine_.steady_ms()));
  session.output.Clear();
  session.reply.set_muted(true);  // what else its command answers would have no beginning
  session.transport.ScheduleClose(false);
  return true;
}

// A single command could answer many times the limit. What a session is sent by others is a message
// at a time, and who sends it calls CloseOverOutputLimit.
bool Clients::RefusesReply(Session& session) {
  if (engine_.running_session() != &session) return false;
  return session.closing || CloseOverOutputLimit(session);
}

void Clients::Tick() {
  const int64_t now_ms = engine_.steady_ms();
  recent_input_.Advance(now_ms / 1000);
  recent_output_.Advance(now_ms / 1000);
  const auto hz = static_cast<size_t>(engine_.options().hz);
  const size_t share = std::max((sessions_.size() + hz - 1) / hz, kMinPerTick);
  for (size_t left = std::min(share, sessions_.size()); left > 0 && !sessions_.empty(); --left) {
    auto next = sessions_.upper_bound(tick_cursor_);
    if (next == sessions_.end()) next = sessions_.begin();
    tick_cursor_ = next->first;
    Session& session = *next->second;
    if (CloseIfIdle(session)) continue;
    // Nobody is in the midst of anything: it need not wait for its transport.
    CloseOverOutputLimit(session) ? Detach(session) : UpdateFigures(session);
  }
}

bool Clients::CloseIfIdle(Session& session) {
  const int64_t limit_ms = engine_.options().timeout_seconds * 1000;
  const bool expected = session.monitor || session.subscriptions || session.waiting();
  if (limit_ms == 0 || expected) return false;
  if (engine_.steady_ms() - session.last_interaction_ms <= limit_ms) return false;
  log::Verbose("Closing an idle client: {}", DescribeClient(session, engine_.steady_ms()));
  Kill(session);
  return true;
}

void Clients::UpdateFigures(Session& session) {
  const int64_t now_ms = engine_.steady_ms();
  if (now_ms - session.output_peak_since_ms >= kOutputPeakMs) {
    session.output_peak_since_ms = now_ms;
    session.output_peak_bytes = session.output.size();
  }
  recent_input_.Note(session.transport.InputMemory());
  recent_output_.Note(session.output.overflow_memory());
  Account(session, session.MemoryBytes());
}

bool Clients::LimitsMemory() const {
  return engine_.memory_limits().maxmemory_clients != 0;
}

void Clients::AccountAndEnforce(Session& session) {
  if (session.closing) return;
  Account(session, session.MemoryBytes());
  if (!OverMemoryLimit()) {
    only_protected_left_ = false;
    return;
  }
  // Where only protected ones are left, to look at them all again would help nobody.
  if (!only_protected_left_ || !session.no_evict) EnforceMemoryLimit();
}

bool Clients::OverMemoryLimit() const {
  const size_t all = std::accumulate(memory_bytes_.begin(), memory_bytes_.end(), size_t{0});
  return LimitsMemory() &&
         all - memory_bytes_[kReplicaClient] > engine_.memory_limits().maxmemory_clients;
}

void Clients::EnforceMemoryLimit() {
  assert(LimitsMemory());
  const size_t limit = engine_.memory_limits().maxmemory_clients;
  size_t sum = 0;
  std::vector<std::pair<size_t, Session*>> evictable;
  for (const auto& [id, session] : sessions_) {
    if (session->client_class() == kReplicaClient) continue;
    Account(*session, session->MemoryBytes());
    sum += session->accounted_bytes;
    if (!session->no_evict) evictable.emplace_back(session->accounted_bytes, session);
  }
  only_protected_left_ = false;
  if (sum <= limit) return;
  std::ranges::sort(evictable, std::greater());
  for (const auto& [bytes, session] : evictable) {
    if (sum <= limit) return;
    log::Notice("Evicting a client, for all take more than maxmemory-clients ({}): {}",
                HumanBytes(limit), DescribeClient(*session, engine_.steady_ms()));
    sum -= bytes;
    ++engine_.counters().evicted_clients;
    session->output.Clear();
    Kill(*session);
  }
  only_protected_left_ = sum > limit;
}

void Clients::Account(Session& session, size_t bytes) {
  memory_bytes_[session.client_class()] += bytes - session.accounted_bytes;
  session.accounted_bytes = bytes;
}

}  // namespace ebb
