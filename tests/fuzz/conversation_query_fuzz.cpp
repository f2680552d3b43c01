// Query strings of GET /conversation and GET /events, cursors included. Whatever comes is refused or read; a cursor
// that was read can be written, and reading that again gives the same.
#include "base/json_read.hpp"
#include "crm/conversations/page.hpp"
#include "crm/events/position.hpp"
#include "net/uri.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using etapa::conversations::Cursor;
using etapa::conversations::Wanted;
using etapa::events::Position;

void require(bool condition) {
    if (!condition) std::abort();
}

void read_cursors(std::string_view text) {
    if (const auto cursor = Cursor::parse(text)) {
        const auto again = Cursor::parse(cursor->text());
        require(again && again->id == cursor->id && again->created_at == cursor->created_at);
    }
    if (const auto position = Position::parse(text)) {
        require(Position::parse(position->text()) == position);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto pairs = etapa::net::parse_query(text);
    if (!pairs) return 0;
    boost::json::object query;
    for (const auto& [name, value] : *pairs) {
        query.insert_or_assign(name, value);
        read_cursors(value);
        require(etapa::net::decode_segment(etapa::net::encode_segment(value)) == value);
    }
    Wanted wanted;
    etapa::BadFields bad;
    etapa::json::read_members(query, etapa::json::Source::query, "", wanted, bad);
    require(wanted.limit.value >= 1 && wanted.limit.value <= 100);
    return 0;
}
