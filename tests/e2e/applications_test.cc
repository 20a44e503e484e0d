// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
//
// What applications do with a server, by hiredis as they use it: formatted commands, pipelines, a
// connection for each thread, and its asynchronous side under an event loop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/await.h"
#include "tests/support/connection.h"
#include "tests/support/server_process.h"

namespace ebb::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

// How long a client waits for a reply. A worker lets the server wait for less, so that the server
// is the one who says that nothing came.
constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(30);
constexpr int kServerWait_s = 20;

// --------------------------------------------------------------------------------------- blocking

// A connection as one thread of an application has it. What is no reply is Reply::Lost.
class Client {
 public:
  explicit Client(int port, std::chrono::milliseconds patience = kPatience)
      : context_(redisConnectWithTimeout("127.0.0.1", port, Timeval(kPatience))) {
    if (context_->err == 0) redisSetTimeout(context_.get(), Timeval(patience));
  }

  int error() const { return context_->err; }

  // The format is hiredis's own: %s takes a text, %b bytes and how many.
  template <typename... Arguments>
  Reply Ask(const char* format, Arguments... arguments) {
    return Take(redisCommand(context_.get(), format, arguments...));
  }

  // For as many arguments as only the program knows.
  Reply Ask(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    return Take(redisCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(),
                                 sizes.data()));
  }

  // Queues a command; Next sends what is queued and reads one reply.
  template <typename... Arguments>
  void Append(const char* format, Arguments... arguments) {
    EXPECT_EQ(redisAppendCommand(context_.get(), format, arguments...), REDIS_OK);
  }
  Reply Next() {
    void* reply = nullptr;
    redisGetReply(context_.get(), &reply);
    return Take(reply);
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };

  static timeval Timeval(std::chrono::milliseconds time) {
    return {time.count() / 1000, time.count() % 1000 * 1000};
  }

  Reply Take(void* raw) const {
    const std::unique_ptr<redisReply, Free> reply(static_cast<redisReply*>(raw));
    return reply == nullptr ? Reply::Lost(context_->errstr) : Reply::From(*reply);
  }

  std::unique_ptr<redisContext, Free> context_;
};

class ApplicationsE2eTest : public ::testing::Test {
 protected:
  int port() const { return server_.port(); }

  bool AwaitBlocked(const std::string& count) {
    return server_.Connect().AwaitInfo("blocked_clients",
                                       [&](const std::string& text) { return text == count; });
  }

  ServerProcess server_;
  Client client_{server_.port()};
};

// What HGETALL answers, as a program wants to have it.
std::map<std::string, std::string> AsMap(const Reply& reply) {
  std::map<std::string, std::string> map;
  EXPECT_EQ(reply.kind, Reply::Kind::kArray) << reply;
  for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    map[reply.elements[i].text] = reply.elements[i + 1].text;
  }
  return map;
}

// A page from the cache, or made anew for the next ten minutes.
std::string Page(Client& client, int& made) {
  const Reply hit = client.Ask("GET page:1");
  if (hit.kind == Reply::Kind::kBulk) return hit.text;
  EXPECT_EQ(hit, Reply::Nil());
  const std::string page = "<html> version " + std::to_string(++made);
  EXPECT_EQ(client.Ask("SET page:1 %s EX %d", page.c_str(), 600), Reply::Ok());
  return page;
}

TEST_F(ApplicationsE2eTest, ACacheWithTimeToLive) {
  int made = 0;
  EXPECT_EQ(Page(client_, made), "<html> version 1");
  EXPECT_EQ(Page(client_, made), "<html> version 1");
  const Reply left = client_.Ask("TTL page:1");
  EXPECT_TRUE(0 < left.integer && left.integer <= 600) << left;
  EXPECT_EQ(client_.Ask("EXPIREAT page:1 %d", 1), Reply::Integer(1));
  EXPECT_EQ(Page(client_, made), "<html> version 2");

  // Only one of many makes what is missing: who takes the lock, until it expires.
  EXPECT_EQ(client_.Ask("SET lock:1 me NX PX %d", 600000), Reply::Ok());
  EXPECT_EQ(client_.Ask("SET lock:1 you NX PX %d", 600000), Reply::Nil());
  EXPECT_EQ(client_.Ask("PEXPIRE lock:1 %d", 1), Reply::Integer(1));
  EXPECT_TRUE(Await([&] { return client_.Ask("GET lock:1") == Reply::Nil(); }));
  EXPECT_EQ(client_.Ask("SET lock:1 you NX PX %d", 600000), Reply::Ok());
  EXPECT_EQ(client_.Ask("GET lock:1"), Reply::Bulk("you"));
}

