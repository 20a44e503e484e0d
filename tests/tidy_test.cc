// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Style as a test: sizes, headers, the layers' include rules, words that have no place here, that
// every source is built, and every family of commands in the table. A rule may be excepted for a
// file in `kExceptions`; an exception that is no longer needed fails too, so that the list can only
// shrink.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ebb::tidy {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Exception {
  std::string_view rule;
  std::string_view path;
  std::string_view reason;
  friend bool operator==(const Exception&, const Exception&) = default;
};

const std::vector<Exception> kExceptions = {};

constexpr size_t kFileLines = 600;
constexpr size_t kFunctionLines = 70;
constexpr size_t kColumns = 100;

struct Source {
  std::string path;  // from the root of the repository, with slashes
  std::string text;
};

struct Finding {
  std::string rule;
  std::string path;
  std::string what;
};

// ----------------------------------------------------------------------------------------- reading

std::string Read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<Source> Sources() {
  const fs::path root = EBB_SOURCE_DIR;
  std::vector<Source> sources;
  for (const char* folder : {"protocol", "storage", "server", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h") continue;
      sources.push_back({fs::relative(entry.path(), root).generic_string(), Read(entry.path())});
    }
  }
  std::ranges::sort(sources, {}, &Source::path);
  return sources;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Characters as an editor counts columns: bytes that continue a UTF-8 sequence are none.
size_t Columns(std::string_view line) {
  return static_cast<size_t>(
      std::ranges::count_if(line, [](char byte) { return (byte & '\xC0') != '\x80'; }));
}

// Where the comment, literal or preprocessor line that begins at `at` ends; `at` when none begins
// there.
size_t EndOfOpaque(std::string_view text, size_t at) {
  const auto after = [&](std::string_view end, size_t from) {
    const size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return after("\n", at) - 1;
  if (rest.starts_with("/*")) return after("*/", at + 2);
  if (rest.starts_with("R\"")) {
    const size_t open = text.find('(', at);
    return after(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  const bool line_start = at == 0 || text[at - 1] == '\n';
  if (line_start && rest.starts_with('#')) {
    size_t end = at;
    do end = after("\n", end);
    while (end >= 2 && text[end - 2] == '\\' && end < text.size());
    return end - 1;
  }
  const bool digit_separator = at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1]));
  if (rest.starts_with('"') || (rest.starts_with('\'') && !digit_separator)) {
    for (size_t end = at + 1; end < text.size(); ++end) {
      if (text[end] == '\\') {
        ++end;
      } else if (text[end] == rest[0]) {
        return end + 1;
      }
    }
    return text.size();
  }
  return at;
}

// The text with comments, literals and preprocessor lines blanked; line breaks stay where they are.
std::string CodeOnly(std::string_view text) {
  std::string code(text);
  for (size_t at = 0; at < code.size();) {
    const size_t end = EndOfOpaque(text, at);
    for (size_t i = at; i < end; ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    at = std::max(end, at + 1);
  }
  return code;
}

// --------------------------------------------------------------------------------------- functions

struct Function {
  size_t first_line;  // of the signature, from 1
  size_t last_line;   // of the closing brace
  friend bool operator==(const Function&, const Function&) = default;
};

// Whether the brace after `head`, the text since the last statement or block, opens a function's
// body.
bool OpensFunction(const std::string& head) {
  static const std::regex type(
      R"(^\s*(template\s*<[^{;]*>\s*)?((inline|typedef|static|constexpr|const)\s+)*)"
      R"((namespace|class|struct|union|enum|extern)\b)");
  if (std::regex_search(head, type) &&
      !std::regex_search(head, std::regex(R"(\w\s*\([^()]*\)\s*$)"))) {
    return false;
  }
  const bool lambda = std::regex_search(head, std::regex(R"(\]\s*(\(|mutable|->|$))"));
  const auto open = std::ranges::count(head, '(');
  const auto close = std::ranges::count(head, ')');
  return lambda || (open > 0 && open == close);
}

// The outermost functions of a file, by braces: a heuristic that is right for code laid out by
// clang-format.
std::vector<Function> Functions(std::string_view text) {
  const std::string code = CodeOnly(text);
  std::vector<Function> functions;
  size_t depth = 0;      // of braces inside the current function
  bool inside = false;   // of a function
  size_t line = 1;       // of the character looked at
  size_t head_line = 1;  // where `head` begins
  std::string head;
  for (const char byte : code) {
    if (byte == '\n') ++line;
    if (inside) {
      if (byte == '{') ++depth;
      if (byte == '}' && --depth == 0) {
        functions.back().last_line = line;
        inside = false;
        head.clear();
      }
    } else if (byte == '{' && OpensFunction(head)) {
      functions.push_back({head_line, line});
      inside = true;
      depth = 1;
    } else if (byte == '{' || byte == '}' || byte == ';') {
      head.clear();
    } else if (!head.empty() || !std::isspace(static_cast<unsigned char>(byte))) {
      if (head.empty()) head_line = line;
      head += byte;
    }
  }
  return functions;
}

// ------------------------------------------------------------------------------------------- rules

using Findings = std::vector<Finding>;

std::string At(size_t line) {
  return "line " + std::to_string(line);
}

void CheckSizes(const Source& source, Findings& findings) {
  const std::vector<std::string> lines = Lines(source.text);
  if (lines.size() > kFileLines) {
    findings.push_back({"file-length", source.path, std::to_string(lines.size()) + " lines"});
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    if (Columns(lines[i]) > kColumns) findings.push_back({"line-length", source.path, At(i + 1)});
  }
  for (const Function& function : Functions(source.text)) {
    const size_t length = function.last_line - function.first_line + 1;
    if (length <= kFunctionLines) continue;
    findings.push_back({"function-length", source.path,
                        At(function.first_line) + ": " + std::to_string(length) + " lines"});
  }
}

void CheckHeader(const Source& source, Findings& findings) {
  constexpr std::string_view kLicence =
      "// SPDX-License-Identifier: BSD-3-Clause\n// Copyright (c) 2026 The Ebb authors\n";
  if (!source.text.starts_with(kLicence)) {
    findings.push_back({"licence", source.path, "does not begin with the licence header"});
  }
  if (source.path.ends_with(".h") && source.text.find("\n#pragma once\n") == std::string::npos) {
    findings.push_back({"pragma-once", source.path, "has no #pragma once"});
  }
}

// Where a rule about words applies, and what it looks for. The words are cut in two, lest they are
// found here.
struct Word {
  std::string folder;
  std::regex pattern;
  std::string name;
};

const std::vector<Word>& BannedWords() {
  static const std::vector<Word> words = {
      {"",
       std::regex("\\bTO"
                  "DO\\b"),
       "a TO"
       "DO: do it or leave it"},
      {"",
       std::regex("\\bFIX"
                  "ME\\b"),
       "a FIX"
       "ME: fix it"},
      {"",
       std::regex("\\bXX"
                  "X\\b"),
       "an XX"
       "X"},
      {"",
       std::regex("\\busing names"
                  "pace std;"),
       "using names"
       "pace std"},
      {"tests/",
       std::regex("\\bsleep_"
                  "(for|until)\\b|\\b(u|nano)?sleep"
                  "\\("),
       "a sleep"},
      {"server/",
       std::regex("unordered_(set<std::string(_view)?|map<std::string(_view)?, [^,>]*)>"),
       "a table of strings that has no BytesHasher"},
      {"tests/",
       std::regex("\\bDISABLED"
                  "_"),
       "a test that does not run"},
  };
  return words;
}

void CheckWords(const Source& source, Findings& findings) {
  const std::vector<std::string> lines = Lines(source.text);
  for (const Word& word : BannedWords()) {
    if (!source.path.starts_with(word.folder)) continue;
    for (size_t i = 0; i < lines.size(); ++i) {
      if (!std::regex_search(lines[i], word.pattern)) continue;
      findings.push_back({"banned-word", source.path, At(i + 1) + ": " + word.name});
    }
  }
}

// ------------------------------------------------------------------------------------------ layers

// What a folder may include. The first row whose folder the path begins with holds.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> ours;  // prefixes of "..." includes
  std::vector<std::string_view>
      foreign;  // prefixes of <...> includes besides C++'s own and the system's `kSystem`
};

const std::vector<Layer> kLayers = {
    {"protocol/", {"protocol/"}, {"fmt/"}},
    {"storage/memory/allocator.cc", {"storage/"}, {"jemalloc/"}},
    {"storage/memory/controls.cc", {"storage/"}, {"jemalloc/"}},
    {"storage/memory/extent_hooks.cc", {"storage/"}, {"jemalloc/"}},
    {"storage/memory/slabs.cc", {"storage/"}, {"jemalloc/"}},
    {"storage/digest.cc", {"storage/"}, {"openssl/"}},
    {"storage/encodings/list_node_lzf.cc", {"storage/"}, {"lzf.h"}},
    {"storage/", {"storage/"}, {}},
    {"server/net/",
     {"protocol/", "storage/", "server/"},
     {"asio", "fmt/", "spdlog/", "sys/", "netinet/", "arpa/"}},
    {"server/main.cc", {"protocol/", "storage/", "server/"}, {"asio", "fmt/", "spdlog/", "sys/"}},
    {"server/", {"protocol/", "storage/", "server/"}, {"fmt/", "spdlog/", "sys/"}},
};

// Headers of the system that know neither sockets nor clients.
const std::set<std::string_view> kSystem = {
    "arm_neon.h",    "fcntl.h",     "glob.h",        "immintrin.h", "malloc.h",     "nmmintrin.h",
    "pthread.h",     "sched.h",     "signal.h",      "sys/mman.h",  "sys/random.h", "sys/stat.h",
    "sys/syscall.h", "sys/uio.h",   "sys/utsname.h", "time.h",      "execinfo.h",   "emmintrin.h",
    "unistd.h",      "sys/types.h", "xmmintrin.h"};

bool Permits(const Layer& layer, const std::string& name, bool quoted) {
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (quoted) return std::ranges::any_of(layer.ours, begins);
  const bool standard = name.find_first_of("./") == std::string::npos;
  return standard || kSystem.contains(name) || std::ranges::any_of(layer.foreign, begins);
}

void CheckIncludes(const Source& source, Findings& findings) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  const auto layer = std::ranges::find_if(
      kLayers, [&](const Layer& row) { return source.path.starts_with(row.folder); });
  if (layer == kLayers.end()) return;
  const bool knows_net = source.path.starts_with("server/net/") || source.path == "server/main.cc";
  for (const std::string& line : Lines(source.text)) {
    std::smatch match;
    if (line.find('#') == std::string::npos) continue;
    if (!std::regex_search(line, match, include)) continue;
    const std::string name = match[2];
    if (Permits(*layer, name, match[1] == "\"") &&
        (knows_net || !name.starts_with("server/net/"))) {
      continue;
    }
    findings.push_back({"layer", source.path, "may not include " + name});
  }
}

