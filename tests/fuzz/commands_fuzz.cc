// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// Any sequence of commands by three clients, while time passes: each gets exactly one well-formed
// reply, the tables stay sound, maintenance changes no data, and FLUSHALL gives all memory back.
// command_lines.h tells what an input looks like.
#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/words.h"
#include "server/config.h"
#include "server/engine.h"
#include "server/log.h"
#include "server/text.h"
#include "storage/hash.h"
#include "storage/keyspace_digest.h"
#include "storage/memory/allocator.h"
#include "storage/random.h"
#include "tests/fuzz/command_lines.h"
#include "tests/support/test_client.h"

namespace ebb::fuzz {
namespace {

using test::TestClient;

constexpr size_t kClients = 3;
constexpr size_t kMaxLines = 300;
// The longest string; small, so that an input is done in no time.
constexpr uint64_t kMaxString = 64 * 1024;

void Require(bool holds, std::string_view what, std::string_view line,
             std::string_view shown = {}) {
  if (holds) return;
  std::fprintf(stderr, "%.*s\n  %.*s\n  %s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(line.size()), line.data(), Quoted(shown.substr(0, 2000)).c_str());
  std::abort();
}

// ----------------------------------------------------------------------------------------- replies

// Reads replies strictly, as they are defined: what is not exactly so is no reply.
class ReplyReader {
 public:
  ReplyReader(std::string_view bytes, int protocol) : rest_(bytes), protocol_(protocol) {}

  // How many replies there are, without messages pushed between them; nothing when one of them is
  // not well-formed.
  std::optional<size_t> Count() {
    size_t count = 0;
    while (!rest_.empty()) {
      const char type = rest_.front();
      if (!Take(0)) return std::nullopt;
      if (type != '>') ++count;
    }
    return count;
  }

 private:
  static constexpr int kMaxDepth = 16;

  std::optional<std::string_view> TakeLine() {
    const size_t end = rest_.find_first_of("\r\n");
    if (end == std::string_view::npos || !rest_.substr(end).starts_with("\r\n")) {
      return std::nullopt;
    }
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }

  static std::optional<int64_t> Number(std::string_view text) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }

  bool TakeBytes(int64_t count) {
    const auto size = static_cast<size_t>(count);
    if (rest_.size() < size + 2 || rest_.substr(size, 2) != "\r\n") return false;
    rest_.remove_prefix(size + 2);
    return true;
  }

  bool TakeElements(int64_t count, int depth) {
    for (; count > 0; --count) {
      if (!Take(depth + 1)) return false;
    }
    return true;
  }

  bool Take(int depth) {
    if (rest_.empty() || depth > kMaxDepth) return false;
    const char type = rest_.front();
    const auto line = TakeLine();
    if (!line) return false;
    const std::string_view text = line->substr(1);
    if (type == '+' || type == '-') return true;
    const auto number = Number(text);
    if (type == ':') return number.has_value();
    if (type == '$' || type == '*') {
      if (!number || *number < (protocol_ == 2 ? -1 : 0)) return false;
      if (*number < 0) return true;
      return type == '$' ? TakeBytes(*number) : TakeElements(*number, depth);
    }
    return protocol_ == 3 && TakeThree(type, text, number, depth);
  }

  // What RESP3 adds.
  bool TakeThree(char type, std::string_view text, std::optional<int64_t> number, int depth) {
    if (type == '_') return text.empty();
    if (type == '#') return text == "t" || text == "f";
    if (type == ',' || type == '(') return !text.empty();
    if (!number || *number < 0) return false;
    if (type == '=') return *number >= 4 && rest_.substr(3, 1) == ":" && TakeBytes(*number);
    if (type == '~' || type == '>') return TakeElements(*number, depth);
    if (type == '%') return TakeElements(2 * *number, depth);
    return type == '|' && TakeElements(2 * *number, depth) && Take(depth);
  }

  std::string_view rest_;
  const int protocol_;
};

// The same question to hiredis, which knows RESP2.
bool HiredisReads(std::string_view bytes, size_t count) {
  const std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader(redisReaderCreate(),
                                                                        redisReaderFree);
  redisReaderFeed(reader.get(), bytes.data(), bytes.size());
  for (size_t seen = 0;; ++seen) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader.get(), &reply) != REDIS_OK) {
      // COMMAND DOCS goes deeper than hiredis of Debian 12, at redis-server as well.
      return std::strstr(reader->errstr, "nested") != nullptr;
    }
    if (reply == nullptr) return seen == count;
    freeReplyObject(reply);
  }
}

