// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What a command costs without sockets: from the bytes of a read to those of the replies, for
// pipelines of random keys as redis-benchmark sends them. The argument is the number of commands
// in a read.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/engine.h"
#include "storage/random.h"

namespace ebb {
namespace {

constexpr size_t kKeys = 1'000'000;
// So many reads are prepared, more than the caches hold the keys of.
constexpr size_t kReads = 16384;

std::string Bulk(std::string_view bytes) {
  return fmt::format("${}\r\n{}\r\n", bytes.size(), bytes);
}

std::string Key(size_t number) {
  return fmt::format("key:{:012}", number);
}

// A client without a socket: what is received runs as a connection's commands do.
class Client final : public SessionTransport {
 public:
  explicit Client(Engine& engine) : engine_(engine), session_(engine.chunk_pool(), *this) {
    engine_.Attach(session_);
  }
  ~Client() override { engine_.Detach(session_); }

  void Receive(std::string_view bytes) {
    const std::span<char> target = parser_.ReadTarget(scratch_);
    std::memcpy(target.data(), bytes.data(), bytes.size());
    parser_.BytesRead(bytes.size());
    const KnownHash lone = LookAhead::FetchFirst(engine_.db(0), parser_.unparsed());
    engine_.RefreshTime();
    engine_.look_ahead().Begin(engine_.db(0), parser_.unparsed(), lone);
    while (engine_.look_ahead().Next(parser_) == RequestParser::Status::kCommand) {
      engine_.Execute(session_, parser_.args());
    }
    engine_.look_ahead().End();
    parser_.Release();
    benchmark::DoNotOptimize(session_.output.size());
    session_.output.Clear();
  }

  void ScheduleFlush() override {}
  void ScheduleClose(bool) override {}
  void ScheduleResume() override {}
  std::string PeerAddress() const override { return {}; }
  std::string LocalAddress() const override { return {}; }
  int FileDescriptor() const override { return -1; }
  std::optional<LargeBulk> TakeLarge(size_t) override { return std::nullopt; }
  InputUsage Input() const override { return {}; }
  size_t InputMemory() const override { return 0; }

 private:
  Engine& engine_;
  std::vector<char> scratch_ = std::vector<char>(size_t{64} << 10);
  const ParserLimits limits_{};
  RequestParser parser_{&limits_};
  Session session_;
};

// Reads of `commands` each: `command` ("*2\r\n$3\r\nGET\r\n"), a random key, and `rest`.
std::vector<std::string> Reads(std::string_view command, size_t commands, std::string_view rest) {
  std::vector<std::string> reads(kReads);
  for (std::string& read : reads) {
    for (size_t i = 0; i < commands; ++i) {
      read += command;
      read += Bulk(Key(ThreadRandom().Below(kKeys)));
      read += rest;
    }
  }
  return reads;
}

void Run(benchmark::State& state, std::string_view command, std::string_view rest,
         std::string_view stored) {
  const auto commands = static_cast<size_t>(state.range(0));
  ConfigStore config;
  Engine engine(config, TimeSource::System());
  Client client(engine);
  for (size_t i = 0; i < kKeys; ++i) {
    client.Receive(fmt::format("*3\r\n$3\r\nSET\r\n{}{}", Bulk(Key(i)), stored));
  }
  const std::vector<std::string> reads = Reads(command, commands, rest);
  size_t at = 0;
  for (auto _ : state) client.Receive(reads[at++ % kReads]);
  const auto count = static_cast<double>(state.iterations()) * static_cast<double>(commands);
  state.counters["per_command"] =
      benchmark::Counter(count, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const std::string kValue = Bulk(std::string(64, 'x'));

// SETs of a million random keys, of which six in ten are new.
void BM_Fill(benchmark::State& state) {
  const auto commands = static_cast<size_t>(state.range(0));
  const std::vector<std::string> reads = Reads("*3\r\n$3\r\nSET\r\n", commands, kValue);
  ConfigStore config;
  for (auto _ : state) {
    state.PauseTiming();
    auto engine = std::make_unique<Engine>(config, TimeSource::System());
    auto client = std::make_unique<Client>(*engine);
    state.ResumeTiming();
    for (size_t sent = 0; sent < kKeys; sent += commands) {
      client->Receive(reads[sent / commands % kReads]);
    }
    state.PauseTiming();
    client.reset();
    engine.reset();
    state.ResumeTiming();
  }
  const auto count = static_cast<double>(state.iterations()) * kKeys;
  state.counters["per_command"] =
      benchmark::Counter(count, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_Fill)->Arg(64);

void BM_Get(benchmark::State& state) {
  Run(state, "*2\r\n$3\r\nGET\r\n", "", kValue);
}
BENCHMARK(BM_Get)->Arg(1)->Arg(16)->Arg(64);

void BM_Set(benchmark::State& state) {
  Run(state, "*3\r\n$3\r\nSET\r\n", kValue, kValue);
}
BENCHMARK(BM_Set)->Arg(1)->Arg(16)->Arg(64);

void BM_Incr(benchmark::State& state) {
  Run(state, "*2\r\n$4\r\nINCR\r\n", "", Bulk("1"));
}
BENCHMARK(BM_Incr)->Arg(1)->Arg(16)->Arg(64);

}  // namespace
}  // namespace ebb
