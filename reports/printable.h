#pragma once

// Text from scenario files, made safe to show. Whatever a file says, it cannot move the cursor,
// colour the screen, hide or reorder text, or become markup.

#include <cstddef>
#include <string>
#include <string_view>

namespace wavetank::reports {

/// `text` on one line, as valid UTF-8 without control characters: C0 and C1 controls, line
/// separators, invisible and direction-changing characters and bytes that are no UTF-8 are written
/// as escapes ("\n", "\x1b", "\u202e"). With `ascii`, so is everything beyond ASCII.
std::string printable(std::string_view text, bool ascii = false);

/// Columns that `text` takes, one for each code point. REQUIRES: valid UTF-8.
std::size_t column_count(std::string_view text);

/// The first `columns` columns of `text`; the last of them says so ("…" or "~") when there is more.
/// REQUIRES: valid UTF-8.
std::string cut_to(std::string_view text, std::size_t columns, bool ascii = false);

/// `text`, printable and padded with blanks (or cut) to exactly `columns` columns.
std::string padded(std::string_view text, std::size_t columns, bool ascii = false);

/// Printable, and escaped as inline text of GitHub-flavoured Markdown: no emphasis, link, HTML,
/// table cell, mention or reference comes of it.
std::string markdown_text(std::string_view text);

/// Printable, as a Markdown code span that is safe inside a table cell. Back-ticks and bars, which
/// no escape makes safe there, are replaced by look-alikes.
std::string markdown_code(std::string_view text);

}  // namespace wavetank::reports
