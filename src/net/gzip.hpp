#pragma once
// Answers compressed for clients that accept it (RFC 9110, 8.4): the large ones of a type that becomes smaller. Not a
// place that decides when: the session does, and has the work done by the compute pool.

#include "net/body_stream.hpp"
#include "net/compute_pool.hpp"
#include "net/http.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace etapa::net {

// One compressed text, made in pieces.
class Gzip {
public:
    enum class Last : bool { no, yes };

    Gzip();
    ~Gzip();
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    // Appends to `out` what is ready after these bytes; all of it after the last ones.
    void append(std::string_view bytes, Last last, std::string& out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// A stream whose pieces are compressed on their way.
class GzippedStream final : public BodyStream {
public:
    // `first` stands before the pieces of `plain`.
    GzippedStream(std::string first, std::shared_ptr<BodyStream> plain, ComputePool& compute)
        : bytes_(std::move(first)), plain_(std::move(plain)), compute_(compute) {}

    boost::asio::awaitable<bool> next(std::string& piece) override;
    void end() override { plain_->end(); }

private:
    std::string bytes_;
    std::shared_ptr<BodyStream> plain_;
    ComputePool& compute_;
    Gzip gzip_;
};

// What the value of Accept-Encoding says about gzip.
bool accepts_gzip(std::string_view accept_encoding);

// Whether a client that accepts it gets this answer compressed.
bool is_worth_compressing(const Response& response);

}  // namespace etapa::net
