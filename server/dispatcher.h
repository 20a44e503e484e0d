// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include "server/engine.h"

namespace ebb {

// The way of one command through the engine: find it, ask the guards, run it, book it. The guards
// read a command's flags, never its name.
//
// Thread: engine thread.
class Dispatcher {
 public:
  static Engine::Outcome Dispatch(Engine& engine, Session& session, Args args);

  // EXEC: runs the commands one after the other; each writes its reply and is booked by itself.
  static void RunQueued(Engine& engine, Session& session, Transaction& transaction);

 private:
  static Engine::Outcome DoneWithoutRun(Engine& engine);
  static void Run(Engine& engine, Session& session, Command& command, Args args);
};

}  // namespace ebb
