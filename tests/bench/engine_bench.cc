// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What a command costs without sockets: from the bytes of a read to those of the replies, for
// pipelines of random keys as redis-benchmark sends them. The arguments are the number of commands
// in a read, and of keys.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/request_parser.h"
#include "server/config.h"
#include "server/engine.h"
#include "server/look_ahead.h"
#include "server/session.h"
#include "storage/random.h"
#include "tests/support/encode.h"

namespace ebb {
namespace {

// So many commands are prepared, more than a processor remembers, and run again and again.
constexpr size_t kPrepared = size_t{1} << 18;

std::string Key(size_t number) {
  return fmt::format("key:{:012}", number);
}

// A client without a socket. What is received runs as a connection's commands do, less the looks at
// limits and at the time that it has had.
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
    if (lone.bytes.data() != nullptr) LookAhead::FetchEntry(engine_.db(0), lone.hash);
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

struct Server {
  ConfigStore config;
  Engine engine{config, TimeSource::System()};
  Client client{engine};
};

const std::string kValue = test::EncodeBulk(std::string(64, 'x'));
const std::string kSet = "*3\r\n$3\r\nSET\r\n";

// `count` commands in reads of `commands` each: `command`, a random key of so many, and `rest`.
std::vector<std::string> Reads(size_t count, std::string_view command, size_t commands, size_t keys,
                               std::string_view rest) {
  std::vector<std::string> reads(count / commands);
  for (std::string& read : reads) {
    for (size_t i = 0; i < commands; ++i) {
      read += command;
      read += test::EncodeBulk(Key(ThreadRandom().Below(keys)));
      read += rest;
    }
  }
  return reads;
}

void Report(benchmark::State& state, double count) {
  state.counters["per_command"] =
      benchmark::Counter(count, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// What is asked: of keys, or of fields of one hash, that have all been written by `fill`.
struct Workload {
  std::string_view command;
  std::string_view rest;
  std::string_view fill;
  std::string_view stored;
};

void Fill(Server& server, size_t keys, std::string_view fill, std::string_view stored) {
  for (size_t i = 0; i < keys; ++i) {
    server.client.Receive(fmt::format("{}{}{}", fill, test::EncodeBulk(Key(i)), stored));
  }
}

// Again and again; range(0) things are asked in each.
void Receive(benchmark::State& state, Server& server, const std::vector<std::string>& reads) {
  size_t at = 0;
  for (auto _ : state) server.client.Receive(reads[at++ % reads.size()]);
  Report(state, static_cast<double>(state.iterations()) * static_cast<double>(state.range(0)));
}

void Run(benchmark::State& state, const Workload& work) {
  const auto commands = static_cast<size_t>(state.range(0));
  const auto keys = static_cast<size_t>(state.range(1));
  Server server;
  Fill(server, keys, work.fill, work.stored);
  Receive(state, server, Reads(kPrepared, work.command, commands, keys, work.rest));
}

// With a few keys everything is in the caches.
void Sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgsProduct({{1, 16, 64}, {2'000, 1'000'000}});
}

void BM_Get(benchmark::State& state) {
  Run(state, {"*2\r\n$3\r\nGET\r\n", "", kSet, kValue});
}
BENCHMARK(BM_Get)->Apply(Sizes);

void BM_Set(benchmark::State& state) {
  Run(state, {kSet, kValue, kSet, kValue});
}
BENCHMARK(BM_Set)->Apply(Sizes);

void BM_Incr(benchmark::State& state) {
  const std::string one = test::EncodeBulk("1");
  Run(state, {"*2\r\n$4\r\nINCR\r\n", "", kSet, one});
}
BENCHMARK(BM_Incr)->Apply(Sizes);

const std::string kHSet = "*4\r\n$4\r\nHSET\r\n$1\r\nh\r\n";

// Fields of one hash: a command for each, and one command for all.
void BM_HashGet(benchmark::State& state) {
  Run(state, {"*3\r\n$4\r\nHGET\r\n$1\r\nh\r\n", "", kHSet, kValue});
}
BENCHMARK(BM_HashGet)->Apply(Sizes);

void BM_HashGetMany(benchmark::State& state) {
  const auto fields = static_cast<size_t>(state.range(0));
  const auto keys = static_cast<size_t>(state.range(1));
  Server server;
  Fill(server, keys, kHSet, kValue);
  std::vector<std::string> reads = Reads(kPrepared, "", fields, keys, "");
  for (std::string& read : reads) {
    read.insert(0, fmt::format("*{}\r\n$5\r\nHMGET\r\n$1\r\nh\r\n", fields + 2));
  }
  Receive(state, server, reads);
}
BENCHMARK(BM_HashGetMany)->Apply(Sizes);

// As many SETs as there are keys, random ones, in an empty database: six in ten are new.
void BM_Fill(benchmark::State& state) {
  const auto commands = static_cast<size_t>(state.range(0));
  const auto keys = static_cast<size_t>(state.range(1));
  const std::vector<std::string> reads = Reads(keys, kSet, commands, keys, kValue);
  for (auto _ : state) {
    state.PauseTiming();
    auto server = std::make_unique<Server>();
    state.ResumeTiming();
    for (const std::string& read : reads) server->client.Receive(read);
    state.PauseTiming();
    server.reset();
    state.ResumeTiming();
  }
  Report(state, static_cast<double>(state.iterations() * reads.size() * commands));
}
BENCHMARK(BM_Fill)->Args({64, 1'000'000});

}  // namespace
}  // namespace ebb
