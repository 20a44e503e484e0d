// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/session.h"

#include "server/command_table.h"

namespace ebb {

std::string_view Session::RunningCommand() const {
  const Command* command = transaction.running != nullptr ? transaction.running : last_command;
  return command != nullptr ? command->spec->name : "";
}

bool Session::Is(const Remover& remover) const {
  return remover.client_id == id && remover.command == RunningCommand() &&
         remover.name == std::string_view(name).substr(0, Remover::kMostName);
}

Remover Session::Describe() const {
  return {.client_id = id,
          .address = transport.PeerAddress(),
          .name = name.substr(0, Remover::kMostName),
          .command = std::string(RunningCommand())};
}

ClientMemory Session::OwnMemory() const {
  const size_t executed = executing ? executing->memory_bytes() : 0;
  return {
      .connection = sizeof(Session) + name.capacity() + library_name.capacity() +
                    library_version.capacity() + repeatable_word.capacity() +
                    (subscriptions ? sizeof(Subscriptions) : 0),
      .input = transport.InputMemory(),
      .output = output.memory_bytes() - output.shared_bytes(),
      .queued = transaction.memory_bytes() - transaction.watched_bytes + executed,
      .watches = transaction.watched_bytes,
      .waits = blocked_bytes,
  };
}

size_t Session::MemoryBytes() const {
  return OwnMemory().Sum() + output.shared_bytes() + (subscriptions ? subscriptions->bytes : 0);
}

void Session::SetReplyMode(ReplyMode mode) {
  reply_mode_ = mode;
  if (mode == ReplyMode::kOn) reply.set_muted(false);
  if (mode == ReplyMode::kOff) reply.set_muted(true);
}

void Session::AdvanceReplyMode() {
  if (reply_mode_ == ReplyMode::kSkipNext) {
    reply_mode_ = ReplyMode::kSkipping;
    reply.set_muted(true);
  } else if (reply_mode_ == ReplyMode::kSkipping) {
    SetReplyMode(ReplyMode::kOn);
  }
}

}  // namespace ebb
