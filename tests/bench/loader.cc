// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// Sends one command per numbered string key as fast as one pipelined connection can, then prints
// one line of JSON. The second batch is on its way while the first is answered, so the server never
// waits for the loader's next request.
//
//   ebb_loader --port N --keys N [--start N] [--key-size N] [--value-size N[-M]] [--ttl SECONDS]
//              [--pipeline N] [--do set|del|expire|get] [--spare N] [--divide N]
//              [--churned N] [--round N] [--at MS] [--spread MS]
//
// --value-size 50-500  gives each key a size of its own between the two
// --divide 4           makes every value a quarter of that
// --ttl                key i expires after ttl + (i mod 3600) seconds
// --do del|expire|get  sends DEL, PEXPIREAT or GET (of random keys) instead of SET
// --at, --spread       expire: deadlines are spread evenly over [at, at + spread) of the Unix clock
// --spare 8            leaves alone one key in eight, picked at random but the same in each process
// --churned 20         gives each key the size it has after 20 rounds of churn, in each of which a
//                      random half of the keys gets one size; --round 20 sends only what round 20
//                      replaces
//
// `ended` in the report is when the last answer came, by CLOCK_MONOTONIC in seconds.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "tests/bench/replies.h"
#include "tests/bench/workload.h"

namespace ebb::bench {
namespace {

enum class Action { kSet, kDel, kExpire, kGet };

struct Options {
  uint16_t port = 0;
  uint64_t keys = 0;
  uint64_t start = 0;
  size_t key_size = 16;
  size_t value_size = 8;
  size_t largest_value = 8;
  uint64_t divide = 1;
  uint64_t ttl = 0;
  uint64_t pipeline = 64;
  Action action = Action::kSet;
  uint64_t spare = 0;    // 0: none
  uint64_t churned = 0;  // 0: sizes are value_size to largest_value
  uint64_t round = 0;    // 0: all keys
  uint64_t at = 0;
  uint64_t spread = 1;
};

Action ParseAction(std::string_view text) {
  if (text == "set") return Action::kSet;
  if (text == "del") return Action::kDel;
  if (text == "expire") return Action::kExpire;
  if (text == "get") return Action::kGet;
  Fail("--do wants set, del, expire or get");
}

// "N" or "N-M".
void ParseSizes(const std::string& text, Options& options) {
  const size_t dash = text.find('-');
  const auto size = [](const std::string& part) {
    return ParseNumber("--value-size", part.c_str(), 0, 1 << 20);
  };
  options.value_size = size(text.substr(0, dash));
  options.largest_value =
      dash == std::string::npos ? options.value_size : size(text.substr(dash + 1));
  if (options.largest_value < options.value_size) Fail("--value-size: the range is empty");
}

// Sets the option that takes one number; returns whether there is one of that name.
bool SetNumber(std::string_view name, const char* text, Options& options) {
  struct Row {
    std::string_view name;
    uint64_t low, high;
    uint64_t Options::*member;
  };
  static constexpr std::array kRows = {
      Row{"--keys", 1, 1'000'000'000, &Options::keys},
      Row{"--start", 0, 1'000'000'000'000, &Options::start},
      Row{"--key-size", 16, 4096, &Options::key_size},
      Row{"--divide", 1, 1 << 20, &Options::divide},
      Row{"--ttl", 0, 1'000'000'000, &Options::ttl},
      Row{"--pipeline", 1, 4096, &Options::pipeline},
      Row{"--spare", 1, 1'000'000, &Options::spare},
      Row{"--churned", 1, 1000, &Options::churned},
      Row{"--round", 1, 1000, &Options::round},
      Row{"--at", 1, 1ULL << 50, &Options::at},
      Row{"--spread", 1, 1'000'000'000, &Options::spread},
  };
  const auto row = std::ranges::find(kRows, name, &Row::name);
  if (row == kRows.end()) return false;
  options.*row->member = ParseNumber(row->name.data(), text, row->low, row->high);
  return true;
}

Options ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) Fail("option " + std::string(name) + " wants a value");
    const char* text = argv[i + 1];
    if (name == "--port") {
      options.port = static_cast<uint16_t>(ParseNumber(argv[i], text, 1, 65535));
    } else if (name == "--value-size") {
      ParseSizes(text, options);
    } else if (name == "--do") {
      options.action = ParseAction(text);
    } else if (!SetNumber(name, text, options)) {
      Fail("unknown option " + std::string(name));
    }
  }
  if (options.port == 0 || options.keys == 0) Fail("--port and --keys are needed");
  if (options.action == Action::kExpire && options.at == 0) Fail("--do expire needs --at");
  if (options.round > options.churned) Fail("--round lies beyond --churned");
  return options;
}

// --------------------------------------------------------------------------------------- workload

// The size that each round of churn gives its keys; neighbours are far apart, so that what one
// round frees does not fit the next.
constexpr std::array<size_t, 7> kChurnSizes = {50, 230, 90, 480, 130, 60, 320};

// Whether round `round` of churn replaces key `index`.
bool Replaces(uint64_t round, uint64_t index) {
  return (Scramble(Scramble(index) + round) & 1) != 0;
}

size_t ChurnedSize(uint64_t rounds, uint64_t index) {
  uint64_t last = rounds;
  while (last != 0 && !Replaces(last, index)) --last;
  return kChurnSizes[last % kChurnSizes.size()];
}

size_t ValueSize(const Options& options, uint64_t index) {
  if (options.churned != 0) return ChurnedSize(options.churned, index);
  const uint64_t choices = options.largest_value - options.value_size + 1;
  return (options.value_size + Scramble(index ^ 0x51e5) % choices) / options.divide;
}

bool IsMeant(const Options& options, uint64_t index) {
  if (options.spare != 0 && Scramble(index ^ 0x5ba7e) % options.spare == 0) return false;
  return options.round == 0 || Replaces(options.round, index);
}

void AppendSet(const Options& options, uint64_t index, const std::string& key, std::string& out) {
  const size_t size = ValueSize(options, index);
  out += options.ttl != 0 ? "*5\r\n$3\r\nSET\r\n" : "*3\r\n$3\r\nSET\r\n";
  AppendBulk(out, key);
  out += "$" + std::to_string(size) + "\r\n";
  AppendValue(out, index, size);
  out += "\r\n";
  if (options.ttl == 0) return;
  out += "$2\r\nEX\r\n";
  AppendBulk(out, std::to_string(options.ttl + index % 3600));
}

void AppendCommand(const Options& options, uint64_t index, std::string& out) {
  std::string key;
  if (options.action == Action::kGet) index = Scramble(index + 1) % options.keys;
  AppendKey(key, index, options.key_size);
  switch (options.action) {
    case Action::kSet:
      return AppendSet(options, index, key, out);
    case Action::kDel:
      out += "*2\r\n$3\r\nDEL\r\n";
      return AppendBulk(out, key);
    case Action::kGet:
      out += "*2\r\n$3\r\nGET\r\n";
      return AppendBulk(out, key);
    case Action::kExpire:
      out += "*3\r\n$9\r\nPEXPIREAT\r\n";
      AppendBulk(out, key);
      AppendBulk(out, std::to_string(options.at + Scramble(index ^ 0xdead) % options.spread));
  }
}

// Replaces `out` by the commands of the next keys from `next` on, which it moves past them; returns
// how many commands that are.
uint64_t BuildBatch(const Options& options, uint64_t& next, std::string& out) {
  const uint64_t end = options.start + options.keys;
  uint64_t count = 0;
  out.clear();
  for (; next < end && count < options.pipeline; ++next) {
    if (!IsMeant(options, next)) continue;
    AppendCommand(options, next, out);
    ++count;
  }
  return count;
}

// Counts the answers on one connection; an error ends the process.
class ReplyCounter {
 public:
  explicit ReplyCounter(int fd) : fd_(fd) {}