// ------------------------------------------------------------------------------------------- build

// A source that no CMakeLists.txt above it names is never built, and a test that is not built never
// fails.
void CheckBuilt(const Source& source, Findings& findings) {
  if (!source.path.ends_with(".cc")) return;
  fs::path folder = fs::path(source.path).parent_path();
  for (; !folder.empty(); folder = folder.parent_path()) {
    const fs::path list = fs::path(EBB_SOURCE_DIR) / folder / "CMakeLists.txt";
    if (!fs::exists(list)) continue;
    const std::string name = fs::path(source.path).lexically_relative(folder).generic_string();
    std::istringstream words(std::regex_replace(Read(list), std::regex("#[^\n]*|[()\"]"), " "));
    const std::set<std::string> named{std::istream_iterator<std::string>(words), {}};
    if (named.contains(name)) return;
  }
  findings.push_back({"not-built", source.path, "stands in no CMakeLists.txt"});
}

// A family of commands that the table does not name is compiled, and not there.
void CheckFamilies(const Source& source, const std::string& table, Findings& findings) {
  static const std::regex family(R"(\bconstexpr CommandFamily (k\w+Family)\b)");
  const auto end = std::sregex_iterator();
  for (std::sregex_iterator at(source.text.begin(), source.text.end(), family); at != end; ++at) {
    const std::string name = (*at)[1];
    if (std::regex_search(table, std::regex("&" + name + "\\b"))) continue;
    findings.push_back({"not-in-table", source.path, name + " is not in command_table.cc"});
  }
}

