// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Lines as words: inline commands, configuration files, command lines. Spaces separate; double
// quotes know \n \r \t \b \a \xHH, single quotes \'.
namespace ebb {

// The words of `line`; nothing when a quote is not closed, or something other than a space follows
// it.
std::optional<std::vector<std::string>> SplitWords(std::string_view line);

// The same for a line without quotes, without copying: appends views of the words. False, and
// nothing appended, when there is a quote in `line`.
bool SplitPlainWords(std::string_view line, std::vector<std::string_view>* words);

// `word` so that SplitWords gives it back: as it is when that is possible, else in double quotes.
std::string QuoteWord(std::string_view word);

// Appends `bytes` in double quotes, as MONITOR shows arguments: printable ASCII as it is, the usual
// escapes, the rest as \xhh.
void AppendQuoted(std::string_view bytes, std::string* text);
std::string Quoted(std::string_view bytes);

}  // namespace ebb
