// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/engine.h"

#include <cstdint>
#include <utility>

#include "server/dispatcher.h"
#include "server/log.h"
#include "server/system_memory.h"
#include "storage/random.h"

namespace ebb {
namespace {

std::string RandomHex(size_t digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  while (text.size() < digits) text += kDigits[ThreadRandom().Below(16)];
  return text;
}

}  // namespace

Engine::Engine(ConfigStore& config, TimeSource& time)
    : config_(config),
      time_(time),
      keyspace_context_{
          .clock = clock_,
          .observer = *this,
          .counters = keyspace_counters_,
          .disposer = Disposer(&lazy_free_),
      },
      databases_(static_cast<int>(options().databases), keyspace_context_) {
  RefreshTime();
  start_unix_ms_ = clock_.unix_ms;
  start_steady_ms_ = clock_.steady_ms;
  run_id_ = RandomHex(40);
  ChangeReplicationId();
  config_.OnAnyChange([this] { ApplyToKeyspaces(); });
  ApplyToKeyspaces();
  config_.OnChange({"maxmemory", "maxmemory-rss", "maxmemory-clients", "trash-ttl",
                    "trash-max-memory", "trash-events"},
                   [this] {
                     const size_t resident = memory_limits_.maxmemory_rss;
                     ApplyMemoryLimits();
                     if (memory_limits_.maxmemory_rss != resident) resident_limit_.OnLimitChange();
                   });
  ApplyMemoryLimits();
  config_.OnChange("maxmemory", [this] { WarnOfSmallMaxmemory(); });  // as it is applied now
  config_.OnAttempt("activedefrag", [this]() -> std::string {
    const std::string_view reason = memory::DefragAdvisor::Unable();
    if (!options().activedefrag || reason.empty()) return {};
    return "Active defragmentation cannot be enabled: " + std::string(reason);
  });
  defragger_.defrag_rest = [this](uint64_t cursor, memory::BlockMover& mover, DefragScope scope,
                                  size_t most) {
    return trash_.Defrag(cursor, mover, scope, most);
  };
  NoteStartup();
}

Engine::~Engine() = default;

void Engine::StartThreads() {
  if (!memory::StartReturningPages()) {
    log::Warning(
        "The allocator cannot start its thread: an idle server will keep what has been deleted");
  }
  if (const std::error_code error = lazy_free_.Start()) {
    log::Warning(
        "The lazy-free thread cannot be started ({}): clients will wait while big values are freed",
        error.message());
    disposer().FreeHere();
  }
}

void Engine::NoteStartup() {
  startup_memory_ = memory::UsedMemory();
  const size_t allocators = memory::Stats().resident;
  const size_t anonymous = ReadResidentMemory().anonymous;
  startup_surplus_ = allocators == 0 || anonymous < allocators ? 0 : anonymous - allocators;
}

void Engine::RefreshTime() {
  last_monotonic_ns_ = time_.MonotonicNanoseconds();
  unix_ahead_ns_ = time_.UnixMicroseconds() * 1000 - last_monotonic_ns_;
  AdvanceClock();
}

void Engine::AdvanceClock() {
  clock_.unix_ms = (unix_ahead_ns_ + last_monotonic_ns_) / 1'000'000;
  clock_.steady_ms = last_monotonic_ns_ / 1'000'000;
}

Engine::Outcome Engine::Execute(Session& session, Args args) {
  AdvanceClock();
  session.last_interaction_ms = clock_.steady_ms;
  session.reply.ClearErrorMark();
  SetContext(session);
  pubsub_.BeginCommand(session);
  const Outcome outcome = Dispatcher::Dispatch(*this, session, args);
  pubsub_.EndCommand();
  blocked_keys_.Serve();
  keyspace_context_.actor = nullptr;
  if (outcome == Outcome::kPostponed) {
    pause_.Postpone(session);
    return outcome;
  }
  if (session.blocked) return outcome;
  if (session.reply.wrote_error()) accounting_.CountError(session);
  session.EndCommand();
  return outcome;
}

void Engine::SetContext(const Session& session) {
  keyspace_context_.touch_on_read = !session.no_touch;
  keyspace_context_.actor = &session;
}

void Engine::FinishBlocked(BlockedCall& blocked, const std::function<void(Call&)>& finish) {
  Session& session = blocked.session();
  BlockedCall::Begun begun = std::move(blocked.begun);
  SpentNanoseconds();
  SetContext(session);
  session.reply.ClearErrorMark();
  Call call{*this, session, {}, session.reply, *session.last_command->spec};
  pubsub_.BeginCommand(session);
  blocked_.Answer(blocked, [&](Session&) { finish(call); });
  pubsub_.EndCommand();
  keyspace_context_.actor = nullptr;
  clients_.CloseOverOutputLimit(session);
  accounting_.NoteAnswer(*session.last_command, std::move(begun), SpentNanoseconds());
  if (!call.reply.wrote_error()) return;
  ++session.last_command->failed_calls;
  accounting_.CountError(session);
}

bool Engine::Unblock(Session& session, bool with_error) {
  BlockedCall* const blocked = blocked_.Find(session);
  if (blocked == nullptr) return false;
  BlockedCall::Begun begun = std::move(blocked->begun);
  blocked_.Answer(*blocked, [&](Session& waiting) {
    if (!with_error) return blocked->ReplyTimeout(waiting);
    waiting.reply.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  });
  accounting_.NoteAnswer(*session.last_command, std::move(begun), 0);
  // With both replies, as Redis.
  ++session.last_command->failed_calls;
  if (with_error) accounting_.CountError(session);
  return true;
}

void Engine::RefuseWebRequest(Session& session) {
  constexpr int64_t kMinuteMs = 60'000;
  session.output.Clear();
  clients_.Kill(session);
  if (steady_ms() - web_request_logged_ms_ < kMinuteMs) return;
  web_request_logged_ms_ = steady_ms();
  log::Warning(
      "Closed the connection of {}: it sends HTTP. A web page may be trying to have its "
      "visitor's browser run commands here",
      session.transport.PeerAddress());
}

void Engine::ResetStatistics() {
  counters_ = Counters();
  keyspace_counters_ = KeyspaceCounters();
  accounting_.ResetStatistics();
  rates_ = Rates();
  slices_.Reset();
  eviction_.ResetStatistics();
  lazy_free_.ResetFreed();
  trash_.counters() = TrashCounters();
  defragger_.ResetStatistics();
  for (const auto& command : commands_.all()) {
    command->calls = command->nanoseconds = command->rejected_calls = command->failed_calls = 0;
    command->durations.reset();
  }
}

void Engine::ApplyToKeyspaces() {
  const Config& config = options();
  keyspace_context_.limits = config;
  keyspace_context_.access = {.lfu = IsLfu(config.maxmemory_policy),
                              .log_factor = config.lfu_log_factor,
                              .decay_minutes = config.lfu_decay_minutes};
  ApplyLazyFree();
  ApplyKeyspaceEvents();
}

void Engine::ApplyLazyFree() {
  Disposer& disposer = keyspace_context_.disposer;
  disposer.SetLazy(DisposeCause::kEviction, options().lazyfree_lazy_eviction);
  disposer.SetLazy(DisposeCause::kExpire, options().lazyfree_lazy_expire);
  disposer.SetLazy(DisposeCause::kUserExpire, options().lazyfree_lazy_expire);
  disposer.SetLazy(DisposeCause::kServerDel, options().lazyfree_lazy_server_del);
  disposer.SetLazy(DisposeCause::kUserDel, options().lazyfree_lazy_user_del);
  disposer.SetLazy(DisposeCause::kUserFlush, options().lazyfree_lazy_user_flush);
}

void Engine::ApplyMemoryLimits() {
  const Config& config = options();
  memory_limits_ = ResolveMemoryLimits(config, DetectMemoryLimit(memory_limits_.whole));
  trash_.SetLimits({.ttl_ms = config.trash_ttl_seconds * 1000,
                    .max_bytes = memory_limits_.trash,
                    .events = config.trash_events});
  keyspace_context_.trash = config.trash_ttl_seconds > 0 ? &trash_ : nullptr;
}

void Engine::WarnOfSmallMaxmemory() const {
  const size_t limit = memory_limits_.maxmemory;
  const size_t alive = LiveMemory(memory::UsedMemory());
  if (limit == 0 || alive <= limit) return;
  log::Warning(
      "The new maxmemory ({}) is less than what is in use ({}): keys will be evicted, or writes "
      "refused, as maxmemory-policy has it",
      HumanBytes(limit), HumanBytes(alive));
}

void Engine::ApplyKeyspaceEvents() {
  keyspace_events_.SetClasses(options().notify_keyspace_events);
  keyspace_context_.tell_new = keyspace_events_.Tells('n');
  keyspace_context_.tell_misses = keyspace_events_.Tells('m');
}

void Engine::ChangeReplicationId() {
  replication_id_ = RandomHex(40);
}

void Engine::ExpireBlocked() {
  blocked().Expire(steady_ms(), [this] {
    SpentNanoseconds();
    return SliceOver();
  });
}

void Engine::BeginPause(ClientPause::Mode mode, int64_t until_ms) {
  pause_.Begin(mode, until_ms);
  keyspace_context_.keep_expired = true;
}

void Engine::EndPause() {
  keyspace_context_.keep_expired = false;
  pause_.End();
}

void Engine::OnKeyEvent(int db, std::string_view key, const KeyEvent& event, uint64_t changes) {
  changes_ += changes;
  watched_keys_.OnKeyEvent(db, key, event);
  blocked_keys_.OnKeyEvent(db, key, event);
  keyspace_events_.OnKeyEvent(db, key, event);
}

void Engine::OnNewKey(int db, std::string_view key) {
  keyspace_events_.OnKeyEvent(db, key, {"new", 'n'});
}

void Engine::OnKeyMiss(int db, std::string_view key) {
  keyspace_events_.OnKeyEvent(db, key, {"keymiss", 'm'});
}

void Engine::OnFlush(int db, uint64_t keys) {
  changes_ += keys;
  watched_keys_.OnReplaced(db, databases_.at(db));
}

void Engine::OnSwap(int a, int b) {
  ++changes_;
  flush_restore_.OnSwap(a, b);
  watched_keys_.OnReplaced(a, databases_.at(a));
  watched_keys_.OnReplaced(b, databases_.at(b));
  blocked_keys_.OnReplaced(a);
  if (b != a) blocked_keys_.OnReplaced(b);
}

}  // namespace ebb
