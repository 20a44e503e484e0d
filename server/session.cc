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

size_t Session::MemoryBytes() const {
  return sizeof(Session) + output.memory_bytes() + transport.InputMemory() + name.capacity() +
         library_name.capacity() + library_version.capacity() + repeatable_word.capacity() +
         transaction.memory_bytes() + (executing ? executing->memory_bytes() : 0) +
         (subscriptions ? subscriptions->bytes : 0) + blocked_bytes;
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
