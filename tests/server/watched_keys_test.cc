// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#include "server/watched_keys.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/keyspace.h"
#include "storage/observer.h"
#include "tests/support/engine_fixture.h"

namespace ebb::test {
namespace {

constexpr int kDatabases = 3;

// What the watches are to come to: who watches which key, and whether it was there then.
class WatchModel {
 public:
  using Name = std::pair<int, std::string>;

  void Watch(const Session* session, const Name& name, bool present) {
    watches_[name].try_emplace(session, present);
  }

  void Forget(const Session* session) {
    for (auto& [name, watchers] : watches_) watchers.erase(session);
    dirty_.erase(session);
  }

  void Change(const Name& name, bool expired) {
    for (const auto& [session, present] : watches_[name]) dirty_[session] |= present || !expired;
  }

  void Replace(int db, const Keyspace& now) {
    for (const auto& [name, watchers] : watches_) {
      if (name.first != db) continue;
      for (const auto& [session, present] : watchers) {
        dirty_[session] |= present || now.Contains(name.second);
      }
    }
  }

  bool dirty(const Session* session) const {
    const auto found = dirty_.find(session);
    return found != dirty_.end() && found->second;
  }

  size_t keys_of(const Session* session) const {
    size_t keys = 0;
    for (const auto& [name, watchers] : watches_) keys += watchers.count(session);
    return keys;
  }

 private:
  std::map<Name, std::map<const Session*, bool>> watches_;
  std::map<const Session*, bool> dirty_;
};

class WatchedKeysTest : public EngineTest {
 protected:
  WatchedKeys& watched() { return watched_; }

  // The next of some sessions, in a database by chance.
  Session& AnySession(int db) {
    if (sessions_.empty()) {
      for (int i = 0; i < 6; ++i) sessions_.push_back(&NewClient().session());
    }
    Session& session = *sessions_[random_() % sessions_.size()];
    session.db = db;
    return session;
  }
  const std::vector<Session*>& sessions() const { return sessions_; }
  size_t Below(size_t limit) { return random_() % limit; }

  void Forget(Session& session) {
    watched_.Forget(session);
    session.transaction.dirty = false;
  }

 private:
  std::mt19937 random_{2026};
  WatchedKeys watched_;
  std::vector<Session*> sessions_;
};

TEST_F(WatchedKeysTest, DoesWhatItsModelDoes) {
  WatchModel model;
  for (int i = 0; i < 100; ++i) Run({"SET", "key:" + std::to_string(i), "v"});
  for (int step = 0; step < 100'000; ++step) {
    const WatchModel::Name name(static_cast<int>(Below(kDatabases)),
                                "key:" + std::to_string(Below(500)));
    Session& session = AnySession(name.first);
    const size_t action = Below(1000);
    if (action < 700) {
      const bool present = Below(2) == 0;
      watched().Watch(session, name.second, present);
      model.Watch(&session, name, present);
    } else if (action < 985) {
      const bool expired = Below(2) == 0;
      watched().OnKeyEvent(name.first, name.second, expired ? events::kExpired : events::kSet);
      model.Change(name, expired);
    } else if (action < 990) {
      watched().OnReplaced(name.first, engine().db(name.first));
      model.Replace(name.first, engine().db(name.first));
    } else {
      Forget(session);
      model.Forget(&session);
    }
    ASSERT_EQ(session.transaction.dirty, model.dirty(&session)) << step;
  }
  size_t watches = 0;
  for (Session* session : sessions()) {
    EXPECT_EQ(session->transaction.dirty, model.dirty(session));
    watches += model.keys_of(session);
    EXPECT_EQ(session->transaction.watched_bytes == 0, model.keys_of(session) == 0);
    Forget(*session);
    EXPECT_EQ(session->transaction.watched_bytes, 0u);
  }
  EXPECT_GT(watches, 0u);
  for (int i = 0; i < 500; ++i) {
    for (int db = 0; db < kDatabases; ++db) {
      watched().OnKeyEvent(db, "key:" + std::to_string(i), events::kSet);
    }
  }
  for (const Session* session : sessions()) EXPECT_FALSE(session->transaction.dirty);
}

TEST_F(WatchedKeysTest, EachKeyCountsOnce) {
  Session& session = client().session();
  const std::string key(1000, 'k');
  for (int i = 0; i < 100; ++i) watched().Watch(session, key + std::to_string(i), false);
  const size_t bytes = session.transaction.watched_bytes;
  EXPECT_GE(bytes, 100 * key.size());
  EXPECT_LT(bytes, 150 * key.size());
  for (int i = 0; i < 100; ++i) watched().Watch(session, key + std::to_string(i), true);
  EXPECT_EQ(session.transaction.watched_bytes, bytes) << "they are watched already";
  Forget(session);
}

// What a client lets go of has no effect from then on, whenever it ends.
TEST_F(WatchedKeysTest, ManyWatchesEndInSteps) {
  constexpr int kKeys = 10 * WatchedKeys::kStep;
  const auto name = [](int i) { return "key:" + std::to_string(i); };
  Session& session = client().session();
  Session& other = NewClient().session();
  for (int i = 0; i < kKeys; ++i) watched().Watch(session, name(i), false);
  watched().Watch(other, name(0), false);
  Forget(session);
  EXPECT_EQ(session.transaction.watched_bytes, 0u);
  for (int i = 0; i < kKeys; ++i) watched().OnKeyEvent(0, name(i), events::kSet);
  watched().OnReplaced(0, engine().db(0));
  EXPECT_FALSE(session.transaction.dirty);
  EXPECT_TRUE(other.transaction.dirty);

  watched().Watch(session, name(1), false);
  int steps = 1;
  while (watched().EndSome()) ++steps;
  EXPECT_EQ(steps, 9) << "the first was made at once";
  watched().OnKeyEvent(0, name(1), events::kSet);
  EXPECT_TRUE(session.transaction.dirty) << "what is watched anew is no part of it";
  Forget(session);
  Forget(other);
  EXPECT_FALSE(watched().EndSome());
}

TEST_F(WatchedKeysTest, TheRegularWorkEndsWhatAClientLeaves) {
  auto gone = std::make_unique<TestClient>(engine());
  std::vector<std::string> watch = {"WATCH"};
  for (int i = 0; i < 10 * WatchedKeys::kStep; ++i) watch.push_back(std::to_string(i));
  gone->Run(watch);
  gone.reset();
  EXPECT_EQ(Run({"MSET", "0", "v", "2000", "v"}), Reply::Ok());
  EXPECT_TRUE(engine().watched_keys().EndSome());
  engine().cron().Run();
  while (engine().cron().work_pending()) engine().cron().RunSlice();
  EXPECT_FALSE(engine().watched_keys().EndSome());
}

}  // namespace
}  // namespace ebb::test
