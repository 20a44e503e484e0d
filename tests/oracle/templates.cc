// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/templates.h"

#include <charconv>
#include <map>

namespace ebb::oracle {
namespace {

using std::chrono::milliseconds;

const std::vector<Argv> kDebugTemplates = {
    {"DIGEST-VALUE", "<key>"},
    {"DIGEST-VALUE", "<key>", "<key>", "<key>"},
    {"DIGEST-VALUE"},
    {"ERROR", "<text>"},
    {"SLEEP", "0"},
    {"LOG", "<text>"},
    {"POPULATE", "5"},
    {"POPULATE", "3", "key"},
    {"POPULATE", "3", "k", "10"},
    {"POPULATE", "abc"},
    {"POPULATE", "-1"},
    {"POPULATE", "0"},
    {"PROTOCOL", "string"},
    {"PROTOCOL", "integer"},
    {"PROTOCOL", "double"},
    {"PROTOCOL", "null"},
    {"PROTOCOL", "array"},
    {"PROTOCOL", "set"},
    {"PROTOCOL", "map"},
    {"PROTOCOL", "bignum"},
    {"PROTOCOL", "true"},
    {"PROTOCOL", "false"},
    {"PROTOCOL", "verbatim"},
    {"PROTOCOL", "<text>"},
    {"OBJECT", "nosuchkey"},
    {"NOSUCH"},
};

const std::vector<Argv> kConfigGetTemplates = {
    {"slowlog-max-len"},
    {"SLOWLOG-max-len", "timeout"},
    {"slowlog-*"},
    {"nosuch"},
    {"databases"},
    {"hz", "hz"},
    {"latency-t*"},
    {"[t]imeout"},
    {"nosuch", "active-expire-effort"},
    {"maxmemory"},
    {""},
    {"?z"},
    {"hash-max-*"},
    {"zset-max-*"},
    {"notify-*"},
    {"hash-max-ziplist-entries", "hash-max-listpack-entries"},
};

const std::vector<Argv> kConfigSetTemplates = {
    {"slowlog-max-len", "64"},
    {"slowlog-max-len", "<text>"},
    {"slowlog-max-len", "-1"},
    {"SLOWLOG-MAX-LEN", "10", "timeout", "0"},
    {"slowlog-max-len", "10", "nosuch", "0"},
    {"slowlog-max-len", "10", "timeout", "abc"},
    {"slowlog-max-len", "10", "slowlog-max-len", "11"},
    {"slowlog-log-slower-than", "20000"},
    {"slowlog-log-slower-than", "-2"},
    {"timeout", "-1"},
    {"timeout", "0"},
    {"timeout", "99999999999"},
    {"tcp-keepalive", "300"},
    {"tcp-keepalive", "3.5"},
    {"active-expire-effort", "11"},
    {"active-expire-effort", "10"},
    {"latency-tracking", "yes"},
    {"latency-tracking", "NO"},
    {"latency-tracking", "maybe"},
    {"latency-monitor-threshold", "100000"},
    {"latency-monitor-threshold", "1kb"},
    {"maxmemory", "abc"},
    {"maxmemory", "b"},
    {"maxmemory", "-1"},
    {"maxmemory", "100gb"},
    {"maxmemory", "0"},
    {"maxmemory", "10k", "maxmemory"},
    {"databases", "20"},
    {"list-max-listpack-size", "3"},
    {"list-max-ziplist-size", "-1"},
    {"list-max-listpack-size", "0"},
    {"list-max-listpack-size", "-2"},
    {"list-max-ziplist-size", "abc"},
    {"list-compress-depth", "0"},
    {"list-compress-depth", "1"},
    {"list-compress-depth", "2"},
    {"list-compress-depth", "-1"},
    {"hll-sparse-max-bytes", "40"},
    {"hll-sparse-max-bytes", "200"},
    {"hll-sparse-max-bytes", "3000"},
    {"hll-sparse-max-bytes", "-1"},
    {"set-max-intset-entries", "3"},
    {"set-max-intset-entries", "0"},
    {"set-max-intset-entries", "512"},
    {"hash-max-listpack-entries", "3"},
    {"hash-max-ziplist-entries", "0"},
    {"hash-max-listpack-entries", "512"},
    {"hash-max-ziplist-value", "5"},
    {"hash-max-listpack-value", "40"},
    {"hash-max-listpack-value", "1kb"},
    {"HASH-max-ziplist-value", "-1"},
    {"zset-max-listpack-entries", "3"},
    {"zset-max-ziplist-entries", "0"},
    {"zset-max-listpack-entries", "128"},
    {"zset-max-ziplist-value", "5"},
    {"zset-max-listpack-value", "64"},
    {"notify-keyspace-events", ""},
    {"notify-keyspace-events", "KEAm"},
    {"notify-keyspace-events", "Kg$x"},
    {"notify-keyspace-events", "mKEdtexzhsl$g"},
    {"notify-keyspace-events", "Emtdn"},
    {"notify-keyspace-events", "KEAq"},
    {"notify-keyspace-events", "K E"},
    {"notify-keyspace-events", "<text>"},
    {"nosuch", "1"},
    {"slowlog-max-len"},
    {"", ""},
    {"hz", "20"},
    {"hz", ""},
};

// Of nobody who is there.
const std::vector<Argv> kClientKillTemplates = {
    {"ID", "999999999"},
    {"ID", "999999999", "SKIPME", "no"},
    {"USER", "default", "ID", "999999999", "TYPE", "normal"},
    {"ID", "999999999", "ID", "999999998"},
    {"ID", "0"},
    {"ID", "abc"},
    {"ID"},
    {"ID", "999999999", "TYPE"},
    {"TYPE", "replica"},
    {"TYPE", "master", "SKIPME", "yes"},
    {"TYPE", "nosuch"},
    {"USER", "nosuch"},
    {"ADDR", "127.0.0.1:1"},
    {"LADDR", "127.0.0.1:1"},
    {"SKIPME", "maybe"},
    {"NOSUCH", "1"},
    {"127.0.0.1:1"},
    {"<text>"},
};

const std::vector<Argv> kClientUnblockTemplates = {
    {"999999999"},
    {"999999999", "TIMEOUT"},
    {"999999999", "ERROR"},
    {"999999999", "NOSUCH"},
    {"-1"},
    {"<text>"},
};

// Refused, all of them.
const std::vector<Argv> kClientPauseTemplates = {
    {"-1"}, {"abc", "WRITE"}, {"0", "NOSUCH"}, {"9223372036854775808"}, {"-1", "NOSUCH"},
};

const std::vector<Argv> kClientReplyTemplates = {{"ON"}, {"NOSUCH"}, {""}};

const std::map<std::string, const std::vector<Argv>*>& AllTemplates() {
  static const std::map<std::string, const std::vector<Argv>*> templates = {
      {"client|kill", &kClientKillTemplates},
      {"client|unblock", &kClientUnblockTemplates},
      {"client|pause", &kClientPauseTemplates},
      {"client|reply", &kClientReplyTemplates},
      {"debug", &kDebugTemplates},
      {"config|get", &kConfigGetTemplates},
      {"config|set", &kConfigSetTemplates},
  };
  return templates;
}

// Milliseconds in one of the argument's units; nothing when it is no relative expiry.
std::optional<int64_t> UnitOf(const Argument& argument) {
  if (argument.name == "seconds") return 1000;
  if (argument.name == "milliseconds" || argument.name == "ttl") return 1;
  return std::nullopt;
}

std::optional<milliseconds> Lifetime(const std::string& word, int64_t unit) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number <= 0) return std::nullopt;
  const int64_t most = milliseconds::max().count();
  return milliseconds(number > most / unit ? most : number * unit);
}

