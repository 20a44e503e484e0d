// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <string>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/engine.h"
#include "server/info.h"
#include "server/log.h"
#include "server/version.h"

namespace ebb {
namespace {

void Info(Call& call) {
  call.reply.Verbatim("txt", InfoText(call.engine, call.args.subspan(1)));
}

void Time(Call& call) {
  const int64_t now = call.engine.time().UnixMicroseconds();
  call.reply.Array(2);
  call.reply.BulkInteger(now / 1'000'000);
  call.reply.BulkInteger(now % 1'000'000);
}

void ConfigGet(Call& call) {
  const auto found = call.engine.config().Get(call.args.subspan(2));
  call.reply.Map(found.size());
  for (const auto& [name, value] : found) {
    call.reply.Bulk(name);
    call.reply.Bulk(value);
  }
}

void ConfigSet(Call& call) {
  for (size_t i = 2; i + 1 < call.args.size(); i += 2) {
    if (ConfigStore::IsSecret(call.args[i])) call.HideArgument(i + 1);
  }
  if (call.args.size() % 2 != 0) return call.reply.Error(errors::kSyntax);
  const bool local = call.session.is_loopback || call.session.is_unix_socket;
  const std::string problem = call.engine.config().Set(call.args.subspan(2), local);
  problem.empty() ? call.reply.Ok() : call.reply.Error(problem);
}

void ConfigRewrite(Call& call) {
  const std::string problem = call.engine.config().Rewrite();
  problem.empty() ? call.reply.Ok() : call.reply.Error(problem);
}

void ConfigResetStat(Call& call) {
  call.engine.ResetStatistics();
  call.reply.Ok();
}

// SHUTDOWN answers only when it fails.
void Shutdown(Call& call) {
  ArgParser parser(call, 1);
  bool save = false;
  bool no_save = false;
  bool hurry = false;
  bool abort = false;
  while (parser.More()) {
    if (!no_save && parser.Take("SAVE")) {
      save = true;
    } else if (!save && parser.Take("NOSAVE")) {
      no_save = true;
    } else if (parser.Take("ABORT")) {
      abort = true;
    } else if (parser.Take("NOW") || parser.Take("FORCE")) {
      hurry = true;
    } else {
      parser.SyntaxError();
    }
  }
  if (abort && (save || no_save || hurry)) parser.SyntaxError();
  if (parser.Failed()) return;
  if (abort) return call.reply.Error("ERR No shutdown in progress.");
  if (save) return call.reply.Error("ERR Errors trying to SHUTDOWN: there are no snapshots yet.");
  log::Notice("A client asks for the end: {}", call.session.transport.PeerAddress());
  call.session.close_after_reply = true;
  call.engine.on_shutdown();
}

// Ebb and flow: one tide, drawn for the terminal.
std::string Tide(int64_t columns, int64_t rows, int64_t phase) {
  std::string picture;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t wave = (column + row * 3 + phase) % 16;
      picture += wave < 8 - row ? '~' : wave == 15 - row ? '.' : ' ';
    }
    while (picture.ends_with(' ')) picture.pop_back();
    picture += '\n';
  }
  return picture;
}

void Lolwut(Call& call) {
  ArgParser parser(call, 1);
  if (parser.Take("VERSION", 1)) {
    const int64_t version = parser.Integer();
    // Redis 5 and 6 draw to measure: their arguments are numbers. The drawing here is one and the
    // same.
    while ((version == 5 || version == 6) && parser.More()) parser.Integer();
  }
  if (parser.Failed()) return;
  call.reply.Verbatim("txt", Tide(66, 6, call.engine.unix_ms() / 1000 % 16) +
                                 fmt::format("\nEbb ver. {}\n", kVersion));
}

constexpr uint32_t kAnywhere = kLoading | kStale;
constexpr uint32_t kConfigFlags = kAdmin | kNoScript | kAnywhere;

constexpr CommandSpec kCommands[] = {
    {.name = "info",
     .function = Info,
     .arity = -1,
     .flags = kAnywhere,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "[section [section ...]]",
     .summary = "Answers the server's figures.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
     .acl = kAclDangerous,
     .history = "7.0.0 Takes several sections."},
    {.name = "time",
     .function = Time,
     .arity = 1,
     .flags = kAnywhere | kFast,
     .since = "2.6.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the server's time.",
     .tips = "nondeterministic_output"},
    {.name = "config",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = "2.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Reads and changes the server's options."},
    {.name = "config|get",
     .function = ConfigGet,
     .arity = -3,
     .flags = kConfigFlags,
     .since = "2.0.0",
     .complexity = "O(N) when N is the number of configuration parameters provided",
     .syntax = "parameter{parameter} [parameter{parameter} ...]",
     .summary = "Answers the options whose names match the patterns.",
     .history = "7.0.0 Takes several patterns."},
    {.name = "config|set",
     .function = ConfigSet,
     .arity = -4,
     .flags = kConfigFlags,
     .since = "2.0.0",
     .complexity = "O(N) when N is the number of configuration parameters provided",
     .syntax = "parameter value [parameter value ...]",
     .summary = "Changes options, all of them or none.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .history = "7.0.0 Takes several options."},
    {.name = "config|rewrite",
     .function = ConfigRewrite,
     .arity = 2,
     .flags = kConfigFlags,
     .since = "2.8.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Writes the options in force to the configuration file."},
    {.name = "config|resetstat",
     .function = ConfigResetStat,
     .arity = 2,
     .flags = kConfigFlags,
     .since = "2.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Sets the counters of INFO to zero."},
    {.name = "config|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kAnywhere,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "shutdown",
     .function = Shutdown,
     .arity = -1,
     .flags = kAdmin | kNoScript | kAnywhere | kNoMulti | kAllowBusy,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "[nosave_save(NOSAVE | SAVE)] [NOW@7.0.0] [FORCE@7.0.0] [ABORT@7.0.0]",
     .summary = "Ends the server.",
     .history = "7.0.0 Takes NOW, FORCE and ABORT."},
    {.name = "lolwut",
     .function = Lolwut,
     .arity = -1,
     .flags = kReadOnly | kFast,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "[VERSION version:integer]",
     .summary = "Draws something, and tells the version."},
};

}  // namespace

constexpr CommandFamily kServerFamily{.group = "server", .acl = 0, .commands = kCommands};

}  // namespace ebb
