// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/rules.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <regex>
#include <vector>

namespace ebb::oracle {
namespace {

// The first that matches counts; after these, the reference server's own tips decide.
constexpr Rule kRules[] = {
    {"ttl", Comparison::kNear, "relative to the clock"},
    {"pttl", Comparison::kNear, "relative to the clock"},
    {"expiretime", Comparison::kNear, "relative expiries were set at slightly different times"},
    {"pexpiretime", Comparison::kNear, "relative expiries were set at slightly different times"},
    {"scan", Comparison::kScan, "order and cursors belong to the table's layout"},
    {"sscan", Comparison::kScan, "order and cursors belong to the table's layout"},
    {"hscan", Comparison::kScan, "order and cursors belong to the table's layout"},
    {"sort", Comparison::kCollated, "texts that are equal up to a NUL come in any order"},
    {"sort_ro", Comparison::kCollated, "texts that are equal up to a NUL come in any order"},
    {"zscan", Comparison::kScan, "order and cursors belong to the table's layout"},
    {"object|encoding", Comparison::kExact, "tipped as nondeterministic, but here it is promised"},
    {"object|refcount", Comparison::kKind,
     "what is shared, and with whom, is each server's own affair"},
    {"object|idletime", Comparison::kNear, "relative to the clock"},
    {"dump", Comparison::kExact, "tipped as nondeterministic, but of strings it is not"},
    {"acl|cat", Comparison::kUnordered, "the order is that of a table"},
    {"pubsub|*channels", Comparison::kUnordered, "the order is that of a table"},
    {"copy", Comparison::kExact, "its reply is a number"},
    {"config|get", Comparison::kUnordered, "the order is that of a table"},
    {"*|help", Comparison::kKind, "the texts are our own"},
    {"info", Comparison::kKind, "values of one process"},
    {"time", Comparison::kShape, "the clock"},
    {"randomkey", Comparison::kDrawn, "random"},
    {"spop", Comparison::kDrawn, "random"},
    {"*randmember", Comparison::kDrawn, "random"},
    {"hrandfield", Comparison::kDrawn, "random"},
    {"lolwut", Comparison::kKind, "a picture of one's own"},
    {"slowlog|get", Comparison::kKind, "which commands were slow is chance"},
    {"slowlog|len", Comparison::kKind, "which commands were slow is chance"},
    {"latency|*", Comparison::kKind, "which events were slow is chance"},
    {"memory|*", Comparison::kKind, "sizes are each server's own affair"},
    {"client|id", Comparison::kKind, "numbers of one process"},
    {"client|list", Comparison::kKind, "addresses and numbers of one process"},
    {"client|info", Comparison::kKind, "addresses and numbers of one process"},
    {"hello", Comparison::kKind, "version and id are each server's own"},
    {"debug", Comparison::kExact, "only subcommands that promise the same are in the streams"},
};

constexpr Exclusion kExclusions[] = {
    {"shutdown", "ends the server"},
    {"command|count", "tells the size of the table, which is not the same yet"},
    {"command|list", "tells the table, which is not the same yet"},
    {"command|docs", "texts of our own; the rest is compared once at the start"},
    {"command|info", "compared once at the start"},
    {"command", "tells the table, which is not the same yet"},
    {"client|tracking", "messages that come by themselves are not compared here"},
    {"monitor", "changes how many replies come"},
    {"quit", "ends the connection"},
    {"*subscribe", "changes how many replies come"},
    {"bgsave", "runs beside the stream"},
    {"bgrewriteaof", "runs beside the stream"},
    {"save", "writes files"},
    {"lastsave", "a time"},
    {"failover", "there is one server"},
    {"replicaof", "there is one server"},
    {"slaveof", "there is one server"},
    {"psync", "there is one server"},
    {"sync", "there is one server"},
    {"wait", "blocks"},
    {"migrate", "there is one server"},
    {"module|*", "there are none"},
    {"replconf", "there is one server, and it may not answer"},
    {"pfselftest", "takes a second"},
    {"acl|genpass", "random"},
    {"acl|log", "times and numbers of one process"},
};

bool Matches(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  return name.starts_with(pattern.substr(0, star)) && name.ends_with(pattern.substr(star + 1));
}

bool SameShape(const Value& one, const Value& other) {
  if (one.type != other.type || one.null != other.null) return false;
  return std::ranges::equal(one.elements, other.elements, SameShape);
}

bool IsNear(const Value& one, const Value& other) {
  constexpr double kToleranceInMilliseconds = 20000;
  if (one.type != ':' || other.type != ':') return one == other;
  const double left = std::strtod(one.text.c_str(), nullptr);
  const double right = std::strtod(other.text.c_str(), nullptr);
  // -1 and -2 have meanings; everything near them is wrong.
  if (left < 0 || right < 0) return left == right;
  return std::abs(left - right) <= kToleranceInMilliseconds;
}

Value Sorted(Value value) {
  std::vector<std::string> texts;
  const size_t step = value.type == '%' ? 2 : 1;
  for (size_t i = 0; i + step <= value.elements.size(); i += step) {
    std::string text = Describe(value.elements[i], SIZE_MAX);
    if (step == 2) text += " => " + Describe(value.elements[i + 1], SIZE_MAX);
    texts.push_back(std::move(text));
  }
  std::ranges::sort(texts);
  value.elements.clear();
  for (std::string& text : texts) value.elements.push_back({.type = '$', .text = std::move(text)});
  return value;
}

bool SameUpToNul(const Value& one, const Value& other) {
  if (one.type != other.type || one.null != other.null) return false;
  return std::string_view(one.text.c_str()) == std::string_view(other.text.c_str()) &&
         std::ranges::equal(one.elements, other.elements, SameUpToNul);
}

bool SameScan(const Value& one, const Value& other) {
  if (!one.is_aggregate() || !other.is_aggregate()) return one == other;
  return one.elements.size() == 2 && other.elements.size() == 2 &&
         one.elements[0].type == other.elements[0].type &&
         one.elements[1].type == other.elements[1].type;
}

bool AgreeBy(Comparison comparison, const Value& reference, const Value& ebb) {
  if (reference.is_error() || ebb.is_error()) return reference == ebb;
  switch (comparison) {
    case Comparison::kExact:
      return reference == ebb;
    case Comparison::kUnordered:
      return reference.is_aggregate() && ebb.is_aggregate() ? Sorted(reference) == Sorted(ebb)
                                                            : reference == ebb;
    case Comparison::kShape:
    case Comparison::kDrawn:
      return SameShape(reference, ebb);
    case Comparison::kKind:
      return reference.Kind() == ebb.Kind();
    case Comparison::kNear:
      return IsNear(reference, ebb);
    case Comparison::kCollated:
      return SameUpToNul(reference, ebb);
    case Comparison::kScan:
      return SameScan(reference, ebb);
  }
  return false;
}

struct CompiledDifference {
  std::string_view command;
  std::regex reference;
  std::regex ebb;
};

bool IsMeant(std::string_view name, const Value& reference, const Value& ebb) {
  static const std::vector<CompiledDifference> differences = [] {
    std::vector<CompiledDifference> list;
    for (const MeantDifference& meant : MeantDifferences()) {
      list.push_back({meant.command, std::regex(std::string(meant.reference)),
                      std::regex(std::string(meant.ebb))});
    }
    return list;
  }();
  return std::ranges::any_of(differences, [&](const CompiledDifference& meant) {
    return Matches(meant.command, name) && std::regex_match(Describe(reference), meant.reference) &&
           std::regex_match(Describe(ebb), meant.ebb);
  });
}

// The reply without what is particular: texts in quotes and numbers.
std::string Outline(const Value& value) {
  if (value.is_aggregate() && !value.null) {
    std::string kinds;
    for (const Value& element : value.elements) {
      if (kinds.find(element.Kind()) == std::string::npos) kinds += " " + element.Kind();
    }
    return value.Kind() + " of" + kinds;
  }
  if (value.type != '-' && value.type != '+') return value.Kind();
  static const std::regex quoted("'[^']*'|\"[^\"]*\"|`[^`]*`");
  static const std::regex number("[0-9]+");
  static const std::regex repeated("('\\.\\.\\.' ?)+");
  std::string text = std::regex_replace(value.text.substr(0, 200), quoted, "'...'");
  text = std::regex_replace(text, repeated, "'...'");
  return value.Kind() + " " + std::regex_replace(text, number, "N");
}

}  // namespace

std::string_view WhyExcluded(const CommandModel& command) {
  if (command.flags.contains("blocking")) return "may wait for another client";
  for (const Exclusion& exclusion : kExclusions) {
    if (Matches(exclusion.command, command.name)) return exclusion.reason;
  }
  return "";
}

Comparison ComparisonFor(const CommandModel* command) {
  if (command == nullptr) return Comparison::kExact;
  for (const Rule& rule : kRules) {
    if (Matches(rule.command, command->name)) return rule.comparison;
  }
  if (command->tips.contains("nondeterministic_output")) return Comparison::kShape;
  if (command->tips.contains("nondeterministic_output_order")) return Comparison::kUnordered;
  return Comparison::kExact;
}

bool SameButMinusZeros(const Value& reference, const Value& ebb) {
  if (reference.type != ebb.type || reference.null != ebb.null) return false;
  return (reference.text == ebb.text || (reference.text == "-0" && ebb.text == "0")) &&
         std::ranges::equal(reference.elements, ebb.elements, SameButMinusZeros);
}

bool Agree(const CommandModel* command, const Value& reference, const Value& ebb) {
  if (AgreeBy(ComparisonFor(command), reference, ebb)) return true;
  const bool on_scores = command != nullptr && command->name.starts_with("z");
  if (on_scores && SameButMinusZeros(reference, ebb)) return true;
  return IsMeant(command == nullptr ? "" : command->name, reference, ebb);
}

bool AgreeEach(const std::vector<const CommandModel*>& commands, const Value& reference,
               const Value& ebb) {
  if (reference.type != '*' || ebb.type != '*' || reference.elements.size() != commands.size())
    return reference == ebb;
  if (ebb.elements.size() != commands.size()) return false;
  for (size_t i = 0; i < commands.size(); ++i) {
    if (!Agree(commands[i], reference.elements[i], ebb.elements[i])) return false;
  }
  return true;
}

std::string ClassOf(const CommandModel* command, const Value& reference, const Value& ebb) {
  return (command == nullptr ? "(unknown)" : command->name) + ": " + Outline(reference) + " <> " +
         Outline(ebb);
}

}  // namespace ebb::oracle
