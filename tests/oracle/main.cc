// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// The differential oracle: says the same random commands to redis-server and to Ebb and compares
// what they answer and what they hold. See --help.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/duel.h"
#include "tests/oracle/generator.h"
#include "tests/oracle/rules.h"
#include "tests/oracle/shrink.h"

namespace ebb::oracle {
namespace {

constexpr std::string_view kHelp =
    "Usage: ebb_oracle [OPTIONS]\n"
    "Says the same random commands to redis-server and ebb-server and compares replies and "
    "contents.\n"
    "Exit status: 0 when all was equal, 1 when not, 2 for wrong options.\n\n"
    "  --commands N        how many (1000000)\n"
    "  --quick             20000\n"
    "  --seed S            of the stream (1)\n"
    "  --round R           only the round with this number, as it is told with a difference\n"
    "  --round-length N    commands between two comparisons of the contents (1000)\n"
    "  --only CMD,CMD      only these commands; a container stands for all its subcommands\n"
    "  --resp 2|3          one protocol for all clients; half of them speak each otherwise\n"
    "  --differences N     end after so many different differences (100)\n"
    "  --shrink MS         time to find the shortest stream for each (5000)\n"
    "  --list              print the commands in the streams and those left out, with the "
    "reasons\n";

struct Options {
  StreamOptions stream;
  uint64_t commands = 1000000;
  std::optional<uint64_t> round;
  int protocol = 0;
  uint64_t differences = 100;
  uint64_t shrink_milliseconds = 5000;
  bool list = false;
};

bool ParseNumber(std::string_view text, uint64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names(1);
  for (const char byte : text) {
    if (byte == ',') {
      names.emplace_back();
    } else {
      names.back() += byte;
    }
  }
  for (std::string& name : names) name = Lower(name);
  return names;
}

// Takes an option and, where it has one, its value; false when it is wrong.
bool TakeOption(std::string_view name, std::string_view value, Options* options, bool* took_value) {
  *took_value = false;
  if (name == "--quick") {
    options->commands = 20000;
    return true;
  }
  if (name == "--list") return options->list = true;
  *took_value = true;
  uint64_t number = 0;
  if (name == "--only") {
    options->stream.only = SplitNames(value);
    return true;
  }
  if (!ParseNumber(value, &number)) return false;
  if (name == "--commands") {
    options->commands = number;
  } else if (name == "--seed") {
    options->stream.seed = number;
  } else if (name == "--round") {
    options->round = number;
  } else if (name == "--round-length") {
    options->stream.round_length = static_cast<size_t>(number);
    return number > 0;
  } else if (name == "--resp") {
    options->protocol = static_cast<int>(number);
    return number == 2 || number == 3;
  } else if (name == "--differences") {
    options->differences = number;
  } else if (name == "--shrink") {
    options->shrink_milliseconds = number;
  } else {
    return false;
  }
  return true;
}

std::optional<Options> ParseOptions(const std::vector<std::string_view>& words) {
  Options options;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view value = i + 1 < words.size() ? words[i + 1] : "";
    bool took_value = false;
    if (!TakeOption(words[i], value, &options, &took_value)) {
      std::cerr << "ebb_oracle: wrong option: " << words[i] << " " << value << "\n";
      return std::nullopt;
    }
    if (took_value) ++i;
  }
  return options;
}

void PrintList(const Vocabulary& vocabulary) {
  for (const auto& [name, command] : vocabulary.commands()) {
    const std::string_view reason = WhyExcluded(name);
    if (std::ranges::count(vocabulary.unknown_to_reference(), name) > 0) continue;
    std::cout << (reason.empty() ? "said      " : "left out  ") << name;
    if (!reason.empty()) std::cout << ": " << reason;
    std::cout << "\n";
  }
  for (const std::string& name : vocabulary.unknown_to_reference()) {
    std::cout << "left out  " << name << ": the reference server does not know it\n";
  }
}

constexpr size_t kPrintedSteps = 20;

class Hunt {
 public:
  Hunt(Duel& duel, const Options& options)
      : duel_(duel), options_(options), generator_(duel.vocabulary(), options.stream) {}

  // The tables are compared with every stream that is of all commands.
  void CompareTables() {
    for (const TableDifference& difference : duel_.CompareCommandTables()) {
      const std::string key = "table: " + difference.what + " of " + difference.command;
      found_.insert(key);
      ++seen_;
      std::cout << "\n### " << found_.size() << ". " << key << "\nredis: " << difference.reference
                << "\nebb:   " << difference.ebb << "\n";
    }
  }

