// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/link.h"
#include "tests/oracle/random.h"
#include "tests/support/server_process.h"

namespace ebb::oracle {

// Something that one of several clients does.
struct WaitStep {
  size_t client = 0;
  Argv
      argv;  // "<client N>" stands for that client's id; empty: it goes away, and another one comes
};

// The reference server and Ebb, and clients that wait for keys: who is answered what, after which
// step of whom, has to be the same.
class WaitDuel {
 public:
  // `program`: what is compared, a path or a name in PATH.
  explicit WaitDuel(const std::string& program);

  // Says so many steps, in rounds that `seed` decides, and tells the first difference on standard
  // output, with the fewest steps that show it. True when there is none.
  bool Run(uint64_t steps, uint64_t seed);

  // Ends both servers; false when one of them had ended by itself or ends badly.
  bool Stop();

 private:
  static constexpr size_t kClients = 6;

  struct Client {
    explicit Client(int port) : link(port) {}
    Link link;
    std::string id;
  };
  struct Side {
    explicit Side(const std::string& program);
    void Connect(size_t client);
    void Reset();
    // Sends a step to the server; waits for the reply if there has to be one.
    void Say(const WaitStep& step, bool answers);
    // What each client has been answered since it was asked last.
    std::vector<std::string> Hear();

    test::ServerProcess process;
    std::vector<std::unique_ptr<Client>> clients;
    std::optional<Link> control;
  };

  struct Difference {
    size_t step = 0;  // the number of steps when what is left behind differs
    std::string reference;
    std::string ebb;
  };

  std::vector<WaitStep> MakeRound(Random& random) const;
  std::optional<Difference> Play(const std::vector<WaitStep>& steps);
  void Shrink(std::vector<WaitStep>* steps, Difference* difference);

  Side reference_;
  Side ebb_;
  std::set<std::string> known_;  // Ebb's commands
};

}  // namespace ebb::oracle
