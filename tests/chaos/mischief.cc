// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/chaos/mischief.h"

#include <cstddef>

namespace ebb::chaos {
namespace {

using oracle::Argv;

// Among those of the oracle's streams, so that both meet.
constexpr const char* kKeys[] = {"a", "b", "c", "d", "key", "k1", "k2", "user:1"};

// In brackets what Fill puts there.
const std::vector<Argv> kCommands = {
    {"SET", "<key>", "<long>"},
    {"APPEND", "<key>", "<long>"},
    {"SETRANGE", "<key>", "900000", "<long>"},
    {"RPUSH", "<key>", "<long>", "<long>", "<long>"},
    {"LSET", "<key>", "<number>", "<long>"},
    {"RPUSH", "<key>", "<many>"},
    {"LTRIM", "<key>", "<number>", "<number>"},
    {"SADD", "<key>", "<many>"},
    {"SADD", "<key>", "<long>"},
    {"SREM", "<key>", "<many>"},
    {"SPOP", "<key>", "1000"},
    {"HSET", "<key>", "<pairs>"},
    {"HSET", "<key>", "<long>", "<long>"},
    {"HSET", "<key>", "1", "<long>"},
    {"HDEL", "<key>", "<many>"},
    {"ZADD", "<key>", "<pairs>"},
    {"ZADD", "<key>", "1", "<long>"},
    {"ZREMRANGEBYRANK", "<key>", "<number>", "<number>"},
    {"ZUNIONSTORE", "<key>", "2", "<key>", "<key>"},
    {"PEXPIRE", "<key>", "5"},
    {"EXPIRE", "<key>", "1"},
    {"FLUSHDB"},
    {"FLUSHALL"},

    {"BLPOP", "<key>", "<key>", "0"},
    {"BLMOVE", "<key>", "<key>", "LEFT", "RIGHT", "0.05"},
    {"BLMPOP", "0.05", "2", "<key>", "<key>", "LEFT", "COUNT", "100"},
    {"BZPOPMIN", "<key>", "<key>", "0"},
    {"BZMPOP", "0.05", "1", "<key>", "MAX"},

    {"SUBSCRIBE", "a", "b"},
    {"PSUBSCRIBE", "*"},
    {"SSUBSCRIBE", "a"},
    {"UNSUBSCRIBE"},
    {"PUNSUBSCRIBE"},
    {"SUNSUBSCRIBE"},
    {"PUBLISH", "a", "<long>"},
    {"SPUBLISH", "a", "<long>"},
    {"MONITOR"},
    {"RESET"},
    {"QUIT"},
    {"HELLO", "3"},
    {"HELLO", "2"},

    {"CLIENT", "KILL", "ID", "<id>"},
    {"CLIENT", "KILL", "TYPE", "pubsub"},
    {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"},
    {"CLIENT", "UNBLOCK", "<id>", "ERROR"},
    {"CLIENT", "UNBLOCK", "<id>"},
    {"CLIENT", "PAUSE", "10"},
    {"CLIENT", "PAUSE", "10", "WRITE"},
    {"CLIENT", "UNPAUSE"},
    {"CLIENT", "REPLY", "OFF"},
    {"CLIENT", "REPLY", "ON"},
    {"CLIENT", "REPLY", "SKIP"},
    {"CLIENT", "LIST"},
    {"CLIENT", "NO-EVICT", "ON"},
    {"CLIENT", "SETNAME", "<long>"},

    {"TRASH", "RESTORE", "<key>", "REPLACE"},
    {"TRASH", "RESTORE", "<key>", "TO", "<key>", "REPLACE"},
    {"TRASH", "RESTORE", "FLUSH"},
    {"TRASH", "RESTORE", "FLUSH", "REPLACE"},
    {"TRASH", "LIST", "<number>", "COUNT", "1000"},
    {"TRASH", "INFO", "<key>"},
    {"TRASH", "PURGE", "<key>"},
    {"TRASH", "PURGE", "ALL"},

    {"MEMORY", "RECLAIM"},
    {"MEMORY", "PURGE"},
    {"MEMORY", "DOCTOR"},
    {"MEMORY", "USAGE", "<key>"},
    {"INFO", "everything"},
    {"COMMAND", "DOCS"},
    {"SLOWLOG", "GET", "-1"},
    {"LATENCY", "HISTOGRAM"},
    {"SSCAN", "<key>", "<number>", "COUNT", "1000"},
    {"HRANDFIELD", "<key>", "-5000", "WITHVALUES"},
};

// What the option has before and afterwards, then what else it gets.
struct Option {
  const char* name;
  std::vector<std::string> values;
};

const std::vector<Option> kOptions = {
    {"active-defrag-ignore-bytes", {"2mb", "1"}},
    {"active-defrag-max-scan-fields", {"1000", "1"}},
    {"active-defrag-threshold-lower", {"1", "0", "10"}},
    {"activedefrag", {"yes", "no"}},
    {"client-output-buffer-limit",
     {"normal 32mb 0 0 pubsub 8mb 0 0", "normal 1mb 100kb 1 pubsub 1mb 0 0"}},
    {"hash-max-listpack-entries", {"512", "0", "100000"}},
    {"hash-max-listpack-value", {"64", "0", "1mb"}},
    {"hz", {"10", "1", "500"}},
    {"lazyfree-lazy-user-del", {"yes", "no"}},
    {"list-compress-depth", {"0", "1", "3"}},
    {"list-max-listpack-size", {"-2", "-1", "-5", "1", "30000"}},
    {"maxmemory", {"100mb", "10mb", "1", "0"}},
    {"maxmemory-clients", {"0", "1mb"}},
    {"maxmemory-policy",
     {"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-ttl"}},
    {"maxmemory-rss", {"0", "50mb"}},
    {"notify-keyspace-events", {"", "KEA", "Em"}},
    {"set-max-intset-entries", {"512", "0", "100000"}},
    {"set-max-listpack-entries", {"128", "0", "100000"}},
    {"slowlog-log-slower-than", {"10000", "0"}},
    {"trash-events", {"del flush", "del flush overwrite expire evict", "flush"}},
    {"trash-max-memory", {"10%", "1mb"}},
    {"trash-ttl", {"0", "1", "3600"}},
    {"zset-max-listpack-entries", {"128", "0", "100000"}},
    {"zset-max-listpack-value", {"64", "0", "1mb"}},
};

}  // namespace

std::string Mischief::Number() {
  return std::to_string(random_.Chance(0.7) ? random_.Between(-12, 24)
                                            : static_cast<int64_t>(random_.Next()));
}

// Beyond the sizes where an encoding, an allocator's class or a buffer ends.
std::string Mischief::LongText() {
  constexpr size_t kSizes[] = {70, 1100, 9000, 15000, 40000, 300000};
  return std::string(random_.Pick(kSizes) - random_.Below(20), 'v');
}

void Mischief::Fill(const std::string& word, Argv* argv) {
  constexpr size_t kCounts[] = {1, 10, 3000};
  constexpr size_t kRanges[] = {100, 100000};
  if (word == "<key>") {
    argv->emplace_back(random_.Pick(kKeys));
  } else if (word == "<long>") {
    argv->push_back(LongText());
  } else if (word == "<number>") {
    argv->push_back(Number());
  } else if (word == "<id>") {
    argv->push_back(std::to_string(random_.Below(2000)));
  } else if (word == "<many>" || word == "<pairs>") {
    const size_t range = random_.Pick(kRanges);
    const size_t numbers = random_.Pick(kCounts) * (word == "<pairs>" ? 2 : 1);
    for (size_t i = 0; i < numbers; ++i) argv->push_back(std::to_string(random_.Below(range)));
  } else {
    argv->push_back(word);
  }
}

Argv Mischief::ConfigSet() {
  const Option& option = random_.Pick(kOptions);
  return {"CONFIG", "SET", option.name, random_.Pick(option.values)};
}

Argv Mischief::Command() {
  if (random_.Chance(0.15)) return ConfigSet();
  Argv argv;
  for (const std::string& word : random_.Pick(kCommands)) Fill(word, &argv);
  return argv;
}

Argv Mischief::Settle() {
  Argv argv = {"CONFIG", "SET"};
  for (const Option& option : kOptions) {
    argv.emplace_back(option.name);
    argv.push_back(option.values.front());
  }
  return argv;
}

}  // namespace ebb::chaos
