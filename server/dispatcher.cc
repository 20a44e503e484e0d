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

// What the command may do, with what it makes others do.
uint32_t FlagsOf(const Session& session, const Command& command) {
  const uint32_t flags = command.spec->flags;
  return flags & kRunsQueue ? flags | session.transaction.flags : flags;
}

bool IsQueued(const Session& session, const Command& command) {
  return session.transaction.open && !(command.spec->flags & kNotQueued);
}

// An EXEC that is refused ends its transaction, and says so; anything else spoils the open one.
Verdict Refuse(Engine& engine, Session& session, const Command& command, std::string_view error) {
  session.transaction.failed = session.transaction.open;
  if (command.spec->flags & kRunsQueue) {
    engine.TakeTransaction(session);
    constexpr std::string_view kPlain = "ERR ";
    if (error.starts_with(kPlain)) error.remove_prefix(kPlain.size());
    session.reply.Error(fmt::format("EXECABORT Transaction discarded because of: {}", error));
  } else {
    session.reply.Error(error);
  }
  return Verdict::kRefused;
}

// One question before a command runs. A guard that refuses has written the error.
using Guard = Verdict (*)(Engine& engine, Session& session, const Command& command, Args args);

Verdict CheckArity(Engine& engine, Session& session, const Command& command, Args args) {
  const int arity = command.spec->arity;
  const int count = static_cast<int>(args.size());
  if (arity >= 0 ? count == arity : count >= -arity) return Verdict::kPass;
  return Refuse(engine, session, command, errors::WrongArity(command.spec->name));
}

// The password's guard. Commands that need none say so in their row.
Verdict CheckAuthenticated(Engine& engine, Session& session, const Command& command, Args) {
  if (engine.IsAuthenticated(session) || (command.spec->flags & kNoAuth)) return Verdict::kPass;
  return Refuse(engine, session, command, errors::kNoAuth);
}

// Commands that reach into the server's inside run where the configuration opens them.
Verdict CheckProtected(Engine& engine, Session& session, const Command& command, Args) {
  if (!(command.spec->flags & kProtected)) return Verdict::kPass;
  const ProtectedAccess access = engine.options().enable_debug_command;
  const bool local = session.is_loopback || session.is_unix_socket;
  if (access == ProtectedAccess::kYes || (access == ProtectedAccess::kLocal && local)) {
    return Verdict::kPass;
  }
  return Refuse(
      engine, session, command,
      "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
      "can run it from a local connection, otherwise you need to set this option in the "
      "configuration file, and then restart the server.");
}

Verdict CheckMulti(Engine& engine, Session& session, const Command& command, Args) {
  if (!session.transaction.open || !(command.spec->flags & kNoMulti)) return Verdict::kPass;
  return Refuse(engine, session, command, "ERR Command not allowed inside a transaction");
}

// Makes room where there is too little memory. As much as there is to do, it is done before each
// command; one that needs memory is refused where nothing may go, and to be queued needs some.
Verdict CheckMemory(Engine& engine, Session& session, const Command& command, Args) {
  if (!engine.limits_used_memory()) return Verdict::kPass;
  const bool grows = (FlagsOf(session, command) & kDenyOom) != 0;
  if (grows && engine.resident_limit().Holds()) return Verdict::kPostponed;
  const bool none = engine.eviction().MakeRoom() == Eviction::Result::kNone;
  const bool needs = grows || IsQueued(session, command);
  if (!none || !needs) return Verdict::kPass;
  const bool resident = engine.memory_limits().maxmemory == 0 ||
                        engine.resident_limit().rung() == ResidentLimit::Rung::kRefuse;
  return Refuse(engine, session, command,
                resident ? errors::kOutOfResidentMemory : errors::kOutOfMemory);
}

// To Redis a monitor is a kind of replica, and these have no business with keys of their own. Nor
// would it know its replies from what it is shown.
Verdict CheckMonitor(Engine& engine, Session& session, const Command& command, Args) {
  constexpr uint32_t kOnKeys = kReadOnly | kWrite | kMayReplicate;
  if (!session.monitor || !(FlagsOf(session, command) & kOnKeys)) return Verdict::kPass;
  return Refuse(engine, session, command, "ERR Replica can't interact with the keyspace");
}

