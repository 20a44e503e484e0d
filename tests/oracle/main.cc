// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// The differential oracle: says the same random commands to redis-server and to Ebb and compares
// what they answer and what they hold. See --help.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/duel.h"
#include "tests/oracle/hunt.h"
#include "tests/oracle/rules.h"
#include "tests/oracle/wait_duel.h"

namespace ebb::oracle {
namespace {

constexpr std::string_view kHelp = R"(Usage: ebb_oracle [OPTIONS]
Says the same random commands to redis-server and ebb-server and compares replies and contents.
Exit status: 0 when all was equal, 1 when not, 2 for wrong options.

  --commands N        how many (1000000)
  --quick             20000, and fewer of all else
  --seed S            of the stream (1)
  --round R           only the round with this number, as it is told with a difference
  --round-length N    commands between two comparisons of the contents (1000)
  --only CMD,CMD      only these commands; a container stands for all its subcommands
  --resp 2|3          one protocol for all clients; half of them speak each otherwise
  --events            compare also, command by command, what keyspace notifications tell and
                      how many changes are counted
  --talks N           how many conversations with broken protocol (2000)
  --waits N           how many steps of several clients that wait for keys (20000)
  --differences N     end after so many different differences (100)
  --shrink MS         time to find the shortest stream for each (5000)
  --server PROGRAM    what is compared with redis-server (ebb-server); redis-server compares it with
                      itself, which has to end without a difference
  --list              print the commands in the streams and those left out, with the reasons
  --stats             print at the end how often each command was said and answered with an error
)";

struct Options {
  HuntOptions hunt;
  std::string server = EBB_SERVER_PATH;
  uint64_t waits = 20000;
  bool events = false;
  bool list = false;
  bool stats = false;
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

// Options without a value.
bool TakeFlag(std::string_view name, Options* options) {
  if (name == "--quick") {
    options->hunt.commands = 20000;
    options->hunt.talks = 500;
    options->waits = 2000;
  } else if (name == "--events") {
    options->events = true;
  } else if (name == "--list") {
    options->list = true;
  } else if (name == "--stats") {
    options->stats = true;
  } else {
    return false;
  }
  return true;
}

bool TakeNumber(std::string_view name, uint64_t number, Options* options) {
  HuntOptions& hunt = options->hunt;
  if (name == "--commands") {
    hunt.commands = number;
  } else if (name == "--seed") {
    hunt.stream.seed = number;
  } else if (name == "--round") {
    hunt.round = number;
  } else if (name == "--round-length") {
    hunt.stream.round_length = static_cast<size_t>(number);
    return number > 0;
  } else if (name == "--resp") {
    hunt.protocol = static_cast<int>(number);
    return number == 2 || number == 3;
  } else if (name == "--talks") {
    hunt.talks = number;
  } else if (name == "--waits") {
    options->waits = number;
  } else if (name == "--differences") {
    hunt.differences = number;
  } else if (name == "--shrink") {
    hunt.shrink_milliseconds = number;
  } else {
    return false;
  }
  return true;
}

bool TakeOption(std::string_view name, std::string_view value, Options* options) {
  uint64_t number = 0;
  if (name == "--only") {
    options->hunt.stream.only = SplitNames(value);
  } else if (name == "--server") {
    options->server = value;
  } else {
    return ParseNumber(value, &number) && TakeNumber(name, number, options);
  }
  return true;
}

std::optional<Options> ParseOptions(const std::vector<std::string_view>& words) {
  Options options;
  for (size_t i = 0; i < words.size(); ++i) {
    if (TakeFlag(words[i], &options)) continue;
    const std::string_view value = i + 1 < words.size() ? words[i + 1] : "";
    if (!TakeOption(words[i], value, &options)) {
      std::cerr << "ebb_oracle: wrong option: " << words[i] << " " << value << "\n";
      return std::nullopt;
    }
    ++i;
  }
  return options;
}

void PrintList(const Vocabulary& vocabulary) {
  for (const auto& [name, command] : vocabulary.commands()) {
    const bool shared = std::ranges::count(vocabulary.unknown_to_reference(), name) == 0;
    const std::string_view reason =
        shared ? WhyExcluded(command) : "the reference server does not know it";
    std::cout << (reason.empty() ? "said      " : "left out  ") << name;
    if (!reason.empty()) std::cout << ": " << reason;
    std::cout << "\n";
  }
}

void PrintStats(const Duel& duel) {
  for (const auto& [name, tally] : duel.tallies()) {
    std::cout << name << ": " << tally.said << " times, " << 100 * tally.errors / tally.said
              << " % errors\n";
  }
}

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
  Duel duel(options->server, options->hunt.protocol, options->events);
  if (options->list) {
    PrintList(duel.vocabulary());
    return 0;
  }
  bool equal = Hunt(duel, options->hunt).Run();
  if (options->hunt.stream.only.empty() && !options->hunt.round && options->waits > 0) {
    WaitDuel waiting(options->server);
    equal = waiting.Run(options->waits, options->hunt.stream.seed) && equal;
    equal = waiting.Stop() && equal;
  }
  if (options->stats) PrintStats(duel);
  return duel.Stop() && equal ? 0 : 1;
}

}  // namespace
}  // namespace ebb::oracle

int main(int argc, char** argv) {
  return ebb::oracle::Main({argv + 1, argv + argc});
}
