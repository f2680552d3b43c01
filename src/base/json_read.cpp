#include "base/json_read.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cctype>
#include <charconv>
#include <cmath>

namespace etapa::json {
namespace {

// Reads the whole of `text` as a number.
template <class Number> std::optional<Number> number_from(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// A double that is a whole number within the range in which doubles are exact.
std::optional<std::int64_t> whole(double number) {
    constexpr double exact_max = 9'007'199'254'740'992.0;
    if (!(std::abs(number) <= exact_max) || std::trunc(number) != number) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

}  // namespace

boost::json::object parse_object(std::string_view text) {
    boost::json::error_code error;
    auto value = boost::json::parse({text.data(), text.size()}, error);
    if (error) throw Problem(400, "invalid_json", "The body is not valid JSON: " + error.message() + ".");
    if (!value.is_object()) throw Problem(400, "invalid_json", "The body must be a JSON object.");
    return std::move(value.get_object());
}

std::optional<std::string> read_text(const boost::json::value& from, const std::string& path, BadFields& bad) {
    if (!from.is_string()) {
        bad.add(path, "must be a text");
        return std::nullopt;
    }
    std::string text(from.get_string());
    if (!is_valid_text(text)) {
        bad.add(path, "must be valid Unicode without NUL");
        return std::nullopt;
    }
    return text;
}

std::optional<bool> read_bool(const boost::json::value& from, Source source, const std::string& path, BadFields& bad) {
    if (from.is_bool()) return from.get_bool();
    if (source == Source::query && from.is_string()) {
        if (from.get_string() == "true" || from.get_string() == "1") return true;
        if (from.get_string() == "false" || from.get_string() == "0") return false;
    }
    bad.add(path, "must be true or false");
    return std::nullopt;
}

std::optional<std::int64_t> read_integer(const boost::json::value& from, Source source, const std::string& path,
                                         BadFields& bad) {
    std::optional<std::int64_t> number;
    if (from.is_int64()) number = from.get_int64();
    if (from.is_double()) number = whole(from.get_double());
    if (source == Source::query && from.is_string()) number = number_from<std::int64_t>(from.get_string());
    if (!number) bad.add(path, "must be a whole number");
    return number;
}

std::optional<double> read_double(const boost::json::value& from, Source source, const std::string& path,
                                  BadFields& bad) {
    std::optional<double> number;
    if (from.is_number()) number = from.to_number<double>();
    if (source == Source::query && from.is_string()) number = number_from<double>(from.get_string());
    if (number && !std::isfinite(*number)) number.reset();
    if (!number) bad.add(path, "must be a number");
    return number;
}

std::optional<std::string> read_json(const boost::json::value& from, const std::string& path, BadFields& bad) {
    constexpr std::size_t bytes_max = 65'536;
    std::string text = boost::json::serialize(from);
    // Inside JSON text a NUL stands as an escape.
    if (text.size() > bytes_max || text.find("\\u0000") != std::string::npos) {
        bad.add(path, "must be at most 65536 bytes of JSON without NUL");
        return std::nullopt;
    }
    return text;
}

}  // namespace etapa::json
