// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/wait_duel.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <span>
#include <string_view>

#include "tests/oracle/contents.h"
#include "tests/oracle/vocabulary.h"
#include "tests/oracle/wire.h"

namespace ebb::oracle {
namespace {

constexpr size_t kRoundSteps = 200;
constexpr std::chrono::seconds kLimit{20};

constexpr std::string_view kKeys[] = {"a", "b", "c", "d"};
// What Redis 7.0 does not notice is a list, or a sorted set, that is stored over something else: so
// nothing but lists comes to e, and nothing but sorted sets to f.
constexpr std::string_view kAllKeys[] = {"a", "b", "c", "d", "e", "f"};
constexpr std::string_view kElements[] = {"1", "2", "3", "x", "y", ""};
constexpr std::string_view kEnds[] = {"LEFT", "RIGHT"};

test::ServerSpec SpecOf(const std::string& program) {
  test::ServerSpec spec;
  spec.program = program;
  spec.options = {"--save", "", "--enable-debug-command", "yes"};
  return spec;
}

// Makes one command: words in capitals stand for themselves, the others for something random.
class Maker {
 public:
  // Only what is among the commands of `known` is said.
  Maker(Random& random, size_t clients, const std::set<std::string>& known)
      : random_(random),
        clients_(clients),
        waiting_(Known(kWaiting, known)),
        others_(Known(kOthers, known)) {}

  // Nearly half of what there is to say waits, or would.
  Argv Command() { return random_.Chance(0.45) ? Filled(random_.Pick(waiting_)) : Plain(); }

  Argv Plain() { return Filled(random_.Pick(others_)); }

 private:
  using Template = std::string_view;

  static constexpr Template kWaiting[] = {
      "BLPOP keys time",
      "BRPOP keys time",
      "BLMOVE key key end end time",
      "BRPOPLPUSH key key time",
      "BLMPOP time counted end",
      "BLMPOP time counted end COUNT number",
      "BZPOPMIN keys time",
      "BZPOPMAX keys time",
      "BZMPOP time counted MIN",
      "BZMPOP time counted MAX COUNT number",
  };
  static constexpr Template kOthers[] = {
      "LPUSH key elements",
      "RPUSH key elements",
      "LPUSH key elements",
      "RPUSH key elements",
      "LPUSHX key element",
      "LPOP key",
      "RPOP key number",
      "LMOVE key key end end",
      "RPOPLPUSH key key",
      "LMPOP counted end COUNT number",
      "LSET key 0 element",
      "LINSERT key BEFORE element element",
      "LREM key 1 element",
      "LTRIM key 1 -1",
      "LLEN key",
      "RENAME key key",
      "RENAMENX key key",
      "COPY key key",
      "COPY key key REPLACE",
      "MOVE key 1",
      "MOVE key 0",
      "SET key element",
      "SADD key element",
      "SORT key BY nosort STORE e",
      "SORT key ALPHA LIMIT 0 number STORE e",
      "ZADD key number element",
      "ZADD key number element number element",
      "ZINCRBY key number element",
      "ZREM key element",
      "ZPOPMIN key",
      "ZMPOP counted MAX",
      "ZUNIONSTORE f counted",
      "ZINTERSTORE f counted",
      "ZRANGESTORE f key 0 -1",
      "DEL key",
      "UNLINK keys",
      "PEXPIRE key 0",
      "SELECT 0",
      "SELECT 1",
      "CLIENT UNBLOCK client",
      "CLIENT UNBLOCK client ERROR",
  };

  static std::vector<Template> Known(std::span<const Template> templates,
                                     const std::set<std::string>& known) {
    std::vector<Template> found;
    std::ranges::copy_if(templates, std::back_inserter(found), [&](Template text) {
      return known.contains(Lower(std::string(text.substr(0, text.find(' ')))));
    });
    return found;
  }

