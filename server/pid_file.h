// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>

namespace ebb {

// The file that says which process the server is, for as long as the object lives.
//
// Thread: the only one, before and after the loop runs.
class PidFile {
 public:
  // Writes the process's id to `path`; empty: there is no file. Where that fails, the log says so.
  explicit PidFile(const std::string& path);

  // Removes the file, wherever the process has gone meanwhile; one that holds another id is that
  // process's, and stays.
  ~PidFile();

  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::string path_;  // absolute; empty: none
};

}  // namespace ebb
