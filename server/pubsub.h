// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "protocol/output_buffer.h"
#include "server/leavings.h"
#include "server/subscriptions.h"
#include "storage/dict.h"
#include "storage/hash.h"

namespace ebb {

class Engine;
class Session;
struct StringValue;

// Who is subscribed to which channels and patterns, and the way of a message to them.
//
//   pubsub.Subscribe(session, TopicKind::kChannel, "news");
//   pubsub.Publish("news", "rain");   // the session's output now has the message
//
// A message is put into its form once and goes into the output of each subscriber, a long one by
// reference. It is a push: CLIENT REPLY OFF does not keep it back. Who has more output waiting than
// client-output-buffer-limit allows is closed; the transport does it once the command at hand is
// over, so nothing that holds a session has to fear for it.
//
// A message to the very session whose command is running waits for that command's reply, so that
// it does not end up in the middle of it. Meanwhile it counts as the session's output.
//
// Who goes away with very many subscriptions is sent nothing more, and these end in steps.
// Meanwhile they count nowhere: who asks how many topics there are has the rest ended first.
//
// Ownership: owns topics and subscriptions; sessions have been detached from the engine before it
// goes. Thread: engine thread.
class PubSub {
 public:
  explicit PubSub(Engine& engine);
  PubSub(const PubSub&) = delete;
  PubSub& operator=(const PubSub&) = delete;
  ~PubSub() { EndAll(); }

  // Begins or ends a subscription; false when the session has it already, or does not have it.
  // O(1).
  bool Subscribe(Session& session, TopicKind kind, std::string_view name);
  bool Unsubscribe(Session& session, TopicKind kind, std::string_view name);
  // Ends all of the session's, without a word; more than a step's worth are left to EndSome. A step
  // is up to kStep subscriptions, some tens of microseconds.
  void UnsubscribeAll(Session& session);
  static constexpr int kStep = 64;

  // One step of what UnsubscribeAll has left; answers whether there is more.
  bool EndSome();

  // Sends `message` to who is subscribed to `channel`, and to each pattern that matches it; answers
  // how many messages that were. `string`, where the caller has one that holds the message, spares
  // a long one its copy; a reference to it is taken over. O(subscribers + patterns + the copy).
  size_t Publish(std::string_view channel, std::string_view message, StringValue* string = nullptr);
  // The same for a shard channel, which no pattern matches. O(subscribers + the copy).
  size_t PublishToShard(std::string_view channel, std::string_view message,
                        StringValue* string = nullptr);

  // Whether Publish would reach anybody on any channel. O(1).
  bool HasListeners() const {
    return !table(TopicKind::kChannel).empty() || !table(TopicKind::kPattern).empty();
  }

  // How many channels or patterns somebody is subscribed to; how many are subscribed to this one.
  // O(1), but while EndSome has something to do.
  size_t topic_count(TopicKind kind) {
    EndAll();
    return table(kind).size();
  }
  size_t subscriber_count(TopicKind kind, std::string_view name) const;

  // Memory of it all: topics, subscriptions and the tables of both, also of what EndSome has still
  // to end. Not the sum of Subscriptions::bytes, where each session pays for its topics as if it
  // were alone with them. O(1).
  size_t memory_bytes() const;

  // Calls `visit(const std::string& name)` for each channel or pattern. O(n).
  template <typename Visit>
  void ForEachTopic(TopicKind kind, Visit&& visit) {
    EndAll();
    table(kind).ForEach([&](const Topic* topic) { visit(topic->name); });
  }

  // A command of `session` begins; it is over, and what was published to the session meanwhile goes
  // behind its reply.
  void BeginCommand(Session& session) { running_ = &session; }
  void EndCommand() {
    if (held_.size() > 0) [[unlikely]] {
      ReleaseHeld();
    }
    running_ = nullptr;
  }

 private:
  class Message;
  class Payload;

  struct TopicPolicy {
    using Element = Topic;
    using Key = std::string_view;
    static uint64_t Hash(const Topic& topic) { return HashBytes(topic.name); }
    static bool Equal(const Topic& topic, std::string_view name) { return topic.name == name; }
    static uint32_t Hint(const Topic&) { return 0; }
  };
  struct SubscriptionPolicy {
    using Element = Subscription;
    using Key = std::pair<const Subscriptions*, const Topic*>;
    static uint64_t Hash(Key key);
    static uint64_t Hash(const Subscription& it) { return Hash(Key(it.owner, it.topic)); }
    static bool Equal(const Subscription& it, Key key) {
      return it.owner == key.first && it.topic == key.second;
    }
    static uint32_t Hint(const Subscription&) { return 0; }
  };
  using TopicTable = Dict<TopicPolicy>;
  using SubscriptionTable = Dict<SubscriptionPolicy>;

  TopicTable& table(TopicKind kind) { return topics_[static_cast<size_t>(kind)]; }
  const TopicTable& table(TopicKind kind) const { return topics_[static_cast<size_t>(kind)]; }
  const Topic* Find(TopicKind kind, std::string_view name) const;
  SubscriptionTable::Slot FindSubscription(const Session& session, const Topic& topic) const;
  void End(const Subscription& subscription);
  bool EndSomeOf(Subscriptions& own);
  void EndAll() {
    while (EndSome()) {
    }
  }
  size_t Deliver(const Topic& topic, Message& message);
  void Send(Session& session, Message& message);
  void ReleaseHeld();

  Engine& engine_;
  std::array<TopicTable, kTopicKinds> topics_;
  SubscriptionTable subscriptions_;
  size_t topic_bytes_ = 0;  // of all topics, without the tables
  Leavings<Subscriptions> forgotten_;
  Session* running_ = nullptr;
  OutputBuffer held_;  // messages to it
};

}  // namespace ebb
