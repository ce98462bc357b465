#include "reports/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace wavetank::reports {
namespace {

TEST(Printable, LeavesTextAlone) {
  EXPECT_EQ(printable("A broker dies: Zürich → 東京 🙂"),
            "A broker dies: Zürich → 東京 🙂");
}

TEST(Printable, DisarmsEscapeSequencesAndControls) {
  EXPECT_EQ(printable("\x1b[2J\x1b]0;pwned\x07"), "\\x1b[2J\\x1b]0;pwned\\x07");
  EXPECT_EQ(printable("a\nb\rc\td\x7f"), "a\\nb\\rc\\td\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Printable, DisarmsTheControlsBeyondAscii) {
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");  // CSI in one character
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "gpj.exe"),
            "\\u202egpj.exe");  // right-to-left override
  EXPECT_EQ(printable("a\xe2\x80\xa8"
                      "b"),
            "a\\u2028b");  // line separator
  EXPECT_EQ(printable("a\xe2\x80\x8b"
                      "b"),
            "a\\u200bb");                                // zero-width space
  EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\ue0041");  // invisible tag
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");                    // overlong form of ESC
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("ab\xe2\x82"), "ab\\xe2\\x82");                // cut off
  EXPECT_EQ(printable("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");  // beyond the last character
}

TEST(Printable, IsAsciiWhenAsked) {
  EXPECT_EQ(printable("Zürich 🙂", true), "Z\\xfcrich \\u1f642");
}

TEST(Printable, IsItsOwnFixedPoint) {
  const std::string once = printable("\x1b[0m \xff \xe2\x80\xae");
  EXPECT_EQ(printable(once), once);
}

TEST(CutTo, SaysThatThereIsMore) {
  EXPECT_EQ(cut_to("broker-2", 8), "broker-2");
  EXPECT_EQ(cut_to("broker-2", 5), "brok…");
  EXPECT_EQ(cut_to("broker-2", 5, true), "brok~");
  EXPECT_EQ(cut_to("Zürich", 3), "Zü…");
  EXPECT_EQ(cut_to("x", 0), "");
  EXPECT_EQ(padded("Zü", 4), "Zü  ");
  EXPECT_EQ(padded("a\nb", 4), "a\\nb");
}

TEST(MarkdownText, MakesNoMarkup) {
  EXPECT_EQ(markdown_text("<img src=x>"), "&lt;img src=x&gt;");
  EXPECT_EQ(markdown_text("a|b"), "a&#124;b");
  EXPECT_EQ(markdown_text("[x](http://y)"), "\\[x\\](http\\://y)");
  EXPECT_EQ(markdown_text("![x](y)"), "\\!\\[x\\](y)");
  EXPECT_EQ(markdown_text("**b** _i_ ~~s~~ `c`"),
            "\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~ &#96;c&#96;");
  EXPECT_EQ(markdown_text("&lt;"), "&amp;lt;");
  EXPECT_EQ(markdown_text("www.example.com"), "www\\.example.com");
  EXPECT_EQ(markdown_text("\n# title"), "\\\\n＃ title");
  EXPECT_EQ(markdown_text("@team closes #1"), "＠team closes ＃1");
}

TEST(MarkdownCode, CannotBeLeft) {
  EXPECT_EQ(markdown_code("e2e.p99 < 8s"), "`e2e.p99 < 8s`");
  EXPECT_EQ(markdown_code("a`b``c"), "`aˋbˋˋc`");
  EXPECT_EQ(markdown_code("a | b"), "`a ¦ b`");
  EXPECT_EQ(markdown_code(" "), "(empty)");
  EXPECT_EQ(markdown_code("a\nb"), "`a\\nb`");
}

}  // namespace
}  // namespace wavetank::reports
