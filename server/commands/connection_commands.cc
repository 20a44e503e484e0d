// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <string_view>

#include "server/arg_parser.h"
#include "server/commands/client_name.h"
#include "server/commands/families.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "server/version.h"

namespace ebb {
namespace {

constexpr std::string_view kWrongPassword =
    "WRONGPASS invalid username-password pair or user is disabled.";

// Takes as long wherever the two differ.
bool EqualInConstantTime(std::string_view secret, std::string_view given) {
  volatile unsigned char difference = secret.size() == given.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i) {
    const char expected = secret[i % secret.size()];
    difference = static_cast<unsigned char>(difference | (expected ^ given[i]));
  }
  return difference == 0;
}

// There is one user, "default", with the password of `requirepass`; without one any password will
// do.
bool Authenticate(Call& call, std::string_view user, std::string_view password) {
  const std::string& secret = call.engine.options().requirepass;
  if (user == "default" && (secret.empty() || EqualInConstantTime(secret, password))) {
    call.session.authenticated = true;
    return true;
  }
  call.reply.Error(kWrongPassword);
  return false;
}

void Auth(Call& call) {
  for (size_t i = 1; i < call.args.size(); ++i) call.HideArgument(i);
  if (call.args.size() > 3) return call.reply.Error(errors::kSyntax);
  const bool with_user = call.args.size() == 3;
  if (!with_user && call.engine.options().requirepass.empty()) {
    return call.reply.Error(
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?");
  }
  if (Authenticate(call, with_user ? call.args[1] : "default", call.args.back())) call.reply.Ok();
}

// Whether the options of HELLO were fine; they take effect as they are read.
bool RunHelloOptions(Call& call) {
  for (size_t i = 2; i < call.args.size(); ++i) {
    const size_t left = call.args.size() - 1 - i;
    if (EqualsIgnoreCase(call.args[i], "AUTH") && left >= 2) {
      if (!Authenticate(call, call.args[i + 1], call.args[i + 2])) return false;
      i += 2;
    } else if (EqualsIgnoreCase(call.args[i], "SETNAME") && left >= 1) {
      if (!SetClientName(call, call.args[i + 1])) return false;
      i += 1;
    } else {
      call.reply.Error("ERR Syntax error in HELLO option '" + std::string(UntilNul(call.args[i])) +
                       "'");
      return false;
    }
  }
  return true;
}

void ReplyServer(Call& call) {
  ReplyWriter& reply = call.reply;
  reply.Map(7);
  reply.Bulk("server");
  reply.Bulk("redis");  // what clients look for
  reply.Bulk("version");
  reply.Bulk(kRedisVersion);
  reply.Bulk("proto");
  reply.Integer(reply.protocol());
  reply.Bulk("id");
  reply.Integer(static_cast<int64_t>(call.session.id));
  reply.Bulk("mode");
  reply.Bulk("standalone");
  reply.Bulk("role");
  reply.Bulk("master");
  reply.Bulk("modules");
  reply.Array(0);
}

void Hello(Call& call) {
  for (size_t i = 2; i + 2 < call.args.size(); ++i) {
    if (!EqualsIgnoreCase(call.args[i], "AUTH")) continue;
    call.HideArgument(i + 1);
    call.HideArgument(i + 2);
  }
  int64_t protocol = 0;
  if (call.args.size() > 1) {
    ArgParser parser(call, 1);
    protocol = parser.Integer("ERR Protocol version is not an integer or out of range");
    if (parser.Failed()) return;
    if (protocol < 2 || protocol > 3) {
      return call.reply.Error("NOPROTO unsupported protocol version");
    }
  }
  if (!RunHelloOptions(call)) return;
  if (!call.session.authenticated) {
    return call.reply.Error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
        "AUTH <user> <pass> option can be used to authenticate the client and select the "
        "RESP protocol version at the same time");
  }

  if (protocol != 0) call.reply.set_protocol(static_cast<int>(protocol));

  ReplyServer(call);
}

void Ping(Call& call) {
  if (call.args.size() > 2) return ReplyWrongArity(call);
  if (call.session.subscriptions && call.reply.protocol() == 2) {
    // As a message looks, so that it is not taken for anything else.
    call.reply.Array(2);
    call.reply.Bulk("pong");
    return call.reply.Bulk(call.args.size() == 2 ? call.args[1] : "");
  }
  if (call.args.size() == 2) return call.reply.Bulk(call.args[1]);
  call.reply.SimpleString("PONG");
}

void Echo(Call& call) {
  call.reply.Bulk(call.args[1]);
}

void Select(Call& call) {
  ArgParser parser(call, 1);
  const int index = TakeDatabase(parser, call);
  if (parser.Failed()) return;

  call.session.db = index;
  call.reply.Ok();
}

void Quit(Call& call) {
  call.reply.Ok();
  call.session.close_after_reply = true;
}

// Back to a connection as it was when it came, but for its id and what its library said of itself.
void Reset(Call& call) {
  Session& session = call.session;
  call.engine.monitors().Remove(session);
  call.engine.TakeTransaction(session);
  call.engine.pubsub().UnsubscribeAll(session);
  session.db = 0;
  session.name.clear();
  session.authenticated = call.engine.options().requirepass.empty();
  session.no_touch = false;
  // A reply that is to be left out is this one.
  if (session.reply_mode() != Session::ReplyMode::kSkipping) {
    session.SetReplyMode(Session::ReplyMode::kOn);
  }
  call.reply.set_protocol(2);

  call.reply.SimpleString("RESET");
}

constexpr uint32_t kAlways = kNoScript | kLoading | kStale | kFast | kNoAuth | kAllowBusy;

constexpr CommandSpec kCommands[] = {
    {.name = "auth",
     .function = Auth,
     .arity = -2,
     .flags = kAlways,
     .since = "1.0.0",
     .complexity = "O(N) where N is the length of the password",
     .syntax = "[username@6.0.0] password",
     .summary = "Says who the client is, with a password.",
     .history = "6.0.0 Takes a user's name."},
    {.name = "hello",
     .function = Hello,
     .arity = -1,
     .flags = kAlways,
     .since = "6.0.0",
     .complexity = "O(1)",
     .syntax =
         "[arguments{protover [AUTH username_password{username password}] [SETNAME clientname]}]",
     .summary = "Chooses the protocol's version and answers what the server is.",
     .history = "6.2.0 Without a version it tells how things stand."},
    {.name = "ping",
     .function = Ping,
     .arity = -1,
     .flags = kFast | kForSubscribers,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "[message]",
     .summary = "Answers PONG, or the message: the server is there.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "echo",
     .function = Echo,
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "message",
     .summary = "Answers the message."},
    {.name = "select",
     .function = Select,
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "index",
     .summary = "Chooses the database that the connection's commands are about."},
    {.name = "quit",
     .function = Quit,
     .arity = -1,
     .flags = kAlways | kNotQueued | kForSubscribers,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Ends the connection once its replies are sent."},
    {.name = "reset",
     .function = Reset,
     .arity = 1,
     .flags = kAlways | kNotQueued | kForSubscribers,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Makes the connection as it was when it was new."},
};

}  // namespace

constexpr CommandFamily kConnectionFamily{
    .group = "connection", .acl = kAclConnection, .commands = kCommands};

}  // namespace ebb
