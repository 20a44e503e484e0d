// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/generator.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tests/oracle/rules.h"
#include "tests/oracle/templates.h"

namespace ebb::oracle {
namespace {

constexpr std::string_view kKeys[] = {
    "a",      "b",    "c",      "d",   "key",      "k1",  "k2", "user:1",
    "user:2", "{a}x", "h\0llo", "k y", "\xff\xfe", "[x]", "*",
};

constexpr std::string_view kUnknownCommands[] = {
    "NOSUCH",  "nosuchcommand", "",      "GETT",    "SE",
    "set\r\n", "a\0b",          "ping ", "FOO|BAR", "config|get",
};

// How often a command is said, beside the others.
double WeightOf(const CommandModel& command) {
  if (command.name == "flushall" || command.name == "flushdb" || command.name == "swapdb")
    return 0.15;
  // Most are said in transactions as a whole.
  if (command.group == "transactions") return 0.3;
  if (command.name == "reset" || command.name == "select" || command.name == "hello") return 0.3;
  if (!TemplatesFor(command.name).empty()) return 0.15;
  if (command.name == "set") return 3;
  if (command.name == "hset" || command.name == "sadd") return 3;
  if (command.name == "lpush" || command.name == "rpush" || command.name == "pfadd") return 3;
  if (command.name == "pfdebug") return 0.3;
  if (command.name == "get" || command.name == "mset" || command.name == "append") return 2;
  if (command.name.ends_with("|help") || command.name == "lolwut" || command.name == "info")
    return 0.05;
  if (command.group == "server" || command.group == "connection") return 0.3;
  return 1;
}

// Takes time or space that grows faster than the strings.
bool IsForSmallOnly(const CommandModel& command) {
  return command.name == "lcs";
}

// Whether the command may make a string so long that a round which is not about length takes long.
// Numbers beyond the limit are welcome: they only make an error.
bool ReachesFar(const Argv& argv) {
  const std::string name = Lower(argv[0]);
  const bool bits = name == "setbit" || name == "bitfield";
  if (!bits && name != "setrange") return false;
  constexpr double kFar = 5000;
  return std::ranges::any_of(argv, [&](const std::string& argument) {
    const bool counted = argument.starts_with('#');
    const double number = std::strtod(argument.c_str() + (counted ? 1 : 0), nullptr);
    const double unit = counted ? 8 : bits ? 0.125 : 1;
    return number * unit > kFar && number * unit < kProtoMaxBulkLen + 1;
  });
}

// A reply that repeats random elements so often that it would fill the memory.
bool RepeatsFar(const Argv& argv) {
  static const std::set<std::string> drawing = {"hrandfield", "srandmember", "zrandmember"};
  constexpr double kFar = -10000;
  return argv.size() > 2 && drawing.contains(Lower(argv[0])) &&
         std::strtod(argv[2].c_str(), nullptr) < kFar;
}

// A SORT whose order is that of a table, or of what its numbers or texts leave open.
bool SortsAnyhow(const Argv& argv) {
  if (!Lower(argv[0]).starts_with("sort")) return false;
  bool by_nothing = false;
  bool by_keys = false;
  bool alpha = false;
  bool gets = false;
  bool stores = false;
  for (size_t i = 2; i < argv.size(); ++i) {
    const std::string word = Lower(argv[i]);
    const bool more = i + 1 < argv.size();
    if (word == "by" && more) {
      const std::string pattern(argv[++i].c_str());
      (pattern.find('*') == std::string::npos ? by_nothing : by_keys) = true;
    } else if (word == "get" && more) {
      gets = true;
      ++i;
    } else if (word == "store" && more) {
      stores = true;
      ++i;
    } else if (word == "limit") {
      i += 2;
    }
    alpha = alpha || word == "alpha";
  }
  return (by_nothing && !stores) || (alpha && (by_keys || (gets && !stores)));
}

// Asks for a range of texts.
bool SaysLex(const Argv& argv) {
  return std::ranges::any_of(
      argv, [](const std::string& word) { return Lower(word).find("lex") != std::string::npos; });
}

// Asks for some of the places near another: which of those that are as far away is nobody's
// promise.
bool ChoosesPlaces(const Argv& argv) {
  return Lower(argv[0]).starts_with("geo") &&
         std::ranges::any_of(argv, [](const auto& word) { return Lower(word) == "count"; }) &&
         std::ranges::none_of(argv, [](const auto& word) { return Lower(word) == "any"; });
}

// Gives members of sorted sets scores that are not all the same, whatever they were.
bool ChangesScores(const CommandModel& command) {
  static const std::set<std::string> changing = {
      "zincrby", "zunionstore", "zinterstore",    "zdiffstore",
      "geoadd",  "georadius",   "geosearchstore", "georadiusbymember"};
  return changing.contains(command.name);
}

class RoundMaker {
 public:
  RoundMaker(const Vocabulary& vocabulary, std::vector<const CommandModel*> commands, Random random)
      : vocabulary_(vocabulary), random_(random), pools_(random_, profile_) {
    ChooseProfile();
    ChooseCommands(std::move(commands));
  }

