// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/commands/lookup.h"
#include "server/engine.h"
#include "storage/glob.h"

namespace ebb {
namespace {

// A family of three commands: which topics they are about, and what confirmations call it.
struct Form {
  TopicKind kind;
  std::string_view subscribe;
  std::string_view unsubscribe;
};

constexpr Form kChannels{TopicKind::kChannel, "subscribe", "unsubscribe"};
constexpr Form kPatterns{TopicKind::kPattern, "psubscribe", "punsubscribe"};
constexpr Form kShardChannels{TopicKind::kShardChannel, "ssubscribe", "sunsubscribe"};

// What a confirmation counts: the subscriptions to shard channels, or all the others.
int64_t CountFor(const Session& session, TopicKind kind) {
  if (session.subscriptions == nullptr) return 0;
  const Subscriptions& own = *session.subscriptions;
  if (kind == TopicKind::kShardChannel) return static_cast<int64_t>(own.of(kind).size());
  return static_cast<int64_t>(own.of(TopicKind::kChannel).size() +
                              own.of(TopicKind::kPattern).size());
}

// Confirmations are pushes, one for each topic: who wants no replies gets them all the same, unless
// they are more than its output limit allows.
void Confirm(Call& call, std::string_view what, TopicKind kind,
             std::optional<std::string_view> topic) {
  if (call.session.closing) return;
  const bool muted = call.reply.muted();
  call.reply.set_muted(false);
  call.reply.Push(3);
  call.reply.Bulk(what);
  topic ? call.reply.Bulk(*topic) : call.reply.Null();
  call.reply.Integer(CountFor(call.session, kind));
  call.reply.set_muted(muted || call.session.closing);
}

void SubscribeTo(Call& call, const Form& form) {
  for (const std::string_view topic : call.args.subspan(1)) {
    call.engine.pubsub().Subscribe(call.session, form.kind, topic);
    Confirm(call, form.subscribe, form.kind, topic);
  }
}

void UnsubscribeFrom(Call& call, const Form& form, std::string_view topic) {
  call.engine.pubsub().Unsubscribe(call.session, form.kind, topic);
  Confirm(call, form.unsubscribe, form.kind, topic);
}

void UnsubscribeFrom(Call& call, const Form& form) {
  for (const std::string_view topic : call.args.subspan(1)) UnsubscribeFrom(call, form, topic);
  if (call.args.size() > 1) return;
  const auto& subscriptions = call.session.subscriptions;
  if (subscriptions == nullptr || subscriptions->of(form.kind).empty()) {
    return Confirm(call, form.unsubscribe, form.kind, std::nullopt);
  }
  // With the last one, the list goes.
  for (size_t left = subscriptions->of(form.kind).size(); left > 0; --left) {
    const std::string topic = subscriptions->of(form.kind).front()->topic->name;
    UnsubscribeFrom(call, form, topic);
  }
}

void Subscribe(Call& call) {
  SubscribeTo(call, kChannels);
}
void Unsubscribe(Call& call) {
  UnsubscribeFrom(call, kChannels);
}
void PSubscribe(Call& call) {
  SubscribeTo(call, kPatterns);
}
void PUnsubscribe(Call& call) {
  UnsubscribeFrom(call, kPatterns);
}
void SSubscribe(Call& call) {
  if (!call.may_block) {
    return call.reply.Error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
  }
  SubscribeTo(call, kShardChannels);
}
void SUnsubscribe(Call& call) {
  UnsubscribeFrom(call, kShardChannels);
}

void Publish(Call& call) {
  const size_t sent =
      call.engine.pubsub().Publish(call.args[1], call.args[2], TakeArgument(call, 2));
  call.reply.Integer(static_cast<int64_t>(sent));
}

void SPublish(Call& call) {
  const size_t sent =
      call.engine.pubsub().PublishToShard(call.args[1], call.args[2], TakeArgument(call, 2));
  call.reply.Integer(static_cast<int64_t>(sent));
}

void ReplyChannels(Call& call, TopicKind kind) {
  if (call.args.size() > 3) return ReplyWrongSubcommand(call);
  std::vector<std::string_view> channels;
  call.engine.pubsub().ForEachTopic(kind, [&](const std::string& name) {
    if (call.args.size() < 3 || GlobMatch(call.args[2], name)) channels.push_back(name);
  });

  call.reply.Array(channels.size());
  for (const std::string_view channel : channels) call.reply.Bulk(channel);
}

void ReplyCounts(Call& call, TopicKind kind) {
  const Args channels = call.args.subspan(2);
  call.reply.Array(2 * channels.size());
  for (const std::string_view channel : channels) {
    call.reply.Bulk(channel);
    call.reply.Integer(static_cast<int64_t>(call.engine.pubsub().subscriber_count(kind, channel)));
  }
}

void PubSubChannels(Call& call) {
  ReplyChannels(call, TopicKind::kChannel);
}
void PubSubShardChannels(Call& call) {
  ReplyChannels(call, TopicKind::kShardChannel);
}
void PubSubNumSub(Call& call) {
  ReplyCounts(call, TopicKind::kChannel);
}
void PubSubShardNumSub(Call& call) {
  ReplyCounts(call, TopicKind::kShardChannel);
}

void PubSubNumPat(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.engine.pubsub().topic_count(TopicKind::kPattern)));
}

