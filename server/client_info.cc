// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/client_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "server/command_table.h"

namespace ebb {
namespace {

// The one that is being queued, or run.
const Transaction& TransactionOf(const Session& session) {
  return session.executing != nullptr ? *session.executing : session.transaction;
}

// A letter for each state; N when there is none to tell.
std::string Flags(const Session& session) {
  std::string flags;
  if (session.monitor) flags += 'O';
  if (session.subscriptions) flags += 'P';
  if (TransactionOf(session).open) flags += 'x';
  if (session.waiting()) flags += 'b';
  if (session.transaction.dirty) flags += 'd';
  if (session.close_after_reply) flags += 'c';
  if (session.closing) flags += 'A';
  if (session.is_unix_socket) flags += 'U';
  if (session.no_evict) flags += 'e';
  if (session.no_touch) flags += 'T';
  return flags.empty() ? "N" : flags;
}

// How many channels, patterns and shard channels the session is subscribed to.
void AppendSubscriptions(const Session& session, std::string* line) {
  const auto count = [&](TopicKind kind) {
    return session.subscriptions ? session.subscriptions->of(kind).size() : 0;
  };
  fmt::format_to(std::back_inserter(*line), " sub={} psub={} ssub={}", count(TopicKind::kChannel),
                 count(TopicKind::kPattern), count(TopicKind::kShardChannel));
}

// The first chunk of the output stands for Redis's fixed reply buffer, the rest for its list of
// blocks.
void AppendOutput(const Session& session, std::string* line) {
  const OutputBuffer& output = session.output;
  fmt::format_to(
      std::back_inserter(*line), " rbs={} rbp={} obl={} oll={} omem={}", output.buffer_memory(),
      std::min(std::max(session.output_peak_bytes, output.size()), ChunkPool::kChunkBytes),
      output.buffer_bytes(), output.overflow_pieces(), output.overflow_memory());
}

}  // namespace

std::string DescribeClient(const Session& session, int64_t steady_ms, size_t argument_bytes) {
  const SessionTransport& transport = session.transport;
  const SessionTransport::InputUsage input = transport.Input();
  std::string line =
      fmt::format("id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={}", session.id,
                  transport.PeerAddress(), transport.LocalAddress(), transport.FileDescriptor(),
                  session.name, (steady_ms - session.created_ms) / 1000,
                  (steady_ms - session.last_interaction_ms) / 1000, Flags(session), session.db);
  const auto out = std::back_inserter(line);
  AppendSubscriptions(session, &line);
  const Transaction& transaction = TransactionOf(session);
  fmt::format_to(out, " multi={} qbuf={} qbuf-free={} argv-mem={} multi-mem={}",
                 transaction.open ? static_cast<int64_t>(transaction.queue.size()) : -1,
                 input.pending, input.free,
                 input.arguments + argument_bytes + session.blocked_key_bytes,
                 transaction.argument_bytes);
  AppendOutput(session, &line);
  fmt::format_to(out, " tot-mem={} events={} cmd={} user=default redir=-1 resp={}",
                 session.MemoryBytes(), transport.WaitsToSend() ? "rw" : "r",
                 session.last_command != nullptr ? session.last_command->spec->name : "NULL",
                 session.reply.protocol());
  fmt::format_to(out, " lib-name={} lib-ver={}", session.library_name, session.library_version);
  return line;
}

}  // namespace ebb
