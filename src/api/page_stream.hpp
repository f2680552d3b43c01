#pragma once
// The pages of an answer as the server sends them: each is read on a reader thread when the client has taken the one
// before.

#include "api/pages.hpp"
#include "db/database.hpp"
#include "net/body_stream.hpp"

#include <utility>

namespace etapa::api {

class PageStream final : public net::BodyStream {
public:
    PageStream(Database& database, Caller caller, std::shared_ptr<const Pages> pages)
        : database_(database), caller_(std::move(caller)), pages_(std::move(pages)) {}

    boost::asio::awaitable<bool> next(std::string& piece) override {
        auto read = [&](ReadTx& tx) {
            piece.clear();
            return pages_->append(tx, piece);
        };
        pages_ = co_await database_.read(caller_, read);
        co_return pages_ != nullptr;
    }

private:
    Database& database_;
    Caller caller_;
    std::shared_ptr<const Pages> pages_;
};

}  // namespace etapa::api
