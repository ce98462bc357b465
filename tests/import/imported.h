#pragma once

// What tests ask of an import.

#include <gmock/gmock.h>

#include <string>

#include "scenarios/import/import.h"
#include "scenarios/load.h"

namespace wavetank::scenarios {

/// Everything that was said, a line a note: "3: /producerRate: ...".
inline std::string said(const Imported& imported) {
  std::string text;
  for (const Diagnostic& note : imported.notes) {
    text += std::to_string(note.line) + ": " + note.pointer + ": " + note.message + "\n";
  }
  return text;
}

/// The scenario, which must load.
inline Scenario loaded(const Imported& imported) {
  EXPECT_TRUE(imported.scenario) << said(imported);
  if (!imported.scenario) {
    return {};
  }
  Loaded result = load_text(pretty_text(*imported.scenario), "imported.json");
  for (const Diagnostic& diagnostic : result.diagnostics) {
    EXPECT_NE(diagnostic.level, Level::error) << to_text(diagnostic);
  }
  return result.scenario ? std::move(*result.scenario) : Scenario();
}

}  // namespace wavetank::scenarios
