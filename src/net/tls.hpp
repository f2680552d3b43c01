#pragma once
// TLS as a client: who is trusted, and streams that check whom they talk to. The only file that knows OpenSSL is
// tls.cpp.

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <string>

namespace etapa::net {

using TlsStream = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

// Trusts the certificate authorities of the system, and those in `authorities_file` when it is not empty.
boost::asio::ssl::context tls_client_context(const std::string& authorities_file);

// The handshake will name `host` and accept only a valid certificate for it.
void expect_host(TlsStream& stream, const std::string& host);

}  // namespace etapa::net
