// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/pubsub.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>

#include "server/engine.h"
#include "server/loan.h"
#include "storage/glob.h"
#include "storage/memory/heap_bytes.h"

namespace ebb {
namespace {

// What a subscription costs its session, beside the name: itself, its node in the session's list
// and its places in the topic's and in the table.
constexpr size_t kSubscriptionBytes = sizeof(Subscription) + 6 * sizeof(void*);

// Whether its session has not been forgotten.
bool IsSomebodys(const Subscription* subscription) {
  return subscription->owner->session != nullptr;
}

// What one to this topic costs its session.
size_t ChargeFor(const Topic& topic) {
  return kSubscriptionBytes + topic.name.size();
}

size_t BytesOf(const Topic& topic) {
  return memory::GoodSize(sizeof(Topic)) + memory::HeapBytes(topic.name) +
         memory::HeapBytes(topic.subscribers);
}

// A list that has become a quarter full gives the rest of its memory back.
void ShrinkIfSparse(std::vector<Subscription*>* list) {
  constexpr size_t kKept = 16;
  if (list->capacity() > kKept && list->size() <= list->capacity() / 4) list->shrink_to_fit();
}

// Takes the subscription at `place` out of its topic's list; the last one takes its place.
void TakeOut(std::vector<Subscription*>* subscribers, size_t place) {
  Subscription* last = subscribers->back();
  (*subscribers)[place] = last;
  last->place_in_topic = place;
  subscribers->pop_back();
  ShrinkIfSparse(subscribers);
}

}  // namespace

// What is published: a long one stands in a string that all who get it share, and is copied into
// one unless it has come in it.
class PubSub::Payload {
 public:
  // Takes over a reference to `string`, which holds the text; null: none does yet.
  Payload(std::string_view text, StringValue* string, Engine& engine)
      : text_(text), engine_(engine), string_(string) {}
  Payload(const Payload&) = delete;
  Payload& operator=(const Payload&) = delete;
  ~Payload() {
    if (string_ != nullptr) engine_.disposer().Release(string_);
  }

  std::string_view text() const { return text_; }

  void AppendTo(OutputBuffer& output) {
    if (text_.size() >= kShareMin && string_ == nullptr) {
      string_ = StringValue::Make(text_.size(), text_.size());
      if (string_ != nullptr) std::memcpy(string_->bytes(), text_.data(), text_.size());
    }
    if (string_ == nullptr) return output.Append(text_);
    output.AppendShared(string_->view(), engine_.loans().Lend(string_));
  }

 private:
  const std::string_view text_;
  Engine& engine_;
  StringValue* string_;
};

// A message in the form in which it is sent: `words`, then the payload.
class PubSub::Message {
 public:
  Message(std::initializer_list<std::string_view> words, Payload& payload) : payload_(payload) {
    const auto out = std::back_inserter(head_);
    fmt::format_to(out, "*{}\r\n", words.size() + 1);
    for (const std::string_view word : words) {
      fmt::format_to(out, "${}\r\n", word.size());
      head_ += word;
      head_ += "\r\n";
    }
    fmt::format_to(out, "${}\r\n", payload.text().size());
    if (payload.text().size() < kShareMin) {
      head_ += payload.text();
      head_ += "\r\n";
      whole_ = true;
    }
  }

  // As the session is to have it: a push, or an array where there are no pushes.
  void AppendTo(OutputBuffer& output, const Session& session) {
    head_[0] = session.reply.protocol() == 2 ? '*' : '>';
    output.Append(head_);
    if (whole_) return;
    payload_.AppendTo(output);
    output.Append("\r\n");
  }

