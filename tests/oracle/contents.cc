// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/contents.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "tests/oracle/rules.h"
#include "tests/oracle/wire.h"

namespace ebb::oracle {
namespace {

constexpr int kDatabases = 16;
constexpr std::chrono::seconds kLimit{30};

// The same commands to both, at once.
struct Answers {
  std::vector<Value> reference;
  std::vector<Value> ebb;
  bool complete = false;
};

Answers AskBoth(Link& reference, Link& ebb, const std::vector<Argv>& commands) {
  for (const Argv& command : commands) {
    const std::string bytes = EncodeCommand(command);
    reference.Queue(bytes, 1);
    ebb.Queue(bytes, 1);
  }
  Finish(reference, ebb, kLimit);
  Answers answers;
  for (const std::string& bytes : reference.TakeReplies())
    answers.reference.push_back(ParseReply(bytes));
  for (const std::string& bytes : ebb.TakeReplies()) answers.ebb.push_back(ParseReply(bytes));
  answers.complete =
      answers.reference.size() == commands.size() && answers.ebb.size() == commands.size();
  return answers;
}

// How the whole value of a key is read, by its type.
Argv ReadCommand(const std::string& type, const std::string& key) {
  if (type == "list") return {"LRANGE", key, "0", "-1"};
  if (type == "set") return {"SMEMBERS", key};
  if (type == "hash") return {"HGETALL", key};
  if (type == "zset") return {"ZRANGE", key, "0", "-1", "WITHSCORES"};
  if (type == "stream") return {"XRANGE", key, "-", "+"};
  return {"GET", key};
}

void Sort(Value* value) {
  std::ranges::sort(value->elements, {}, [](const Value& element) { return element.text; });
}

// An order that is the server's own affair is none here.
Value Settled(const std::string& type, Value value) {
  if (type == "set") Sort(&value);
  if (type == "hash") {
    std::vector<std::pair<std::string, std::string>> fields;
    for (size_t i = 0; i + 1 < value.elements.size(); i += 2) {
      fields.emplace_back(value.elements[i].text, value.elements[i + 1].text);
    }
    std::ranges::sort(fields);
    value.elements.clear();
    for (const auto& [field, text] : fields) {
      value.elements.push_back({.type = '$', .text = field});
      value.elements.push_back({.type = '$', .text = text});
    }
  }
  return value;
}

bool SameExpiry(const Value& one, const Value& other) {
  constexpr double kTolerance = 20000;
  const double left = std::strtod(one.text.c_str(), nullptr);
  const double right = std::strtod(other.text.c_str(), nullptr);
  if (left < 0 || right < 0) return one == other;
  return one.type == other.type && std::abs(left - right) <= kTolerance;
}

std::optional<ContentDifference> Different(const std::string& what, int database,
                                           const std::string& key, const Value& reference,
                                           const Value& ebb) {
  const std::string where =
      "database " + std::to_string(database) + ", " + QuoteCommand({key}) + ": ";
  return ContentDifference{what, where + Describe(reference), where + Describe(ebb)};
}

std::optional<ContentDifference> Unanswered() {
  return ContentDifference{"no answer", "", "a server does not answer while its content is read"};
}

// Small sets with texts in them are listpacks, as in Redis from 7.2 on. A sorted set that SORT has
// looked at is a skiplist in Redis, and stays one.
bool SameEncoding(const std::string& type, const Value& reference, const Value& ebb) {
  return reference == ebb ||
         (type == "set" && reference.text == "hashtable" && ebb.text == "listpack") ||
         (type == "zset" && reference.text == "skiplist" && ebb.text == "listpack");
}

// What is asked of each key, in this order.
constexpr std::string_view kWhat[] = {"value", "encoding", "expiry"};

// Looks at the answers about one key, which begin at `from`.
std::optional<ContentDifference> CompareKey(int database, const std::string& key,
                                            const std::string& type, const Answers& answers,
                                            size_t from) {
  for (size_t i = 0; i < std::size(kWhat); ++i) {
    const Value reference = Settled(i == 0 ? type : "", answers.reference[from + i]);
    const Value ebb = Settled(i == 0 ? type : "", answers.ebb[from + i]);
    const bool same = kWhat[i] == "expiry"     ? SameExpiry(reference, ebb)
                      : kWhat[i] == "encoding" ? SameEncoding(type, reference, ebb)
                      : type == "zset"         ? SameButMinusZeros(reference, ebb)
                                               : reference == ebb;
    if (!same) return Different(std::string(kWhat[i]), database, key, reference, ebb);
  }
  return std::nullopt;
}

std::optional<ContentDifference> CompareKeys(Link& reference, Link& ebb, int database,
                                             const std::vector<std::string>& keys) {
  std::vector<Argv> questions;
  for (const std::string& key : keys) questions.push_back({"TYPE", key});
  const Answers types = AskBoth(reference, ebb, questions);
  if (!types.complete) return Unanswered();
  questions.clear();
  for (size_t i = 0; i < keys.size(); ++i) {
    if (types.reference[i] != types.ebb[i]) {
      return Different("type", database, keys[i], types.reference[i], types.ebb[i]);
    }
    questions.push_back(ReadCommand(types.reference[i].text, keys[i]));
    questions.push_back({"OBJECT", "ENCODING", keys[i]});
    questions.push_back({"PEXPIRETIME", keys[i]});
  }
  const Answers answers = AskBoth(reference, ebb, questions);
  if (!answers.complete) return Unanswered();
  for (size_t i = 0; i < keys.size(); ++i) {
    auto difference =
        CompareKey(database, keys[i], types.reference[i].text, answers, i * std::size(kWhat));
    if (difference.has_value()) return difference;
  }
  return std::nullopt;
}

// The keys of each database, sorted; what differs in them is told by the last element.
struct KeyLists {
  std::map<int, std::vector<std::string>> keys;
  std::optional<ContentDifference> difference;
};

// By SCAN, which has a server remove what is expired; KEYS only passes it over, and a digest would
// count it.
Value ScanAll(Link& link) {
  Value keys{.type = '*'};
  std::string cursor = "0";
  do {
    Value reply = link.Ask({"SCAN", cursor, "COUNT", "1000000"});
    if (reply.elements.size() != 2) return reply;
    for (Value& key : reply.elements[1].elements) keys.elements.push_back(std::move(key));
    cursor = reply.elements[0].text;
  } while (cursor != "0");
  Sort(&keys);
  const auto same = [](const Value& one, const Value& other) { return one.text == other.text; };
  keys.elements.erase(std::unique(keys.elements.begin(), keys.elements.end(), same),
                      keys.elements.end());
  return keys;
}

// Databases that one of them says to be not empty.
std::set<int> UsedDatabases(const Answers& keyspaces) {
  std::set<int> used;
  for (const Value* info : {&keyspaces.reference[0], &keyspaces.ebb[0]}) {
    for (int database = 0; database < kDatabases; ++database) {
      if (info->text.find("\ndb" + std::to_string(database) + ":") != std::string::npos)
        used.insert(database);
    }
  }
  return used;
}

KeyLists ListKeys(Link& reference, Link& ebb) {
  KeyLists lists;
  const Answers keyspaces = AskBoth(reference, ebb, {{"INFO", "keyspace"}});
  if (!keyspaces.complete) return {{}, Unanswered()};
  for (const int database : UsedDatabases(keyspaces)) {
    AskBoth(reference, ebb, {{"SELECT", std::to_string(database)}});
    const Value left = ScanAll(reference);
    const Value right = ScanAll(ebb);
    if (left != right) {
      lists.difference = Different("keys", database, "*", left, right);
      return lists;
    }
    for (const Value& key : left.elements) lists.keys[database].push_back(key.text);
  }
  return lists;
}

}  // namespace

std::optional<ContentDifference> CompareContents(Link& reference, Link& ebb) {
  const KeyLists lists = ListKeys(reference, ebb);
  if (lists.difference.has_value()) return lists.difference;
  for (const auto& [database, names] : lists.keys) {
    if (!AskBoth(reference, ebb, {{"SELECT", std::to_string(database)}}).complete)
      return Unanswered();
    auto difference = CompareKeys(reference, ebb, database, names);
    if (difference.has_value()) return difference;
  }
  const Answers answers = AskBoth(reference, ebb, {{"DEBUG", "DIGEST"}});
  if (!answers.complete) return Unanswered();
  if (answers.reference == answers.ebb) return std::nullopt;
  return ContentDifference{"digest", Describe(answers.reference[0]), Describe(answers.ebb[0])};
}

}  // namespace ebb::oracle