TEST_F(ApplicationsE2eTest, ASession) {
  EXPECT_EQ(client_.Ask("HSET session:7 user %s visits %d theme %s", "ada", 1, "dark blue"),
            Reply::Integer(3));
  EXPECT_EQ(client_.Ask("EXPIRE session:7 1800"), Reply::Integer(1));
  EXPECT_EQ(client_.Ask("HINCRBY session:7 visits 1"), Reply::Integer(2));
  EXPECT_EQ(client_.Ask("HSET session:7 theme light"), Reply::Integer(0));
  EXPECT_THAT(
      AsMap(client_.Ask("HGETALL session:7")),
      UnorderedElementsAre(Pair("user", "ada"), Pair("visits", "2"), Pair("theme", "light")));
  const Reply left = client_.Ask("TTL session:7");
  EXPECT_TRUE(0 < left.integer && left.integer <= 1800) << left;

  EXPECT_EQ(client_.Ask("DEL session:7"), Reply::Integer(1));
  EXPECT_THAT(AsMap(client_.Ask("HGETALL session:7")), IsEmpty());

  // A new session of the same name inherits no deadline, and keeps nothing once its own is past.
  EXPECT_EQ(client_.Ask("HSET session:7 user bob"), Reply::Integer(1));
  EXPECT_EQ(client_.Ask("TTL session:7"), Reply::Integer(-1));
  EXPECT_EQ(client_.Ask("EXPIREAT session:7 1"), Reply::Integer(1));
  EXPECT_THAT(AsMap(client_.Ask("HGETALL session:7")), IsEmpty());
}

// Counts a request of the present minute, in one round trip. Answers what EXEC does.
Reply CountRequest(Client& client, const char* user) {
  client.Append("MULTI");
  client.Append("INCR limit:%s", user);
  client.Append("EXPIRE limit:%s 60 NX", user);
  client.Append("EXEC");
  EXPECT_EQ(client.Next(), Reply::Ok());
  EXPECT_EQ(client.Next(), Reply::Status("QUEUED"));
  EXPECT_EQ(client.Next(), Reply::Status("QUEUED"));
  return client.Next();
}

Reply Counted(int requests, bool begins_window) {
  return Reply::Array({Reply::Integer(requests), Reply::Integer(begins_window ? 1 : 0)});
}

TEST_F(ApplicationsE2eTest, ARateLimiter) {
  constexpr int kLimit = 10;
  int allowed = 0;
  for (int request = 1; request <= 15; ++request) {
    const Reply counted = CountRequest(client_, "ada");
    ASSERT_EQ(counted, Counted(request, request == 1));
    if (counted.elements[0].integer <= kLimit) ++allowed;
  }
  EXPECT_EQ(allowed, kLimit);
  const Reply left = client_.Ask("TTL limit:ada");
  EXPECT_TRUE(0 < left.integer && left.integer <= 60) << left;
  EXPECT_EQ(CountRequest(client_, "bob"), Counted(1, true));

  // The first request alone sets when the window ends.
  EXPECT_EQ(client_.Ask("EXPIRE limit:ada 1000"), Reply::Integer(1));
  EXPECT_EQ(CountRequest(client_, "ada"), Counted(16, false));
  EXPECT_GT(client_.Ask("TTL limit:ada").integer, 60);
  EXPECT_EQ(client_.Ask("EXPIREAT limit:ada 1"), Reply::Integer(1));
  EXPECT_EQ(CountRequest(client_, "ada"), Counted(1, true));
}

