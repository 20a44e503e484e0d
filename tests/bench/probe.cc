// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors

// Measures how long a server keeps an innocent client waiting: sends GETs at a fixed rate on a
// connection of its own and prints one line of JSON with percentiles in milliseconds.
//
//   ebb_probe --port N [--rate PER_SECOND] [--seconds N] [--keys N] [--key-size N]
//
// The schedule is open-loop: request i is due at start + i / rate, whether or not earlier answers
// have come. `latency` counts from that due moment, so a stalled server is charged for every
// request that became due during the stall. `lateness` is how late the probe itself sent, which
// the machine's scheduler causes and not the server; `service` counts from the actual send.
// Ends after --seconds, or on SIGTERM or SIGINT, in each case with its report.
//
// Each SIGUSR1 begins a new phase with the next request; the report gives the whole run and, in
// `phases`, each phase by itself, so that one run holds its own baseline.

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <thread>
#include <vector>

#include "tests/bench/replies.h"
#include "tests/bench/workload.h"

namespace ebb::bench {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
// After the last request the probe waits at most this long for outstanding answers.
constexpr int64_t kDrainNs = 30 * kSecond;

std::atomic<bool> stop_requested{false};
std::atomic<uint32_t> phases_requested{0};

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

struct Options {
  uint16_t port = 0;
  uint64_t rate = 1000;
  uint64_t seconds = 10;
  uint64_t keys = 1'000'000;
  size_t key_size = 16;
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
    } else if (name == "--rate") {
      options.rate = number(1, 100'000);
    } else if (name == "--seconds") {
      options.seconds = number(1, 3600);
    } else if (name == "--keys") {
      options.keys = number(1, 1'000'000'000);
    } else if (name == "--key-size") {
      options.key_size = number(16, 4096);
    } else {
      Fail("unknown option " + std::string(name));
    }
  }
  if (options.port == 0) Fail("--port is needed");
  return options;
}

// One run: a sending and a receiving thread. Answers come in the order of requests, so a count is
// all the two need to share; each vector belongs to one thread until both have ended.
class Probe {
 public:
  explicit Probe(const Options& options)
      : options_(options),
        fd_(ConnectLoopback(options.port, 50)),
        total_(options.rate * options.seconds) {
    sent_ns_.resize(total_);
    received_ns_.reserve(total_);
  }
  ~Probe() { close(fd_); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  void Run() {
    start_ns_ = NowNs() + kSecond / 100;
    std::thread receiver([this] { Receive(); });
    Send();
    receiver.join();
  }

  void Print() const;

 private:
  // The figures of requests [first, last), as members of a JSON object.
  void PrintRange(size_t first, size_t last) const;

  int64_t DueNs(uint64_t request) const {
    return start_ns_ + static_cast<int64_t>(request * kSecond / options_.rate);
  }

  void Send() {
    prctl(PR_SET_TIMERSLACK, 1UL);
    std::string key;
    std::string request;
    for (uint64_t i = 0; i < total_ && !stop_requested; ++i) {
      key.clear();
      AppendKey(key, Scramble(i + 1) % options_.keys, options_.key_size);
      request = "*2\r\n$3\r\nGET\r\n";
      AppendBulk(request, key);
      const int64_t due = DueNs(i);
      const timespec wake{due / kSecond, due % kSecond};
      while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr) == EINTR &&
             !stop_requested) {
      }
      while (phase_starts_.size() <= phases_requested) phase_starts_.push_back(i);
      sent_ns_[i] = NowNs();
      SendAll(fd_, request);
      sent_.store(i + 1, std::memory_order_release);
    }
    end_ns_.store(NowNs(), std::memory_order_release);
  }

  void Receive() {
    char buffer[16384];
    for (;;) {
      const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
      const int64_t now = NowNs();
      if (got > 0) {
        const uint64_t complete = scanner_.Feed(buffer, static_cast<size_t>(got));
        received_ns_.insert(received_ns_.end(), complete, now);
      } else if (got == 0) {
        Fail("the server closed the connection");
      } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        Fail(std::string("recv: ") + std::strerror(errno));
      }
      const int64_t end = end_ns_.load(std::memory_order_acquire);
      if (end == 0) continue;
      if (received_ns_.size() >= sent_.load(std::memory_order_acquire)) return;
      if (now - end > kDrainNs) Fail("answers are missing 30 s after the last request");
    }
  }

  const Options options_;
  const int fd_;
  const uint64_t total_;
  int64_t start_ns_ = 0;  // set before the threads run
  std::atomic<uint64_t> sent_{0};
  std::atomic<int64_t> end_ns_{0};
  std::vector<int64_t> sent_ns_;              // sending thread
  std::vector<uint64_t> phase_starts_ = {0};  // sending thread: the first request of each phase
  std::vector<int64_t> received_ns_;          // receiving thread
  ReplyScanner scanner_;                      // receiving thread
};

void PrintPercentiles(const char* name, std::vector<int64_t> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double fraction) {
    if (samples.empty()) return 0.0;
    const auto rank = static_cast<size_t>(fraction * static_cast<double>(samples.size()));
    return static_cast<double>(samples[std::min(rank, samples.size() - 1)]) / 1e6;
  };
  std::printf("\"%s_ms\": {\"p50\": %.4f, \"p99\": %.4f, \"p99.9\": %.4f, \"max\": %.4f}, ", name,
              at(0.5), at(0.99), at(0.999), at(1.0));
}

void Probe::PrintRange(size_t first, size_t last) const {
  std::vector<int64_t> latency, service, lateness;
  for (size_t i = first; i < last; ++i) {
    latency.push_back(received_ns_[i] - DueNs(i));
    service.push_back(received_ns_[i] - sent_ns_[i]);
    lateness.push_back(sent_ns_[i] - DueNs(i));
  }
  const auto worst = std::max_element(latency.begin(), latency.end()) - latency.begin();
  const double worst_at =
      first == last ? 0.0 : static_cast<double>(worst) / static_cast<double>(options_.rate);
  PrintPercentiles("latency", latency);
  PrintPercentiles("service", service);
  PrintPercentiles("lateness", lateness);
  std::printf("\"requests\": %zu, \"worst_at_s\": %.3f", last - first, worst_at);
}

void Probe::Print() const {
  const size_t count = received_ns_.size();
  std::printf("{");
  PrintRange(0, count);
  std::printf(", \"hits\": %llu, \"errors\": %llu, \"phases\": [",
              static_cast<unsigned long long>(scanner_.hits()),
              static_cast<unsigned long long>(scanner_.errors()));
  for (size_t phase = 0; phase < phase_starts_.size(); ++phase) {
    const bool is_last = phase + 1 == phase_starts_.size();
    std::printf(phase == 0 ? "{" : ", {");
    PrintRange(std::min<size_t>(phase_starts_[phase], count),
               is_last ? count : std::min<size_t>(phase_starts_[phase + 1], count));
    std::printf("}");
  }
  std::printf("]}\n");
}

int Main(int argc, char** argv) {
  const Options options = ParseOptions(argc, argv);
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = true; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = [](int) { ++phases_requested; };
  sigaction(SIGUSR1, &action, nullptr);
  Probe probe(options);
  probe.Run();
  probe.Print();
  return 0;
}

}  // namespace
}  // namespace ebb::bench

int main(int argc, char** argv) {
  return ebb::bench::Main(argc, argv);
}
