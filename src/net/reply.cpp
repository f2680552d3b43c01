#include "net/reply.hpp"

#include "base/json_write.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace etapa::net {
namespace {

void append_two_digits(std::string& text, unsigned number) {
    text += static_cast<char>('0' + number / 10 % 10);
    text += static_cast<char>('0' + number % 10);
}

// `Sun, 06 Nov 1994 08:49:37 GMT`
void write_http_date(std::string& text, std::int64_t second) {
    constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::sys_seconds instant{std::chrono::seconds{second}};
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date{day};
    const auto in_day = static_cast<unsigned>((instant - day).count());
    text = weekdays.at(std::chrono::weekday{day}.c_encoding());
    text += ", ";
    append_two_digits(text, unsigned{date.day()});
    text += ' ';
    text += months.at(unsigned{date.month()} - 1);
    text += ' ';
    json::append_number(text, std::int64_t{int{date.year()}});
    text += ' ';
    append_two_digits(text, in_day / 3'600);
    text += ':';
    append_two_digits(text, in_day / 60 % 60);
    text += ':';
    append_two_digits(text, in_day % 60);
    text += " GMT";
}

}  // namespace

std::string_view DateText::at(Time now) {
    const std::int64_t second = now.milliseconds / 1'000;
    if (second != second_) {
        write_http_date(text_, second);
        second_ = second;
    }
    return text_;
}

bool has_body(int status) { return status != 204 && status != 304; }

void append_header(std::string& head, std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    for (const char c : value) {
        if (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) head += c;
    }
    head += "\r\n";
}

void append_chunk_size(std::string& text, std::size_t bytes) {
    std::array<char, 2 * sizeof bytes> digits{};
    const auto written = std::to_chars(digits.begin(), digits.end(), bytes, 16);
    text.append(digits.begin(), written.ptr);
    text += "\r\n";
}

void append_head(std::string& head, const Response& response, std::string_view request_id, std::string_view date,
                 ConnectionHeader connection, Framing framing) {
    head += "HTTP/1.1 ";
    json::append_number(head, std::int64_t{response.status});
    head += ' ';
    head += reason_of(response.status);
    head += "\r\nDate: ";
    head += date;
    head += "\r\nX-Request-Id: ";
    head += request_id;
    head += "\r\n";
    if (has_body(response.status)) {
        if (!response.content_type.empty()) append_header(head, "Content-Type", response.content_type);
        if (framing == Framing::chunks) head += "Transfer-Encoding: chunked\r\n";
        if (framing == Framing::length) {
            head += "Content-Length: ";
            json::append_number(head, static_cast<std::int64_t>(response.body.size()));
            head += "\r\n";
        }
    }
    if (connection == ConnectionHeader::keep_alive) head += "Connection: keep-alive\r\n";
    if (connection == ConnectionHeader::close) head += "Connection: close\r\n";
    for (const auto& [name, value] : response.headers) append_header(head, name, value);
}

}  // namespace etapa::net
