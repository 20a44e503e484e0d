// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/tables.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "tests/oracle/wire.h"

namespace ebb::oracle {
namespace {

// Of a row of COMMAND INFO, without its subcommands.
constexpr std::string_view kColumns[] = {"name",       "arity",    "flags",
                                         "first key",  "last key", "step",
                                         "categories", "tips",     "key specifications"};

// Fields of COMMAND DOCS and of key specifications that are for people, or tell when what came.
constexpr std::string_view kTexts[] = {"summary", "complexity", "history", "notes", "subcommands"};

// {command, what}: how documentation groups and names arguments that mean the same. Everything that
// a client acts on (arity, flags, keys, categories) is compared without exceptions.
constexpr std::pair<std::string_view, std::string_view> kMeant[] = {
    {"client|kill", "docs arguments"}, {"client|list", "docs arguments"},
    {"config|get", "docs arguments"},  {"debug", "docs doc_flags"},
    {"hello", "docs arguments"},       {"lcs", "docs arguments"},
};

// The value with lists of words sorted and maps sorted by key, without texts for people: equal for
// what means the same.
Value Canonical(const Value& value) {
  Value out{.type = value.type, .null = value.null, .text = value.text};
  for (const Value& element : value.elements) out.elements.push_back(Canonical(element));
  const bool is_words =
      std::ranges::all_of(value.elements, [](const Value& element) { return element.type == '+'; });
  if (is_words) {
    std::ranges::sort(out.elements, {}, [](const Value& element) { return element.text; });
  }
  return out;
}

bool IsText(const Value& key) {
  return std::ranges::count(kTexts, key.text) > 0;
}

// Keys and values, without the texts; below them, too. Since when an argument exists is a text as
// well.
Value WithoutTexts(const Value& value, int depth = 0) {
  Value out{.type = value.type, .null = value.null, .text = value.text};
  const bool is_map =
      value.elements.size() % 2 == 0 && !value.elements.empty() && value.elements[0].type == '$';
  if (!is_map) {
    for (const Value& element : value.elements)
      out.elements.push_back(WithoutTexts(element, depth + 1));
    return out;
  }
  for (size_t i = 0; i + 1 < value.elements.size(); i += 2) {
    if (IsText(value.elements[i]) || (depth > 0 && value.elements[i].text == "since")) continue;
    out.elements.push_back(value.elements[i]);
    out.elements.push_back(WithoutTexts(value.elements[i + 1], depth + 1));
  }
  return out;
}

class Comparer {
 public:
  Comparer(Link& reference, Link& ebb) : reference_(reference), ebb_(ebb) {}

  void CompareInfo(const std::string& name) {
    const Value left = Only(reference_.Ask({"COMMAND", "INFO", name}));
    const Value right = Only(ebb_.Ask({"COMMAND", "INFO", name}));
    for (size_t i = 0; i < std::size(kColumns); ++i) {
      Note(name, std::string(kColumns[i]), Column(left, i), Column(right, i));
    }
  }

  void CompareDocs(const std::string& name) {
    const Value left = ReadDocs(reference_, name);
    const Value right = ReadDocs(ebb_, name);
    for (const Value* side : {&left, &right}) {
      for (size_t i = 0; i + 1 < side->elements.size(); i += 2) {
        const std::string& field = side->elements[i].text;
        // What the reference has was noted in the first pass.
        if (side == &right && FieldOf(left, field).type != 0) continue;
        Note(name, "docs " + field, FieldOf(left, field), FieldOf(right, field));
      }
    }
  }

  std::vector<TableDifference> differences() { return std::move(differences_); }

 private:
  static Value Only(const Value& list) {
    return list.elements.empty() ? Value() : list.elements[0];
  }

  static Value Column(const Value& row, size_t at) {
    return at < row.elements.size() ? Canonical(WithoutTexts(row.elements[at])) : Value();
  }

  static Value FieldOf(const Value& map, const std::string& field) {
    for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
      if (map.elements[i].text == field) return map.elements[i + 1];
    }
    return {.type = 0};
  }

  static Value ReadDocs(Link& link, const std::string& name) {
    const Value docs = link.Ask({"COMMAND", "DOCS", name});
    return docs.elements.size() == 2 ? WithoutTexts(docs.elements[1]) : Value();
  }

  void Note(const std::string& name, const std::string& what, const Value& reference,
            const Value& ebb) {
    const std::string left = Describe(Canonical(reference), 2000);
    const std::string right = Describe(Canonical(ebb), 2000);
    const bool meant =
        std::ranges::count(kMeant, std::pair<std::string_view, std::string_view>(name, what)) > 0;
    if (left != right && !meant) differences_.push_back({name, what, left, right});
  }

  Link& reference_;
  Link& ebb_;
  std::vector<TableDifference> differences_;
};

}  // namespace

std::vector<TableDifference> CompareTables(const Vocabulary& vocabulary, Link& reference,
                                           Link& ebb) {
  Comparer comparer(reference, ebb);
  for (const auto& [name, command] : vocabulary.commands()) {
    if (std::ranges::count(vocabulary.unknown_to_reference(), name) > 0) continue;
    comparer.CompareInfo(name);
    comparer.CompareDocs(name);
  }
  return comparer.differences();
}

}  // namespace ebb::oracle
