#pragma once
// Turns an answer into the bytes that stand before its body. Written by hand into one reused string, because a tree of
// header objects costs as much as parsing the request (perf.md 1).

#include "base/time.hpp"
#include "net/http.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace etapa::net {

// What the head says about the connection.
enum class ConnectionHeader : std::uint8_t { unsaid, keep_alive, close };

// How the client finds the end of the body.
enum class Framing : std::uint8_t { length, chunks, end_of_connection };

// The text of the Date header, formatted once a second.
class DateText {
public:
    std::string_view at(Time now);

private:
    std::int64_t second_ = -1;
    std::string text_;
};

// Appends the first line and the headers but not the empty line that ends them, so that more may follow.
void append_head(std::string& head, const Response& response, std::string_view request_id, std::string_view date,
                 ConnectionHeader connection, Framing framing = Framing::length);

// Appends one header line. Control characters are left out of the value: they could forge another header.
void append_header(std::string& head, std::string_view name, std::string_view value);

// Appends what stands before a chunk of this many bytes; an empty line follows each chunk.
void append_chunk_size(std::string& text, std::size_t bytes);

// Whether an answer of this status has a body at all.
bool has_body(int status);

}  // namespace etapa::net