Findings Check(const Source& source) {
  Findings findings;
  CheckSizes(source, findings);
  CheckHeader(source, findings);
  CheckWords(source, findings);
  CheckIncludes(source, findings);
  return findings;
}

std::vector<std::string> Rules(const Findings& findings) {
  std::vector<std::string> rules;
  for (const Finding& finding : findings) rules.push_back(finding.rule);
  return rules;
}

// ------------------------------------------------------------------------------------------- tests

TEST(TidyTest, SourcesKeepTheRules) {
  const std::vector<Source> sources = Sources();
  ASSERT_FALSE(sources.empty());
  const std::string command_table = Read(fs::path(EBB_SOURCE_DIR) / "server/command_table.cc");
  std::vector<Exception> needless = kExceptions;
  for (const Source& source : sources) {
    Findings findings = Check(source);
    CheckBuilt(source, findings);
    if (source.path.starts_with("server/")) CheckFamilies(source, command_table, findings);
    for (const Finding& finding : findings) {
      const auto excuses = [&](const Exception& exception) {
        return exception.rule == finding.rule && exception.path == finding.path;
      };
      std::erase_if(needless, excuses);
      if (std::ranges::any_of(kExceptions, excuses)) continue;
      ADD_FAILURE() << finding.path << ": " << finding.rule << ": " << finding.what;
    }
  }
  for (const Exception& exception : needless) {
    ADD_FAILURE() << exception.path << " no longer needs its exception from " << exception.rule;
  }
}

