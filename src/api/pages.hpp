#pragma once
// Answers that may be larger than memory: read page by page, each page in a transaction of its own, and sent while they
// are read. Not one snapshot: what changes meanwhile is seen or not, but what stays is there exactly once.

#include "db/tx.hpp"
#include "net/http.hpp"

#include <memory>
#include <string>

namespace etapa::api {

// Where such an answer stands.
class Pages {
public:
    Pages() = default;
    virtual ~Pages() = default;
    Pages& operator=(const Pages&) = delete;

    // Appends the next page, some dozens of kilobytes, and returns where the answer stands after it; nothing after the
    // last. Leaves itself as it is, because a transaction may be repeated.
    virtual std::shared_ptr<const Pages> append(ReadTx& tx, std::string& out) const = 0;

protected:
    Pages(const Pages&) = default;
};

// What a handler returns: the first page, read in its own transaction so that its problems are answered as usual, and
// the rest. `T::media_types` are those that it may have, `T::Shape` is what JSON shows.
struct Paged {
    std::string content_type;
    std::string file_name;  // under which a browser stores it; empty: it shows it
    std::string begun;
    std::shared_ptr<const Pages> rest = {};

    static constexpr bool many_rows = true;

    void write(net::Response& response) const {
        response.content_type = content_type;
        response.body += begun;
        if (file_name.empty()) return;
        response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + file_name + '"');
    }
};

}  // namespace etapa::api