// ------------------------------------------------------------------------------------------- world

// A server with its clients, for one input.
class World {
 public:
  World() {
    config_.mutable_values().enable_debug_command = ProtectedAccess::kYes;
    config_.mutable_values().proto_max_bulk_len_bytes = kMaxString;
    engine_.on_shutdown = [this] { shut_down_ = true; };
    for (auto& client : clients_) client = std::make_unique<TestClient>(engine_);
  }

  bool shut_down() const { return shut_down_; }

  void Run(std::string_view line) {
    auto words = SplitWords(line);
    if (!words || words->empty()) return;
    if ((*words)[0].starts_with('@')) return Instruct(*words);
    for (std::string& word : *words) Expand(&word);
    if (EndsTheRun(*words)) return;
    RunCommand(*words, line);
    config_.mutable_values().proto_max_bulk_len_bytes = kMaxString;
  }

  void Finish() {
    engine_.EndPause();
    config_.mutable_values().requirepass.clear();
    CheckTables("at the end");
    const std::string before = DigestOfAll();
    for (auto& [index, db] : engine_.databases().used()) {
      while (db.Maintain()) {
      }
    }
    CheckTables("after maintenance");
    Require(DigestOfAll() == before, "maintenance has changed the data", "");
    for (auto& client : clients_) client = nullptr;
    TestClient(engine_).Run({"CONFIG", "SET", "trash-ttl", "0"});
    while (engine_.trash().SweepStep()) {
    }
    TestClient(engine_).Run({"FLUSHALL"});
    while (engine_.lazy_free().Step()) {
    }
    CheckTables("after FLUSHALL");
    Require(memory::UsedMemory() == memory_at_start_, "FLUSHALL does not give all memory back", "",
            std::to_string(memory_at_start_) + " -> " + std::to_string(memory::UsedMemory()));
  }

 private:
  using Argv = std::vector<std::string>;

