// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/accounting.h"
#include "server/blocked_calls.h"
#include "server/blocked_keys.h"
#include "server/client_pause.h"
#include "server/clients.h"
#include "server/command.h"
#include "server/command_table.h"
#include "server/config.h"
#include "server/counters.h"
#include "server/cron.h"
#include "server/databases.h"
#include "server/eviction.h"
#include "server/flush_restore.h"
#include "server/keyspace_events.h"
#include "server/loan.h"
#include "server/look_ahead.h"
#include "server/memory_limits.h"
#include "server/monitors.h"
#include "server/pubsub.h"
#include "server/rate.h"
#include "server/reclaim.h"
#include "server/resident_limit.h"
#include "server/session.h"
#include "server/time_source.h"
#include "server/watched_keys.h"
#include "server/work_slices.h"
#include "storage/keyspace.h"
#include "storage/memory/allocator.h"
#include "storage/memory/defragger.h"
#include "storage/memory/lazy_free.h"
#include "storage/memory/purger.h"
#include "storage/trash.h"

namespace ebb {

// The server without its sockets: data, sessions, configuration, counters, and the one door through
// which every command enters. Sockets, tests and fuzzers all call Execute.
//
// Thread: one, the engine thread, for everything.
class Engine : private KeyspaceObserver {
 public:
  // `config` outlives the engine.
  Engine(ConfigStore& config, TimeSource& time);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  enum class Outcome {
    kDone,
    // The command waits for the end of a pause, or for memory: nothing was done, call Execute again
    // with the same arguments after SessionTransport::ScheduleResume.
    kPostponed,
  };

  // Runs one command (args not empty) and writes its reply into the session's output.
  Outcome Execute(Session& session, Args args);
  // Whose command is running; null when none is.
  const Session* running_session() const {
    return static_cast<const Session*>(keyspace_context_.actor);
  }

  // Goes ahead of a pipeline's commands.
  LookAhead& look_ahead() { return look_ahead_; }

  // Takes the time for the commands that follow; the transport calls it once per wake-up.
  void RefreshTime();
  // Commands begin: what has gone by since the last one, for sockets to be read and written, is not
  // what the next one takes. Once for as many as follow each other.
  void BeginCommands() { SpentNanoseconds(); }
  // Has the time go on by what the commands since then have taken.
  void AdvanceClock();

  Defragger& defragger() { return defragger_; }
  memory::Purger& purger() { return purger_; }

  // Regular work; the transport runs it `hz` times a second.
  Cron& cron() { return cron_; }

  // A session's life, and everything about sessions as clients.
  void Attach(Session& session) { clients_.Attach(session); }
  void Detach(Session& session) { clients_.Detach(session); }
  Clients& clients() { return clients_; }
  Monitors& monitors() { return monitors_; }
  PubSub& pubsub() { return pubsub_; }

  // Whether the session may do all: the password may have been taken away since it came.
  bool IsAuthenticated(const Session& session) const {
    return session.authenticated || options().requirepass.empty();
  }

  // CLIENT PAUSE. Paused ends a pause whose time is over; while it is true nothing may be
  // evicted, or expire but for what is written. `until_ms` is on the steady clock.
  void BeginPause(ClientPause::Mode mode, int64_t until_ms);
  void EndPause();
  bool Paused() {
    if (pause_.Over(steady_ms())) EndPause();
    return pause_.active();
  }
  ClientPause& pause() { return pause_; }

  // Commands that are answered later; those that wait for keys.
  BlockedCalls& blocked() { return blocked_; }
  BlockedKeys& blocked_keys() { return blocked_keys_; }

  // Answers a blocked command with what `finish` writes. Time and errors are the command's, not
  // those of whoever woke it.
  void FinishBlocked(BlockedCall& blocked, const std::function<void(Call&)>& finish);

  // CLIENT UNBLOCK: the session's command is answered as if its time were over, or with Redis's
  // error, and has failed. False when the session does not wait.
  bool Unblock(Session& session, bool with_error);

  // WATCH.
  WatchedKeys& watched_keys() { return watched_keys_; }
  // Ends the session's transaction and its watches; answers what was queued.
  EndedTransaction TakeTransaction(Session& session) {
    watched_keys_.Forget(session);
    return {std::exchange(session.transaction, {}), disposer()};
  }