// The word behind a token, wherever that stands.
std::optional<milliseconds> BehindTokens(const std::vector<Argument>& arguments, const Argv& argv) {
  std::optional<milliseconds> soonest;
  for (const Argument& argument : arguments) {
    std::optional<milliseconds> found = BehindTokens(argument.children, argv);
    const std::optional<int64_t> unit = UnitOf(argument);
    for (size_t i = 1; unit.has_value() && !argument.token.empty() && i + 1 < argv.size(); ++i) {
      if (Lower(argv[i]) != Lower(argument.token)) continue;
      const std::optional<milliseconds> here = Lifetime(argv[i + 1], *unit);
      if (here.has_value() && (!found.has_value() || *here < *found)) found = here;
    }
    if (found.has_value() && (!soonest.has_value() || *found < *soonest)) soonest = found;
  }
  return soonest;
}

}  // namespace

const std::vector<Argv>& TemplatesFor(const std::string& command) {
  static const std::vector<Argv> none;
  const auto found = AllTemplates().find(command);
  return found == AllTemplates().end() ? none : *found->second;
}

const std::vector<Argv>& ConfigurationReset() {
  static const std::vector<Argv> commands = {
      {"CONFIG", "SET", "slowlog-max-len", "128"},
      {"CONFIG", "SET", "slowlog-log-slower-than", "10000"},
      {"CONFIG", "SET", "timeout", "0"},
      {"CONFIG", "SET", "tcp-keepalive", "300"},
      {"CONFIG", "SET", "active-expire-effort", "1"},
      {"CONFIG", "SET", "latency-tracking", "yes"},
      {"CONFIG", "SET", "latency-monitor-threshold", "0"},
      {"CONFIG", "SET", "maxmemory", "0"},
      {"CONFIG", "SET", "hz", "10"},
      {"CONFIG", "SET", "notify-keyspace-events", ""},
      {"CONFIG", "SET", "list-max-listpack-size", "-2"},
      {"CONFIG", "SET", "list-compress-depth", "0"},
      {"CONFIG", "SET", "hll-sparse-max-bytes", "3000"},
      {"CONFIG", "SET", "set-max-intset-entries", "512"},
      {"CONFIG", "SET", "hash-max-listpack-entries", "512"},
      {"CONFIG", "SET", "hash-max-listpack-value", "64"},
      {"CONFIG", "SET", "zset-max-listpack-entries", "128"},
      {"CONFIG", "SET", "zset-max-listpack-value", "64"},
  };
  return commands;
}

std::optional<milliseconds> ExpiresIn(const CommandModel& command, const Argv& argv) {
  std::optional<milliseconds> soonest = BehindTokens(command.arguments, argv);
  size_t at = command.words.size();
  for (const Argument& argument : command.arguments) {
    const bool plain = argument.token.empty() && !argument.optional && !argument.multiple &&
                       argument.children.empty();
    if (!plain || at >= argv.size()) break;
    if (const std::optional<int64_t> unit = UnitOf(argument); unit.has_value()) {
      const std::optional<milliseconds> here = Lifetime(argv[at], *unit);
      if (here.has_value() && (!soonest.has_value() || *here < *soonest)) soonest = here;
    }
    ++at;
  }
  return soonest;
}

}  // namespace ebb::oracle