// The rules themselves: each sees what it is for, and nothing else.
constexpr char kHead[] =
    "// SPDX-License-Identifier: BSD-3-Clause\n// Copyright (c) 2026 The Ebb authors\n";

std::vector<std::string> RulesBroken(const std::string& path, const std::string& text) {
  return Rules(Check({path, kHead + text}));
}

TEST(TidyTest, SeesSizes) {
  const auto lines = [](size_t count, const std::string& line) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += line + "\n";
    return text;
  };
  EXPECT_THAT(RulesBroken("storage/a.cc", lines(kFileLines - 2, "")), IsEmpty());
  EXPECT_THAT(RulesBroken("storage/a.cc", lines(kFileLines - 1, "")), ElementsAre("file-length"));
  EXPECT_THAT(RulesBroken("storage/a.cc", std::string(kColumns, 'a')), IsEmpty());
  EXPECT_THAT(RulesBroken("storage/a.cc", std::string(kColumns + 1, 'a')),
              ElementsAre("line-length"));
  const std::string body = lines(kFunctionLines - 2, "  x();");
  EXPECT_THAT(RulesBroken("storage/a.cc", "int F() {\n" + body + "}\n"), IsEmpty());
  EXPECT_THAT(RulesBroken("storage/a.cc", "int F(int a,\n  int b) {\n" + body + "}\n"),
              ElementsAre("function-length"));
}

TEST(TidyTest, SeesHeaders) {
  EXPECT_THAT(Rules(Check({"storage/a.cc", "int a;\n"})), ElementsAre("licence"));
  EXPECT_THAT(RulesBroken("storage/a.h", "int a;\n"), ElementsAre("pragma-once"));
  EXPECT_THAT(RulesBroken("storage/a.h", "#pragma once\n"), IsEmpty());
}

TEST(TidyTest, SeesWords) {
  EXPECT_THAT(RulesBroken("server/a.cc",
                          "// TO"
                          "DO later\n"),
              ElementsAre("banned-word"));
  EXPECT_THAT(RulesBroken("server/a.cc", "auto kTODOS = mkdtemp(\"XXXXXX\");\n"), IsEmpty());
  EXPECT_THAT(RulesBroken("tests/a.cc",
                          "sleep_"
                          "for(1s);\n"),
              ElementsAre("banned-word"));
  EXPECT_THAT(RulesBroken("tests/a.cc",
                          "usleep"
                          "(1);\n"),
              ElementsAre("banned-word"));
  EXPECT_THAT(RulesBroken("server/a.cc",
                          "sleep_"
                          "for(1s);\n"),
              IsEmpty());
}

TEST(TidyTest, SeesTablesThatAnybodyCanFillWithCollisions) {
  const auto breaks = [](const std::string& type) {
    return !RulesBroken("server/a.cc", "std::unordered_" + type + " table;\n").empty();
  };
  EXPECT_TRUE(breaks("set<std::string>"));
  EXPECT_TRUE(breaks("set<std::string_view>"));
  EXPECT_TRUE(breaks("map<std::string_view, int>"));
  EXPECT_FALSE(breaks("set<std::string_view, BytesHasher>"));
  EXPECT_FALSE(breaks("map<std::string, int, BytesHasher>"));
  EXPECT_FALSE(breaks("set<int>"));
}