TEST_F(ApplicationsE2eTest, ALeaderboard) {
  constexpr int kPlayers = 1000;
  std::vector<std::string> everybody = {"ZADD", "board"};
  for (int player = 0; player < kPlayers; ++player) {
    everybody.push_back(std::to_string(player * 7 % kPlayers));  // every score once
    everybody.push_back("player:" + std::to_string(player));
  }
  EXPECT_EQ(client_.Ask(everybody), Reply::Integer(kPlayers));
  EXPECT_EQ(client_.Ask("ZREVRANK board player:17"), Reply::Integer(880));
  EXPECT_EQ(client_.Ask("ZINCRBY board %d player:17", 5000), Reply::Bulk("5119"));
  EXPECT_EQ(client_.Ask("ZREVRANK board player:17"), Reply::Integer(0));
  EXPECT_EQ(client_.Ask("ZREVRANGE board 0 1 WITHSCORES"),
            Reply::Bulks({"player:17", "5119", "player:857", "999"}));
  EXPECT_EQ(client_.Ask("ZADD board GT CH 3 player:857"), Reply::Integer(0));

  // Who is just before and after somebody, and a page of those who have at least so much.
  const auto rank = static_cast<int>(client_.Ask("ZREVRANK board player:500").integer);
  EXPECT_EQ(rank, 500);
  EXPECT_EQ(client_.Ask("ZREVRANGE board %d %d", rank - 1, rank + 1),
            Reply::Bulks({"player:643", "player:500", "player:357"}));
  EXPECT_EQ(client_.Ask("ZRANGE board 10 +inf BYSCORE LIMIT 2 3"),
            Reply::Bulks({"player:716", "player:859", "player:2"}));
  EXPECT_EQ(client_.Ask("ZRANGE board (5119 -inf BYSCORE REV LIMIT 0 1 WITHSCORES"),
            Reply::Bulks({"player:857", "999"}));
}

// ----------------------------------------------------------------------------------------- queues

constexpr int kJobs = 100;

// Takes jobs until the one that says that there are no more. Each is in a second list while it is
// worked on, so that it outlives its worker.
void Work(int port, std::vector<std::string>& done) {
  Client client(port);
  for (int i = 0; i <= kJobs; ++i) {
    const Reply job = client.Ask("BLMOVE jobs working LEFT RIGHT %d", kServerWait_s);
    ASSERT_EQ(job.kind, Reply::Kind::kBulk) << job;
    if (job.text == "end") return;
    done.push_back(job.text);
    EXPECT_EQ(client.Ask("LREM working 1 %s", job.text.c_str()), Reply::Integer(1));
  }
}

TEST_F(ApplicationsE2eTest, WorkersThatWaitDoEachJobOnce) {
  std::array<std::vector<std::string>, 3> done;
  {
    std::vector<std::jthread> workers;
    for (auto& list : done) workers.emplace_back([this, &list] { Work(port(), list); });
    ASSERT_TRUE(AwaitBlocked(std::to_string(done.size())));
    for (int job = 0; job < kJobs; ++job) client_.Append("RPUSH jobs job:%d", job);
    client_.Append("RPUSH jobs end end end");
    for (int i = 0; i <= kJobs; ++i) EXPECT_EQ(client_.Next().kind, Reply::Kind::kInteger);
  }
  std::vector<std::string> all;
  for (const auto& list : done) {
    // Each worker sees the jobs in the order in which they came.
    EXPECT_TRUE(std::ranges::is_sorted(list, {}, [](const std::string& job) {
      return std::atoi(job.c_str() + std::string("job:").size());
    }));
    all.insert(all.end(), list.begin(), list.end());
  }
  std::vector<std::string> wanted;
  for (int job = 0; job < kJobs; ++job) wanted.push_back("job:" + std::to_string(job));
  EXPECT_THAT(all, UnorderedElementsAreArray(wanted));
  EXPECT_EQ(client_.Ask("LRANGE working 0 -1"), Reply::Bulks({"end", "end", "end"}));
  EXPECT_EQ(client_.Ask("EXISTS jobs"), Reply::Integer(0));
}

TEST_F(ApplicationsE2eTest, AWorkerIsToldThatNothingCame) {
  EXPECT_EQ(client_.Ask("BLPOP urgent jobs 0.01"), Reply::Nil());
  EXPECT_EQ(client_.Ask("BLMOVE jobs working LEFT RIGHT 0.01"), Reply::Nil());
  EXPECT_EQ(client_.error(), 0);

  // The same connection goes on, and the list that is named first comes first.
  EXPECT_EQ(client_.Ask("RPUSH jobs a b"), Reply::Integer(2));
  EXPECT_EQ(client_.Ask("RPUSH urgent c"), Reply::Integer(1));
  EXPECT_EQ(client_.Ask("BLPOP urgent jobs %d", kServerWait_s), Reply::Bulks({"urgent", "c"}));
  EXPECT_EQ(client_.Ask("BLPOP urgent jobs %d", kServerWait_s), Reply::Bulks({"jobs", "a"}));
}