  std::vector<Step> Make(size_t length) {
    std::vector<Step> steps;
    while (steps.size() < length) {
      const int client = static_cast<int>(random_.Below(kClients));
      if (transactions_ && random_.Chance(0.2)) {
        SayTransaction(client, &steps);
        continue;
      }
      for (size_t run = 1 + random_.Below(96); run > 0 && steps.size() < length; --run)
        Say(client, &steps);
    }
    return steps;
  }

 private:
  void Say(int client, std::vector<Step>* steps) {
    steps->push_back(MakeStep(client));
    // Keys that are set with a time in the past are there, for who counts them, until somebody
    // comes by: the servers may differ in that. SORT takes numbers for too large as long as nobody
    // has looked at one since that was.
    const std::string name = Lower(steps->back().argv[0]);
    if (name == "dbsize" || name == "debug" || name == "sort" || name == "sort_ro") {
      steps->insert(steps->end() - 1,
                    Step{.client = client, .argv = {"SCAN", "0", "COUNT", "1000000"}});
    }
  }

  // Mostly without errors, so that it runs; perhaps with watched keys, and others who may change
  // them in between.
  void SayTransaction(int client, std::vector<Step>* steps) {
    const double misuse = random_.Chance(0.8) ? std::exchange(profile_.misuse, 0) : profile_.misuse;
    if (random_.Chance(0.5)) {
      Step watch{.client = client, .argv = {"WATCH"}};
      for (size_t keys = 1 + random_.Below(3); keys > 0; --keys) watch.argv.push_back(pools_.Key());
      steps->push_back(std::move(watch));
    }
    const auto others = [&] {
      const int other = static_cast<int>(random_.Below(kClients));
      for (size_t run = random_.Below(4); run > 0; --run) Say(other, steps);
    };
    if (random_.Chance(0.5)) others();
    steps->push_back({.client = client, .argv = {Cased("MULTI")}});
    for (size_t queued = random_.Below(12); queued > 0; --queued) Say(client, steps);
    if (random_.Chance(0.3)) others();
    steps->push_back({.client = client, .argv = {Cased(random_.Chance(0.9) ? "EXEC" : "DISCARD")}});
    profile_.misuse = misuse;
  }

  void ChooseProfile() {
    const size_t keys = random_.Chance(0.1) ? 300 : 2 + random_.Below(8);
    for (size_t i = 0; i < keys; ++i) {
      profile_.keys.push_back(keys > std::size(kKeys) ? "key:" + std::to_string(i)
                                                      : std::string(random_.Pick(kKeys)));
    }
    if (random_.Chance(0.05)) profile_.keys.push_back(std::string(3000, 'k'));
    profile_.databases = {"0", "0", "1", "2", "15"};
    const size_t size = random_.Below(100);
    profile_.size = size < 40   ? Profile::Size::kSmall
                    : size < 95 ? Profile::Size::kMedium
                                : Profile::Size::kLarge;
    profile_.numbers = random_.Chance(0.3) ? 0.7 : 0.15;
    profile_.expiring = random_.Chance(0.1);
    profile_.edge = std::vector{0.0, 0.05, 0.1, 0.3}[random_.Below(4)];
    profile_.misuse = std::vector{0.0, 0.05, 0.1, 0.3}[random_.Below(4)];
    profile_.equal_scores = random_.Chance(0.3);
    if (profile_.equal_scores) profile_.misuse = 0;
  }

  // All, or a handful whose meetings are seldom otherwise, always with something that sets.
  void ChooseCommands(std::vector<const CommandModel*> commands) {
    if (std::ranges::all_of(commands, [](auto* command) { return IsForSmallOnly(*command); })) {
      profile_.size = Profile::Size::kSmall;
    } else if (profile_.size != Profile::Size::kSmall) {
      std::erase_if(commands, [](auto* command) { return IsForSmallOnly(*command); });
    }
    const auto is_exec = [](auto* command) { return command->name == "exec"; };
    transactions_ = std::ranges::any_of(commands, is_exec) && random_.Chance(0.5);
    if (profile_.equal_scores) {
      std::erase_if(commands, [](auto* command) { return ChangesScores(*command); });
    }
    const bool few = random_.Chance(0.5);
    for (const CommandModel* command : commands) {
      double weight = WeightOf(*command);
      if (command->name == "append" && profile_.size == Profile::Size::kSmall) weight = 0.2;
      if (few && command->name != "set" &&
          !random_.Chance(6.0 / static_cast<double>(commands.size()))) {
        weight *= 0.01;
      }
      total_ += weight;
      weights_.emplace_back(total_, command);
    }
  }

