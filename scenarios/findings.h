#pragma once

// Collects what is wrong with a document; a place is a JSON pointer into it.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostic.h"
#include "scenarios/document.h"

namespace wavetank::scenarios {

class Findings {
 public:
  /// REQUIRES: the document outlives this and does not change.
  explicit Findings(const Value& document) : document_(document) {}

  void error(const std::string& pointer, std::string message, std::string expected = "",
             std::string example = "");
  /// About a member's name rather than its value.
  void error_at_key(const std::string& pointer, std::string message, std::string expected = "");
  /// There is no such key here, but those of `known`; what Kafka and others call so is named.
  void unknown_key(const std::string& pointer, std::string_view key,
                   const std::vector<std::string_view>& known);
  void warning(const std::string& pointer, std::string message, std::string expected = "");

  [[nodiscard]] const Value& document() const { return document_; }
  [[nodiscard]] bool has_errors() const { return scenarios::has_errors(diagnostics_); }
  /// Whether something at or below this pointer is wrong.
  [[nodiscard]] bool has_errors_under(std::string_view pointer) const;
  /// All findings, in the order of files, lines and columns; at most kMaxDiagnostics.
  std::vector<Diagnostic> take();

 private:
  /// Where the value stands, or, if it is not there, what should contain it.
  [[nodiscard]] Origin origin_of(const std::string& pointer, bool of_key) const;
  void add(Level level, const Origin& origin, const std::string& pointer, std::string message,
           std::string expected, std::string example);

  const Value& document_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace wavetank::scenarios
