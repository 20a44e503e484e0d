// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/command_syntax.h"

#include <algorithm>
#include <array>

#include "server/text.h"

namespace ebb {
namespace {

bool IsToken(std::string_view word) {
  return !word.empty() && word[0] >= 'A' && word[0] <= 'Z';
}

// Its since or deprecated_since, as written behind '@'.
void SetVersion(ArgumentDoc* argument, std::string_view version) {
  if (version.starts_with('-')) {
    argument->deprecated_since = version.substr(1);
  } else {
    argument->since = version;
  }
}

std::string TypeOf(std::string_view name) {
  static constexpr std::string_view kIntegers[] = {
      "seconds",       "milliseconds", "count",   "offset",   "index", "increment",
      "decrement",     "cursor",       "db",      "start",    "end",   "bit",
      "value-integer", "client-id",    "timeout", "protover", "len"};
  static constexpr std::string_view kKeys[] = {"key",  "newkey", "source", "destination",
                                               "key1", "key2",   "destkey"};
  if (std::find(std::begin(kKeys), std::end(kKeys), name) != std::end(kKeys)) return "key";
  if (std::find(std::begin(kIntegers), std::end(kIntegers), name) != std::end(kIntegers)) {
    return "integer";
  }
  if (name.starts_with("unix-time")) return "unix-time";
  if (name == "pattern") return "pattern";
  return "string";
}

class SyntaxReader {
 public:
  explicit SyntaxReader(std::string_view text) : text_(text) {}

  // Arguments up to `end` (a closing bracket, or nothing at the end of the text).
  std::vector<ArgumentDoc> ReadSequence(char end) {
    std::vector<ArgumentDoc> sequence;
    std::vector<ArgumentDoc> choices;
    while (SkipSpaces() && text_[at_] != end) {
      if (text_[at_] == '<') {
        at_ = std::min(text_.find('>', at_), text_.size() - 1) + 1;
        continue;
      }
      if (text_[at_] == '|') {
        ++at_;
        choices.push_back(AsOne(std::move(sequence)));
        sequence.clear();
        continue;
      }
      ReadOne(&sequence);
    }
    if (at_ < text_.size()) ++at_;
    if (choices.empty()) return sequence;
    choices.push_back(AsOne(std::move(sequence)));
    ArgumentDoc choice{.name = choices[0].name, .type = "oneof", .token = {}, .children = {}};
    for (size_t i = 1; i < choices.size(); ++i) choice.name += "-" + choices[i].name;
    choice.children = std::move(choices);
    std::vector<ArgumentDoc> one;
    one.push_back(std::move(choice));
    return one;
  }

 private:
  bool SkipSpaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size();
  }

  std::string_view ReadWord() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           std::string_view(" ()[]{}|").find(text_[at_]) == std::string::npos) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  // A sequence as a single argument: itself, or a block.
  static ArgumentDoc AsOne(std::vector<ArgumentDoc> sequence) {
    if (sequence.size() == 1) return std::move(sequence[0]);
    return AsBlock(std::move(sequence));
  }

  static ArgumentDoc AsBlock(std::vector<ArgumentDoc> sequence) {
    ArgumentDoc block{.name = {}, .type = "block", .token = {}, .children = {}};
    for (const ArgumentDoc& argument : sequence) {
      block.name += (block.name.empty() ? "" : "_") + argument.name;
    }
    block.children = std::move(sequence);
    return block;
  }

  // Whether the sequence ends with what `again` names.
  static bool Repeats(const std::vector<ArgumentDoc>& sequence,
                      const std::vector<ArgumentDoc>& again) {
    return sequence.size() >= again.size() &&
           std::equal(again.rbegin(), again.rend(), sequence.rbegin(),
                      [](const auto& one, const auto& other) { return one.name == other.name; });
  }

  static bool HasToken(const std::vector<ArgumentDoc>& arguments) {
    return arguments.size() == 1 && !arguments[0].token.empty();
  }

  // "[x ...]" after x: the arguments before it may be repeated; with their token where that is
  // written again.
  static void MarkRepeated(std::vector<ArgumentDoc>* sequence, size_t count, bool with_token) {
    count = std::min(count, sequence->size());
    if (count > 1) {
      std::vector<ArgumentDoc> tail(
          std::make_move_iterator(sequence->end() - static_cast<long>(count)),
          std::make_move_iterator(sequence->end()));
      sequence->resize(sequence->size() - count);
      sequence->push_back(AsOne(std::move(tail)));
    }
    sequence->back().multiple = true;
    sequence->back().multiple_token = with_token;
  }

