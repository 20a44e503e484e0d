// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/dispatcher.h"

#include <fmt/format.h>

#include <string>

#include "server/errors.h"
#include "server/text.h"

namespace ebb {
namespace {

// What a guard says of a command that is about to run.
enum class Verdict { kPass, kRefused, kPostponed };

// One question before a command runs. A guard that refuses has written the error.
using Guard = Verdict (*)(Engine& engine, Session& session, const Command& command, Args args);

Verdict CheckArity(Engine&, Session& session, const Command& command, Args args) {
  const int arity = command.spec->arity;
  const int count = static_cast<int>(args.size());
  if (arity >= 0 ? count == arity : count >= -arity) return Verdict::kPass;
  session.reply.Error(
      fmt::format("ERR wrong number of arguments for '{}' command", command.spec->name));
  return Verdict::kRefused;
}

// The password's guard. Commands that need none say so in their row.
Verdict CheckAuthenticated(Engine& engine, Session& session, const Command& command, Args) {
  if (session.authenticated || (command.spec->flags & kNoAuth)) return Verdict::kPass;
  // The password may have been taken away since the client came.
  if (engine.options().requirepass.empty()) return Verdict::kPass;
  session.reply.Error(errors::kNoAuth);
  return Verdict::kRefused;
}

// Commands that reach into the server's inside run where the configuration opens them.
Verdict CheckProtected(Engine& engine, Session& session, const Command& command, Args) {
  if (!(command.spec->flags & kProtected)) return Verdict::kPass;
  const ProtectedAccess access = engine.options().enable_debug_command;
  const bool local = session.is_loopback || session.is_unix_socket;
  if (access == ProtectedAccess::kYes || (access == ProtectedAccess::kLocal && local)) {
    return Verdict::kPass;
  }
  session.reply.Error(
      "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
      "can run it from a local connection, otherwise you need to set this option in the "
      "configuration file, and then restart the server.");
  return Verdict::kRefused;
}

// Makes room where there is too little memory. As much as there is to do, it is done before each
// command; one that needs memory is refused where nothing may go.
Verdict CheckMemory(Engine& engine, Session& session, const Command& command, Args) {
  if (!engine.limits_used_memory()) return Verdict::kPass;
  const bool none = engine.eviction().MakeRoom() == Eviction::Result::kNone;
  if (!none || !(command.spec->flags & kDenyOom)) return Verdict::kPass;
  session.reply.Error(errors::kOutOfMemory);
  return Verdict::kRefused;
}

// The last one: errors are answered during a pause as well.
Verdict CheckPause(Engine& engine, Session&, const Command& command, Args) {
  if (!engine.Paused() || !engine.pause().Holds(command.spec->flags)) return Verdict::kPass;
  return Verdict::kPostponed;
}

constexpr Guard kGuards[] = {CheckArity, CheckProtected, CheckAuthenticated, CheckMemory,
                             CheckPause};

void ReplyUnknown(Session& session, Args args) {
  std::string shown;
  for (size_t i = 1; i < args.size() && shown.size() < 128; ++i) {
    shown += fmt::format("'{}' ", UntilNul(args[i]).substr(0, 128 - shown.size()));
  }
  session.reply.Error(fmt::format("ERR unknown command '{}', with args beginning with: {}",
                                  UntilNul(args[0]).substr(0, 128), shown));
}

void ReplyUnknownSubcommand(Session& session, const Command& container, Args args) {
  if (args.size() == 1) {
    session.reply.Error(
        fmt::format("ERR wrong number of arguments for '{}' command", container.spec->name));
    return;
  }
  session.reply.Error(fmt::format("ERR unknown subcommand '{}'. Try {} HELP.",
                                  UntilNul(args[1]).substr(0, 128),
                                  UpperCase(container.spec->name)));
}

// How browsers begin lines when a web page has them talk to us: what follows is what the page's
// author wants to be executed. No reply, no further command.
bool IsWebRequest(std::string_view word) {
  return EqualsIgnoreCase(word, "post") || EqualsIgnoreCase(word, "host:");
}

// Pipelines repeat one command: the word of the last one is compared before the table is asked.
Command* FindCommand(Engine& engine, Session& session, Args args) {
  if (session.repeatable != nullptr && args[0] == session.repeatable_word) {
    return session.last_command = session.repeatable;
  }
  Command* container = nullptr;
  Command* command = engine.commands().Find(args, &container);
  session.last_command = command;
  if (command != nullptr) {
    if (command->parent == nullptr && command->subcommands.empty()) {
      session.repeatable = command;
      session.repeatable_word.assign(args[0]);
    }
    return command;
  }
  if (container != nullptr) {
    ReplyUnknownSubcommand(session, *container, args);
  } else if (IsWebRequest(args[0])) {
    engine.RefuseWebRequest(session);
  } else {
    ReplyUnknown(session, args);
  }
  return nullptr;
}

}  // namespace

Engine::Outcome Dispatcher::Dispatch(Engine& engine, Session& session, Args args) {
  Command* command = FindCommand(engine, session, args);
  if (command == nullptr) return Engine::Outcome::kDone;
  for (const Guard guard : kGuards) {
    const Verdict verdict = guard(engine, session, *command, args);
    if (verdict == Verdict::kPass) continue;
    if (verdict == Verdict::kPostponed) return Engine::Outcome::kPostponed;
    ++command->rejected_calls;
    return Engine::Outcome::kDone;
  }
  Call call{engine, session, args, session.reply, *command->spec};
  command->spec->function(call);
  engine.AccountCommand(*command, call);
  return Engine::Outcome::kDone;
}

Keyspace& Call::db() const {
  return engine.db(session.db);
}

}  // namespace ebb