  void Add(std::string_view word, Argv* argv) {
    const auto several = [&](std::string_view one, size_t most) {
      for (size_t left = 1 + random_.Below(most); left > 0; --left) Add(one, argv);
    };
    if (word == "key") {
      argv->emplace_back(random_.Pick(kKeys));
    } else if (word == "any") {
      argv->emplace_back(random_.Pick(kAllKeys));
    } else if (word == "keys") {
      several("any", 3);
    } else if (word == "counted") {
      const size_t count = 1 + random_.Below(3);
      argv->push_back(std::to_string(count));
      for (size_t i = 0; i < count; ++i) Add("any", argv);
    } else if (word == "element") {
      argv->emplace_back(random_.Pick(kElements));
    } else if (word == "elements") {
      several("element", 3);
    } else if (word == "end") {
      argv->emplace_back(random_.Pick(kEnds));
    } else if (word == "number") {
      argv->push_back(std::to_string(1 + random_.Below(3)));
    } else if (word == "time") {
      argv->push_back(random_.Chance(0.05) ? "0.001" : "0");
    } else if (word == "client") {
      argv->push_back(std::string("<client ").append(std::to_string(random_.Below(clients_))) +
                      ">");
    } else {
      argv->emplace_back(word);
    }
  }

  Argv Filled(Template text) {
    Argv argv;
    while (!text.empty()) {
      const size_t end = std::min(text.find(' '), text.size());
      Add(text.substr(0, end), &argv);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return argv;
  }

  Random& random_;
  const size_t clients_;
  const std::vector<Template> waiting_;
  const std::vector<Template> others_;
};

// Whether the step may go without a reply.
bool MayWait(const WaitStep& step) {
  if (step.argv.empty() || !step.argv[0].starts_with("B")) return false;
  return (step.argv[0].ends_with("MPOP") ? step.argv[1] : step.argv.back()) == "0";
}

std::string Told(const std::vector<std::string>& outputs) {
  std::string text;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string_view rest = outputs[i];
    while (!rest.empty()) {
      const size_t end = ReplyEnd(rest, 0).value_or(rest.size());
      if (!text.empty()) text += ", ";
      text.append("client ").append(std::to_string(i)).append(": ");
      text += Describe(ParseReply(rest.substr(0, end)));
      rest.remove_prefix(end);
    }
  }
  return text.empty() ? "(nothing)" : text;
}

std::string BlockedClients(Link& link) {
  const std::string info = link.Ask({"INFO", "clients"}).text;
  const size_t at = info.find("blocked_clients:");
  return at == std::string::npos ? "" : info.substr(at, info.find('\r', at) - at);
}

}  // namespace

WaitDuel::Side::Side(const std::string& program) : process(SpecOf(program)) {}

void WaitDuel::Side::Connect(size_t client) {
  auto fresh = std::make_unique<Client>(process.port());
  if (client % 2 == 1) fresh->link.Ask({"HELLO", "3"});
  fresh->id = fresh->link.Ask({"CLIENT", "ID"}).text;
  clients[client] = std::move(fresh);
}

void WaitDuel::Side::Reset() {
  clients.clear();
  clients.resize(kClients);
  control.emplace(process.port());
  // Those of the last round are gone before this is answered, or wait for keys that do not come.
  control->Ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  control->Ask({"FLUSHALL"});
  for (size_t i = 0; i < kClients; ++i) Connect(i);
}

void WaitDuel::Side::Say(const WaitStep& step, bool answers) {
  if (step.argv.empty()) return Connect(step.client);
  Argv argv = step.argv;
  for (std::string& word : argv) {
    if (!word.starts_with("<client ")) continue;
    word = clients[static_cast<size_t>(std::atoi(word.c_str() + 8))]->id;
  }
  Link& link = clients[step.client]->link;
  link.Queue(EncodeCommand(argv), answers ? 1 : 0);
  answers ? void(Finish(link, link, kLimit)) : link.SendQueued();
}

std::vector<std::string> WaitDuel::Side::Hear() {
  // The second question is received when what was said before has been done, and its effects on
  // others have been sent.
  control->Ask({"PING"});
  control->Ask({"PING"});
  std::vector<std::string> outputs;
  for (const auto& client : clients) {
    client->link.ReadArrived();
    std::string& output = outputs.emplace_back();
    for (const std::string& reply : client->link.TakeReplies()) output += reply;
  }
  return outputs;
}

WaitDuel::WaitDuel(const std::string& program) : reference_("redis-server"), ebb_(program) {
  Link ebb(ebb_.process.port());
  for (const Value& name : ebb.Ask({"COMMAND", "LIST"}).elements) known_.insert(name.text);
}

std::vector<WaitStep> WaitDuel::MakeRound(Random& random) const {
  Maker maker(random, kClients, known_);
  std::vector<WaitStep> steps;
  while (steps.size() < kRoundSteps) {
    const size_t client = random.Below(kClients);
    if (random.Chance(0.02)) {
      steps.push_back({client, {}});
    } else if (known_.contains("multi") && random.Chance(0.05)) {
      steps.push_back({client, {"MULTI"}});
      for (size_t left = random.Below(5); left > 0; --left) {
        steps.push_back({client, random.Chance(0.3) ? maker.Command() : maker.Plain()});
      }
      steps.push_back({client, {"EXEC"}});
    } else {
      steps.push_back({client, maker.Command()});
    }
  }
  return steps;
}

std::optional<WaitDuel::Difference> WaitDuel::Play(const std::vector<WaitStep>& steps) {
  reference_.Reset();
  ebb_.Reset();
  std::vector<bool> waits(kClients, false);
  for (size_t i = 0; i < steps.size(); ++i) {
    const WaitStep& step = steps[i];
    if (waits[step.client] && !step.argv.empty()) continue;
    for (Side* side : {&reference_, &ebb_}) side->Say(step, !MayWait(step));
    const std::vector<std::string> reference = reference_.Hear();
    const std::vector<std::string> ebb = ebb_.Hear();
    if (reference != ebb) return Difference{i, Told(reference), Told(ebb)};
    waits[step.client] = !step.argv.empty();
    for (size_t client = 0; client < kClients; ++client) {
      if (!reference[client].empty()) waits[client] = false;
    }
  }
  const std::string one = BlockedClients(*reference_.control);
  const std::string other = BlockedClients(*ebb_.control);
  if (one != other) return Difference{steps.size(), one, other};
  const auto contents = CompareContents(*reference_.control, *ebb_.control);
  if (!contents) return std::nullopt;
  return Difference{steps.size(), contents->reference, contents->ebb};
}

// Leaves out steps as long as something differs.
void WaitDuel::Shrink(std::vector<WaitStep>* steps, Difference* difference) {
  const auto try_without = [&](size_t from, size_t to) {
    std::vector<WaitStep> fewer = *steps;
    fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(from),
                fewer.begin() + static_cast<ptrdiff_t>(to));
    const auto found = Play(fewer);
    if (!found) return;
    *steps = std::move(fewer);
    *difference = *found;
  };
  if (difference->step + 1 < steps->size()) try_without(difference->step + 1, steps->size());
  for (size_t block = std::max<size_t>(steps->size() / 2, 1); block > 0; block /= 2) {
    for (size_t end = steps->size(); end > 0;) {
      const size_t begin = end - std::min(block, end);
      if (end <= steps->size()) try_without(begin, end);
      end = begin;
    }
  }
}

