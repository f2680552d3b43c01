#pragma once
// Percent-encoding: path segments and query strings to text and back. Whether the text is valid Unicode is judged by
// those who store it.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etapa::net {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// The text of one path segment. Empty optional for a `%` without two hexadecimal digits after it.
std::optional<std::string> decode_segment(std::string_view segment);

// The names and values of an `application/x-www-form-urlencoded` text (a query string, a form): `+` is a space,
// repeated names are kept in order, a name without `=` has an empty value. Empty optional for a broken escape.
std::optional<QueryPairs> parse_query(std::string_view query);

// The inverse: whatever is not a letter, a digit or one of `-._~` is escaped, so the result fits into any part of a
// URI.
std::string encode_segment(std::string_view text);

}  // namespace etapa::net
