// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace ebb {

class Session;
struct Subscriptions;
struct Topic;

// What a session can subscribe to. Each kind has names of its own.
enum class TopicKind : uint8_t { kChannel, kPattern, kShardChannel };
inline constexpr size_t kTopicKinds = 3;

// One session's subscription to one topic. It knows its places in the two lists that it is in, so
// that it leaves them in O(1).
struct Subscription {
  Topic* topic;
  Subscriptions* owner;
  size_t place_in_topic;
  std::list<Subscription*>::iterator place_in_session;
};

// A channel or a pattern that somebody is subscribed to, with everybody who is. The PubSub owns it.
struct Topic {
  TopicKind kind;
  std::string name;
  std::vector<Subscription*> subscribers;  // never empty, save while the first one comes
};

// What a session is subscribed to, by kind, the oldest first: UNSUBSCRIBE without names ends them
// in this order. Changed by the PubSub alone.
struct Subscriptions {
  Session* session;  // null once that has been forgotten: they are of no effect, and end soon
  std::array<std::list<Subscription*>, kTopicKinds> lists{};
  size_t bytes = 0;  // that the session is to pay for, each with its topic as if that were its own

  bool empty() const {
    return std::ranges::all_of(lists, [](const auto& list) { return list.empty(); });
  }
  const std::list<Subscription*>& of(TopicKind kind) const {
    return lists[static_cast<size_t>(kind)];
  }
};

}  // namespace ebb
