#include "reports/html/tornado_chart.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/markup.h"
#include "reports/html/scale.h"
#include "reports/html/time_axis.h"
#include "reports/printable.h"

namespace wavetank::reports {

namespace {

using html::markup;
using html::Markup;
using html::Scale;

constexpr double kWidth = 1080;
constexpr double kLeft = 400;
constexpr double kRight = 920;
constexpr double kTop = 74;
constexpr double kRow = 24;
constexpr double kBar = 15;
constexpr std::size_t kNameColumns = 52;

constexpr const char* kStyle =
    "text{font:12px system-ui,\"Liberation Sans\",sans-serif;fill:#1a1d21}.t{font-size:15px;"
    "font-weight:600}.n{text-anchor:end}.f{fill:#59616b}.bg{fill:#fff}.low{fill:#0072b2}"
    ".high{fill:#e69f00}.base{stroke:#1a1d21;stroke-width:1.5}.e{text-anchor:end}"
    "@media(prefers-color-scheme:dark){text{fill:#e7eaed}.f{fill:#a2abb5}.bg{fill:#14171a}"
    ".base{stroke:#e7eaed}}";

/// One side of a bar, and what it came to.
Markup side(const char* kind, const std::optional<TornadoSide>& it, const Tornado& tornado,
            const Scale& x, double y) {
  if (!it || !it->observed) {
    return {};
  }
  const double from = std::min(x(tornado.base), x(*it->observed));
  const double to = std::max(x(tornado.base), x(*it->observed));
  return markup(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">"
      "<title>{}: {}</title></rect>",
      kind, from, y, std::max(to - from, 0.5), kBar / 2, it->value,
      format_value(*it->observed, tornado.unit));
}

Scale scale_of(const Tornado& tornado, std::size_t shown) {
  double least = tornado.base;
  double most = tornado.base;
  for (std::size_t i = 0; i < shown; ++i) {
    for (const auto* it : {&tornado.bars[i].low, &tornado.bars[i].high}) {
      if (*it && (*it)->observed) {
        least = std::min(least, *(*it)->observed);
        most = std::max(most, *(*it)->observed);
      }
    }
  }
  constexpr double kDecadesApart = 10;
  if (least > 0 && most / least > kDecadesApart) {
    return Scale::logarithmic({least, most}, {kLeft, kRight});
  }
  return Scale::linear({least, std::max(most, least + 1e-12)}, {kLeft, kRight});
}

std::string values(const TornadoBar& bar) {
  const std::string low = bar.low ? bar.low->value : "–";
  const std::string high = bar.high ? bar.high->value : "–";
  return cut_to(printable(fmt::format("{} / {}", low, high)), 22);
}

}  // namespace

std::string tornado_svg(const Tornado& tornado) {
  const auto still = std::ranges::find_if(
      tornado.bars, [&](const TornadoBar& bar) { return !moves(bar, tornado.base); });
  const std::size_t shown =
      std::min(static_cast<std::size_t>(still - tornado.bars.begin()), kMostTornadoBars);
  const Scale x = scale_of(tornado, shown);
  const double height = kTop + kRow * static_cast<double>(shown) + 30;
  Markup rows;
  double y = kTop;
  for (std::size_t i = 0; i < shown; ++i) {
    const TornadoBar& bar = tornado.bars[i];
    rows += markup("<text class=\"n\" x=\"{}\" y=\"{:.1f}\">{}</text>", kLeft - 10, y + 12,
                   cut_to(printable(bar.path), kNameColumns));
    rows += side("low", bar.low, tornado, x, y);
    rows += side("high", bar.high, tornado, x, y + kBar / 2);
    rows += markup("<text class=\"f\" x=\"{}\" y=\"{:.1f}\">{}</text>", kRight + 12, y + 12,
                   values(bar));
    y += kRow;
  }
  const std::string title =
      cut_to(printable(fmt::format("What moves {} of {}", tornado.metric, tornado.title)), 100);
  const double base = x(tornado.base);
  return markup(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
             "height=\"{1}\" role=\"img\"><title>{2}</title><style>{3}</style>"
             "<rect class=\"bg\" width=\"{0}\" height=\"{1}\"/><text class=\"t\" x=\"16\" "
             "y=\"24\">{2}</text>"
             "<rect class=\"low\" x=\"16\" y=\"36\" width=\"14\" height=\"8\"/><text x=\"36\" "
             "y=\"44\">upper half of a row: turned down</text>"
             "<rect class=\"high\" x=\"250\" y=\"36\" width=\"14\" height=\"8\"/><text x=\"270\" "
             "y=\"44\">lower half: turned up</text>"
             "<text class=\"f\" x=\"420\" y=\"44\">seed {4}, all else the same</text>"
             "{5}<path class=\"base\" d=\"M{6:.1f} {7}V{8:.1f}\"/>"
             "<text class=\"f\" text-anchor=\"middle\" x=\"{6:.1f}\" y=\"{9:.1f}\">as it is: "
             "{10}</text><text class=\"f\" x=\"{11}\" y=\"{12}\">{13}</text>"
             "<text class=\"f e\" x=\"{14}\" y=\"{12}\">{15}</text></svg>\n",
             kWidth, height, title, Markup::trusted(kStyle), tornado.seed, rows, base, kTop - 6,
             height - 22, height - 8, format_value(tornado.base, tornado.unit), kLeft, kTop - 10,
             format_value(x.values().least, tornado.unit), kRight,
             format_value(x.values().most, tornado.unit))
      .code();
}

}  // namespace wavetank::reports
