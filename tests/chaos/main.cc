// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Chaos: a crowd of clients without manners says everything at once to one server. What it answers
// is nobody's concern here, the oracle sees to that. It has to live through it, to let go of all
// clients and of their memory, to answer afterwards, and to end well. See --help.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/mischief.h"
#include "tests/oracle/generator.h"
#include "tests/oracle/link.h"
#include "tests/oracle/pools.h"
#include "tests/oracle/vocabulary.h"
#include "tests/support/connection.h"
#include "tests/support/reply.h"
#include "tests/support/server_process.h"

namespace ebb::chaos {
namespace {

using test::Connection;
using test::Reply;
using test::ServerProcess;

constexpr std::string_view kHelp = R"(Usage: ebb_chaos [OPTIONS]
A crowd of clients without manners says everything at once to one ebb-server, which has to live
through it and to let go of them and of all memory.
Exit status: 0 when it did, 1 when not, 2 for wrong options.

  --steps N           how often one of them does something (20000)
  --clients N         how many there are at a time (60)
  --seed S            of what they say (1); the servers' answers depend on the time, too
)";

// What may be left, in bytes: statistics, the slow log's entries, the allocator's own.
constexpr int64_t kMayRemain = 4 << 20;

struct Options {
  uint64_t steps = 20000;
  uint64_t clients = 60;
  uint64_t seed = 1;
};

bool ParseOptions(const std::vector<std::string_view>& words, Options* options) {
  for (size_t i = 0; i < words.size(); i += 2) {
    uint64_t* number = words[i] == "--steps"     ? &options->steps
                       : words[i] == "--clients" ? &options->clients
                       : words[i] == "--seed"    ? &options->seed
                                                 : nullptr;
    if (number == nullptr || i + 1 == words.size()) return false;
    const std::string_view value = words[i + 1];
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *number);
    if (error != std::errc() || end != value.data() + value.size()) return false;
  }
  return options->clients > 0;
}

test::ServerSpec Spec() {
  return {.options = {"--proto-max-bulk-len", std::to_string(oracle::kProtoMaxBulkLen)}};
}

// A connection that is the only one, or becomes so in half a minute. What the crowd has sent is
// still run, and may kill it.
Connection ConnectAlone(const ServerProcess& server) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Connection control = server.Connect();
  while (control.Info("connected_clients") != "1" && std::chrono::steady_clock::now() < deadline) {
    if (!control.ok()) control = server.Connect();
  }
  return control;
}

// All that ebb-server knows.
oracle::Vocabulary VocabularyOf(const ServerProcess& server) {
  oracle::Link link(server.port());
  return oracle::Vocabulary(link, link);
}

bool IsOk(const Reply& reply) {
  return reply == Reply::Ok();
}

// Nothing is left but what every server has; says on standard error what is.
bool IsAtRest(Connection& control, int64_t used_before) {
  const auto becomes = [&](const std::string& field, const auto& wanted) {
    if (control.AwaitInfo(field, wanted)) return true;
    std::cerr << "afterwards, " << field << " stays " << control.Info(field) << "\n";
    return false;
  };
  const auto is = [](const char* wanted) {
    return [wanted](const std::string& value) { return value == wanted; };
  };
  bool rests = becomes("connected_clients", is("1"));
  if (!rests) std::cerr << control.Command({"CLIENT", "LIST"}).text;
  rests = becomes("blocked_clients", is("0")) && rests;
  rests = becomes("pubsub_channels", is("0")) && rests;
  rests = becomes("pubsub_patterns", is("0")) && rests;
  rests = IsOk(control.Command({"CLIENT", "UNPAUSE"})) && rests;
  rests = IsOk(control.Command(Mischief::Settle())) && rests;
  rests = IsOk(control.Command({"FLUSHALL"})) && rests;
  rests = !control.Command({"TRASH", "PURGE", "ALL"}).IsError("") && rests;
  rests = IsOk(control.Command({"SLOWLOG", "RESET"})) && rests;
  return becomes("used_memory",
                 [&](const std::string& used) {
                   return std::strtoll(used.c_str(), nullptr, 10) <= used_before + kMayRemain;
                 }) &&
         rests;
}

int Main(const std::vector<std::string_view>& words) {
  Options options;
  if (words == std::vector<std::string_view>{"--help"}) {
    std::cout << kHelp;
    return 0;
  }
  if (!ParseOptions(words, &options)) {
    std::cerr << kHelp;
    return 2;
  }
  ServerProcess server(Spec());
  const oracle::Vocabulary vocabulary = VocabularyOf(server);
  const oracle::Generator generator(vocabulary, {.seed = options.seed, .only = {}});
  bool well = IsOk(server.Connect().Command(Mischief::Settle()));
  const int64_t used = std::strtoll(server.Connect().Info("used_memory").c_str(), nullptr, 10);

  Crowd crowd(server.port(), generator, options.seed, options.clients);
  for (uint64_t step = 0; step < options.steps && crowd.refused() == 0; ++step) crowd.Step();
  crowd.Leave();
  Connection control = ConnectAlone(server);
  well = IsAtRest(control, used) && well && crowd.refused() == 0;
  well = server.Stop() == 0 && well;
  std::cout << crowd.said() << " commands by " << crowd.joined() << " clients, seed "
            << options.seed << (well ? "\n" : ": the server did not bear it; its log:\n");
  if (!well) std::cout << server.Log();
  return well ? 0 : 1;
}

}  // namespace
}  // namespace ebb::chaos

int main(int argc, char** argv) {
  return ebb::chaos::Main({argv + 1, argv + argc});
}
