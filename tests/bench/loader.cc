// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// Fills a server with numbered string keys as fast as one pipelined connection can, then prints one
// line of JSON. The second batch is on its way while the first is answered, so the server never
// waits for the loader's next request.
//
//   ebb_loader --port N --keys N [--start N] [--key-size N] [--value-size N] [--ttl SECONDS]
//              [--pipeline N]
//
// With --ttl, key i expires after ttl + (i mod 3600) seconds.

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "tests/bench/workload.h"

namespace ebb::bench {
namespace {

struct Options {
  uint16_t port = 0;
  uint64_t keys = 0;
  uint64_t start = 0;
  size_t key_size = 16;
  size_t value_size = 8;
  uint64_t ttl = 0;
  uint64_t pipeline = 64;
};

Options ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc) Fail("option " + std::string(name) + " wants a value");
    const auto number = [&](uint64_t low, uint64_t high) {
      return ParseNumber(argv[i], argv[i + 1], low, high);
    };
    if (name == "--port") {
      options.port = static_cast<uint16_t>(number(1, 65535));
    } else if (name == "--keys") {
      options.keys = number(1, 1'000'000'000);
    } else if (name == "--start") {
      options.start = number(0, 1'000'000'000'000);
    } else if (name == "--key-size") {
      options.key_size = number(16, 4096);
    } else if (name == "--value-size") {
      options.value_size = number(0, 1 << 20);
    } else if (name == "--ttl") {
      options.ttl = number(0, 1'000'000'000);
    } else if (name == "--pipeline") {
      options.pipeline = number(1, 4096);
    } else {
      Fail("unknown option " + std::string(name));
    }
  }
  if (options.port == 0 || options.keys == 0) Fail("--port and --keys are needed");
  return options;
}

// Replaces `out` by the SETs of keys [first, first + count).
void BuildBatch(const Options& options, uint64_t first, uint64_t count, std::string& out) {
  const std::string key_header = "$" + std::to_string(options.key_size) + "\r\n";
  const std::string value_header = "\r\n$" + std::to_string(options.value_size) + "\r\n";
  const char* command = options.ttl != 0 ? "*5\r\n$3\r\nSET\r\n" : "*3\r\n$3\r\nSET\r\n";
  out.clear();
  for (uint64_t i = first; i < first + count; ++i) {
    out += command;
    out += key_header;
    AppendKey(out, i, options.key_size);
    out += value_header;
    AppendValue(out, i, options.value_size);
    out += "\r\n";
    if (options.ttl != 0) {
      out += "$2\r\nEX\r\n";
      AppendBulk(out, std::to_string(options.ttl + i % 3600));
    }
  }
}

// Counts "+OK" answers on one connection; any other answer ends the process.
class ReplyCounter {
 public:
  explicit ReplyCounter(int fd) : fd_(fd) {}

  // Waits until at least `wanted` answers have come since the start.
  void WaitFor(uint64_t wanted) {
    static constexpr std::string_view kOk = "+OK\r\n";
    char buffer[65536];
    while (bytes_ < wanted * kOk.size()) {
      const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got == 0) Fail("the server closed the connection");
      if (got < 0) Fail(std::string("recv: ") + std::strerror(errno));
      for (ssize_t i = 0; i < got; ++i, ++bytes_) {
        if (buffer[i] != kOk[bytes_ % kOk.size()]) {
          Fail("unexpected reply: " + std::string(buffer + i, static_cast<size_t>(got - i)));
        }
      }
    }
  }

 private:
  int fd_;
  uint64_t bytes_ = 0;
};

int Main(int argc, char** argv) {
  const Options options = ParseOptions(argc, argv);
  const int fd = ConnectLoopback(options.port, kSocketTimeoutSeconds * 1000);
  ReplyCounter replies(fd);
  std::string batch;
  const auto begin = std::chrono::steady_clock::now();
  uint64_t sent = 0;
  while (sent < options.keys) {
    const uint64_t count = std::min(options.pipeline, options.keys - sent);
    BuildBatch(options, options.start + sent, count, batch);
    SendAll(fd, batch);
    replies.WaitFor(sent);  // All batches but the one just sent.
    sent += count;
  }
  replies.WaitFor(sent);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  close(fd);
  std::printf("{\"keys\": %llu, \"seconds\": %.6f, \"keys_per_second\": %.0f}\n",
              static_cast<unsigned long long>(sent), elapsed.count(),
              static_cast<double>(sent) / elapsed.count());
  return 0;
}

}  // namespace
}  // namespace ebb::bench

int main(int argc, char** argv) {
  return ebb::bench::Main(argc, argv);
}
