#pragma once

// An expected failure is a value. `Result<T>` holds a T or an Error that says what happened in
// words a user can act on; `Status` is the Result of an operation that yields nothing.

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace wavetank {

struct Error {
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace wavetank
