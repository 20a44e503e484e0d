// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "protocol/words.h"

#include <algorithm>

namespace ebb {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What may stand before a word and behind a closing quote.
bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// What ends a word that is not quoted: as in Redis, a vertical tab and a form feed do not.
bool EndsWord(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t SkipSpaces(std::string_view line, size_t at) {
  while (at < line.size() && IsSpace(line[at])) ++at;
  return at;
}

// Reads what stands after a backslash in double quotes; `at` is at the character after it and ends
// on the last one used.
char Unescape(std::string_view line, size_t* at) {
  const char c = line[*at];
  if (c == 'x' && *at + 2 < line.size() && HexDigit(line[*at + 1]) >= 0 &&
      HexDigit(line[*at + 2]) >= 0) {
    const int byte = HexDigit(line[*at + 1]) * 16 + HexDigit(line[*at + 2]);
    *at += 2;
    return static_cast<char>(byte);
  }
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Reads the quoted text that opens at `at`; leaves `at` behind the closing quote. False when it
// does not close, or something other than space follows.
bool ReadQuoted(std::string_view line, size_t* at, std::string* text) {
  const char quote = line[(*at)++];
  for (; *at < line.size(); ++*at) {
    const char c = line[*at];
    if (c == quote) {
      ++*at;
      return *at == line.size() || IsSpace(line[*at]);
    }
    if (c == '\\' && *at + 1 < line.size()) {
      if (quote == '"') {
        ++*at;
        *text += Unescape(line, at);
        continue;
      }
      if (line[*at + 1] == '\'') {
        ++*at;
        *text += '\'';
        continue;
      }
    }
    *text += c;
  }
  return false;
}

bool IsPrintable(char c) {
  return c >= ' ' && c <= '~';
}

void AppendEscaped(char c, std::string* text) {
  // The letter that stands for c, in pairs.
  constexpr std::string_view kLetters = "\\\\\"\"\nn\rr\tt\aa\bb";
  for (size_t i = 0; i < kLetters.size(); i += 2) {
    if (kLetters[i] != c) continue;
    *text += {'\\', kLetters[i + 1]};
    return;
  }
  constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  *text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
}

}  // namespace

std::optional<std::vector<std::string>> SplitWords(std::string_view line) {
  std::vector<std::string> words;
  for (size_t at = SkipSpaces(line, 0); at < line.size(); at = SkipSpaces(line, at)) {
    std::string text;
    bool closed = false;
    while (!closed && at < line.size() && !EndsWord(line[at])) {
      if (line[at] == '"' || line[at] == '\'') {
        if (!ReadQuoted(line, &at, &text)) return std::nullopt;
        closed = true;
      } else {
        text += line[at++];
      }
    }
    words.push_back(std::move(text));
  }
  return words;
}

bool SplitPlainWords(std::string_view line, std::vector<std::string_view>* words) {
  if (line.find_first_of("\"'") != line.npos) return false;
  for (size_t at = SkipSpaces(line, 0); at < line.size(); at = SkipSpaces(line, at)) {
    size_t end = at;
    while (end < line.size() && !EndsWord(line[end])) ++end;
    words->push_back(line.substr(at, end - at));
    at = end;
  }
  return true;
}

void AppendQuoted(std::string_view bytes, std::string* text) {
  const auto plain = [](char c) { return IsPrintable(c) && c != '"' && c != '\\'; };
  text->push_back('"');
  for (auto at = bytes.begin(); at != bytes.end();) {
    const auto end = std::find_if_not(at, bytes.end(), plain);
    text->append(at, end);
    if (end == bytes.end()) break;
    AppendEscaped(*end, text);
    at = end + 1;
  }
  text->push_back('"');
}

std::string Quoted(std::string_view bytes) {
  std::string text;
  AppendQuoted(bytes, &text);
  return text;
}

std::string QuoteWord(std::string_view word) {
  bool plain = !word.empty() && word[0] != '#';
  for (const char c : word) {
    plain = plain && IsPrintable(c) && c != ' ' && c != '"' && c != '\'' && c != '\\';
  }
  return plain ? std::string(word) : Quoted(word);
}

}  // namespace ebb
