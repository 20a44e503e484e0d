// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "tests/oracle/wire.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace ebb::oracle {
namespace {

constexpr int kMaxDepth = 16;

int64_t ToNumber(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

size_t ElementsOf(char type, int64_t count) {
  if (count < 0) return 0;
  return static_cast<size_t>(count) * (type == '%' || type == '|' ? 2 : 1);
}

bool HasElements(char type) {
  return type == '*' || type == '~' || type == '%' || type == '>' || type == '|';
}

bool HasBytes(char type) {
  return type == '$' || type == '=' || type == '!';
}

std::optional<size_t> EndAtDepth(std::string_view bytes, size_t from, int depth) {
  const size_t line_end = bytes.find("\r\n", from);
  if (line_end == std::string_view::npos) return std::nullopt;
  const char type = bytes[from];
  const int64_t number = ToNumber(bytes.substr(from + 1, line_end - from - 1));
  size_t end = line_end + 2;
  if (HasBytes(type) && number >= 0) {
    end += static_cast<size_t>(number) + 2;
    if (end > bytes.size()) return std::nullopt;
  }
  if (HasElements(type) && depth < kMaxDepth) {
    for (size_t left = ElementsOf(type, number); left > 0; --left) {
      const std::optional<size_t> next = EndAtDepth(bytes, end, depth + 1);
      if (!next.has_value()) return std::nullopt;
      end = *next;
    }
  }
  // An attribute belongs to the reply that follows it.
  if (type == '|') return EndAtDepth(bytes, end, depth);
  return end;
}

Value ParseFrom(std::string_view bytes, size_t* at) {
  Value value;
  const size_t line_end = bytes.find("\r\n", *at);
  if (line_end == std::string_view::npos) return value;
  value.type = bytes[*at];
  const std::string_view line = bytes.substr(*at + 1, line_end - *at - 1);
  const int64_t number = ToNumber(line);
  *at = line_end + 2;
  value.null =
      value.type == '_' || ((HasBytes(value.type) || HasElements(value.type)) && number < 0);
  if (value.null) return value;
  if (HasBytes(value.type)) {
    value.text = bytes.substr(*at, static_cast<size_t>(number));
    *at += static_cast<size_t>(number) + 2;
  } else if (HasElements(value.type)) {
    for (size_t left = ElementsOf(value.type, number); left > 0 && *at < bytes.size(); --left) {
      value.elements.push_back(ParseFrom(bytes, at));
    }
  } else {
    value.text = line;
  }
  return value;
}

bool IsPlain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char byte) {
    return std::isgraph(byte) && byte != '"' && byte != '\'' && byte != '\\';
  });
}

// Inside double quotes, as redis-cli and the inline parser read it.
std::string Quoted(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const unsigned char byte : text) {
    if (byte == '"' || byte == '\\') {
      out += {'\\', static_cast<char>(byte)};
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (std::isprint(byte)) {
      out += static_cast<char>(byte);
    } else {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out + '"';
}

// What a terminal can show; all else as in a quoted text.
std::string Printable(std::string_view text) {
  const bool plain =
      std::ranges::all_of(text, [](unsigned char byte) { return std::isprint(byte); });
  if (plain) return std::string(text);
  const std::string quoted = Quoted(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string Shortened(std::string text, size_t limit) {
  if (text.size() <= limit) return text;
  const size_t half = limit / 2;
  return text.substr(0, half) + " ...(" + std::to_string(text.size()) + " characters)... " +
         text.substr(text.size() - half);
}

std::string DescribeWhole(const Value& value) {
  if (value.null) return "(" + value.Kind() + ")";
  switch (value.type) {
    case '+':
      return Printable(value.text);
    case '-':
      return "(error) " + Printable(value.text);
    case '$':
      return Quoted(value.text);
  }
  if (!HasElements(value.type)) return "(" + value.Kind() + ") " + Printable(value.text);
  std::string out = value.type == '*' ? "[" : value.Kind() + "[";
  for (const Value& element : value.elements) {
    if (&element != &value.elements.front()) out += ", ";
    out += DescribeWhole(element);
  }
  return out + "]";
}

}  // namespace

std::string Value::Kind() const {
  switch (type) {
    case '+':
      return "status";
    case '-':
      return "error";
    case ':':
      return "integer";
    case '$':
      return null ? "null bulk" : "bulk";
    case '*':
      return null ? "null array" : "array";
    case '_':
      return "null";
    case ',':
      return "double";
    case '#':
      return "boolean";
    case '=':
      return "verbatim";
    case '(':
      return "big number";
    case '%':
      return "map";
    case '~':
      return "set";
    case '>':
      return "push";
    case '|':
      return "attribute";
  }
  return "no reply";
}

std::string EncodeCommand(const Argv& argv) {
  std::string out = "*" + std::to_string(argv.size()) + "\r\n";
  for (const std::string& argument : argv) {
    out += "$" + std::to_string(argument.size()) + "\r\n";
    out += argument;
    out += "\r\n";
  }
  return out;
}

std::string EncodeInline(const Argv& argv) {
  std::string out;
  for (const std::string& argument : argv) {
    if (!out.empty()) out += ' ';
    out += IsPlain(argument) ? argument : Quoted(argument);
  }
  return out + "\r\n";
}

std::optional<size_t> ReplyEnd(std::string_view bytes, size_t from) {
  return EndAtDepth(bytes, from, 0);
}

Value ParseReply(std::string_view bytes) {
  size_t at = 0;
  return ParseFrom(bytes, &at);
}

std::string QuoteCommand(const Argv& argv) {
  std::string out;
  for (const std::string& argument : argv) {
    if (!out.empty()) out += ' ';
    out += IsPlain(argument) ? argument : Quoted(argument);
  }
  return out;
}

std::string Describe(const Value& value, size_t limit) {
  return Shortened(DescribeWhole(value), limit);
}

}  // namespace ebb::oracle
