#include "net/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace etapa::net {

namespace ssl = boost::asio::ssl;

ssl::context tls_client_context(const std::string& authorities_file) {
    ssl::context context(ssl::context::tls_client);
    context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    context.set_default_verify_paths();
    if (!authorities_file.empty()) context.load_verify_file(authorities_file);
    context.set_verify_mode(ssl::verify_peer);
    return context;
}

void expect_host(TlsStream& stream, const std::string& host) {
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    // An address cannot be named in the handshake (RFC 6066).
    if (not_an_address) SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    stream.set_verify_callback(ssl::host_name_verification(host));
}

}  // namespace etapa::net
