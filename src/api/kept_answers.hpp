#pragma once
// Answers of one I/O thread to reads, kept until anybody commits: clients that ask for the same again and again, as
// inboxes and boards do, get them without the database being asked (docs/decisions/0008).

#include "crm/keys/key.hpp"
#include "net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace etapa::api {

struct KeptAnswer {
    ApiKey key;  // whose answer it is
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

// Used by one thread. What depends on the time must not be kept.
class KeptAnswers {
public:
    // The answer to this request, if it was kept from the database at this version (ReadTx::data_version).
    const KeptAnswer* find(std::int64_t data_version, const net::Request& request);

    // Keeps the answer, unless the database has another version by now, or too much is kept.
    void keep(std::int64_t data_version, const net::Request& request, KeptAnswer answer);

private:
    static constexpr std::size_t bytes_max = std::size_t{8} << 20U;
    static constexpr std::size_t answer_bytes_max = std::size_t{256} << 10U;

    // What an answer depends on beside the database.
    std::string_view name_of(const net::Request& request);

    std::int64_t data_version_ = 0;
    std::size_t bytes_ = 0;
    std::unordered_map<std::string, KeptAnswer> answers_;
    std::string name_;
};

}  // namespace etapa::api
