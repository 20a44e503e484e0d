// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/hunt.h"

#include <chrono>
#include <iostream>
#include <utility>

#include "tests/oracle/talk.h"
#include "tests/oracle/wire.h"

namespace ebb::oracle {
namespace {

constexpr size_t kPrintedSteps = 20;

// Another stream of random numbers than any round's.
constexpr uint64_t kTalkStream = uint64_t{1} << 40;

bool IsAboutContent(const Difference& difference) {
  return difference.kind.starts_with("content: ");
}

std::string Joined(const std::vector<std::string>& pieces) {
  std::string bytes;
  for (const std::string& piece : pieces) bytes += piece;
  return bytes;
}

// Middle parts of what is long left out.
std::string Short(const std::string& text) {
  constexpr size_t kLimit = 600;
  if (text.size() <= kLimit) return text;
  return text.substr(0, kLimit / 2) + " ... " + text.substr(text.size() - kLimit / 2);
}

// What a server answered until it ended the connection, reply by reply.
std::string DescribeOutput(const std::string& output) {
  std::string text;
  for (size_t at = 0; at < output.size();) {
    const size_t end = ReplyEnd(output, at).value_or(output.size());
    text +=
        (at == 0 ? "" : ", ") + Describe(ParseReply(std::string_view(output).substr(at, end - at)));
    at = end;
  }
  return text;
}

}  // namespace

Hunt::Hunt(Duel& duel, HuntOptions options)
    : duel_(duel), options_(std::move(options)), generator_(duel.vocabulary(), options_.stream) {}

bool Hunt::Run() {
  const auto start = std::chrono::steady_clock::now();
  const uint64_t length = options_.stream.round_length;
  uint64_t rounds = (options_.commands + length - 1) / length;
  if (options_.stream.only.empty() && !options_.round.has_value()) {
    CompareTables();
    RunTalks();
  }
  const uint64_t first = options_.round.value_or(0);
  if (options_.round.has_value()) rounds = first + 1;
  for (uint64_t round = first; round < rounds && !IsFull(); ++round) said_ += RunRound(round);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << said_ << " commands of " << generator_.commands().size() << " kinds, seed "
            << options_.stream.seed << ", " << static_cast<int>(took.count())
            << " s: " << found_.size() << " differences, seen " << seen_ << " times\n";
  return seen_ == 0;
}

void Hunt::CompareTables() {
  for (const TableDifference& difference : duel_.CompareCommandTables()) {
    const std::string key = "table: " + difference.what + " of " + difference.command;
    found_.insert(key);
    ++seen_;
    std::cout << "\n### " << found_.size() << ". " << key << "\nredis: " << difference.reference
              << "\nebb:   " << difference.ebb << "\n";
  }
}

// Says a round again as long as it brings something new, for what stands behind a difference is not
// looked at.
uint64_t Hunt::RunRound(uint64_t number) {
  const std::vector<Step> steps = generator_.Round(number);
  const auto wanted = [&](const Difference& other) {
    ++seen_;
    return !known_.contains(other.kind);
  };
  while (!IsFull()) {
    const auto difference = duel_.Run(steps, wanted);
    if (!difference.has_value() || !Report(number, steps, *difference)) break;
  }
  return steps.size();
}

void Hunt::RunTalks() {
  Random random(options_.stream.seed, kTalkStream);
  for (uint64_t number = 0; number < options_.talks && !IsFull(); ++number) {
    std::vector<std::string> pieces = MakeTalk(random);
    const auto outputs = duel_.Talk(Joined(pieces));
    if (outputs.has_value() && outputs->reference == outputs->ebb) continue;
    ++seen_;
    ReportTalk(number, std::move(pieces));
  }
}

// Leaves out pieces as long as the outputs differ.
void Hunt::ReportTalk(uint64_t number, std::vector<std::string> pieces) {
  const auto differs = [&](const std::vector<std::string>& some) {
    const auto outputs = duel_.Talk(Joined(some));
    return !outputs.has_value() || outputs->reference != outputs->ebb;
  };
  // A connection that is reset may lose what was on its way: only what shows again counts.
  if (!differs(pieces) || !differs(pieces)) return;
  for (size_t i = pieces.size(); i-- > 1;) {
    std::vector<std::string> fewer = pieces;
    fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
    if (!fewer.empty() && differs(fewer)) pieces = std::move(fewer);
  }
  const auto outputs = duel_.Talk(Joined(pieces));
  const std::string reference =
      outputs.has_value() ? DescribeOutput(outputs->reference) : "(no end)";
  const std::string ebb = outputs.has_value() ? DescribeOutput(outputs->ebb) : "(no end)";
  if (!found_.insert("protocol: " + reference + " <> " + ebb).second) return;
  std::cout << "\n### " << found_.size() << ". protocol\nseed " << options_.stream.seed << ", talk "
            << number << "\n";
  for (const std::string& piece : pieces)
    std::cout << "    " << Short(QuoteCommand({piece})) << "\n";
  std::cout << "redis: " << reference << "\nebb:   " << ebb << "\n" << std::flush;
}

// Contents differ in few ways and for many reasons: the last command tells them apart.
std::string Hunt::KeyOf(const Finding& finding) const {
  if (!IsAboutContent(finding.difference) || finding.steps.empty()) return finding.difference.kind;
  const Argv& last = finding.steps.back().argv;
  const CommandModel* command = duel_.vocabulary().Find(last);
  return finding.difference.kind + " after " + (command == nullptr ? last[0] : command->name);
}

// Shrinks and tells it; false when the rest of the round can bring nothing new.
bool Hunt::Report(uint64_t round, const std::vector<Step>& steps, const Difference& difference) {
  const Finding finding =
      Shrink(duel_, steps, difference, std::chrono::milliseconds(options_.shrink_milliseconds));
  const std::string key = KeyOf(finding);
  // Of content differences only the shortest stream tells which one it is.
  if (!IsAboutContent(difference)) known_.insert(difference.kind);
  if (!found_.insert(key).second) return false;
  std::cout << "\n### " << found_.size() << ". " << key << "\nseed " << options_.stream.seed
            << ", round " << round << ", step " << difference.step << "\n";
  if (finding.repeatable) {
    PrintSteps(finding.steps);
  } else {
    std::cout << "(did not show again) ";
    if (difference.step < steps.size()) std::cout << QuoteCommand(steps[difference.step].argv);
    std::cout << "\n";
  }
  std::cout << "redis: " << finding.difference.reference << "\nebb:   " << finding.difference.ebb
            << "\n"
            << std::flush;
  return !IsAboutContent(difference);
}

void Hunt::PrintSteps(const std::vector<Step>& steps) const {
  const size_t skipped = steps.size() > kPrintedSteps ? steps.size() - kPrintedSteps : 0;
  if (skipped > 0)
    std::cout << "    (" << skipped << " more in front; there was no time to find fewer)\n";
  for (size_t i = skipped; i < steps.size(); ++i) {
    const Step& step = steps[i];
    std::cout << "    " << Short(QuoteCommand(step.argv));
    if (step.client != 0)
      std::cout << "    (client " << step.client << (IsResp3(step.client) ? ", RESP3)" : ")");
    if (step.inlined) std::cout << "    (inline)";
    std::cout << "\n";
  }
}

bool Hunt::IsResp3(int client) const {
  return options_.protocol == 3 || (options_.protocol == 0 && client >= kClients / 2);
}

}  // namespace ebb::oracle