  const CommandModel& PickCommand() {
    const double at = total_ * static_cast<double>(random_.Below(1 << 30)) / (1 << 30);
    const auto found =
        std::ranges::upper_bound(weights_, at, {}, [](const auto& entry) { return entry.first; });
    return *(found == weights_.end() ? weights_.back() : *found).second;
  }

  Step MakeStep(int client) {
    Step step{.client = client};
    if (random_.Chance(0.005)) {
      step.argv = {std::string(random_.Pick(kUnknownCommands))};
      for (size_t i = random_.Below(5); i > 0; --i) step.argv.push_back(pools_.Edge());
    } else {
      do step.argv = MakeCommand(PickCommand());
      while (NamesMissing(step.argv) ||
             (profile_.size != Profile::Size::kLarge && ReachesFar(step.argv)) ||
             IsHasty(step.argv) || RepeatsFar(step.argv) || SortsAnyhow(step.argv) ||
             ChoosesPlaces(step.argv) || (!profile_.equal_scores && SaysLex(step.argv)) ||
             RepeatsLife(step.argv));
    }
    step.inlined = random_.Chance(0.02) && CanBeInlined(step.argv);
    return step;
  }

  // COMMAND GETKEYS of a command that Ebb does not have.
  bool NamesMissing(const Argv& argv) const {
    return Lower(argv[0]) == "command" && argv.size() > 2 && vocabulary_.IsMissing(argv[2]);
  }

  // A key would expire while the stream runs on: sooner or later, and not at once.
  bool IsHasty(const Argv& argv) const {
    const auto life = LifeGiven(argv);
    return life.has_value() && *life < std::chrono::hours(1) && *life > kAtOnce;
  }

  // A key would get a time to live that one has got before. With GT and LT the reply would depend
  // on whether a millisecond has passed between the two.
  bool RepeatsLife(const Argv& argv) {
    const auto life = LifeGiven(argv);
    return life.has_value() && *life > kAtOnce && *life < kRefusedLife &&
           !lives_.insert(*life).second;
  }

  std::optional<std::chrono::milliseconds> LifeGiven(const Argv& argv) const {
    const CommandModel* command = vocabulary_.Find(argv);
    return command == nullptr ? std::nullopt : ExpiresIn(*command, argv);
  }

  static bool CanBeInlined(const Argv& argv) {
    size_t size = 0;
    for (const std::string& argument : argv) size += argument.size();
    return !argv[0].empty() && argv[0][0] != '*' && size < 4096;
  }

  Argv MakeCommand(const CommandModel& command) {
    Argv argv;
    for (const std::string& word : command.words) argv.push_back(Cased(word));
    if (command.name == "command|getkeys" || command.name == "command|getkeysandflags") {
      const Argv inner = MakeCommand(PickCommand());
      argv.insert(argv.end(), inner.begin(), inner.end());
    } else if (const std::vector<Argv>& templates = TemplatesFor(command.name);
               !templates.empty()) {
      for (const std::string& word : random_.Pick(templates)) argv.push_back(Filled(word));
    } else {
      EmitArguments(command, &argv);
    }
    // What a template leaves out must not be found by chance.
    if (TemplatesFor(command.name).empty() && random_.Chance(profile_.misuse))
      Spoil(command.words.size(), &argv);
    return argv;
  }

  std::string Filled(const std::string& word) {
    if (word == "<key>") return pools_.Key();
    if (word == "<text>") return pools_.Text();
    if (word == "<integer>") return pools_.Integer();
    return random_.Chance(0.1) ? Lower(word) : word;
  }

  // Options may come in any order, as long as nothing that is required changes its place.
  void EmitArguments(const CommandModel& command, Argv* argv) {
    std::vector<Argv> pieces;
    std::vector<size_t> options;
    for (const Argument& argument : command.arguments) {
      Argv piece;
      Emit(command, argument, &piece);
      if (argument.optional) options.push_back(pieces.size());
      pieces.push_back(std::move(piece));
    }
    if (options.size() > 1 && random_.Chance(0.4)) {
      for (const size_t option : options) std::swap(pieces[option], pieces[random_.Pick(options)]);
    }
    for (Argv& piece : pieces) std::ranges::move(piece, std::back_inserter(*argv));
    CountKeys(command, argv);
  }