 private:
  Payload& payload_;
  std::string head_;
  bool whole_ = false;  // the payload stands in head_
};

PubSub::PubSub(Engine& engine) : engine_(engine), held_(engine.chunk_pool()) {}

uint64_t PubSub::SubscriptionPolicy::Hash(Key key) {
  return HashAddresses(key.first, key.second);
}

const Topic* PubSub::Find(TopicKind kind, std::string_view name) const {
  const TopicTable::Slot slot = table(kind).Find(name, HashBytes(name));
  return slot ? slot.element() : nullptr;
}

PubSub::SubscriptionTable::Slot PubSub::FindSubscription(const Session& session,
                                                         const Topic& topic) const {
  const SubscriptionPolicy::Key key(session.subscriptions.get(), &topic);
  return subscriptions_.Find(key, SubscriptionPolicy::Hash(key));
}

bool PubSub::Subscribe(Session& session, TopicKind kind, std::string_view name) {
  const auto make = [&] { return new Topic{kind, std::string(name), {}}; };
  Topic* topic = table(kind).FindOrInsert(name, HashBytes(name), make).slot.element();
  if (FindSubscription(session, *topic)) return false;
  if (session.subscriptions == nullptr) {
    // It is a client of another class from now on.
    engine_.clients().Account(session, 0);
    session.subscriptions = std::make_unique<Subscriptions>(Subscriptions{&session});
  }
  Subscriptions& own = *session.subscriptions;
  std::list<Subscription*>& list = own.lists[static_cast<size_t>(kind)];
  auto* made = new Subscription{topic, &own, topic->subscribers.size(), {}};
  // Of a topic that has just been made nothing is booked yet.
  if (!topic->subscribers.empty()) topic_bytes_ -= BytesOf(*topic);
  topic->subscribers.push_back(made);
  topic_bytes_ += BytesOf(*topic);
  made->place_in_session = list.insert(list.end(), made);
  own.bytes += ChargeFor(*topic);
  subscriptions_.Insert(made, SubscriptionPolicy::Hash(*made));
  return true;
}

bool PubSub::Unsubscribe(Session& session, TopicKind kind, std::string_view name) {
  const Topic* topic = Find(kind, name);
  if (topic == nullptr) return false;
  const SubscriptionTable::Slot slot = FindSubscription(session, *topic);
  if (!slot) return false;
  End(*slot.element());
  if (session.subscriptions->empty()) {
    engine_.clients().Account(session, 0);
    session.subscriptions.reset();
  }
  return true;
}

void PubSub::UnsubscribeAll(Session& session) {
  if (session.subscriptions == nullptr) return;
  engine_.clients().Account(session, 0);
  std::unique_ptr<Subscriptions> own = std::move(session.subscriptions);
  own->session = nullptr;
  forgotten_.Leave(std::move(own), [this](Subscriptions& left) { return EndSomeOf(left); });
}

bool PubSub::EndSome() {
  return forgotten_.EndSome([this](Subscriptions& left) { return EndSomeOf(left); });
}

bool PubSub::EndSomeOf(Subscriptions& own) {
  int left = kStep;
  for (const auto& list : own.lists) {
    for (; left > 0 && !list.empty(); --left) End(*list.back());
  }
  return !own.empty();
}

void PubSub::End(const Subscription& subscription) {
  const SubscriptionTable::Slot slot =
      subscriptions_.FindElement(&subscription, SubscriptionPolicy::Hash(subscription));
  const std::unique_ptr<Subscription> ended(subscriptions_.Erase(slot));
  Topic* topic = ended->topic;
  Subscriptions& own = *ended->owner;
  own.bytes -= ChargeFor(*topic);
  own.lists[static_cast<size_t>(topic->kind)].erase(ended->place_in_session);
  topic_bytes_ -= BytesOf(*topic);
  TakeOut(&topic->subscribers, ended->place_in_topic);
  if (!topic->subscribers.empty()) {
    topic_bytes_ += BytesOf(*topic);
    return;
  }
  TopicTable& topics = table(topic->kind);
  topics.Erase(topics.FindElement(topic, HashBytes(topic->name)));
  delete topic;
}

size_t PubSub::Publish(std::string_view channel, std::string_view text, StringValue* string) {
  Payload payload(text, string, engine_);
  if (!HasListeners()) return 0;
  size_t sent = 0;
  if (const Topic* topic = Find(TopicKind::kChannel, channel)) {
    Message message({"message", channel}, payload);
    sent += Deliver(*topic, message);
  }
  table(TopicKind::kPattern).ForEach([&](const Topic* pattern) {
    if (!GlobMatch(pattern->name, channel, false)) return;
    Message message({"pmessage", pattern->name, channel}, payload);
    sent += Deliver(*pattern, message);
  });
  return sent;
}

size_t PubSub::PublishToShard(std::string_view channel, std::string_view text,
                              StringValue* string) {
  Payload payload(text, string, engine_);
  const Topic* topic = Find(TopicKind::kShardChannel, channel);
  if (topic == nullptr) return 0;
  Message message({"smessage", channel}, payload);
  return Deliver(*topic, message);
}

size_t PubSub::Deliver(const Topic& topic, Message& message) {
  size_t sent = 0;
  for (const Subscription* subscription : topic.subscribers) {
    if (!IsSomebodys(subscription)) continue;
    Send(*subscription->owner->session, message);
    ++sent;
  }
  return sent;
}

void PubSub::Send(Session& session, Message& message) {
  // Its output has been dropped, or ends with what is there.
  if (session.ending()) return;
  if (&session == running_) {
    message.AppendTo(held_, session);
    engine_.clients().CloseOverOutputLimit(session, held_.overflow_memory());
    return;
  }
  message.AppendTo(session.output, session);
  if (!engine_.clients().CloseOverOutputLimit(session)) session.transport.ScheduleFlush();
}

void PubSub::ReleaseHeld() {
  if (!running_->closing) running_->output.TakeAll(held_);
  held_.Clear();
}

size_t PubSub::memory_bytes() const {
  // Itself, and its node in the session's list: two pointers and the one to it.
  static const size_t kEach =
      memory::GoodSize(sizeof(Subscription)) + memory::GoodSize(3 * sizeof(void*));
  size_t bytes = topic_bytes_ + subscriptions_.memory() + subscriptions_.size() * kEach;
  for (const TopicTable& topics : topics_) bytes += topics.memory();
  return bytes;
}

size_t PubSub::subscriber_count(TopicKind kind, std::string_view name) const {
  const Topic* topic = Find(kind, name);
  if (topic == nullptr) return 0;
  if (forgotten_.empty()) return topic->subscribers.size();
  return static_cast<size_t>(std::ranges::count_if(topic->subscribers, IsSomebodys));
}

}  // namespace ebb
