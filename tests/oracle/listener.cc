// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/listener.h"

#include <algorithm>
#include <chrono>

#include "tests/oracle/wire.h"

namespace ebb::oracle {
namespace {

constexpr std::chrono::seconds kLimit{20};

// Of RESP2, so that messages count as replies. No channel matches two patterns: which comes first
// is each server's own affair.
const std::vector<Argv> kSubscriptions = {
    {"SUBSCRIBE", "news", "a"},
    {"PSUBSCRIBE", "n[a-m]*", "__key*__:*"},
    {"SSUBSCRIBE", "news"},
};

// The event of a message about a key.
std::string EventOf(const Value& message) {
  if (message.elements.size() != 4) return "";
  const std::string& channel = message.elements[2].text;
  if (channel.starts_with("__keyspace@")) return message.elements[3].text;
  return channel.starts_with("__keyevent@") ? channel.substr(channel.find(':') + 1) : "";
}

std::vector<Value> Counting(const std::vector<std::string>& heard, Expiry expiry) {
  std::vector<Value> messages;
  for (const std::string& bytes : heard) {
    Value message = ParseReply(bytes);
    const bool expired = EventOf(message) == "expired";
    if (expired && expiry == Expiry::kNotHeard) continue;
    if (expired && expiry == Expiry::kAsDeleted) {
      for (Value& element : message.elements) {
        if (element.text.ends_with("expired")) {
          element.text.replace(element.text.size() - 7, 7, "del");
        }
      }
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

// Some messages on one line.
std::string Listed(const std::vector<Value>& messages, size_t from) {
  constexpr size_t kMost = 6;
  std::string text;
  for (size_t i = from; i < std::min(messages.size(), from + kMost); ++i) {
    text += (text.empty() ? "" : ", ") + Describe(messages[i], 200);
  }
  return text.empty() ? "(nothing more)" : text;
}

}  // namespace

Listener::Listener(int port) : link_(port) {
  for (const Argv& argv : kSubscriptions) link_.Queue(EncodeCommand(argv), argv.size() - 1);
}

void Listener::Ask() {
  const std::string word = std::to_string(++asked_);
  const std::string answer =
      "*2\r\n$4\r\npong\r\n$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  link_.QueueUntil(EncodeCommand({"PING", word}), answer);
}

std::vector<std::string> Listener::Take() {
  std::vector<std::string> heard = link_.TakeReplies();
  if (!link_.failed()) heard.pop_back();
  return heard;
}

std::optional<std::pair<std::string, std::string>> CompareHeard(Listener& one, Listener& other,
                                                                Expiry expiry) {
  one.Ask();
  other.Ask();
  Finish(one.link(), other.link(), kLimit);
  const std::vector<Value> left = Counting(one.Take(), expiry);
  const std::vector<Value> right = Counting(other.Take(), expiry);
  if (left == right && one.link().failed() == other.link().failed()) return std::nullopt;
  const auto from = static_cast<size_t>(std::ranges::mismatch(left, right).in1 - left.begin());
  return std::pair(Listed(left, from), Listed(right, from));
}

}  // namespace ebb::oracle
