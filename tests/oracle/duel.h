// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/generator.h"
#include "tests/oracle/link.h"
#include "tests/oracle/listener.h"
#include "tests/oracle/tables.h"
#include "tests/oracle/vocabulary.h"
#include "tests/support/server_process.h"

namespace ebb::oracle {

// Something on which the servers do not agree.
struct Difference {
  std::string kind;  // differences of one kind probably have one cause
  size_t step = 0;   // of the stream; its length when only the content differs
  std::string reference;
  std::string ebb;
};

// The reference server and Ebb, both of this process, and the clients that say the same to both.
class Duel {
 public:
  // `program`: what is compared, a path or a name in PATH. `protocol`: 2 or 3 for all clients, 0
  // for half of them each. `events`: also compares what keyspace notifications tell, command by
  // command.
  Duel(const std::string& program, int protocol, bool events);

  const Vocabulary& vocabulary() const { return *vocabulary_; }

  // Whether a difference ends the run. One that does not lets it go on, unless the contents differ
  // from then on.
  using Filter = std::function<bool(const Difference&)>;

  // Says all steps to both, from empty servers and new clients, then compares the contents. The
  // first difference that `wanted` likes.
  std::optional<Difference> Run(const std::vector<Step>& steps, const Filter& wanted);

  // Compares the command tables, without texts.
  std::vector<TableDifference> CompareCommandTables();

  // Opens a new connection to each, sends the bytes and says that no more will come; what came back
  // until the end, or nothing when one of them does not end the connection.
  struct Outputs {
    std::string reference;
    std::string ebb;
  };
  std::optional<Outputs> Talk(std::string_view bytes);

  // How often a command was said, and how often it was answered with an error, by name.
  struct Tally {
    uint64_t said = 0;
    uint64_t errors = 0;
  };
  const std::map<std::string, Tally>& tallies() const { return tallies_; }

  // Ends both servers; false when one of them had ended by itself or ends badly, which is told on
  // standard error.
  bool Stop();

 private:
  struct Side {
    explicit Side(const std::string& program);
    test::ServerProcess process;
    std::unique_ptr<Link> control;
    std::unique_ptr<Listener> listener;
    std::vector<Link> clients;
    int64_t changes = 0;  // rdb_changes_since_last_save when it was last looked at
  };

  // What a client has queued behind MULTI.
  struct Transaction {
    bool open = false;
    std::vector<const CommandModel*> queued;
  };

  void Reset();
  void ResetSide(Side& side);
  void Connect(Side& side);
  // Lets the servers' clocks go on until what has just been set to expire at once is gone.
  void AwaitExpiry();
  // For each step whether it may let a key expire at once.
  std::vector<bool> ExpiringSteps(const std::vector<Step>& steps) const;
  // Where the batch that begins at `from` ends: one client's, and alone what has to be looked at
  // before going on.
  size_t BatchEnd(const std::vector<Step>& steps, const std::vector<bool>& expiring,
                  size_t from) const;
  std::optional<Difference> RunBatch(const std::vector<Step>& steps, size_t from, size_t to,
                                     const Filter& wanted, bool* diverged);
  std::optional<Difference> CompareReplies(const Step& step, size_t index,
                                           std::string_view reference, std::string_view ebb);
  std::optional<Difference> RunScan(const Step& step, size_t index, const Value& reference,
                                    const Value& ebb);
  // After a command that draws at random: compares what that was, and has both hold the same again.
  std::optional<Difference> SettleDraw(const Step& step, size_t index,
                                       const std::vector<std::string>& reference,
                                       const std::vector<std::string>& ebb);
  // Whether the step is left out: what it takes at random could not be settled before EXEC goes on.
  bool IsUnsettled(const Step& step) const;
  // Follows the client's transaction; the commands whose replies an EXEC has brought.
  std::optional<std::vector<const CommandModel*>> Follow(int client, const CommandModel* command,
                                                         std::string_view reply);
  // The commands that run when the steps are said: EXEC runs what the client has queued.
  std::vector<const CommandModel*> Running(const std::vector<Step>& steps, size_t from,
                                           size_t to) const;
  std::optional<Difference> CompareMessages(const std::vector<const CommandModel*>& said,
                                            size_t index);
  // Compares how many changes were counted since the last call.
  std::optional<Difference> CompareChanges(const std::vector<const CommandModel*>& said,
                                           size_t index);
  std::optional<Difference> CompareContent(size_t step);

  const int protocol_;
  const bool events_;
  Side reference_;
  Side ebb_;
  std::unique_ptr<Vocabulary> vocabulary_;
  std::vector<Transaction> transactions_;
  bool expiry_in_order_ = true;  // nothing has been said that finds expired keys as it likes
  std::map<std::string, Tally> tallies_;
};

}  // namespace ebb::oracle