constexpr uint32_t kPlain = kPubSub | kLoading | kStale;
constexpr uint32_t kSubscribing = kPlain | kNoScript | kForSubscribers;
constexpr std::string_view kEachNamed = "O(N) where N is the number of channels that are named";
constexpr std::string_view kEachActive = "O(N) where N is the number of channels";

constexpr KeySpec kShardRange = KeyRange(1, -1, 1, kKeyNotKey);

constexpr CommandSpec kCommands[] = {
    {.name = "subscribe",
     .function = Subscribe,
     .arity = -2,
     .flags = kSubscribing,
     .since = "2.0.0",
     .complexity = kEachNamed,
     .syntax = "channel [channel ...]",
     .summary = "Has the connection get what is published to the channels."},
    {.name = "unsubscribe",
     .function = Unsubscribe,
     .arity = -1,
     .flags = kSubscribing,
     .since = "2.0.0",
     .complexity = kEachNamed,
     .syntax = "[channel [channel ...]]",
     .summary = "Ends the subscriptions to the channels, or to all."},
    {.name = "psubscribe",
     .function = PSubscribe,
     .arity = -2,
     .flags = kSubscribing,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of patterns that are named",
     .syntax = "pattern{pattern} [pattern ...]",
     .summary = "Has the connection get what is published to channels that match the patterns."},
    {.name = "punsubscribe",
     .function = PUnsubscribe,
     .arity = -1,
     .flags = kSubscribing,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of patterns that are named",
     .syntax = "[pattern [pattern ...]]",
     .summary = "Ends the subscriptions to the patterns, or to all."},
    {.name = "ssubscribe",
     .function = SSubscribe,
     .arity = -2,
     .flags = kSubscribing,
     .keys = {kShardRange},
     .since = "7.0.0",
     .complexity = kEachNamed,
     .syntax = "shardchannel [shardchannel ...]",
     .summary = "Has the connection get what is published to the shard channels."},
    {.name = "sunsubscribe",
     .function = SUnsubscribe,
     .arity = -1,
     .flags = kSubscribing,
     .keys = {kShardRange},
     .since = "7.0.0",
     .complexity = kEachNamed,
     .syntax = "[shardchannel [shardchannel ...]]",
     .summary = "Ends the subscriptions to the shard channels, or to all."},
    {.name = "publish",
     .function = Publish,
     .arity = 3,
     .flags = kPlain | kFast | kMayReplicate,
     .since = "2.0.0",
     .complexity = "O(N+M) where N is the number of subscribers and M that of all patterns",
     .syntax = "channel message",
     .summary = "Sends a message to the channel's subscribers."},
    {.name = "spublish",
     .function = SPublish,
     .arity = 3,
     .flags = kPlain | kFast | kMayReplicate,
     .keys = {KeyAt(1, kKeyNotKey)},
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of subscribers",
     .syntax = "shardchannel message",
     .summary = "Sends a message to the shard channel's subscribers."},
    {.name = "pubsub",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = "2.8.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Commands about channels and who is subscribed to them."},
    {.name = "pubsub|channels",
     .function = PubSubChannels,
     .arity = -2,
     .flags = kPlain,
     .since = "2.8.0",
     .complexity = kEachActive,
     .syntax = "[pattern]",
     .summary = "Answers the channels that somebody is subscribed to."},
    {.name = "pubsub|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kLoading | kStale,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "pubsub|numpat",
     .function = PubSubNumPat,
     .arity = 2,
     .flags = kPlain,
     .since = "2.8.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers how many patterns somebody is subscribed to."},
    {.name = "pubsub|numsub",
     .function = PubSubNumSub,
     .arity = -2,
     .flags = kPlain,
     .since = "2.8.0",
     .complexity = kEachNamed,
     .syntax = "[channel [channel ...]]",
     .summary = "Answers how many are subscribed to each channel."},
    {.name = "pubsub|shardchannels",
     .function = PubSubShardChannels,
     .arity = -2,
     .flags = kPlain,
     .since = "7.0.0",
     .complexity = kEachActive,
     .syntax = "[pattern]",
     .summary = "Answers the shard channels that somebody is subscribed to."},
    {.name = "pubsub|shardnumsub",
     .function = PubSubShardNumSub,
     .arity = -2,
     .flags = kPlain,
     .since = "7.0.0",
     .complexity = kEachNamed,
     .syntax = "[shardchannel [shardchannel ...]]",
     .summary = "Answers how many are subscribed to each shard channel."},
};

}  // namespace

constexpr CommandFamily kPubSubFamily{.group = "pubsub", .acl = 0, .commands = kCommands};

}  // namespace ebb
