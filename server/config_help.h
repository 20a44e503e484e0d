// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The Ebb authors
#pragma once

#include <string>

// What the table of options has to say to people.
namespace ebb {

// --version.
std::string VersionText();

// --help: usage, and every option with what it takes and its default.
std::string HelpText();

// redis.conf.example: every option with what it does, takes, and its default. Read as a
// configuration file it gives the defaults.
std::string ExampleText();

}  // namespace ebb
