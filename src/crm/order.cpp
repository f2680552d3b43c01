#include "crm/order.hpp"

#include <charconv>

namespace etapa {

std::string id_behind(WriteTx& tx, std::string_view last) {
    auto id = tx.new_id<Id<struct Any>>().value;
    if (id > last || last.size() != id.size() || last.front() != id.front()) return id;
    constexpr std::size_t time_digits = 9;
    constexpr int base = 36;
    std::int64_t milliseconds = 0;
    const auto* begin = last.data() + 1;
    const auto [end, error] = std::from_chars(begin, begin + time_digits, milliseconds, base);
    if (error != std::errc() || end != begin + time_digits) return id;
    return IdMaker(tx.random()).next(Time{milliseconds} + Duration{1});
}

}  // namespace etapa
