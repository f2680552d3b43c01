#include "net/gzip.hpp"

#include "base/problem.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#define ZLIB_CONST  // what is compressed is not changed
#include <zlib.h>

namespace etapa::net {
namespace {

// Below it the head of the answer weighs as much as what is saved.
constexpr std::size_t compressed_bytes_min = 8'192;
// Half the time of zlib's usual level, and on JSON nearly as small.
constexpr int level = 4;
constexpr int window_bits_of_gzip = 15 + 16;
constexpr int memory_level = 8;

constexpr std::array<std::string_view, 8> compressed_types{
    "application/json", "application/x-ndjson", "application/javascript", "text/html", "text/css",
    "text/csv",         "text/plain",           "image/svg+xml"};

std::string_view before(std::string_view text, char end) { return trimmed(text.substr(0, text.find(end))); }

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::ranges::equal(text, lower_case, {}, [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
}

// `q=0` and `q=0.000` say that the coding is not wanted.
bool is_wanted(std::string_view parameters) {
    const auto q = parameters.find("q=");
    if (q == std::string_view::npos) return true;
    return before(parameters.substr(q + 2), ';').find_first_not_of("0.") != std::string_view::npos;
}

}  // namespace

struct Gzip::State {
    z_stream stream{};
};

Gzip::Gzip() : state_(std::make_unique<State>()) {
    const int outcome =
        deflateInit2(&state_->stream, level, Z_DEFLATED, window_bits_of_gzip, memory_level, Z_DEFAULT_STRATEGY);
    ensure(outcome == Z_OK, "zlib takes these settings");
}

Gzip::~Gzip() { deflateEnd(&state_->stream); }

void Gzip::append(std::string_view bytes, Last last, std::string& out) {
    auto& stream = state_->stream;
    stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    const std::size_t room = deflateBound(&stream, static_cast<uLong>(bytes.size())) + 64;
    const int flush = last == Last::yes ? Z_FINISH : Z_NO_FLUSH;
    do {
        const std::size_t used = out.size();
        out.resize(used + room);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(room);
        deflate(&stream, flush);
        out.resize(used + room - stream.avail_out);
    } while (stream.avail_out == 0);
}

boost::asio::awaitable<bool> GzippedStream::next(std::string& piece) {
    bool goes_on = true;
    if (bytes_.empty()) goes_on = co_await plain_->next(bytes_);
    auto pack = [&] { gzip_.append(bytes_, goes_on ? Gzip::Last::no : Gzip::Last::yes, piece); };
    co_await compute_.run(pack);
    bytes_.clear();
    co_return goes_on;
}

bool accepts_gzip(std::string_view accept_encoding) {
    return std::ranges::any_of(accept_encoding | std::views::split(','), [](const auto& part) {
        const std::string_view coding(part.begin(), part.end());
        return equals_ignoring_case(before(coding, ';'), "gzip") && is_wanted(coding);
    });
}

bool is_worth_compressing(const Response& response) {
    if (response.stream == nullptr && response.body.size() < compressed_bytes_min) return false;
    const bool is_encoded = std::ranges::any_of(
        response.headers, [](const auto& header) { return equals_ignoring_case(header.first, "content-encoding"); });
    return !is_encoded &&
           std::ranges::find(compressed_types, before(response.content_type, ';')) != compressed_types.end();
}

}  // namespace etapa::net
