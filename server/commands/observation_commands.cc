// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "server/arg_parser.h"
#include "server/commands/families.h"
#include "server/commands/help.h"
#include "server/engine.h"

namespace ebb {
namespace {

void SlowlogGet(Call& call) {
  constexpr std::string_view kBadCount = "ERR count should be greater than or equal to -1";
  int64_t count = 10;
  if (call.args.size() > 3) return ReplyWrongSubcommand(call);
  if (call.args.size() == 3) {
    ArgParser parser(call, 2);
    count = parser.Integer(-1, INT64_MAX, kBadCount);
    if (parser.Failed()) return;
  }
  const auto& entries = call.engine.accounting().slow_log().entries();
  const size_t shown =
      count == -1 ? entries.size() : std::min(entries.size(), static_cast<size_t>(count));
  call.reply.Array(shown);
  for (size_t i = 0; i < shown; ++i) {
    const SlowLog::Entry& entry = entries[i];
    call.reply.Array(6);
    call.reply.Integer(static_cast<int64_t>(entry.id));
    call.reply.Integer(entry.unix_seconds);
    call.reply.Integer(entry.microseconds);
    call.reply.Array(entry.args.size());
    for (const std::string& arg : entry.args) call.reply.Bulk(arg);
    call.reply.Bulk(entry.peer);
    call.reply.Bulk(entry.client_name);
  }
}

void SlowlogLen(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.engine.accounting().slow_log().entries().size()));
}

void SlowlogReset(Call& call) {
  call.engine.accounting().slow_log().Clear();
  call.reply.Ok();
}

void LatencyLatest(Call& call) {
  const auto& events = call.engine.accounting().latency().events();
  call.reply.Array(events.size());
  for (const auto& [name, event] : events) {
    call.reply.Array(4);
    call.reply.Bulk(name);
    call.reply.Integer(event.latest().unix_seconds);
    call.reply.Integer(event.latest().milliseconds);
    call.reply.Integer(event.max_ms);
  }
}

void LatencyHistory(Call& call) {
  const LatencyMonitor::Event* event = call.engine.accounting().latency().Find(call.args[2]);
  if (event == nullptr) return call.reply.Array(0);
  const auto samples = event->InOrder();
  call.reply.Array(samples.size());
  for (const LatencyMonitor::Sample& sample : samples) {
    call.reply.Array(2);
    call.reply.Integer(sample.unix_seconds);
    call.reply.Integer(sample.milliseconds);
  }
}

void LatencyReset(Call& call) {
  size_t reset = 0;
  if (call.args.size() == 2) {
    reset = call.engine.accounting().latency().ResetAll();
  } else {
    for (const std::string_view name : call.args.subspan(2)) {
      reset += call.engine.accounting().latency().Reset(name);
    }
  }
  call.reply.Integer(static_cast<int64_t>(reset));
}

// A column per sample, its height after its share of the longest; ages below, read downwards.
void LatencyGraph(Call& call) {
  const LatencyMonitor::Event* event = call.engine.accounting().latency().Find(call.args[2]);
  if (event == nullptr) {
    return call.reply.Error(
        fmt::format("ERR No samples available for event '{}'", UntilNul(call.args[2])));
  }
  constexpr int kRows = 4;
  auto samples = event->InOrder();
  if (samples.size() > 80) samples.erase(samples.begin(), samples.end() - 80);
  int64_t low = samples[0].milliseconds;
  int64_t high = 0;
  for (const auto& sample : samples) {
    low = std::min(low, sample.milliseconds);
    high = std::max(high, sample.milliseconds);
  }
  std::string text = fmt::format("{} - high {} ms, low {} ms (all time high {} ms)\n{:-<80}\n",
                                 call.args[2], high, low, event->max_ms, "");
  for (int row = kRows; row > 0; --row) {
    for (const auto& sample : samples) {
      text += sample.milliseconds * kRows > high * (row - 1) ? '#' : ' ';
    }
    text += '\n';
  }
  const int64_t oldest = call.engine.unix_ms() / 1000 - samples.front().unix_seconds;
  text += fmt::format("from {} s ago to {} s ago\n", oldest,
                      call.engine.unix_ms() / 1000 - samples.back().unix_seconds);
  call.reply.Verbatim("txt", text);
}

