#pragma once
// Posts a parcel to its receiver and says how that went. Shared by the jobs that deliver and that probe.

#include "flow/deliver.hpp"
#include "work/outside.hpp"

#include <boost/asio/awaitable.hpp>

namespace etapa::work {

boost::asio::awaitable<flow::Reception> post(Outside& outside, const flow::Parcel& parcel);

// Why an answer other than 2xx is a failure: a sentence with the beginning of the answer, in one line.
std::string refusal(const net::OutboundAnswer& answer);

// What stands in Retry-After: a number of seconds, or a date. Empty for anything else, and for a past date.
std::optional<Duration> parse_retry_after(std::string_view text, Time now);

}  // namespace etapa::work
