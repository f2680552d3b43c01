#include "db/texts.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace etapa::db {
namespace {

// Equal literals may share an address, so how it was composed belongs to the key.
using Key = std::pair<const char*, Composer>;

struct Hash {
    std::size_t operator()(const Key& key) const {
        return std::hash<const char*>()(key.first) ^ (std::hash<Composer>()(key.second) << 1U);
    }
};

std::string_view compose_for_all(const Key& key, std::string_view literal) {
    static std::mutex mutex;
    static std::map<Key, std::string> all;
    const std::lock_guard lock(mutex);
    const auto found = all.find(key);
    return found != all.end() ? found->second : all.emplace(key, key.second(literal)).first->second;
}

}  // namespace

std::string_view composed_once(Sql literal, Composer compose) {
    thread_local std::unordered_map<Key, std::string_view, Hash> known;
    auto& text = known[{literal.text().data(), compose}];
    if (text.empty()) text = compose_for_all({literal.text().data(), compose}, literal.text());
    return text;
}

}  // namespace etapa::db
