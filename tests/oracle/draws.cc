// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/draws.h"

#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "tests/oracle/vocabulary.h"
#include "tests/oracle/wire.h"

namespace ebb::oracle {
namespace {

// Elements, and what belongs to each: a value, a score, or nothing.
using Elements = std::map<std::string, std::string>;

// How everything is read that can be drawn, and how many texts that gives for each element.
struct Source {
  Argv read;
  size_t width = 1;
};

Source SourceOf(const Argv& argv) {
  const std::string name = Lower(argv[0]);
  if (name == "randomkey") return {{"KEYS", "*"}};
  if (name == "hrandfield") return {{"HGETALL", argv[1]}, 2};
  if (name == "zrandmember") return {{"ZRANGE", argv[1], "0", "-1", "WITHSCORES"}, 2};
  return {{"SMEMBERS", argv[1]}};
}

// The texts within, in their order: RESP3 puts pairs into arrays, RESP2 one behind the other.
void Flatten(const Value& value, std::vector<std::string>* texts) {
  if (!value.is_aggregate() && !value.null) texts->push_back(value.text);
  for (const Value& element : value.elements) Flatten(element, texts);
}

std::vector<std::string> Texts(const Value& value) {
  std::vector<std::string> texts;
  Flatten(value, &texts);
  return texts;
}

Elements Held(Link& link, const Source& source) {
  Elements held;
  const std::vector<std::string> texts = Texts(link.Ask(source.read));
  for (size_t i = 0; i + source.width <= texts.size(); i += source.width) {
    held[texts[i]] = source.width > 1 ? texts[i + 1] : "";
  }
  return held;
}

// The first thing that is wrong with what a server has drawn; empty when nothing is.
std::string Wrong(const Argv& argv, const std::vector<std::string>& drawn, const Elements& held) {
  const bool repeats = argv.size() > 2 && argv[2].starts_with('-');
  const size_t width = argv.size() > 3 ? 2 : 1;  // WITHVALUES and its like
  std::set<std::string> seen;
  for (size_t i = 0; i + width <= drawn.size(); i += width) {
    const std::string element = QuoteCommand({drawn[i]});
    if (!seen.insert(drawn[i]).second && !repeats) return element + " comes twice";
    const auto found = held.find(drawn[i]);
    if (TakesAtRandom(argv)) {
      if (found != held.end()) return element + " is still there";
    } else if (found == held.end()) {
      return element + " is not there";
    } else if (width > 1 && found->second != drawn[i + 1]) {
      return element + " has not " + QuoteCommand({drawn[i + 1]});
    }
  }
  return "";
}

// What a server has drawn and, with what is left, all that there was.
struct Outcome {
  std::vector<std::string> drawn;
  std::set<std::string> all;
  std::string wrong;
};

Outcome LookAt(const Argv& argv, const Drawn& side) {
  const Source source = SourceOf(argv);
  const Elements held = Held(side.link, source);
  Outcome outcome{.drawn = Texts(side.reply)};
  outcome.wrong = Wrong(argv, outcome.drawn, held);
  outcome.all.insert(outcome.drawn.begin(), outcome.drawn.end());
  for (const auto& [element, value] : held) outcome.all.insert(element);
  return outcome;
}

// Puts back what this server has taken out, but for the first of all, of which it takes out as
// many. The key is never gone in between, and so keeps its time to live.
void TakeOutFirst(Link& link, const std::string& key, const Outcome& outcome) {
  Argv put = {"SADD", key};
  put.insert(put.end(), outcome.drawn.begin(), outcome.drawn.end());
  link.Ask(put);
  Argv take = {"SREM", key};
  for (const std::string& element : outcome.all) {
    if (take.size() < put.size()) take.push_back(element);
  }
  link.Ask(take);
}

// Of what is left by chance, the reference server makes an intset where it can: where one alone has
// become one, a text that comes and goes makes it none on both.
void SettleEncoding(const std::string& key, const std::string& text, Link& reference, Link& ebb) {
  const auto is_intset = [&](Link& link) {
    return link.Ask({"OBJECT", "ENCODING", key}).text == "intset";
  };
  if (is_intset(reference) == is_intset(ebb)) return;
  for (Link* link : {&reference, &ebb}) {
    link->Ask({"SADD", key, text});
    link->Ask({"SREM", key, text});
  }
}

}  // namespace

bool TakesAtRandom(const Argv& argv) {
  return Lower(argv[0]) == "spop";
}

std::optional<std::pair<std::string, std::string>> SettleDrawn(const Argv& argv,
                                                               const Drawn& reference,
                                                               const Drawn& ebb) {
  const Outcome one = LookAt(argv, reference);
  const Outcome other = LookAt(argv, ebb);
  if (!one.wrong.empty() || !other.wrong.empty()) return std::pair(one.wrong, other.wrong);
  if (!TakesAtRandom(argv)) return std::nullopt;
  if (one.all != other.all) {
    const auto listed = [](const Outcome& outcome) {
      return "there was: " + QuoteCommand({outcome.all.begin(), outcome.all.end()});
    };
    return std::pair(listed(one), listed(other));
  }
  if (one.drawn.empty() || one.drawn.size() == one.all.size()) return std::nullopt;
  TakeOutFirst(reference.link, argv[1], one);
  TakeOutFirst(ebb.link, argv[1], other);
  SettleEncoding(argv[1], *one.all.rbegin() + "x", reference.link, ebb.link);
  return std::nullopt;
}

}  // namespace ebb::oracle