  // What MEMORY RECLAIM asks for; the transport runs its slices.
  Reclaim& reclaim() { return reclaim_; }

  // The limits of memory, and what keeps them.
  const MemoryLimits& memory_limits() const { return memory_limits_; }
  Eviction& eviction() { return eviction_; }
  ResidentLimit& resident_limit() { return resident_limit_; }

  // Whether there is any; the quick question before the next one.
  bool limits_used_memory() const {
    return memory_limits_.maxmemory != 0 || memory_limits_.maxmemory_rss != 0;
  }

  // The limit of used memory at present, 0 for none: maxmemory, or what maxmemory-rss comes to.
  size_t used_memory_limit() const {
    const size_t resident = resident_limit_.used_limit();
    const size_t own = memory_limits_.maxmemory;
    return resident != 0 && (own == 0 || resident < own) ? resident : own;
  }

  // What was deleted and can be brought back.
  Trash& trash() { return trash_; }
  FlushRestore& flush_restore() { return flush_restore_; }

  Databases& databases() { return databases_; }
  Keyspace& db(int index) { return databases_.at(index); }
  int db_count() const { return databases_.count(); }

  ConfigStore& config() { return config_; }
  const Config& options() const { return config_.values(); }
  CommandTable& commands() { return commands_; }
  KeyspaceCounters& keyspace_counters() { return keyspace_counters_; }

  // Begins the threads that free what is big and give pages back. The log says which cannot be had;
  // the server does without them. In tests that don't, what is big waits for LazyFree::Step.
  void StartThreads();
  LazyFree& lazy_free() { return lazy_free_; }
  KeyspaceContext& keyspace_context() { return keyspace_context_; }
  Disposer& disposer() { return keyspace_context_.disposer; }
  // The strings that outputs send by reference.
  Loans& loans() { return loans_; }
  Shedding& shedding() { return keyspace_context_.shedding; }
  ChunkPool& chunk_pool() { return chunk_pool_; }
  Counters& counters() { return counters_; }
  TimeSource& time() { return time_; }

  // Time of the running command; does not move while it runs. Which of the two is for what, Clock
  // says.
  const Clock& clock() const { return clock_; }
  int64_t unix_ms() const { return clock_.unix_ms; }
  int64_t steady_ms() const { return clock_.steady_ms; }
  int64_t start_unix_ms() const { return start_unix_ms_; }
  int64_t uptime_ms() const { return clock_.steady_ms - start_steady_ms_; }

  // Forty hexadecimal digits, random: of this process, and of its data's history (DEBUG
  // CHANGE-REPL-ID draws another).
  const std::string& run_id() const { return run_id_; }
  const std::string& replication_id() const { return replication_id_; }
  void ChangeReplicationId();

  // What is booked of commands, events and errors.
  Accounting& accounting() { return accounting_; }

  // How long this thread works at a time; the transport says where its slices begin and end.
  WorkSlices& slices() { return slices_; }

  // Whether the present slice has taken its time, so that further commands are for the next one. As
  // of the end of the last command, or the beginning of the first. A nanosecond.
  bool SliceOver() const { return last_monotonic_ns_ - slices_.begin_ns() >= kSliceNs; }
  static constexpr int64_t kSliceNs = 300'000;

  // Answers blocked commands whose time is over, for at most a slice.
  void ExpireBlocked();

  struct Rates {
    Rate commands;
    Rate net_input;
    Rate net_output;
  };
  Rates& rates() { return rates_; }

  // Used memory: the most that NotePeakMemory has seen, and at the start.
  size_t peak_memory() const { return peak_memory_; }
  size_t startup_memory() const { return startup_memory_; }
  // How much more was resident at the start than files and what the allocator counts: stacks and
  // the program's variables.
  size_t startup_surplus() const { return startup_surplus_; }
  // One step of ending what clients have left behind that is too much to end at once: of one kind,
  // so that the step stays short. Answers whether there is more.
  bool EndSomeLeavings() {
    return watched_keys_.EndSome() || pubsub_.EndSome() || blocked_keys_.LeaveSome() ||
           chunk_pool_.EndSome();
  }
  // The server is complete: what it has taken so far is its own.
  void NoteStartup();
  // Memory that is dead and not freed yet: it waits for the lazy-free thread, or for cron's steps.
  size_t pending_free_bytes() const {
    return lazy_free_.pending_bytes() + chunk_pool_.dropped_bytes();
  }
  // Memory that was taken for arguments that are still to come: nobody has touched it.
  size_t& awaited_argument_bytes() { return awaited_argument_bytes_; }
  // Of so much used memory, what is alive: what a limit on used memory is held against.
  size_t LiveMemory(size_t used) const {
    return used - std::min(used, pending_free_bytes() + awaited_argument_bytes_);
  }
  void NotePeakMemory(size_t used) { peak_memory_ = std::max(peak_memory_, used); }