  void ReadOne(std::vector<ArgumentDoc>* sequence) {
    if (text_[at_] == '[') {
      ++at_;
      std::vector<ArgumentDoc> inner = ReadSequence(']');
      if (!inner.empty() && inner.back().name == "...") {
        inner.pop_back();
        if (Repeats(*sequence, inner)) {
          MarkRepeated(sequence, inner.size(), HasToken(inner));
          return;
        }
        MarkRepeated(&inner, inner.size(), HasToken(inner));
      }
      ArgumentDoc argument = AsOne(std::move(inner));
      argument.optional = true;
      sequence->push_back(std::move(argument));
      return;
    }
    const std::string_view written = ReadWord();
    const size_t at_sign = std::min(written.find('@'), written.size());
    const std::string_view word = written.substr(0, at_sign);
    const std::string_view version = written.substr(std::min(at_sign + 1, written.size()));
    if (word.empty()) {  // a bracket that does not belong here; never in a row, but the reader must
                         // end
      ++at_;
      return;
    }
    if (at_ < text_.size() && (text_[at_] == '(' || text_[at_] == '{')) {
      const bool choice = text_[at_] == '(';
      ++at_;
      std::vector<ArgumentDoc> inner = ReadSequence(choice ? ')' : '}');
      ArgumentDoc argument = choice ? std::move(inner[0]) : AsBlock(std::move(inner));
      argument.name = word;
      SetVersion(&argument, version);
      sequence->push_back(std::move(argument));
      return;
    }
    sequence->push_back(IsToken(word) ? ReadToken(word) : Plain(word));
    if (!version.empty()) SetVersion(&sequence->back(), version);
  }

  static ArgumentDoc Plain(std::string_view word) {
    if (const size_t mark = word.find('#'); mark != std::string_view::npos) {
      ArgumentDoc argument = Plain(word.substr(0, mark));
      argument.key_spec_index = word[mark + 1] - '0';
      return argument;
    }
    const size_t colon = std::min(word.find(':'), word.size());
    const std::string_view type = word.substr(std::min(colon + 1, word.size()));
    const bool typed = IsArgumentType(type);
    return {.name = std::string(typed ? word.substr(0, colon) : word),
            .type = typed ? std::string(type) : TypeOf(word),
            .token = {},
            .children = {}};
  }

  // A token takes the plain arguments that follow it.
  ArgumentDoc ReadToken(std::string_view token) {
    std::vector<ArgumentDoc> arguments;
    while (SkipSpaces() && text_[at_] >= 'a' && text_[at_] <= 'z') {
      const size_t before = at_;
      const std::string_view word = ReadWord();
      if (at_ < text_.size() && (text_[at_] == '(' || text_[at_] == '{')) {
        at_ = before;
        break;
      }
      arguments.push_back(Plain(word.substr(0, word.find(','))));
      if (word.ends_with(',')) break;
    }
    if (arguments.empty() && SkipSpaces() && text_[at_] >= 'a' && text_[at_] <= 'z') {
      ReadOne(&arguments);
      arguments[0].token = token;
      return std::move(arguments[0]);
    }
    if (arguments.empty()) {
      return {.name = LowerCase(token),
              .type = "pure-token",
              .token = std::string(token),
              .children = {}};
    }
    ArgumentDoc argument = AsOne(std::move(arguments));
    if (argument.type == "block") argument.name = LowerCase(token);
    argument.token = token;
    return argument;
  }

  std::string_view text_;
  size_t at_ = 0;
};

void NumberKeys(std::vector<ArgumentDoc>* arguments, int* next) {
  for (ArgumentDoc& argument : *arguments) {
    if (argument.key_spec_index >= 0) {
      *next = argument.key_spec_index + 1;
    } else if (argument.type == "key") {
      argument.key_spec_index = (*next)++;
    }
    NumberKeys(&argument.children, next);
  }
}

}  // namespace

bool IsArgumentType(std::string_view word) {
  return std::ranges::find(kArgumentTypes, word) != std::end(kArgumentTypes);
}

std::vector<ArgumentDoc> ParseSyntax(std::string_view syntax) {
  std::vector<ArgumentDoc> arguments = SyntaxReader(syntax).ReadSequence('\0');
  int next_key = 0;
  NumberKeys(&arguments, &next_key);
  return arguments;
}

}  // namespace ebb
