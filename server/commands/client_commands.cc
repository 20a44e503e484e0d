// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <climits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/arg_parser.h"
#include "server/client_info.h"
#include "server/commands/client_name.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/engine.h"
#include "server/text.h"

namespace ebb {

bool IsClientWord(std::string_view text) {
  for (const char c : text) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

bool SetClientName(Call& call, std::string_view name) {
  if (!IsClientWord(name)) {
    call.reply.Error("ERR Client names cannot contain spaces, newlines or special characters.");
    return false;
  }
  call.session.name.assign(name);
  return true;
}

namespace {

// TYPE's argument: a class of clients, or nobody. There are no masters here, but the word is known.
struct ClientType {
  bool master = false;
  ClientClass who = kNormalClient;

  bool Matches(const Session& session) const { return !master && session.client_class() == who; }
};

ClientType TakeType(ArgParser& parser) {
  if (parser.Take("NORMAL")) return {};
  if (parser.Take("SLAVE") || parser.Take("REPLICA")) return {.who = kReplicaClient};
  if (parser.Take("PUBSUB")) return {.who = kPubSubClient};
  if (parser.Take("MASTER")) return {.master = true};
  const std::string_view word = parser.Text();
  parser.Fail(fmt::format("ERR Unknown client type '{}'", UntilNul(word)));
  return {};
}

void ClientId(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.session.id));
}

std::string LineOf(Call& call, const Session& session) {
  size_t argument_bytes = 0;
  if (&session == &call.session) {
    for (const std::string_view argument : call.args) argument_bytes += argument.size();
  }
  return DescribeClient(session, call.engine.steady_ms(), argument_bytes) + "\n";
}

void ClientInfo(Call& call) {
  call.reply.Verbatim("txt", LineOf(call, call.session));
}

void ClientList(Call& call) {
  std::optional<ClientType> type;
  std::optional<std::vector<int64_t>> ids;
  ArgParser parser(call, 2);
  if (call.args.size() == 4 && parser.Take("TYPE")) {
    type = TakeType(parser);
  } else if (call.args.size() > 3 && parser.Take("ID")) {
    ids.emplace();
    while (parser.More()) ids->push_back(parser.Integer("ERR Invalid client ID"));
  } else if (call.args.size() > 2) {
    parser.SyntaxError();
  }
  if (parser.Failed()) return;

  std::string list;
  const Clients& clients = call.engine.clients();
  if (ids) {
    for (const int64_t id : *ids) {
      const Session* session = clients.Find(static_cast<uint64_t>(id));
      if (session != nullptr) list += LineOf(call, *session);
    }
  } else {
    for (const auto& [id, session] : clients.all()) {
      if (!type || type->Matches(*session)) list += LineOf(call, *session);
    }
  }

  call.reply.Verbatim("txt", list);
}

void ClientSetName(Call& call) {
  if (SetClientName(call, call.args[2])) call.reply.Ok();
}

void ClientGetName(Call& call) {
  if (call.session.name.empty()) return call.reply.Null();
  call.reply.Bulk(call.session.name);
}

void ClientSetInfo(Call& call) {
  std::string* attribute = nullptr;
  if (EqualsIgnoreCase(call.args[2], "LIB-NAME")) attribute = &call.session.library_name;
  if (EqualsIgnoreCase(call.args[2], "LIB-VER")) attribute = &call.session.library_version;
  if (attribute == nullptr) {
    return call.reply.Error(fmt::format("ERR Unrecognized option '{}'", UntilNul(call.args[2])));
  }
  if (!IsClientWord(call.args[3])) {
    return call.reply.Error(
        fmt::format("ERR {} cannot contain spaces, newlines or special characters.", call.args[2]));
  }

  attribute->assign(call.args[3]);

  call.reply.Ok();
}

// Which clients CLIENT KILL means: those for which all that was given holds.
struct KillFilter {
  std::optional<int64_t> id;
  std::optional<ClientType> type;
  std::optional<std::string_view> address;
  std::optional<std::string_view> local_address;
  bool skip_me = true;

