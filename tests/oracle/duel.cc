// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/duel.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <set>
#include <utility>

#include "tests/oracle/contents.h"
#include "tests/oracle/draws.h"
#include "tests/oracle/rules.h"
#include "tests/oracle/templates.h"
#include "tests/oracle/wire.h"
#include "tests/support/connection.h"

namespace ebb::oracle {
namespace {

constexpr size_t kBatch = 64;
// Steps after which Ebb moves all it holds, which has to be the same afterwards. (The other server
// has no such command.)
constexpr size_t kReclaimEvery = 200;
constexpr std::chrono::seconds kBatchLimit{20};
constexpr std::chrono::seconds kTalkLimit{5};

test::ServerSpec SpecOf(const std::string& program) {
  test::ServerSpec spec;
  spec.program = program;
  spec.options = {"--save",
                  "",
                  "--enable-debug-command",
                  "yes",
                  "--proto-max-bulk-len",
                  std::to_string(kProtoMaxBulkLen)};
  return spec;
}

bool IsScan(const CommandModel* command) {
  return ComparisonFor(command) == Comparison::kScan;
}

bool Draws(const CommandModel* command) {
  return ComparisonFor(command) == Comparison::kDrawn;
}

// Has to be looked at before going on.
bool IsAlone(const CommandModel* command) {
  return IsScan(command) || Draws(command);
}

// Comes by keys in an order of its own, or by some of them alone.
bool FindsKeysAtRandom(const CommandModel* command) {
  static const std::set<std::string> finding = {"scan", "keys", "randomkey", "sort", "sort_ro"};
  return command != nullptr && finding.contains(command->name);
}

// Stores what comes of several keys, and removes the destination where nothing does: the reference
// server does not look whether that has expired.
bool StoresResult(const CommandModel* command) {
  if (command == nullptr) return false;
  const std::string_view name = command->name;
  return name.ends_with("store") || name == "georadius" || name == "georadiusbymember" ||
         name == "bitop";
}

// Whether the reference may count one change where nothing has changed: that an expired key is
// gone, or that a database has taken its own place.
bool CountsWhatWas(const CommandModel* command) {
  return StoresResult(command) || (command != nullptr && command->name == "swapdb");
}

std::string NameOf(const std::vector<const CommandModel*>& said) {
  return said.front() == nullptr ? "(unknown)" : said.front()->name;
}

// The server's time in milliseconds; less than 0 when it does not tell.
int64_t Clock(Link& link) {
  const Value time = link.Ask({"TIME"});
  if (time.elements.size() != 2) return -1;
  return std::strtoll(time.elements[0].text.c_str(), nullptr, 10) * 1000 +
         std::strtoll(time.elements[1].text.c_str(), nullptr, 10) / 1000;
}

// How many changes the server has counted; less than 0 when it does not tell.
int64_t ChangesOf(Link& link) {
  const std::string info = link.Ask({"INFO", "persistence"}).text;
  const std::string count = test::InfoField(info, "rdb_changes_since_last_save");
  return count.empty() ? -1 : std::strtoll(count.c_str(), nullptr, 10);
}

// Where the cursor stands: SCAN has no key before it.
size_t CursorIndex(const Argv& argv) {
  return Lower(argv[0]) == "scan" ? 1 : 2;
}

// The rest of an iteration, as the sorted set of what it gives; nothing when it does not end.
std::optional<std::set<std::string>> Iterate(Link& link, Argv argv, Value reply) {
  constexpr int kMostCalls = 100000;
  std::set<std::string> found;
  for (int calls = 0; calls < kMostCalls; ++calls) {
    if (reply.elements.size() != 2) return std::nullopt;
    for (const Value& element : reply.elements[1].elements) found.insert(element.text);
    if (reply.elements[0].text == "0") return found;
    argv[CursorIndex(argv)] = reply.elements[0].text;
    reply = link.Ask(argv);
  }
  return std::nullopt;
}

std::string Listed(const std::optional<std::set<std::string>>& found) {
  if (!found.has_value()) return "an iteration without an end";
  std::string out = "iterated " + std::to_string(found->size()) + ":";
  for (const std::string& element : *found) out += " " + QuoteCommand({element});
  return out;
}

}  // namespace

Duel::Side::Side(const std::string& program) : process(SpecOf(program)) {}

Duel::Duel(const std::string& program, int protocol, bool events)
    : protocol_(protocol), events_(events), reference_("redis-server"), ebb_(program) {
  Link reference(reference_.process.port());
  Link ebb(ebb_.process.port());
  vocabulary_ = std::make_unique<Vocabulary>(reference, ebb);
}

void Duel::Connect(Side& side) {
  side.clients.clear();
  side.control = std::make_unique<Link>(side.process.port());
  side.listener = std::make_unique<Listener>(side.process.port());
  for (int i = 0; i < kClients; ++i) {
    side.clients.emplace_back(side.process.port());
    const bool resp3 = protocol_ == 3 || (protocol_ == 0 && i >= kClients / 2);
    if (resp3) side.clients.back().Ask({"HELLO", "3"});
  }
}

void Duel::ResetSide(Side& side) {
  Connect(side);
  if (side.control->Ask({"FLUSHALL"}).text != "OK") {
    side.process.Restart();
    Connect(side);
  }
  // What is expired stays until somebody asks for it, so that nothing depends on when the servers
  // tidy up.
  side.control->Ask({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
  for (const Argv& command : ConfigurationReset()) side.control->Ask(command);
  if (!events_) return;
  // Not A: beside it, the reference server forgets n when a later CONFIG SET fails.
  side.control->Ask({"CONFIG", "SET", "notify-keyspace-events", "KEg$lshzxenm"});
  side.changes = ChangesOf(*side.control);
}

void Duel::Reset() {
  ResetSide(reference_);
  ResetSide(ebb_);
  transactions_.assign(kClients, {});
  expiry_in_order_ = true;
}

void Duel::AwaitExpiry() {
  for (Side* side : {&reference_, &ebb_}) {
    const int64_t start = Clock(*side->control);
    int64_t now = start;
    while (now >= start && now <= start + kAtOnce.count() + 1) now = Clock(*side->control);
  }
}

std::vector<bool> Duel::ExpiringSteps(const std::vector<Step>& steps) const {
  std::vector<bool> expiring(steps.size());
  std::vector<bool> queued(kClients);  // a command of that kind may wait for EXEC
  for (size_t i = 0; i < steps.size(); ++i) {
    const CommandModel* command = vocabulary_->Find(steps[i].argv);
    if (command == nullptr) continue;
    const auto client = static_cast<size_t>(steps[i].client);
    const auto life = ExpiresIn(*command, steps[i].argv);
    if (life.has_value() && *life <= kAtOnce) {
      expiring[i] = true;
      queued[client] = true;
    } else if (command->name == "exec") {
      expiring[i] = queued[client];
      queued[client] = false;
    }
  }
  return expiring;
}

bool Duel::IsUnsettled(const Step& step) const {
  return TakesAtRandom(step.argv) && transactions_[static_cast<size_t>(step.client)].open;
}

size_t Duel::BatchEnd(const std::vector<Step>& steps, const std::vector<bool>& expiring,
                      size_t from) const {
  if (events_ || IsAlone(vocabulary_->Find(steps[from].argv))) return from + 1;
  for (size_t at = from; at < steps.size() && at - from < kBatch; ++at) {
    if (steps[at].client != steps[from].client || IsAlone(vocabulary_->Find(steps[at].argv)))
      return at;
    if (expiring[at]) return at + 1;
  }
  return std::min(from + kBatch, steps.size());
}

std::optional<Difference> Duel::RunScan(const Step& step, size_t index, const Value& reference,
                                        const Value& ebb) {
  const size_t cursor = CursorIndex(step.argv);
  const bool begins =
      step.argv.size() > cursor && step.argv[cursor] == "0" && reference.type == '*';
  if (!begins) return std::nullopt;
  const auto client = static_cast<size_t>(step.client);
  const auto left = Iterate(reference_.clients[client], step.argv, reference);
  const auto right = Iterate(ebb_.clients[client], step.argv, ebb);
  if (left == right) return std::nullopt;
  return Difference{Lower(step.argv[0]) + ": the iterated set", index, Listed(left), Listed(right)};
}

std::optional<std::vector<const CommandModel*>> Duel::Follow(int client,
                                                             const CommandModel* command,
                                                             std::string_view reply) {
  Transaction& transaction = transactions_[static_cast<size_t>(client)];
  if (transaction.open && reply == "+QUEUED\r\n") {
    transaction.queued.push_back(command);
    return std::nullopt;
  }
  if (command == nullptr) return std::nullopt;
  if (command->name == "multi" && reply == "+OK\r\n") transaction = {.open = true, .queued = {}};
  const bool ends = command->name == "discard" || command->name == "reset";
  if (ends && reply.starts_with('+')) transaction = {};
  if (command->name != "exec" || !transaction.open || reply.starts_with("-ERR wrong number"))
    return std::nullopt;
  return std::exchange(transaction, {}).queued;
}

std::optional<Difference> Duel::CompareReplies(const Step& step, size_t index,
                                               std::string_view reference, std::string_view ebb) {
  const CommandModel* command = vocabulary_->Find(step.argv);
  Tally& tally = tallies_[command == nullptr ? "(unknown)" : command->name];
  ++tally.said;
  if (reference.starts_with('-')) ++tally.errors;
  const auto executed = Follow(step.client, command, reference);
  if (reference == ebb && !IsScan(command)) return std::nullopt;
  const Value one = ParseReply(reference);
  const Value other = ParseReply(ebb);
  const bool agree =
      executed.has_value() ? AgreeEach(*executed, one, other) : Agree(command, one, other);
  if (!agree)
    return Difference{ClassOf(command, one, other), index, Describe(one), Describe(other)};
  return IsScan(command) ? RunScan(step, index, one, other) : std::nullopt;
}

std::optional<Difference> Duel::RunBatch(const std::vector<Step>& steps, size_t from, size_t to,
                                         const Filter& wanted, bool* diverged) {
  const std::vector<const CommandModel*> running = Running(steps, from, to);
  Link& reference = reference_.clients[static_cast<size_t>(steps[from].client)];
  Link& ebb = ebb_.clients[static_cast<size_t>(steps[from].client)];
  for (size_t i = from; i < to; ++i) {
    const std::string bytes =
        steps[i].inlined ? EncodeInline(steps[i].argv) : EncodeCommand(steps[i].argv);
    reference.Queue(bytes, 1);
    ebb.Queue(bytes, 1);
  }
  Finish(reference, ebb, kBatchLimit);
  const std::vector<std::string> left = reference.TakeReplies();
  const std::vector<std::string> right = ebb.TakeReplies();
  for (size_t i = 0; i < to - from; ++i) {
    std::optional<Difference> difference;
    if (i < left.size() && i < right.size()) {
      difference = CompareReplies(steps[from + i], from + i, left[i], right[i]);
    } else if (i >= left.size() && i >= right.size() && reference.failed() && ebb.failed()) {
      *diverged = true;  // both have ended the connection: the round ends here
      return std::nullopt;
    } else {
      const std::string who = i < left.size() ? "ebb" : "the reference";
      const auto told = [&](const std::vector<std::string>& side) {
        return i < side.size() ? Describe(ParseReply(side[i])) : std::string("(no reply)");
      };
      difference = Difference{"no reply from " + who, from + i, told(left), told(right)};
      *diverged = true;
    }
    if (!difference.has_value()) continue;
    if (wanted(*difference)) return difference;
    *diverged = *diverged || CompareContent(from + i).has_value();
    if (*diverged) return std::nullopt;
  }
  auto difference = CompareMessages(running, to - 1);
  if (difference.has_value() && wanted(*difference)) return difference;
  if (events_) {
    difference = CompareChanges(running, from);
    if (difference.has_value() && wanted(*difference)) return difference;
  }
  difference = SettleDraw(steps[from], from, left, right);
  if (events_) CompareChanges(running, from);  // what that took is of no account
  if (!difference.has_value() || wanted(*difference)) return difference;
  *diverged = true;
  return std::nullopt;
}

std::optional<Difference> Duel::SettleDraw(const Step& step, size_t index,
                                           const std::vector<std::string>& reference,
                                           const std::vector<std::string>& ebb) {
  const auto client = static_cast<size_t>(step.client);
  if (!Draws(vocabulary_->Find(step.argv)) || transactions_[client].open) return std::nullopt;
  const auto answered = [](const std::vector<std::string>& replies) {
    return !replies.empty() && !replies[0].starts_with('-');
  };
  if (!answered(reference) || !answered(ebb)) return std::nullopt;
  const auto wrong = SettleDrawn(step.argv, {reference_.clients[client], ParseReply(reference[0])},
                                 {ebb_.clients[client], ParseReply(ebb[0])});
  // What is told of keys meanwhile is of no account.
  CompareHeard(*reference_.listener, *ebb_.listener, Expiry::kNotHeard);
  if (!wrong.has_value()) return std::nullopt;
  return Difference{Lower(step.argv[0]) + ": what was drawn", index, wrong->first, wrong->second};
}

std::vector<const CommandModel*> Duel::Running(const std::vector<Step>& steps, size_t from,
                                               size_t to) const {
  std::vector<const CommandModel*> commands;
  for (size_t i = from; i < to; ++i) {
    commands.push_back(vocabulary_->Find(steps[i].argv));
    if (commands.back() == nullptr || commands.back()->name != "exec") continue;
    const auto& queued = transactions_[static_cast<size_t>(steps[i].client)].queued;
    commands.insert(commands.end(), queued.begin(), queued.end());
  }
  return commands;
}

std::optional<Difference> Duel::CompareMessages(const std::vector<const CommandModel*>& said,
                                                size_t index) {
  const bool at_random = std::ranges::any_of(said, FindsKeysAtRandom);
  expiry_in_order_ = expiry_in_order_ && !at_random;
  const bool stores = std::ranges::any_of(said, StoresResult);
  const Expiry expiry = !expiry_in_order_ ? Expiry::kNotHeard
                        : stores          ? Expiry::kAsDeleted
                                          : Expiry::kHeard;
  const auto heard = CompareHeard(*reference_.listener, *ebb_.listener, expiry);
  // What they come by, one may miss and the other expire; or remove, where a result is stored.
  if (!heard.has_value() || at_random || (stores && !expiry_in_order_)) return std::nullopt;
  return Difference{"messages of " + NameOf(said), index, heard->first, heard->second};
}

std::optional<Difference> Duel::CompareChanges(const std::vector<const CommandModel*>& said,
                                               size_t index) {
  const auto grown = [](Side& side) {
    const int64_t before = std::exchange(side.changes, ChangesOf(*side.control));
    return side.changes - before;
  };
  const int64_t reference = grown(reference_);
  const int64_t ebb = grown(ebb_);
  const auto forgiven = std::ranges::count_if(said, CountsWhatWas);
  if (reference == ebb || (reference > ebb && reference <= ebb + forgiven)) return std::nullopt;
  return Difference{"changes of " + NameOf(said), index, std::to_string(reference),
                    std::to_string(ebb)};
}

std::optional<Difference> Duel::CompareContent(size_t step) {
  const auto found = CompareContents(*reference_.control, *ebb_.control);
  if (!found.has_value()) return std::nullopt;
  return Difference{"content: " + found->what, step, found->reference, found->ebb};
}

std::optional<Difference> Duel::Run(const std::vector<Step>& steps, const Filter& wanted) {
  Reset();
  const std::vector<bool> expiring = ExpiringSteps(steps);
  bool diverged = false;
  for (size_t from = 0; from < steps.size();) {
    const size_t to = BatchEnd(steps, expiring, from);
    if (IsUnsettled(steps[from])) {
      from = to;
      continue;
    }
    const auto difference = RunBatch(steps, from, to, wanted, &diverged);
    if (difference.has_value()) return difference;
    if (diverged) return std::nullopt;
    if (expiring[to - 1]) AwaitExpiry();
    if (to / kReclaimEvery > from / kReclaimEvery || to == steps.size())
      ebb_.control->Ask({"MEMORY", "RECLAIM"});
    from = to;
  }
  const auto difference = CompareContent(steps.size());
  return difference.has_value() && wanted(*difference) ? difference : std::nullopt;
}

std::optional<Duel::Outputs> Duel::Talk(std::string_view bytes) {
  Link reference(reference_.process.port());
  Link ebb(ebb_.process.port());
  for (Link* link : {&reference, &ebb}) link->QueueLast(bytes);
  if (!Finish(reference, ebb, kTalkLimit)) return std::nullopt;
  return Outputs{reference.TakeOutput(), ebb.TakeOutput()};
}

std::vector<TableDifference> Duel::CompareCommandTables() {
  Link reference(reference_.process.port());
  Link ebb(ebb_.process.port());
  return CompareTables(*vocabulary_, reference, ebb);
}

bool Duel::Stop() {
  for (Side* side : {&reference_, &ebb_}) {
    side->clients.clear();
    side->listener.reset();
    side->control.reset();
  }
  const bool reference = reference_.process.Stop() == 0;
  const std::optional<int> status = ebb_.process.Stop();
  if (status != 0) std::cerr << "Ebb ended badly; its log:\n" << ebb_.process.Log();
  return reference && status == 0;
}

}  // namespace ebb::oracle
