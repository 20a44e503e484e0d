// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/look_ahead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/command_table.h"
#include "server/key_walk.h"
#include "storage/random.h"
#include "tests/support/encode.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/keyspace_fixture.h"
#include "tests/support/read_into.h"

namespace ebb::test {
namespace {

using Argv = std::vector<std::string>;

class LookAheadTest : public KeyspaceFixture {
 protected:
  using Status = RequestParser::Status;

  // A parser that has received them.
  void Receive(std::string_view bytes) {
    test::ReadInto(parser_, scratch_, &bytes);
    ASSERT_TRUE(bytes.empty());
  }

  Argv Next() {
    EXPECT_EQ(look_ahead_.Next(parser_), Status::kCommand);
    return {parser_.args().begin(), parser_.args().end()};
  }

  CommandTable commands_;
  LookAhead look_ahead_{context_, commands_};
  const ParserLimits limits_{};
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
  RequestParser parser_{&limits_};
};

TEST_F(LookAheadTest, KnowsTheHashesOfKeyAndElement) {
  const std::vector<Argv> pipeline = {{"HSET", "h", "field", "v"},
                                      {"hget", "h", "other"},
                                      {"ZADD", "z", "1", "member"},
                                      {"SET", "k", "v"},
                                      {"SADD", "s", "m"},
                                      {"GEOADD", "g", "1", "2", "place"},
                                      {"DEL", "h", "k"},
                                      Argv(100, "long"),
                                      {"ZADD", "z"},
                                      {"NONSENSE", "k", "v"},
                                      {"CONFIG", "GET", "port"},
                                      {"PING"},
                                      {"GET", "h"}};
  const std::vector<std::string> elements = {"field", "other", "member", "", "m", "place", "",
                                             "",      "",      "",       "", "",  ""};
  std::string bytes;
  for (int round = 0; round < 5; ++round) {
    for (const Argv& argv : pipeline) bytes += Encode(argv);
  }
  Receive(bytes);
  look_ahead_.Begin(db_, parser_.unparsed(), {});
  for (size_t i = 0; i < 5 * pipeline.size(); ++i) {
    const Argv& argv = pipeline[i % pipeline.size()];
    const bool has_key = argv.size() > 1;
    const std::string& element = elements[i % elements.size()];
    EXPECT_EQ(Next(), argv);
    EXPECT_EQ(context_.known_key.bytes, has_key ? argv[1] : "");
    EXPECT_EQ(context_.known_key.hash, has_key ? HashBytes(argv[1]) : 0);
    EXPECT_EQ(context_.known_element.bytes, element);
    if (!element.empty()) {
      EXPECT_EQ(context_.known_element.hash, HashBytes(element));
    }
  }
  EXPECT_EQ(look_ahead_.Next(parser_), Status::kNeedMore);
  EXPECT_EQ(context_.known_key.bytes.data(), nullptr);
  EXPECT_EQ(context_.known_element.bytes.data(), nullptr);
}

// Those that it does not cut itself, the parser does: in between, and from the first on that is
// written otherwise.
TEST_F(LookAheadTest, CommandsOfAllSizesComeInTheirOrder) {
  std::vector<Argv> pipeline;
  for (size_t args = 1; args <= 100; ++args) {
    pipeline.emplace_back(args, "word" + std::to_string(args));
    pipeline.push_back({"GET", std::to_string(args)});
  }
  std::string bytes;
  for (const Argv& argv : pipeline) bytes += Encode(argv);
  Receive(bytes + "in line\r\n" + Encode({"GET", "last"}) + "*1\r\n$4\r\nPI");
  look_ahead_.Begin(db_, parser_.unparsed(), {});
  for (const Argv& argv : pipeline) EXPECT_EQ(Next(), argv);
  EXPECT_EQ(Next(), (Argv{"in", "line"}));
  EXPECT_EQ(Next(), (Argv{"GET", "last"}));
  EXPECT_EQ(look_ahead_.Next(parser_), Status::kNeedMore);
}

// Whatever stands between them that is no command, or not written as usual.
TEST_F(LookAheadTest, WhatOnlyTheParserCanCutStandsAnywhere) {
  for (const std::string_view other : {"*0\r\n", "\r\n", "*-1\r\n", "in line\r\n"}) {
    for (size_t times = 0; times <= 20; times += times < 3 ? 1 : 8) {
      for (size_t place = 0; place < 70; ++place) {
        std::string bytes;
        std::vector<Argv> expected;
        for (size_t i = 0; i < 70; ++i) {
          for (size_t t = 0; i == place && t < times; ++t) {
            bytes += other;
            if (other.starts_with("in")) expected.push_back({"in", "line"});
          }
          expected.push_back({"GET", std::to_string(i)});
          bytes += Encode(expected.back());
        }
        Receive(bytes);
        look_ahead_.Begin(db_, parser_.unparsed(), {});
        for (const Argv& argv : expected) ASSERT_EQ(Next(), argv) << other << " at " << place;
        ASSERT_EQ(look_ahead_.Next(parser_), Status::kNeedMore);
        parser_.Release();
      }
    }
  }
}

// Also where the pipeline begins with a rest, and goes on behind what only the parser can cut.
TEST_F(LookAheadTest, ItsCutIsTheParsers) {
  Receive(Encode({"GET", "a"}).substr(0, 12));
  EXPECT_EQ(look_ahead_.Next(parser_), Status::kNeedMore);
  parser_.Release();
  Receive(Encode({"GET", "a"}).substr(12) + Encode({"GET", "b"}) + Encode({"GET", "c"}) +
          "in line\r\n" + Encode({"GET", "d"}) + Encode({"GET", "e"}));
  look_ahead_.Begin(db_, parser_.unparsed(), {});
  EXPECT_EQ(Next(), (Argv{"GET", "a"}));
  for (const char* const pair : {"bc", "de"}) {
    EXPECT_EQ(Next(), (Argv{"GET", std::string(pair, 1)}));
    const std::string_view* const args = parser_.args().data();
    EXPECT_EQ(Next(), (Argv{"GET", pair + 1}));
    EXPECT_EQ(parser_.args().data(), args + 2) << "the parser would use the same place again";
    if (*pair == 'b') {
      EXPECT_EQ(Next(), (Argv{"in", "line"}));
    }
  }
}

// Nobody but the parser knows how little who has not said a password may send.
TEST_F(LookAheadTest, LimitsBeforeAuthenticationHold) {
  const Argv allowed(10, "a");
  const Argv refused(11, "a");
  parser_.set_authenticated(false);
  Receive(Encode(allowed) + Encode(refused));
  look_ahead_.Begin(db_, parser_.unparsed(), {});
  EXPECT_EQ(Next(), allowed);
  EXPECT_EQ(look_ahead_.Next(parser_), Status::kError);
}

// What was found before others' commands ran is not looked for again.
TEST_F(LookAheadTest, ACommandThatCameAloneIsKnown) {
  const std::string alone = Encode({"GET", "k"});
  const KnownHash lone = LookAhead::FetchFirst(db_, alone);
  EXPECT_EQ(lone.bytes, "k");
  EXPECT_EQ(lone.hash, HashBytes("k"));
  Receive(alone);
  look_ahead_.Begin(db_, parser_.unparsed(), lone);
  EXPECT_EQ(Next(), (Argv{"GET", "k"}));
  EXPECT_EQ(context_.known_key.bytes.data(), lone.bytes.data());
  EXPECT_EQ(context_.known_key.hash, HashBytes("k"));
  EXPECT_EQ(look_ahead_.Next(parser_), Status::kNeedMore);
  EXPECT_EQ(context_.known_key.bytes.data(), nullptr);

  const std::string two = alone + Encode({"GET", "l"});
  EXPECT_EQ(LookAhead::FetchFirst(db_, two).bytes.data(), nullptr);
  EXPECT_EQ(LookAhead::FetchFirst(db_, Encode({"PING"})).bytes.data(), nullptr);
  EXPECT_EQ(LookAhead::FetchFirst(db_, alone.substr(0, 10)).bytes.data(), nullptr);
}

// Only what lies in one place is known by it, and nothing is what an empty text is.
TEST_F(LookAheadTest, AKnownHashIsThatOfItsBytes) {
  const std::string bytes = "some bytes";
  const std::string_view view = bytes;
  const KnownHash known{view, 42};
  EXPECT_EQ(known.Of(view), 42u);
  EXPECT_EQ(known.Of(view.substr(0, 4)), HashBytes("some"));
  EXPECT_EQ(known.Of("some bytes"), HashBytes("some bytes"));
  EXPECT_EQ(KnownHash{}.Of({}), HashBytes(""));
}

// Those of commands with many arguments are seen, too.
TEST_F(LookAheadTest, ElementsStandAmongTheFirstArguments) {
  size_t rows = 0;
  for (const auto& command : commands_.all()) {
    const size_t element = command->spec->element;
    if (element == 0) continue;
    ++rows;
    EXPECT_TRUE(element >= 2 && element <= 4) << command->spec->name;
    EXPECT_GT(std::abs(command->spec->arity), static_cast<int>(element) - 1) << command->spec->name;
  }
  EXPECT_GT(rows, 20u);
}

// ------------------------------------------------------------------------------------ in the
// engine

class PipelineTest : public EngineTest {
 protected:
  // A large collection of each type that has them, and small ones.
  static std::vector<Argv> Filling() {
    std::vector<Argv> commands;
    for (int i = 0; i < 1000; ++i) {
      const std::string element = "element:" + std::to_string(i);
      commands.push_back({"HSET", "hash", element, std::to_string(i)});
      commands.push_back({"SADD", "set", element});
      commands.push_back({"ZADD", "zset", std::to_string(i), element});
    }
    return commands;
  }