  bool Matches(const Session& session) const {
    return (!id || static_cast<int64_t>(session.id) == *id) && (!type || type->Matches(session)) &&
           (!address || session.transport.PeerAddress() == *address) &&
           (!local_address || session.transport.LocalAddress() == *local_address);
  }
};

bool TakeYesOrNo(ArgParser& parser) {
  if (parser.Take("YES")) return true;
  if (!parser.Take("NO")) parser.SyntaxError();
  return false;
}

// The only user is "default", which every client is.
void TakeUser(ArgParser& parser) {
  const std::string_view user = parser.Text();
  if (user != "default") parser.Fail(fmt::format("ERR No such user '{}'", UntilNul(user)));
}

KillFilter ParseKillFilter(ArgParser& parser) {
  KillFilter filter;
  while (parser.More()) {
    if (parser.Take("ID", 1)) {
      filter.id = parser.Integer(1, LONG_MAX, "ERR client-id should be greater than 0");
    } else if (parser.Take("TYPE", 1)) {
      filter.type = TakeType(parser);
    } else if (parser.Take("ADDR", 1)) {
      filter.address = parser.Text();
    } else if (parser.Take("LADDR", 1)) {
      filter.local_address = parser.Text();
    } else if (parser.Take("USER", 1)) {
      TakeUser(parser);
    } else if (parser.Take("SKIPME", 1)) {
      filter.skip_me = TakeYesOrNo(parser);
    } else {
      parser.SyntaxError();
    }
  }
  return filter;
}

void ClientKill(Call& call) {
  const bool old_form = call.args.size() == 3;
  KillFilter filter;
  if (old_form) {
    filter.address = call.args[2];
    filter.skip_me = false;
  } else {
    ArgParser parser(call, 2);
    filter = ParseKillFilter(parser);
    if (parser.Failed()) return;
  }

  std::vector<Session*> victims;
  for (const auto& [id, session] : call.engine.clients().all()) {
    if (session == &call.session && filter.skip_me) continue;
    if (filter.Matches(*session)) victims.push_back(session);
  }
  for (Session* victim : victims) {
    if (victim == &call.session) {
      victim->close_after_reply = true;  // it still gets this reply
    } else {
      call.engine.clients().Kill(*victim);
    }
  }

  if (!old_form) return call.reply.Integer(static_cast<int64_t>(victims.size()));
  if (victims.empty()) return call.reply.Error("ERR No such client");
  call.reply.Ok();
}

void ClientPauseCommand(Call& call) {
  if (call.args.size() > 4) return ReplyWrongSubcommand(call);
  ClientPause::Mode mode = ClientPause::Mode::kAll;
  ArgParser parser(call, 3);
  if (parser.Take("WRITE")) {
    mode = ClientPause::Mode::kWrites;
  } else if (parser.More() && !parser.Take("ALL")) {
    parser.Fail("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  if (parser.Failed()) return;
  ArgParser time(call, 2);
  const int64_t timeout_ms = time.Integer("ERR timeout is not an integer or out of range");
  const int64_t now_ms = call.engine.steady_ms();
  if (timeout_ms < 0) time.Fail("ERR timeout is negative");
  if (timeout_ms > INT64_MAX - now_ms) time.Fail("ERR timeout is out of range");
  if (time.Failed()) return;

  call.engine.BeginPause(mode, now_ms + timeout_ms);
  call.reply.Ok();
}

void ClientUnpause(Call& call) {
  call.engine.EndPause();
  call.reply.Ok();
}

void ClientReply(Call& call) {
  Session& session = call.session;
  ArgParser parser(call, 2);
  if (parser.Take("ON")) {
    session.SetReplyMode(Session::ReplyMode::kOn);
    return call.reply.Ok();
  }
  if (parser.Take("OFF")) return session.SetReplyMode(Session::ReplyMode::kOff);
  if (parser.Take("SKIP")) {
    if (session.reply_mode() == Session::ReplyMode::kOff) return;
    return session.SetReplyMode(Session::ReplyMode::kSkipNext);
  }
  call.reply.Error(errors::kSyntax);
}

// Reads ON or OFF into a setting of the session.
template <bool Session::*setting>
void SwitchSetting(Call& call) {
  ArgParser parser(call, 2);
  const bool on = parser.Take("ON");
  if (!on && !parser.Take("OFF")) parser.SyntaxError();
  if (parser.Failed()) return;
  call.session.*setting = on;
  call.reply.Ok();
}

// A client that waits for the end of a pause is not blocked.
void ClientUnblock(Call& call) {
  if (call.args.size() > 4) return ReplyWrongSubcommand(call);
  ArgParser reason(call, 3);
  bool with_error = false;
  if (reason.More() && !reason.Take("TIMEOUT") && !(with_error = reason.Take("ERROR"))) {
    reason.Fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  if (reason.Failed()) return;
  ArgParser parser(call, 2);
  const int64_t id = parser.Integer();
  if (parser.Failed()) return;

  Session* waiting = call.engine.clients().Find(static_cast<uint64_t>(id));
  const bool unblocked = waiting != nullptr && call.engine.Unblock(*waiting, with_error);
  call.reply.Integer(unblocked ? 1 : 0);
}

// Replies cannot be redirected: there is no tracking.
void ClientGetRedir(Call& call) {
  call.reply.Integer(-1);
}

constexpr uint32_t kPlain = kNoScript | kLoading | kStale;
constexpr uint32_t kAdminOnly = kAdmin | kPlain;
constexpr std::string_view kVaries = "nondeterministic_output";

constexpr CommandSpec kCommands[] = {
    {.name = "client",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = "2.4.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Commands about connections."},
    {.name = "client|getname",
     .function = ClientGetName,
     .arity = 2,
     .flags = kPlain,
     .since = "2.6.9",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the connection's name."},
    {.name = "client|getredir",
     .function = ClientGetRedir,
     .arity = 2,
     .flags = kPlain,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary =
         "Answers -1: there is no tracking yet, and so no client that gets this one's messages."},
    {.name = "client|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kLoading | kStale,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "client|id",
     .function = ClientId,
     .arity = 2,
     .flags = kPlain,
     .since = "5.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the connection's number, which no other ever has."},
    {.name = "client|info",
     .function = ClientInfo,
     .arity = 2,
     .flags = kPlain,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the connection's line of CLIENT LIST.",
     .tips = kVaries},
    {.name = "client|kill",
     .function = ClientKill,
     .arity = -3,
     .flags = kAdminOnly,
     .since = "2.4.0",
     .complexity = "O(N) where N is the number of client connections",
     .syntax = "filter(ip:port@-2.8.12 | new-format([ID@2.8.12 client-id] | "
               "[TYPE@2.8.12 normal_master_slave_pubsub(NORMAL | MASTER@3.2.0 | SLAVE | "
               "REPLICA@5.0.0 | PUBSUB)] | "
               "[USER username] | "
               "[ADDR ip:port] | [LADDR@6.2.0 ip:port] | [SKIPME yes/no]) "
               "[new-format ...])",
     .summary = "Closes the connections that all filters fit.",
     .history = "2.8.12 Takes filters.\n"
                "2.8.12 Takes ID.\n"
                "3.2.0 TYPE knows master.\n"
                "5.0.0 TYPE says replica for slave, and understands both.\n"
                "6.2.0 Takes LADDR."},
    {.name = "client|list",
     .function = ClientList,
     .arity = -2,
     .flags = kAdminOnly,
     .since = "2.4.0",
     .complexity = "O(N) where N is the number of client connections",
     .syntax = "[TYPE@5.0.0 normal_master_replica_pubsub(NORMAL | MASTER | REPLICA | PUBSUB)] "
               "[ID@6.2.0 id{client-id [client-id ...]}]",
     .summary = "Answers a line for each connection.",
     .tips = kVaries,
     .history = "2.8.12 Lines say the id.\n"
                "5.0.0 Takes TYPE.\n"
                "6.0.0 Lines say the user.\n"
                "6.2.0 Takes ID. Lines say argv-mem, tot-mem, laddr and redir.\n"
                "7.0.0 Lines say resp, multi-mem, rbs and rbp.\n"
                "7.0.3 Lines say ssub."},
    {.name = "client|no-evict",
     .function = SwitchSetting<&Session::no_evict>,
     .arity = 3,
     .flags = kAdminOnly,
     .since = "7.0.0",
     .complexity = "O(1)",
     .syntax = "enabled(ON | OFF)",
     .summary = "Exempts the connection from being closed for want of memory."},
    {.name = "client|no-touch",
     .function = SwitchSetting<&Session::no_touch>,
     .arity = 3,
     .flags = kPlain,
     .since = "7.2.0",
     .complexity = "O(1)",
     .syntax = "enabled(ON | OFF)",
     .summary = "Has the connection's reads leave the keys' time of last use alone."},
    {.name = "client|pause",
     .function = ClientPauseCommand,
     .arity = -3,
     .flags = kAdminOnly,
     .since = "2.9.50",
     .complexity = "O(1)",
     .syntax = "timeout [mode@6.2.0(WRITE | ALL)]",
     .summary = "Has all commands, or the writing ones, wait for some milliseconds.",
     .history = "6.2.0 Takes WRITE and ALL."},
    {.name = "client|reply",
     .function = ClientReply,
     .arity = 3,
     .flags = kPlain,
     .since = "3.2.0",
     .complexity = "O(1)",
     .syntax = "on_off_skip(ON | OFF | SKIP)",
     .summary = "Switches the connection's replies on or off, or leaves the next one out."},
    {.name = "client|setinfo",
     .function = ClientSetInfo,
     .arity = 4,
     .flags = kPlain,
     .since = "7.2.0",
     .complexity = "O(1)",
     .syntax = "attr(LIB-NAME libname | LIB-VER libver)",
     .summary = "Says which library the client uses."},
    {.name = "client|setname",
     .function = ClientSetName,
     .arity = 3,
     .flags = kPlain,
     .since = "2.6.9",
     .complexity = "O(1)",
     .syntax = "connection-name",
     .summary = "Names the connection."},
    {.name = "client|unblock",
     .function = ClientUnblock,
     .arity = -3,
     .flags = kAdminOnly,
     .since = "5.0.0",
     .complexity = "O(log N) where N is the number of client connections",
     .syntax = "client-id [timeout_error(TIMEOUT | ERROR)]",
     .summary = "Ends another connection's waiting in a blocking command."},
    {.name = "client|unpause",
     .function = ClientUnpause,
     .arity = 2,
     .flags = kAdminOnly,
     .since = "6.2.0",
     .complexity = "O(N) where N is the number of paused clients",
     .syntax = "",
     .summary = "Ends a pause."},
};

}  // namespace

constexpr CommandFamily kClientFamily{
    .group = "connection", .acl = kAclConnection, .commands = kCommands};

}  // namespace ebb