  void Emit(const CommandModel& command, const Argument& argument, Argv* argv) {
    if (argument.optional && !random_.Chance(0.4)) return;
    size_t times = 1;
    while (argument.multiple && times < 12 && random_.Chance(0.5)) ++times;
    for (size_t i = 0; i < times; ++i) {
      const bool with_token = i == 0 || argument.multiple_token;
      if (!argument.token.empty() && with_token) argv->push_back(Cased(argument.token));
      if (argument.type == "oneof" && !argument.children.empty()) {
        Argument child = random_.Pick(argument.children);
        child.optional = false;
        Emit(command, child, argv);
      } else if (argument.type == "block") {
        for (const Argument& child : argument.children) Emit(command, child, argv);
      } else if (argument.type != "pure-token") {
        argv->push_back(pools_.ValueFor(command, argument));
      }
    }
  }

  // A number of keys that says how many follow; mostly the right one.
  void CountKeys(const CommandModel& command, Argv* argv) {
    const auto& arguments = command.arguments;
    for (size_t i = 0; i + 1 < arguments.size(); ++i) {
      if (arguments[i].name != "numkeys" || arguments[i + 1].optional) continue;
      const size_t at = command.words.size() + i;
      if (at < argv->size() && random_.Chance(0.85)) {
        const size_t keys = std::min<size_t>(argv->size() - at - 1, 1 + random_.Below(3));
        (*argv)[at] = std::to_string(keys);
      }
    }
  }

  std::string Cased(std::string word) {
    const size_t dice = random_.Below(10);
    if (dice < 6) return word;
    if (dice < 9) return Lower(word);
    for (char& byte : word) {
      const auto letter = static_cast<unsigned char>(byte);
      byte = static_cast<char>(random_.Chance(0.5) ? std::tolower(letter) : std::toupper(letter));
    }
    return word;
  }

  // Changes words behind the command's own; sometimes the number of them.
  void Spoil(size_t words, Argv* argv) {
    const auto place = [&] {
      return argv->begin() + static_cast<ptrdiff_t>(words + random_.Below(argv->size() - words));
    };
    const bool bare = argv->size() == words;
    switch (random_.Below(bare ? 2 : 8)) {
      case 0:
        argv->push_back(pools_.Edge());
        break;
      case 1:
        argv->push_back(Cased(random_.Pick(vocabulary_.tokens())));
        break;
      case 2:
        argv->erase(place());
        break;
      case 3:
        argv->resize(words + random_.Below(argv->size() - words));
        break;
      case 4:
        std::iter_swap(place(), place());
        break;
      case 5: {
        const std::string copy = *place();
        argv->insert(place(), copy);
        break;
      }
      case 6: {
        // A whole option once more: what stands at the end.
        const auto from =
            argv->end() - std::min<ptrdiff_t>(2, static_cast<ptrdiff_t>(argv->size() - words));
        const Argv tail(from, argv->end());
        argv->insert(argv->end(), tail.begin(), tail.end());
        break;
      }
      default:
        *place() = random_.Chance(0.5) ? std::string() : Cased(random_.Pick(vocabulary_.tokens()));
    }
  }

  const Vocabulary& vocabulary_;
  Random random_;
  Profile profile_;
  Pools pools_;
  std::vector<std::pair<double, const CommandModel*>> weights_;
  double total_ = 0;
  bool transactions_ = false;
  std::set<std::chrono::milliseconds> lives_;  // those that keys have been given, but for the least
};

}  // namespace

Generator::Generator(const Vocabulary& vocabulary, StreamOptions options)
    : vocabulary_(vocabulary), options_(std::move(options)) {
  for (const auto& [name, command] : vocabulary.commands()) {
    const bool wanted = options_.only.empty() || std::ranges::count(options_.only, name) > 0 ||
                        std::ranges::count(options_.only, command.words[0]) > 0;
    const bool shared = std::ranges::count(vocabulary.unknown_to_reference(), name) == 0;
    if (wanted && shared && WhyExcluded(command).empty()) commands_.push_back(&command);
  }
}

std::vector<Step> Generator::Round(uint64_t number) const {
  if (commands_.empty()) return {};
  return RoundMaker(vocabulary_, commands_, Random(options_.seed, number))
      .Make(options_.round_length);
}

}  // namespace ebb::oracle