TEST_F(ApplicationsE2eTest, AJobOutlivesItsWorker) {
  EXPECT_EQ(client_.Ask("RPUSH jobs a b"), Reply::Integer(2));
  {
    Client dies(port());
    EXPECT_EQ(dies.Ask("BLMOVE jobs working LEFT RIGHT %d", kServerWait_s), Reply::Bulk("a"));
  }
  EXPECT_EQ(client_.Ask("LMOVE working jobs RIGHT LEFT"), Reply::Bulk("a"));
  EXPECT_EQ(client_.Ask("LMOVE working jobs RIGHT LEFT"), Reply::Nil());
  EXPECT_EQ(client_.Ask("LRANGE jobs 0 -1"), Reply::Bulks({"a", "b"}));
}

TEST_F(ApplicationsE2eTest, AWorkerThatGaveUpTakesNoJob) {
  {
    Client hasty(port(), std::chrono::milliseconds(20));
    EXPECT_EQ(hasty.Ask("BLPOP jobs 0").kind, Reply::Kind::kLost);
    EXPECT_EQ(hasty.error(), REDIS_ERR_IO);
  }
  ASSERT_TRUE(AwaitBlocked("0"));
  EXPECT_EQ(client_.Ask("RPUSH jobs a"), Reply::Integer(1));
  EXPECT_EQ(Client(port()).Ask("BLPOP jobs %d", kServerWait_s), Reply::Bulks({"jobs", "a"}));
}

// ------------------------------------------------------------------------------ more than one side

// What a subscriber is told of its own subscriptions: how many it has now.
Reply Notice(const std::string& kind, const std::string& channel, int subscriptions) {
  return Reply::Array({Reply::Bulk(kind), Reply::Bulk(channel), Reply::Integer(subscriptions)});
}

TEST_F(ApplicationsE2eTest, ASubscriberGoesBackToCommands) {
  Client subscriber(port());
  subscriber.Append("SUBSCRIBE news");
  subscriber.Append("PSUBSCRIBE alerts.*");
  EXPECT_EQ(subscriber.Next(), Notice("subscribe", "news", 1));
  EXPECT_EQ(subscriber.Next(), Notice("psubscribe", "alerts.*", 2));
  EXPECT_TRUE(subscriber.Ask("GET k").IsError("ERR Can't execute 'get'"));

  EXPECT_EQ(client_.Ask("PUBLISH news %s", "hello world"), Reply::Integer(1));
  EXPECT_EQ(client_.Ask("PUBLISH nobody hears"), Reply::Integer(0));
  EXPECT_EQ(client_.Ask("PUBLISH alerts.disk full"), Reply::Integer(1));
  EXPECT_EQ(client_.Ask("PUBLISH news stop"), Reply::Integer(1));

  const Reply stop = Reply::Bulks({"message", "news", "stop"});
  std::vector<Reply> heard;
  for (int i = 0; i < 10; ++i) {
    heard.push_back(subscriber.Next());
    if (heard.back() == stop || heard.back().kind == Reply::Kind::kLost) break;
  }
  EXPECT_THAT(heard,
              ElementsAre(Reply::Bulks({"message", "news", "hello world"}),
                          Reply::Bulks({"pmessage", "alerts.*", "alerts.disk", "full"}), stop));

  subscriber.Append("UNSUBSCRIBE");
  subscriber.Append("PUNSUBSCRIBE");
  EXPECT_EQ(subscriber.Next(), Notice("unsubscribe", "news", 1));
  EXPECT_EQ(subscriber.Next(), Notice("punsubscribe", "alerts.*", 0));
  EXPECT_EQ(subscriber.Ask("GET k"), Reply::Nil());
  EXPECT_EQ(client_.Ask("PUBLISH news again"), Reply::Integer(0));
}

