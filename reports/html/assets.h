#pragma once

// Files of the page, put into the program when it is built (CMakeLists.txt).

namespace wavetank::reports::html {

extern const char* const kStyleSheet;  ///< page.css
extern const char* const kScript;      ///< page.js

}  // namespace wavetank::reports::html