bool WaitDuel::Run(uint64_t count, uint64_t seed) {
  // Another stream of random numbers than those of the other duel.
  constexpr uint64_t kStream = uint64_t{1} << 41;
  uint64_t said = 0;
  for (uint64_t round = 0; said < count; ++round) {
    Random random(seed, kStream + round);
    std::vector<WaitStep> steps = MakeRound(random);
    said += steps.size();
    auto difference = Play(steps);
    if (!difference) continue;
    Shrink(&steps, &*difference);
    std::cout << "\n### waiting clients\nseed " << seed << ", round " << round << "\n";
    for (const WaitStep& step : steps) {
      std::cout << "    " << (step.argv.empty() ? "(a new one)" : QuoteCommand(step.argv))
                << "    (client " << step.client << ")\n";
    }
    std::cout << "redis: " << difference->reference << "\nebb:   " << difference->ebb << "\n";
    return false;
  }
  std::cout << said << " steps of " << kClients << " clients that wait: no difference\n";
  return true;
}

bool WaitDuel::Stop() {
  for (Side* side : {&reference_, &ebb_}) {
    side->clients.clear();
    side->control.reset();
  }
  const bool reference = reference_.process.Stop() == 0;
  return ebb_.process.Stop() == 0 && reference;
}

}  // namespace ebb::oracle