std::string_view LatencyAdvice(std::string_view event) {
  if (event == "expire-cycle") {
    return "Many keys expire at the same time: spread their deadlines.";
  }
  if (event == "eviction-cycle") {
    return "Much had to go at once for maxmemory: leave more room, or write more slowly.";
  }
  if (event == "active-defrag-cycle") {
    return "active-defrag-cycle-max says how much of the time it may take.";
  }
  return "SLOWLOG GET shows which commands took that long.";
}

void LatencyDoctor(Call& call) {
  const int64_t threshold = call.engine.options().latency_monitor_threshold_ms;
  std::string text;
  if (threshold == 0) {
    text =
        "Nothing is being watched: latency-monitor-threshold is 0. CONFIG SET it to the "
        "milliseconds "
        "from which on an event counts as slow.\n";
  } else if (call.engine.accounting().latency().events().empty()) {
    text = fmt::format("Nothing took {} ms or longer since the monitor was switched on or reset.\n",
                       threshold);
  }
  for (const auto& [name, event] : call.engine.accounting().latency().events()) {
    int64_t sum = 0;
    for (const auto& sample : event.samples) sum += sample.milliseconds;
    text += fmt::format("{}: {} slow moment{}, mean {} ms, longest {} ms. {}\n", name,
                        event.samples.size(), event.samples.size() == 1 ? "" : "s",
                        sum / static_cast<int64_t>(event.samples.size()), event.max_ms,
                        LatencyAdvice(name));
  }
  if (const WorkSlices& slices = call.engine.slices(); slices.over_1ms() > 0) {
    text += fmt::format(
        "The engine thread worked for longer than 1 ms at a time {} times, at most {} us of CPU "
        "({}). LATENCY SLICES shows what it did.\n",
        slices.over_1ms(), slices.max_ns() / 1000, NameOf(slices.longest()));
  }
  call.reply.Verbatim("txt", text);
}

// Cumulative counts, as long as they grow, at the ends that Redis's histogram has: powers of two of
// 1024 ns, each with the step of a 128th that begins there.
void ReplySteps(Call& call, const DurationHistogram& durations) {
  std::vector<std::pair<int64_t, int64_t>> steps;
  const uint64_t total = durations.total();
  uint64_t before = 0;
  for (uint64_t level = 1024; before < total && level < (uint64_t{1} << 50); level *= 2) {
    const uint64_t end = level + level / 128 - 1;
    const uint64_t count = durations.CountUpTo(end);
    if (count > before) {
      steps.emplace_back(static_cast<int64_t>(end / 1000), static_cast<int64_t>(count));
    }
    before = count;
  }
  call.reply.Bulk("histogram_usec");
  call.reply.Map(steps.size());
  for (const auto& [us, count] : steps) {
    call.reply.Integer(us);
    call.reply.Integer(count);
  }
}

void LatencySlices(Call& call) {
  std::vector<SliceKind> shown;
  for (size_t i = 0; i < kSliceKinds; ++i) {
    const auto kind = static_cast<SliceKind>(i);
    if (call.engine.slices().of(kind).count > 0) shown.push_back(kind);
  }
  call.reply.Map(shown.size());
  for (const SliceKind kind : shown) {
    const WorkSlices::Figures& figures = call.engine.slices().of(kind);
    call.reply.Bulk(NameOf(kind));
    call.reply.Map(4);
    call.reply.Bulk("calls");
    call.reply.Integer(static_cast<int64_t>(figures.count));
    call.reply.Bulk("max_usec");
    call.reply.Integer(static_cast<int64_t>(figures.max_ns / 1000));
    call.reply.Bulk("over_1ms");
    call.reply.Integer(static_cast<int64_t>(figures.over_1ms));
    ReplySteps(call, *figures.durations);
  }
}