  // Commands on elements of whatever the keys hold then: they become other types and go away.
  static std::vector<Argv> Changing(size_t count) {
    const std::vector<std::string> keys = {"hash", "set", "zset", "none"};
    std::vector<Argv> commands;
    for (size_t i = 0; i < count; ++i) {
      const std::string element = "element:" + std::to_string(ThreadRandom().Below(1200));
      const std::string& key = keys[ThreadRandom().Below(keys.size())];
      const std::vector<Argv> choice = {{"HSET", key, element, "v"},
                                        {"HGET", key, element},
                                        {"HDEL", key, element},
                                        {"SADD", key, element},
                                        {"SREM", key, element},
                                        {"SISMEMBER", key, element},
                                        {"ZADD", key, "7", element},
                                        {"ZINCRBY", key, "3", element},
                                        {"ZREM", key, element},
                                        {"ZSCORE", key, element},
                                        {"ZPOPMIN", key},
                                        {"ZPOPMAX", key, "5"},
                                        {"ZRANK", key, element}};
      commands.push_back(choice[ThreadRandom().Below(choice.size())]);
      if (i % 97 == 96) commands.push_back({"RENAME", key, keys[ThreadRandom().Below(3)]});
      if (i % 61 == 60) commands.push_back({"DEL", key});
      if (i % 31 == 30) commands.push_back({"SELECT", std::to_string(ThreadRandom().Below(2))});
    }
    return commands;
  }
};

TEST_F(PipelineTest, RepliesAreThoseOfCommandsOneByOne) {
  std::vector<Argv> commands = Filling();
  for (int i = 0; i < 4; ++i) {
    const std::vector<Argv> more = Changing(400);
    commands.insert(commands.end(), more.begin(), more.end());
    const std::vector<Argv> again = Filling();
    commands.insert(commands.end(), again.begin(), again.end());
  }
  std::string one_by_one;
  for (const Argv& argv : commands) one_by_one += client().RunRaw(argv);
  client().Run({"FLUSHALL"});
  client().Run({"SELECT", "0"});
  std::string bytes;
  for (const Argv& argv : commands) bytes += Encode(argv);
  client().Send(bytes);
  EXPECT_EQ(client().TakeOutput(), one_by_one);
}

// ------------------------------------------------------------------------------------ key by key

class KeyWalkTest : public EngineTest {
 protected:
  static Argv Keys(const std::string& command, int count) {
    Argv argv = {command};
    for (int i = 0; i < count; ++i) argv.push_back("key:" + std::to_string(i));
    return argv;
  }
};

// Around the size of a group of keys, and with several of them.
TEST_F(KeyWalkTest, EachKeyHasItsTurn) {
  for (const int count : {1, 2, 15, 16, 17, 32, 33, 100}) {
    Argv set = {"MSET"};
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) {
      values.push_back("value " + std::to_string(count * i));
      set.push_back("key:" + std::to_string(i));
      set.push_back(values.back());
    }
    EXPECT_EQ(Run(set), Reply::Ok());
    EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(count));
    EXPECT_EQ(Run(Keys("MGET", count)), Reply::Bulks(values));
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(Run({"GET", "key:" + std::to_string(i)}),
                Reply::Bulk(values[static_cast<size_t>(i)]));
    }
    set[0] = "MSETNX";
    EXPECT_EQ(Run(set), Reply::Integer(0));
    EXPECT_EQ(Run(Keys("EXISTS", count)), Reply::Integer(count));
    EXPECT_EQ(Run(Keys("TOUCH", count)), Reply::Integer(count));
    EXPECT_EQ(Run(Keys("DEL", count)), Reply::Integer(count));
    EXPECT_EQ(Run(Keys("UNLINK", count)), Reply::Integer(0));
    EXPECT_EQ(Run({"DBSIZE"}), Reply::Integer(0));
  }
}