// Takes from a balance unless somebody changes it `meanwhile`. Answers what EXEC does.
Reply Withdraw(Client& client, int amount, const std::function<void()>& meanwhile) {
  EXPECT_EQ(client.Ask("WATCH balance"), Reply::Ok());
  const int balance = std::atoi(client.Ask("GET balance").text.c_str());
  meanwhile();
  EXPECT_EQ(client.Ask("MULTI"), Reply::Ok());
  EXPECT_EQ(client.Ask("SET balance %d", balance - amount), Reply::Status("QUEUED"));
  EXPECT_EQ(client.Ask("INCR withdrawals"), Reply::Status("QUEUED"));
  return client.Ask("EXEC");
}

TEST_F(ApplicationsE2eTest, OptimisticLocking) {
  const auto nothing = [] {};
  Client second(port());
  EXPECT_EQ(client_.Ask("SET balance 100"), Reply::Ok());
  EXPECT_EQ(Withdraw(client_, 50,
                     [&] {
                       EXPECT_EQ(Withdraw(second, 30, nothing),
                                 Reply::Array({Reply::Ok(), Reply::Integer(1)}));
                     }),
            Reply::Nil());
  EXPECT_EQ(client_.Ask("MGET balance withdrawals"), Reply::Bulks({"70", "1"}));

  // Who has lost starts again: what had changed before doesn't count any more.
  EXPECT_EQ(Withdraw(client_, 50, nothing), Reply::Array({Reply::Ok(), Reply::Integer(2)}));
  EXPECT_EQ(second.Ask("MGET balance withdrawals"), Reply::Bulks({"20", "2"}));
}

TEST_F(ApplicationsE2eTest, AnyBytesAreKeysFieldsAndValues) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  bytes += "\r\n$3\r\n";
  const auto set = [&](const std::string& key, const std::string& value) {
    return client_.Ask("SET image:%b %b", key.data(), key.size(), value.data(), value.size());
  };
  const auto get = [&](const std::string& key) {
    return client_.Ask("GET image:%b", key.data(), key.size());
  };
  const std::string first("a\0b", 3);
  const std::string other("a\0c", 3);
  EXPECT_EQ(set(first, bytes), Reply::Ok());
  EXPECT_EQ(set(other, ""), Reply::Ok());
  EXPECT_EQ(get(first), Reply::Bulk(bytes));
  EXPECT_EQ(get(other), Reply::Bulk(""));
  EXPECT_EQ(get("a"), Reply::Nil());

  std::string large;
  for (int i = 0; i < 16384; ++i) large += bytes;
  EXPECT_EQ(set(other, large), Reply::Ok());
  EXPECT_TRUE(get(other) == Reply::Bulk(large));  // not EXPECT_EQ, which would print it

  EXPECT_EQ(client_.Ask("HSET files %b %b", bytes.data(), bytes.size(), first.data(), first.size()),
            Reply::Integer(1));
  EXPECT_THAT(AsMap(client_.Ask("HGETALL files")), UnorderedElementsAre(Pair(bytes, first)));
}

// ----------------------------------------------------------------------------------- asynchronous

// An asynchronous connection with an event loop of its own. By the hooks hiredis says what it waits
// for, poll() waits, and hiredis is told what there is.
class AsyncClient {
 public:
  using Callback = std::function<void(const Reply&)>;

  explicit AsyncClient(int port) : context_(redisAsyncConnect("127.0.0.1", port)) {
    context_->data = this;
    context_->ev.data = this;
    context_->ev.addRead = [](void* self) { Of(self).events_ |= POLLIN; };
    context_->ev.delRead = [](void* self) { Of(self).events_ &= ~POLLIN; };
    context_->ev.addWrite = [](void* self) { Of(self).events_ |= POLLOUT; };
    context_->ev.delWrite = [](void* self) { Of(self).events_ &= ~POLLOUT; };
    context_->ev.cleanup = [](void* self) { Of(self).context_ = nullptr; };
    redisAsyncSetConnectCallback(context_, [](const redisAsyncContext* context, int status) {
      Of(context->data).connect_status_ = status;
    });
    redisAsyncSetDisconnectCallback(context_, [](const redisAsyncContext* context, int status) {
      Of(context->data).disconnect_status_ = status;
    });
  }
  // Callbacks that still wait are called, with Reply::Lost.
  ~AsyncClient() {
    if (context_ != nullptr) redisAsyncFree(context_);
  }
  AsyncClient(const AsyncClient&) = delete;
  AsyncClient& operator=(const AsyncClient&) = delete;

