#include "reports/html/markup.h"

#include <gtest/gtest.h>

namespace wavetank::reports::html {
namespace {

TEST(Markup, MakesTextOfWhateverTextSays) {
  EXPECT_EQ(text("<b>\"it's\" & more</b>").code(),
            "&lt;b&gt;&quot;it&#39;s&quot; &amp; more&lt;/b&gt;");
}

TEST(Markup, ShowsControlCharactersInsteadOfObeyingThem) {
  EXPECT_EQ(text("a\nb\x1b[31m").code(), "a\\nb\\x1b[31m");
}

TEST(Markup, KeepsLineFeedsWhereLinesAreWanted) {
  EXPECT_EQ(lines("{\n  \"<\"\n}").code(), "{\n  &quot;&lt;&quot;\n}");
}

TEST(Markup, FillsALiteralWithEscapedTextNumbersAndMarkup) {
  const Markup inner = markup("<i>{}</i>", "a<b");
  EXPECT_EQ(markup("<p title=\"{}\">{} {:.1f} {}</p>", std::string("\""), inner, 2.25, 7).code(),
            "<p title=\"&quot;\"><i>a&lt;b</i> 2.2 7</p>");
}

TEST(Markup, IsNeverReadAsALiteralAgain) {
  EXPECT_EQ(markup("{}", text("{} {0}")).code(), "{} {0}");
}

}  // namespace
}  // namespace wavetank::reports::html