TEST(TidyTest, SeesLayers) {
  const auto breaks = [](const std::string& path, const std::string& name) {
    return !RulesBroken(path, "#include " + name + "\n").empty();
  };
  EXPECT_TRUE(breaks("protocol/a.cc", "\"storage/dict.h\""));
  EXPECT_TRUE(breaks("storage/a.cc", "\"server/engine.h\""));
  EXPECT_TRUE(breaks("storage/a.cc", "<sys/socket.h>"));
  EXPECT_TRUE(breaks("storage/a.cc", "<spdlog/spdlog.h>"));
  EXPECT_TRUE(breaks("storage/a.cc", "<jemalloc/jemalloc.h>"));
  EXPECT_TRUE(breaks("server/engine.cc", "<asio.hpp>"));
  EXPECT_TRUE(breaks("server/commands/a.cc", "\"server/net/connection.h\""));
  EXPECT_TRUE(breaks("server/a.cc", "\"tests/support/reply.h\""));
  EXPECT_FALSE(breaks("protocol/a.cc", "\"protocol/a.h\""));
  EXPECT_FALSE(breaks("storage/a.cc", "<vector>"));
  EXPECT_FALSE(breaks("storage/memory/allocator.cc", "<jemalloc/jemalloc.h>"));
  EXPECT_FALSE(breaks("server/net/a.cc", "<asio/ip/tcp.hpp>"));
  EXPECT_FALSE(breaks("server/main.cc", "\"server/net/server.h\""));
  EXPECT_FALSE(breaks("tests/a.cc", "<hiredis/hiredis.h>"));
}

TEST(TidyTest, SeesSourcesThatAreNotBuilt) {
  Findings findings;
  CheckBuilt({"tests/tidy_test.cc", ""}, findings);
  EXPECT_THAT(findings, IsEmpty());
  CheckBuilt({"tests/storage/forgotten_test.cc", ""}, findings);
  EXPECT_THAT(Rules(findings), ElementsAre("not-built"));
}

TEST(TidyTest, SeesFamiliesOfCommandsThatAreNotInTheTable) {
  const Source source{"server/commands/a.cc", "constexpr CommandFamily kNewFamily{.group = {}};\n"};
  Findings findings;
  CheckFamilies(source, "{&kOldFamily, &kNewFamily}", findings);
  EXPECT_THAT(findings, IsEmpty());
  CheckFamilies(source, "{&kOldFamily, &kNewFamilyToo}", findings);
  EXPECT_THAT(Rules(findings), ElementsAre("not-in-table"));
}

TEST(TidyTest, FindsFunctions) {
  EXPECT_THAT(Functions("void F() {\n  if (a) {\n  }\n}\n"), ElementsAre(Function{1, 4}));
  EXPECT_THAT(
      Functions("namespace a {\nclass B : public C<int> {\n  int F() const {\n  }\n};\n}\n"),
      ElementsAre(Function{3, 4}));
  EXPECT_THAT(Functions("template <class T>\nint F(T a,\n      T b) {\n}\n"),
              ElementsAre(Function{1, 4}));
  EXPECT_THAT(Functions("template <class T>\nstruct alignas(64) S {\n  T a{};\n};\n"), IsEmpty());
  EXPECT_THAT(Functions("constexpr Row kRows[] = {\n  {1, 2},\n  {3, 4},\n};\n"), IsEmpty());
  EXPECT_THAT(Functions("const Row kRow = Make({\n  1,\n  2,\n});\n"), IsEmpty());
  EXPECT_THAT(Functions("Row kRow = {1, [](int a) {\n  return a;\n}};\n"),
              ElementsAre(Function{1, 3}));
  EXPECT_THAT(Functions("// f() {\nauto s = \"f() {\"; char c = '{';\n#define F(x) { \\\n  {\n"),
              IsEmpty());
  EXPECT_THAT(Functions("auto s = R\"x(f() {\n)x\"; int n = 1'000;\nvoid F() {\n}\n"),
              ElementsAre(Function{3, 4}));
}

}  // namespace
}  // namespace ebb::tidy