  // What the callbacks for these events were told; nothing before they were called.
  std::optional<int> connect_status() const { return connect_status_; }
  std::optional<int> disconnect_status() const { return disconnect_status_; }

  // Whether hiredis has taken the command. A subscription's callback is called for each message.
  template <typename... Arguments>
  bool Send(Callback callback, const char* format, Arguments... arguments) {
    const auto answered = [](redisAsyncContext*, void* raw, void* called) {
      const auto* reply = static_cast<const redisReply*>(raw);
      (*static_cast<Callback*>(called))(reply == nullptr ? Reply::Lost("disconnected")
                                                         : Reply::From(*reply));
    };
    if (context_ == nullptr) return false;
    callbacks_.push_back(std::move(callback));
    return redisAsyncCommand(context_, answered, &callbacks_.back(), format, arguments...) ==
           REDIS_OK;
  }

  // Takes no more commands, and disconnects when all replies are there.
  void Disconnect() {
    if (context_ != nullptr) redisAsyncDisconnect(context_);
  }

  // Lets things happen until `done`. False when before that the connection ended, or the patience.
  bool RunUntil(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (context_ == nullptr || std::chrono::steady_clock::now() >= deadline) return false;
      RunOnce();
    }
    return true;
  }
  bool RunUntilDisconnected() {
    return RunUntil([this] { return disconnect_status_.has_value(); });
  }

 private:
  static AsyncClient& Of(void* self) { return *static_cast<AsyncClient*>(self); }

  void RunOnce() {
    pollfd waiting{context_->c.fd, events_, 0};
    if (::poll(&waiting, 1, 1000) <= 0) return;
    if ((waiting.revents & ~POLLOUT) != 0) redisAsyncHandleRead(context_);
    // Reading may have been the end.
    if (context_ != nullptr && (waiting.revents & POLLOUT) != 0) redisAsyncHandleWrite(context_);
  }

  redisAsyncContext* context_;      // hiredis frees it itself when the connection ends
  short events_ = 0;                // that hiredis waits for, as poll() names them
  std::deque<Callback> callbacks_;  // hiredis keeps their addresses
  std::optional<int> connect_status_;
  std::optional<int> disconnect_status_;
};

TEST_F(ApplicationsE2eTest, AnAsynchronousPipelineIsAnsweredInOrder) {
  constexpr int kPairs = 5000;
  std::vector<Reply> replies;
  std::vector<Reply> wanted;
  AsyncClient client(port());
  const auto keep = [&](const Reply& reply) { replies.push_back(reply); };
  for (int i = 1; i <= kPairs; ++i) {
    ASSERT_TRUE(client.Send(keep, "INCR counter"));
    ASSERT_TRUE(client.Send(keep, "ECHO text:%d", i));
    wanted.push_back(Reply::Integer(i));
    wanted.push_back(Reply::Bulk("text:" + std::to_string(i)));
  }
  client.Disconnect();
  EXPECT_FALSE(client.Send(keep, "INCR counter"));
  EXPECT_TRUE(client.RunUntilDisconnected());
  EXPECT_EQ(client.connect_status(), REDIS_OK);
  EXPECT_EQ(client.disconnect_status(), REDIS_OK);
  EXPECT_TRUE(replies == wanted) << replies.size() << " replies";
  EXPECT_EQ(client_.Ask("GET counter"), Reply::Bulk(std::to_string(kPairs)));
}

TEST_F(ApplicationsE2eTest, AsynchronousCallbacksSendTheNextCommand) {
  constexpr int kSteps = 100;
  std::vector<Reply> steps;
  AsyncClient::Callback step;
  AsyncClient client(port());
  step = [&](const Reply& reply) {
    steps.push_back(reply);
    if (steps.size() == kSteps) {
      client.Disconnect();
    } else if (reply.kind == Reply::Kind::kInteger) {
      EXPECT_TRUE(client.Send(step, "RPUSH steps %lld", static_cast<long long>(reply.integer)));
    }
  };
  ASSERT_TRUE(client.Send(step, "RPUSH steps 0"));
  EXPECT_TRUE(client.RunUntilDisconnected());
  EXPECT_EQ(client.disconnect_status(), REDIS_OK);
  ASSERT_EQ(steps.size(), static_cast<size_t>(kSteps));
  for (int i = 0; i < kSteps; ++i) EXPECT_EQ(steps[i], Reply::Integer(i + 1));
  EXPECT_EQ(client_.Ask("LRANGE steps -2 -1"), Reply::Bulks({"98", "99"}));
}