  // Closes the session of a client that seems to be a browser, and drops what waits for it. The log
  // says so once a minute at most.
  void RefuseWebRequest(Session& session);

  // CONFIG RESETSTAT.
  void ResetStatistics();

  // Changes of the data since the start (INFO's rdb_changes_since_last_save).
  uint64_t changes() const { return changes_; }
  // One more, of which no keyspace tells: SWAPDB of a database with itself.
  void CountChange() { ++changes_; }

  // Asks the composition root to end the process: SHUTDOWN, SIGTERM. Set once by main.
  std::function<void()> on_shutdown;

 private:
  friend class Dispatcher;

  // The context of a session's command for the keyspaces.
  void SetContext(const Session& session);

  // The time since this was asked last, or since commands began.
  int64_t SpentNanoseconds() {
    const int64_t now = time_.MonotonicNanoseconds();
    return now - std::exchange(last_monotonic_ns_, now);
  }

  // Tells the keyspaces what the configuration has for them: mere copies, which are made anew
  // whatever has changed, so that no option can be forgotten.
  void ApplyToKeyspaces();
  void ApplyLazyFree();
  void ApplyKeyspaceEvents();

  // The options that say how much memory there is for what.
  void ApplyMemoryLimits();
  void WarnOfSmallMaxmemory() const;

  bool relies_on_events() const override { return true; }
  void OnKeyEvent(int db, std::string_view key, const KeyEvent& event, uint64_t changes) override;
  void OnNewKey(int db, std::string_view key) override;
  void OnKeyMiss(int db, std::string_view key) override;
  void OnFlush(int db, uint64_t keys) override;
  void OnSwap(int a, int b) override;

  ConfigStore& config_;
  TimeSource& time_;
  CommandTable commands_;
  Counters counters_;
  KeyspaceCounters keyspace_counters_;
  Clock clock_;
  LazyFree lazy_free_;
  KeyspaceContext keyspace_context_;
  Loans loans_{keyspace_context_.disposer};
  Trash trash_{clock_, keyspace_context_.disposer};
  LookAhead look_ahead_{keyspace_context_, commands_};
  Databases databases_;
  ChunkPool chunk_pool_;

  Clients clients_{*this};
  Monitors monitors_;
  PubSub pubsub_{*this};
  KeyspaceEvents keyspace_events_{pubsub_};
  WatchedKeys watched_keys_;
  ClientPause pause_;
  Reclaim reclaim_{*this};  // before those who wait for it
  FlushRestore flush_restore_{*this};
  BlockedKeys blocked_keys_{*this};
  BlockedCalls blocked_;
  Accounting accounting_{config_, clock_, counters_, blocked_};

  // The monotonic clock at RefreshTime or the end of the last command, and how far the Unix time
  // was ahead of it at RefreshTime.
  int64_t last_monotonic_ns_ = 0;
  int64_t unix_ahead_ns_ = 0;

  Cron cron_{*this};
  memory::Purger purger_;  // one for all: while one purges, a second finds nothing to do
  Defragger defragger_{[this](int from) { return databases_.NextUsed(from); }, purger_};
  MemoryLimits memory_limits_;
  Eviction eviction_{*this};
  ResidentLimit resident_limit_{*this};
  WorkSlices slices_{time_};
  Rates rates_;
  std::string run_id_;
  std::string replication_id_;
  size_t peak_memory_ = 0;
  size_t awaited_argument_bytes_ = 0;
  size_t startup_memory_ = 0;
  size_t startup_surplus_ = 0;
  int64_t start_unix_ms_ = 0;
  int64_t start_steady_ms_ = 0;
  int64_t web_request_logged_ms_ = INT64_MIN / 2;  // on the steady clock
  uint64_t changes_ = 0;
};

inline Keyspace& Call::db() const {
  return engine.db(session.db);
}

}  // namespace ebb
