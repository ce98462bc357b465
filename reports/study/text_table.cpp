#include "reports/study/text_table.h"

#include <algorithm>
#include <string_view>

#include "reports/printable.h"

namespace wavetank::reports {

namespace {

bool is_number(const TextTable& table, std::size_t column) {
  return column >= table.first_number && column + table.last_words < table.head.size();
}

/// What terminals without other characters show for "±" says the same.
std::string cell_text(std::string text, bool ascii) {
  static constexpr std::string_view kPlusMinus = "±";
  const std::size_t at = ascii ? text.find(kPlusMinus) : std::string::npos;
  return printable(at == std::string::npos ? text : text.replace(at, kPlusMinus.size(), "+-"),
                   ascii);
}

std::string line_of(const TextTable& table, const std::vector<std::string>& cells,
                    const std::vector<std::size_t>& widths, bool ascii) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = cell_text(cells[i], ascii);
    const std::string blanks(widths[i] - column_count(cell), ' ');
    line += (i > 0 ? "  " : "") + (is_number(table, i) ? blanks + cell : cell + blanks);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

}  // namespace

std::string aligned(const TextTable& table, bool ascii) {
  std::vector<std::size_t> widths(table.head.size());
  const auto widen = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], column_count(cell_text(cells[i], ascii)));
    }
  };
  widen(table.head);
  std::ranges::for_each(table.rows, widen);
  std::string text = line_of(table, table.head, widths, ascii);
  for (const std::vector<std::string>& row : table.rows) {
    text += line_of(table, row, widths, ascii);
  }
  return text;
}

std::string markdown(const TextTable& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string row = "|";
    for (const std::string& cell : cells) {
      row += " " + markdown_text(cell) + " |";
    }
    return row + "\n";
  };
  std::string text = line(table.head) + "|";
  for (std::size_t i = 0; i < table.head.size(); ++i) {
    text += is_number(table, i) ? "---:|" : "---|";
  }
  text += "\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += line(row);
  }
  return text;
}

}  // namespace wavetank::reports