  // Waits until at least `wanted` answers have come since the start.
  void WaitFor(uint64_t wanted) {
    char buffer[65536];
    while (seen_ < wanted) {
      const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got == 0) Fail("the server closed the connection");
      if (got < 0) Fail(std::string("recv: ") + std::strerror(errno));
      seen_ += scanner_.Feed(buffer, static_cast<size_t>(got));
      if (scanner_.errors() != 0) Fail("unexpected reply: " + scanner_.first_error());
    }
  }

  uint64_t hits() const { return scanner_.hits(); }

 private:
  int fd_;
  uint64_t seen_ = 0;
  ReplyScanner scanner_;
};

int Main(int argc, char** argv) {
  const Options options = ParseOptions(argc, argv);
  const int fd = ConnectLoopback(options.port, kSocketTimeoutSeconds * 1000);
  ReplyCounter replies(fd);
  std::string batch;
  const auto begin = std::chrono::steady_clock::now();
  uint64_t next = options.start;
  uint64_t sent = 0;
  while (const uint64_t count = BuildBatch(options, next, batch)) {
    SendAll(fd, batch);
    replies.WaitFor(sent);  // All batches but the one just sent.
    sent += count;
  }
  replies.WaitFor(sent);
  const auto end = std::chrono::steady_clock::now();
  const std::chrono::duration<double> elapsed = end - begin;
  close(fd);
  std::printf(
      "{\"keys\": %llu, \"seconds\": %.6f, \"keys_per_second\": %.0f, \"hits\": %llu, "
      "\"ended\": %.6f}\n",
      static_cast<unsigned long long>(sent), elapsed.count(),
      static_cast<double>(sent) / elapsed.count(), static_cast<unsigned long long>(replies.hits()),
      std::chrono::duration<double>(end.time_since_epoch()).count());
  return 0;
}

}  // namespace
}  // namespace ebb::bench

int main(int argc, char** argv) {
  return ebb::bench::Main(argc, argv);
}
