#pragma once
// JSON for people and for diffs: indented, what is short on one line, members in the order in which they were added.

#include <boost/json/value.hpp>

#include <string>

namespace etapa::json {

// Ends with a line break.
std::string pretty(const boost::json::value& value);

}  // namespace etapa::json