  static int64_t ToNumber(const std::string& text) {
    int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  static void Expand(std::string* word) {
    if (!word->starts_with("@x")) return;
    const int64_t count = ToNumber(word->substr(2));
    *word = std::string(static_cast<size_t>(std::clamp<int64_t>(count, 0, kMaxString)), 'x');
  }

  // They do as long as they are told to, or end the process.
  static bool EndsTheRun(const Argv& argv) {
    static constexpr std::string_view kEnding[] = {"sleep", "populate", "panic", "segfault"};
    return argv.size() > 1 && EqualsIgnoreCase(argv[0], "debug") &&
           std::ranges::any_of(kEnding, [&](auto name) { return EqualsIgnoreCase(argv[1], name); });
  }

  void Instruct(const Argv& words) {
    const int64_t number = words.size() > 1 ? ToNumber(words[1]) : 0;
    if (words[0] == "@client") current_ = static_cast<uint64_t>(number) % kClients;
    if (words[0] == "@pass") {
      constexpr int64_t kYear = int64_t{365} * 86'400'000;
      time_.Advance(std::clamp<int64_t>(number, 0, kYear));
      engine_.RefreshTime();
    }
    if (words[0] == "@cron") {
      engine_.RefreshTime();
      engine_.cron().Run();
      TakeFromOthers("@cron");
    }
  }

  // The current client, or another one where that waits for keys; where all do, its time is over.
  TestClient& Ready(std::string_view line) {
    for (size_t i = 0; i < kClients; ++i) {
      TestClient& client = *clients_[(current_ + i) % kClients];
      if (!client.session().blocked) return client;
    }
    engine_.Unblock(clients_[current_]->session(), false);
    TakeFromOthers(line);
    return *clients_[current_];
  }

  // What a transport does: run, wait for the end of a pause and for what goes in slices. Who waits
  // for keys goes on waiting.
  std::string Execute(TestClient& client, const Argv& argv) {
    std::string bytes = client.RunRaw(argv);
    while (client.session().waiting()) {
      engine_.EndPause();
      while (engine_.reclaim().pending()) engine_.reclaim().RunSlice();
      while (engine_.flush_restore().pending()) engine_.flush_restore().Step();
      client.Send("");
      bytes += client.TakeOutput();
      if (client.session().blocked) break;
    }
    return bytes;
  }

  // Whether the command may be answered with confirmations, one for each channel, or with messages.
  static bool IsAboutMessages(const Session& session, const Argv& argv) {
    return session.subscriptions != nullptr || LowerCase(argv[0]).ends_with("subscribe");
  }

  // EXEC counts commands, as Redis's does: a SUBSCRIBE among them says something for each channel,
  // and CLIENT REPLY keeps them silent.
  static bool MayMiscount(const Transaction& transaction) {
    return (transaction.flags & kForSubscribers) != 0 ||
           std::ranges::any_of(transaction.queue, [](const Transaction::Queued& queued) {
             return LowerCase(queued.args[0]) == "client";
           });
  }

  void RunCommand(const Argv& argv, std::string_view line) {
    TestClient& client = Ready(line);
    Session& session = client.session();
    const bool messages = IsAboutMessages(session, argv);
    const bool miscounted = MayMiscount(session.transaction);
    const Session::ReplyMode mode_before = session.reply_mode();
    const std::string bytes = Execute(client, argv);
    if (miscounted) return TakeFromOthers(line);
    const int protocol = session.reply.protocol();
    const auto count = ReplyReader(bytes, protocol).Count();
    Require(count.has_value(), "not a reply:", line, bytes);
    if (protocol == 2) Require(HiredisReads(bytes, *count), "hiredis cannot read it:", line, bytes);
    if (session.closing || session.monitor || messages || shut_down_) {
      // Silence, or what others do as well.
    } else if (session.blocked) {
      Require(*count == 0, "a reply, and waiting as well:", line, bytes);
    } else if (mode_before == Session::ReplyMode::kOn &&
               session.reply_mode() == Session::ReplyMode::kOn) {
      Require(*count == 1, "not exactly one reply:", line, bytes);
    } else {
      Require(*count <= 1, "more than one reply:", line, bytes);
    }
    TakeFromOthers(line);
  }

  // Others may have been sent something, or closed.
  void TakeFromOthers(std::string_view line) {
    for (auto& client : clients_) {
      const std::string bytes = client->TakeOutput();
      if (!client->session().closing) {
        Require(ReplyReader(bytes, client->session().reply.protocol()).Count().has_value(),
                "sent to another client, not a message:", line, bytes);
      }
      const Session& session = client->session();
      if (session.closing || session.close_after_reply) {
        client = std::make_unique<TestClient>(engine_);
      }
    }
  }

  void CheckTables(std::string_view when) {
    for (auto& [index, db] : engine_.databases().used()) {
      db.table().CheckInvariants();
      size_t expires = 0;
      const auto& table = db.table();
      table.ForEach([&](const Entry* entry) { expires += entry->has_expire() ? 1 : 0; });
      Require(expires == db.expires(), "wrong number of keys with a time to live", when);
    }
  }

  std::string DigestOfAll() {
    Digest digest;
    for (const auto& [index, db] : engine_.databases().used()) MixKeyspace(db, digest);
    return digest.Hex();
  }

  ConfigStore config_;
  test::FakeTime time_;
  Engine engine_{config_, time_};
  const size_t memory_at_start_ = memory::UsedMemory();
  std::array<std::unique_ptr<TestClient>, kClients> clients_;
  size_t current_ = 0;
  bool shut_down_ = false;
};

const CommandLines& Vocabulary() {
  static const CommandLines lines;
  return lines;
}

}  // namespace
}  // namespace ebb::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // A find is found again.
  ebb::SetHashSeed({1, 2});
  ebb::log::SetLevel(spdlog::level::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ebb;
  ThreadRandom() = RandomGenerator(1);
  const memory::ThreadAccount account;
  const size_t before = memory::UsedMemory();
  {
    fuzz::World world;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    for (size_t i = 0; i < fuzz::kMaxLines && !rest.empty() && !world.shut_down(); ++i) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      world.Run(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    world.Finish();
  }
  fuzz::Require(memory::UsedMemory() == before, "the server leaves memory behind", "");
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Mostly by lines and words; by bytes now and then, so that nothing is out of reach.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace ebb;
  RandomGenerator random(seed);
  if (random.Below(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string input(reinterpret_cast<const char*>(data), size);
  for (uint64_t changes = random.Below(4); changes < 4; ++changes) {
    input = fuzz::Vocabulary().Mutate(input, random);
  }
  size = std::min(input.size(), max_size);
  std::memcpy(data, input.data(), size);
  return size;
}