TEST_F(KeyWalkTest, AKeyMayBeNamedTwice) {
  EXPECT_EQ(Run({"MSET", "a", "1", "b", "2", "a", "3"}), Reply::Ok());
  EXPECT_EQ(Run({"GET", "a"}), Reply::Bulk("3"));
  EXPECT_EQ(Run({"EXISTS", "a", "a", "b", "c"}), Reply::Integer(3));
  EXPECT_EQ(Run({"DEL", "a", "b", "a"}), Reply::Integer(2));
}

// Arguments that are kept elsewhere, as EXEC's, may be followed by others in the same place: what
// was known of their bytes is forgotten.
TEST_F(KeyWalkTest, WhatItKnewEndsWithIt) {
  const std::vector<std::string_view> args = {"DEL", "x", "y"};
  Session& session = client().session();
  Call call{engine(), session, args, session.reply, *engine().commands().all().front()->spec};
  const KnownHash& known = engine().db(0).context().known_key;
  {
    KeyWalk keys(call);
    EXPECT_EQ(known.bytes.data(), args[1].data());
    keys.Next();
    EXPECT_EQ(known.bytes.data(), args[2].data());
    EXPECT_EQ(known.hash, HashBytes("y"));
  }
  EXPECT_EQ(known.bytes.data(), nullptr);
}

}  // namespace
}  // namespace ebb::test