  // True when nothing differed.
  bool Run() {
    const auto start = std::chrono::steady_clock::now();
    uint64_t rounds =
        (options_.commands + options_.stream.round_length - 1) / options_.stream.round_length;
    if (options_.stream.only.empty() && !options_.round.has_value()) CompareTables();
    const uint64_t first = options_.round.value_or(0);
    if (options_.round.has_value()) rounds = first + 1;
    for (uint64_t round = first; round < rounds && found_.size() < options_.differences; ++round) {
      said_ += RunRound(round);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << said_ << " commands out of " << generator_.commands().size() << " kinds, seed "
              << options_.stream.seed << ", " << static_cast<int>(took.count())
              << " s: " << found_.size() << " differences, seen " << seen_ << " times\n";
    return seen_ == 0;
  }

 private:
  // Says it again as long as it brings something new, for what stands behind a difference is not
  // looked at.
  uint64_t RunRound(uint64_t number) {
    const std::vector<Step> steps = generator_.Round(number);
    const auto wanted = [&](const Difference& other) {
      ++seen_;
      return !known_.contains(other.kind);
    };
    while (found_.size() < options_.differences) {
      const auto difference = duel_.Run(steps, wanted);
      if (!difference.has_value() || !Report(number, steps, *difference)) break;
    }
    return steps.size();
  }

  // Contents differ in few ways and for many reasons: the last command tells them apart.
  std::string KeyOf(const Finding& finding) const {
    if (!finding.difference.kind.starts_with("content: ") || finding.steps.empty())
      return finding.difference.kind;
    const Argv& last = finding.steps.back().argv;
    const CommandModel* command = duel_.vocabulary().Find(last);
    return finding.difference.kind + " after " + (command == nullptr ? last[0] : command->name);
  }

  // Shrinks and tells it; false when it turns out to be a known one.
  bool Report(uint64_t round, const std::vector<Step>& steps, const Difference& difference) {
    const Finding finding =
        Shrink(duel_, steps, difference, std::chrono::milliseconds(options_.shrink_milliseconds));
    const std::string key = KeyOf(finding);
    // Of content differences only the shortest stream tells which one it is.
    if (!difference.kind.starts_with("content: ")) known_.insert(difference.kind);
    if (!found_.insert(key).second) return false;
    std::cout << "\n### " << found_.size() << ". " << key << "\nseed " << options_.stream.seed
              << ", round " << round << ", step " << difference.step << "\n";
    if (!finding.repeatable) {
      std::cout << "(did not show again) ";
      if (difference.step < steps.size()) std::cout << QuoteCommand(steps[difference.step].argv);
      std::cout << "\n";
    } else {
      const size_t skipped =
          finding.steps.size() > kPrintedSteps ? finding.steps.size() - kPrintedSteps : 0;
      if (skipped > 0)
        std::cout << "    (" << skipped << " more in front; there was no time to find fewer)\n";
      for (size_t i = skipped; i < finding.steps.size(); ++i) PrintStep(finding.steps[i]);
    }
    std::cout << "redis: " << finding.difference.reference << "\nebb:   " << finding.difference.ebb
              << "\n"
              << std::flush;
    return !difference.kind.starts_with("content: ");
  }

  void PrintStep(const Step& step) const {
    const bool resp3 =
        options_.protocol == 3 || (options_.protocol == 0 && step.client >= kClients / 2);
    std::cout << "    " << QuoteCommand(step.argv);
    if (step.client != 0) std::cout << "    (client " << step.client << (resp3 ? ", RESP3)" : ")");
    if (step.inlined) std::cout << "    (inline)";
    std::cout << "\n";
  }

  Duel& duel_;
  const Options options_;
  const Generator generator_;
  std::set<std::string> known_;
  std::set<std::string> found_;
  uint64_t said_ = 0;
  uint64_t seen_ = 0;
};

int Main(const std::vector<std::string_view>& words) {
  if (!words.empty() && words[0] == "--help") {
    std::cout << kHelp;
    return 0;
  }
  const std::optional<Options> options = ParseOptions(words);
  if (!options.has_value()) {
    std::cerr << kHelp;
    return 2;
  }
  Duel duel(options->protocol);
  if (options->list) {
    PrintList(duel.vocabulary());
    return 0;
  }
  const bool equal = Hunt(duel, *options).Run();
  return duel.Stop() && equal ? 0 : 1;
}

}  // namespace
}  // namespace ebb::oracle

int main(int argc, char** argv) {
  return ebb::oracle::Main({argv + 1, argv + argc});
}