// In RESP2 nothing but the order tells replies from messages: while there may be messages, few
// commands are allowed.
Verdict CheckSubscriber(Engine& engine, Session& session, const Command& command, Args) {
  if (!session.subscriptions || session.reply.protocol() != 2) return Verdict::kPass;
  if (command.spec->flags & kForSubscribers) return Verdict::kPass;
  return Refuse(engine, session, command,
                fmt::format("ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING "
                            "/ QUIT / RESET are allowed in this context",
                            command.spec->name));
}

// The last one: errors are answered during a pause as well.
Verdict CheckPause(Engine& engine, Session& session, const Command& command, Args) {
  if (!engine.Paused() || !engine.pause().Holds(FlagsOf(session, command))) return Verdict::kPass;
  return Verdict::kPostponed;
}

// The first guard's answer that is not kPass. Inlined: calls through a row of pointers were 4 % of
// a pipelined GET's profile.
template <Guard... kGuards>
Verdict Ask(Engine& engine, Session& session, const Command& command, Args args) {
  Verdict verdict = Verdict::kPass;
  static_cast<void>(
      (((verdict = kGuards(engine, session, command, args)) == Verdict::kPass) && ...));
  return verdict;
}

constexpr Guard kAllGuards = Ask<CheckArity, CheckProtected, CheckAuthenticated, CheckMulti,
                                 CheckMemory, CheckSubscriber, CheckMonitor, CheckPause>;

void ReplyUnknown(Session& session, Args args) {
  std::string shown;
  for (size_t i = 1; i < args.size() && shown.size() < 128; ++i) {
    shown += fmt::format("'{}' ", UntilNul(args[i]).substr(0, 128 - shown.size()));
  }
  session.reply.Error(fmt::format("ERR unknown command '{}', with args beginning with: {}",
                                  UntilNul(args[0]).substr(0, 128), shown));
}

void ReplyUnknownSubcommand(Session& session, const Command& container, Args args) {
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
  // Without a subcommand it is the container that is refused, by the guard of arity.
  if (container != nullptr && args.size() == 1) command = container;
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

// What is not run takes time, too, and a slice may be over then.
Engine::Outcome Dispatcher::DoneWithoutRun(Engine& engine) {
  engine.SpentNanoseconds();
  return Engine::Outcome::kDone;
}

Engine::Outcome Dispatcher::Dispatch(Engine& engine, Session& session, Args args) {
  Command* command = FindCommand(engine, session, args);
  Transaction& transaction = session.transaction;
  if (command == nullptr) {
    transaction.failed = transaction.open;
    return DoneWithoutRun(engine);
  }
  const Verdict verdict = kAllGuards(engine, session, *command, args);
  if (verdict != Verdict::kPass) {
    if (verdict == Verdict::kPostponed) return Engine::Outcome::kPostponed;
    ++command->rejected_calls;
    return DoneWithoutRun(engine);
  }
  if (IsQueued(session, *command)) {
    transaction.Add(*command, command->spec->flags, args,
                    [&](size_t index) { return session.transport.TakeLarge(index); });
    session.reply.SimpleString("QUEUED");
    return DoneWithoutRun(engine);
  }
  Run(engine, session, *command, args);
  return Engine::Outcome::kDone;
}

void Dispatcher::Run(Engine& engine, Session& session, Command& command, Args args) {
  Call call{engine, session, args, session.reply, *command.spec};
  call.may_block = session.transaction.running == nullptr;
  command.spec->function(call);
  engine.accounting_.NoteRun(command, call, engine.SpentNanoseconds());
  if (!engine.monitors_.empty() && !(command.spec->flags & (kSkipMonitor | kAdmin))) {
    engine.monitors_.Feed(call);
  }
}

void Dispatcher::RunQueued(Engine& engine, Session& session, Transaction& transaction) {
  std::vector<std::string_view> args;
  const int64_t begun_ns = engine.last_monotonic_ns_;
  session.executing = &transaction;
  for (const Transaction::Queued& queued : transaction.queue) {
    args.assign(queued.args.begin(), queued.args.end());
    if (queued.large != nullptr) {
      for (const auto& [index, bulk] : *queued.large) args[index] = bulk.view();
    }
    session.transaction.running = queued.command;
    session.transaction.running_large = queued.large;
    Run(engine, session, *queued.command, args);
    if (queued.large != nullptr) transaction.NoteTaken(*queued.large);
    if (session.reply.wrote_error()) engine.accounting_.CountError(session);
    session.reply.ClearErrorMark();
  }
  session.transaction.running = nullptr;
  session.transaction.running_large = nullptr;
  session.executing = nullptr;
  engine.last_monotonic_ns_ = begun_ns;  // EXEC takes what they take
}

}  // namespace ebb