void LatencyHistogram(Call& call) {
  std::vector<const Command*> shown;
  const auto consider = [&](const Command* command) {
    if (command->durations != nullptr && command->durations->total() > 0) shown.push_back(command);
  };
  if (call.args.size() == 2) {
    for (const auto& command : call.engine.commands().all()) consider(command.get());
  }
  for (const std::string_view name : call.args.subspan(2)) {
    const Command* command = call.engine.commands().FindByName(name);
    if (command == nullptr) continue;
    consider(command);
    for (const Command* sub : command->subcommands) consider(sub);
  }
  call.reply.Map(shown.size());
  for (const Command* command : shown) {
    call.reply.Bulk(command->spec->name);
    call.reply.Map(2);
    call.reply.Bulk("calls");
    call.reply.Integer(static_cast<int64_t>(command->durations->total()));
    ReplySteps(call, *command->durations);
  }
}

constexpr uint32_t kSlowlogFlags = kAdmin | kLoading | kStale;
constexpr uint32_t kLatencyFlags = kAdmin | kNoScript | kLoading | kStale;
constexpr std::string_view kPerNode =
    "nondeterministic_output request_policy:all_nodes response_policy:special";

constexpr CommandSpec kCommands[] = {
    {.name = "slowlog",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = "2.2.12",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "The latest commands that took long."},
    {.name = "slowlog|get",
     .function = SlowlogGet,
     .arity = -2,
     .flags = kSlowlogFlags,
     .since = "2.2.12",
     .complexity = "O(N) where N is the number of entries returned",
     .syntax = "[count]",
     .summary = "Answers the last entries, 10 or as many as asked for; -1 is all.",
     .tips = "request_policy:all_nodes nondeterministic_output",
     .history = "4.0.0 Entries say who the client was."},
    {.name = "slowlog|len",
     .function = SlowlogLen,
     .arity = 2,
     .flags = kSlowlogFlags,
     .since = "2.2.12",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the number of entries.",
     .tips = "request_policy:all_nodes response_policy:agg_sum nondeterministic_output"},
    {.name = "slowlog|reset",
     .function = SlowlogReset,
     .arity = 2,
     .flags = kSlowlogFlags,
     .since = "2.2.12",
     .complexity = "O(N) where N is the number of entries in the slowlog",
     .syntax = "",
     .summary = "Forgets all entries.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "slowlog|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kLoading | kStale,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "latency",
     .function = nullptr,
     .arity = -2,
     .flags = 0,
     .since = "2.8.13",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "What took long."},
    {.name = "latency|doctor",
     .function = LatencyDoctor,
     .arity = 2,
     .flags = kLatencyFlags,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Says in words what took long, and what helps.",
     .tips = kPerNode},
    {.name = "latency|graph",
     .function = LatencyGraph,
     .arity = 3,
     .flags = kLatencyFlags,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "event",
     .summary = "Draws an event's samples.",
     .tips = kPerNode},
    {.name = "latency|histogram",
     .function = LatencyHistogram,
     .arity = -2,
     .flags = kLatencyFlags,
     .since = "7.0.0",
     .complexity =
         "O(N) where N is the number of commands with latency information being retrieved.",
     .syntax = "[command [command ...]]",
     .summary = "Answers how often each command took how long.",
     .tips = kPerNode},
    {.name = "latency|history",
     .function = LatencyHistory,
     .arity = 3,
     .flags = kLatencyFlags,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "event",
     .summary = "Answers an event's samples.",
     .tips = kPerNode},
    {.name = "latency|latest",
     .function = LatencyLatest,
     .arity = 2,
     .flags = kLatencyFlags,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the latest and the longest sample of each event.",
     .tips = kPerNode},
    {.name = "latency|reset",
     .function = LatencyReset,
     .arity = -2,
     .flags = kLatencyFlags,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "[event [event ...]]",
     .summary = "Forgets the samples of some events, or of all.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "latency|slices",
     .function = LatencySlices,
     .arity = 2,
     .flags = kLatencyFlags,
     .since = "7.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers how long the engine thread worked at a time, by its own CPU clock.",
     .tips = kPerNode},
    {.name = "latency|help",
     .function = ReplyHelp,
     .arity = 2,
     .flags = kLoading | kStale,
     .since = "2.8.13",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
};

}  // namespace

constexpr CommandFamily kObservationFamily{.group = "server", .acl = 0, .commands = kCommands};

}  // namespace ebb
