// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What the wire format costs: nanoseconds per parsed command and per written reply, in pipelines as
// they come out of one read.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/output_buffer.h"
#include "protocol/reply_writer.h"
#include "protocol/request_parser.h"
#include "tests/support/encode.h"

namespace ebb {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string SetCommand(size_t value_bytes) {
  return test::Encode({"SET", "key:000000012345", std::string(value_bytes, 'x')});
}

// Feeds `stream` to one parser again and again, in reads of at most `read_bytes`.
void Parse(benchmark::State& state, const std::string& stream, size_t read_bytes) {
  const ParserLimits limits;
  RequestParser parser(&limits);
  std::vector<char> scratch(64 * 1024);
  int64_t commands = 0;
  for (auto _ : state) {
    for (size_t sent = 0; sent < stream.size();) {
      const std::span<char> target = parser.ReadTarget(scratch);
      const size_t count = std::min({read_bytes, target.size(), stream.size() - sent});
      std::memcpy(target.data(), stream.data() + sent, count);
      sent += count;
      parser.BytesRead(count);
      while (parser.Next() == RequestParser::Status::kCommand) {
        benchmark::DoNotOptimize(parser.args().data());
        ++commands;
      }
      parser.Release();
    }
  }
  state.SetItemsProcessed(commands);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * stream.size()));
  state.counters["per_command"] = benchmark::Counter(
      static_cast<double>(commands), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

constexpr size_t kWhole = 64 * 1024;

void BM_ParseSetPipeline(benchmark::State& state) {
  Parse(state, Repeat(SetCommand(64), static_cast<size_t>(state.range(0))), kWhole);
}
BENCHMARK(BM_ParseSetPipeline)->Arg(1)->Arg(16)->Arg(64);

void BM_ParseGetPipeline(benchmark::State& state) {
  const std::string get = test::Encode({"GET", "key:000000012345"});
  Parse(state, Repeat(get, static_cast<size_t>(state.range(0))), kWhole);
}
BENCHMARK(BM_ParseGetPipeline)->Arg(1)->Arg(64);

void BM_ParseInlinePipeline(benchmark::State& state) {
  Parse(state, Repeat("PING\r\n", 64), kWhole);
}
BENCHMARK(BM_ParseInlinePipeline);

// Commands cut anywhere by the reads.
void BM_ParseSetInSmallReads(benchmark::State& state) {
  Parse(state, Repeat(SetCommand(64), 64), static_cast<size_t>(state.range(0)));
}
BENCHMARK(BM_ParseSetInSmallReads)->Arg(16)->Arg(1000);

// One command of many arguments, in small pieces: the time per argument must not grow with them.
void BM_ParseManyArguments(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  Parse(state, fmt::format("*{}\r\n{}", count, Repeat(test::EncodeBulk("element"), count)), 1024);
}
BENCHMARK(BM_ParseManyArguments)->Arg(1000)->Arg(1000000);

void BM_ParseLargeValue(benchmark::State& state) {
  Parse(state, SetCommand(static_cast<size_t>(state.range(0))), 256 * 1024);
}
BENCHMARK(BM_ParseLargeValue)->Arg(40 * 1024)->Arg(1024 * 1024);

// Writes 64 replies and drops them, as a pipeline's answer that was sent.
template <typename WriteReply>
void Write(benchmark::State& state, WriteReply write) {
  constexpr size_t kPipeline = 64;
  ChunkPool pool;
  OutputBuffer output(pool);
  ReplyWriter reply(output);
  for (auto _ : state) {
    for (size_t i = 0; i < kPipeline; ++i) write(reply);
    iovec parts[64];
    benchmark::DoNotOptimize(output.FillIovec(parts, 64));
    output.Consume(output.size());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kPipeline));
  state.counters["per_reply"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kPipeline,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_WriteOk(benchmark::State& state) {
  Write(state, [](ReplyWriter& reply) { reply.Ok(); });
}
BENCHMARK(BM_WriteOk);

void BM_WriteInteger(benchmark::State& state) {
  Write(state, [n = int64_t{1234}](ReplyWriter& reply) mutable { reply.Integer(n++); });
}
BENCHMARK(BM_WriteInteger);

void BM_WriteBulk(benchmark::State& state) {
  const std::string value(static_cast<size_t>(state.range(0)), 'x');
  Write(state, [&](ReplyWriter& reply) { reply.Bulk(value); });
}
BENCHMARK(BM_WriteBulk)->Arg(64)->Arg(4096);

void BM_WriteDouble(benchmark::State& state) {
  const double value = state.range(0) == 0 ? 12345.0 : 12345.678;
  Write(state, [&](ReplyWriter& reply) { reply.Double(value); });
}
BENCHMARK(BM_WriteDouble)->Arg(0)->Arg(1);

}  // namespace
}  // namespace ebb
