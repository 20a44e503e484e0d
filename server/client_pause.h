// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ebb {

class Session;

// CLIENT PAUSE: commands that have to wait, and the sessions that wait with them. While it lasts
// the data stands still: nothing expires and nothing is evicted either.
//
// Thread: engine thread.
class ClientPause {
 public:
  enum class Mode : uint8_t { kNone, kWrites, kAll };

  // Pauses until `until_ms` (on the steady clock). A pause that is on already becomes neither
  // shorter nor weaker.
  void Begin(Mode mode, int64_t until_ms);

  // Ends it: the sessions that wait go on, in the order in which they came.
  void End();

  // They try again, whatever it was that they have waited for.
  void Resume();

  bool active() const { return mode_ != Mode::kNone; }

  // Whether it is on although its time is over at `steady_ms`.
  bool Over(int64_t steady_ms) const { return active() && steady_ms >= until_ms_; }

  // Whether a command with these CommandFlags has to wait.
  bool Holds(uint32_t command_flags) const;

  // The session's command waits, for the end of the pause or for memory (ResidentLimit); it is
  // told by SessionTransport::ScheduleResume.
  void Postpone(Session& session);

  // The session goes away.
  void Forget(Session& session);

  size_t waiting() const { return waiting_.size(); }

 private:
  Mode mode_ = Mode::kNone;
  int64_t until_ms_ = 0;  // on the steady clock
  std::vector<Session*> waiting_;
};

}  // namespace ebb