TEST_F(ApplicationsE2eTest, AsynchronousSubscriptionsHearAllMessages) {
  constexpr int kMessages = 500;
  std::vector<Reply> news;
  std::vector<Reply> alerts;
  Reply got;
  AsyncClient client(port());
  const auto keep_news = [&](const Reply& reply) { news.push_back(reply); };
  const auto keep_alerts = [&](const Reply& reply) { alerts.push_back(reply); };
  ASSERT_TRUE(client.Send(keep_news, "SUBSCRIBE news"));
  ASSERT_TRUE(client.Send(keep_alerts, "PSUBSCRIBE alerts.*"));
  ASSERT_TRUE(client.RunUntil([&] { return news.size() == 1 && alerts.size() == 1; }));
  EXPECT_EQ(news[0], Notice("subscribe", "news", 1));
  EXPECT_EQ(alerts[0], Notice("psubscribe", "alerts.*", 2));

  for (int i = 0; i < kMessages; ++i) {
    client_.Append("PUBLISH news %d", i);
    client_.Append("PUBLISH alerts.%d %s", i, "fire");
  }
  for (int i = 0; i < 2 * kMessages; ++i) ASSERT_EQ(client_.Next(), Reply::Integer(1));
  ASSERT_TRUE(
      client.RunUntil([&] { return news.size() > kMessages && alerts.size() > kMessages; }));
  for (int i = 0; i < kMessages; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_EQ(news[i + 1], Reply::Bulks({"message", "news", number}));
    ASSERT_EQ(alerts[i + 1], Reply::Bulks({"pmessage", "alerts.*", "alerts." + number, "fire"}));
  }

  // hiredis tells the end of a subscription to the subscription's own callback.
  const auto never = [](const Reply& reply) { ADD_FAILURE() << reply; };
  ASSERT_TRUE(client.Send(never, "UNSUBSCRIBE news"));
  ASSERT_TRUE(client.Send(never, "PUNSUBSCRIBE alerts.*"));
  const Reply last = Notice("punsubscribe", "alerts.*", 0);
  ASSERT_TRUE(client.RunUntil([&] { return alerts.back() == last; }));
  EXPECT_EQ(news.back(), Notice("unsubscribe", "news", 1));
  ASSERT_TRUE(client.Send([&](const Reply& reply) { got = reply; }, "ECHO %s", "free again"));
  client.Disconnect();
  EXPECT_TRUE(client.RunUntilDisconnected());
  EXPECT_EQ(client.disconnect_status(), REDIS_OK);
  EXPECT_EQ(got, Reply::Bulk("free again"));
}

TEST_F(ApplicationsE2eTest, AnAsynchronousClientLearnsThatItWasCutOff) {
  Reply id;
  Reply job;
  AsyncClient client(port());
  ASSERT_TRUE(client.Send([&](const Reply& reply) { id = reply; }, "CLIENT ID"));
  ASSERT_TRUE(client.Send([&](const Reply& reply) { job = reply; }, "BLPOP jobs 0"));
  ASSERT_TRUE(client.RunUntil([&] { return id.kind == Reply::Kind::kInteger; }));
  ASSERT_TRUE(AwaitBlocked("1"));
  EXPECT_EQ(client_.Ask("CLIENT KILL ID %lld", static_cast<long long>(id.integer)),
            Reply::Integer(1));
  EXPECT_TRUE(client.RunUntilDisconnected());
  EXPECT_EQ(client.disconnect_status(), REDIS_ERR);
  EXPECT_EQ(job.kind, Reply::Kind::kLost) << job;
  EXPECT_EQ(client_.Ask("RPUSH jobs a"), Reply::Integer(1));
}

}  // namespace
}  // namespace ebb::test
