#include "net/client.hpp"
#include "net/test_receiver.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace etapa::net {
namespace {

namespace ssl = boost::asio::ssl;
using Kind = OutboundFailure::Kind;

// A certificate that signs itself, made by the openssl command in a directory that goes with the object.
class Certificate {
public:
    enum class Validity : std::uint8_t { good, run_out };

    explicit Certificate(const std::string& alternative_name, Validity validity = Validity::good) {
        std::string name = (std::filesystem::temp_directory_path() / "etapa-tls-XXXXXX").string();
        directory_ = mkdtemp(name.data());
        const auto command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=Test -days 2"
            " -addext subjectAltName=" +
            alternative_name + " -keyout " + key() + " -out " + certificate() + " >/dev/null 2>&1";
        // The text is made of literals and one thread runs.
        EXPECT_EQ(std::system(command.c_str()), 0);  // NOLINT(cert-env33-c,concurrency-mt-unsafe): see above
        context_.use_certificate_file(certificate(), ssl::context::pem);
        context_.use_private_key_file(key(), ssl::context::pem);
        if (validity == Validity::run_out) end_validity();
    }
    ~Certificate() { std::filesystem::remove_all(directory_); }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    ssl::context& context() { return context_; }
    [[nodiscard]] std::string certificate() const { return (directory_ / "certificate.pem").string(); }

private:
    // Signs it again, valid until a minute ago.
    void end_validity() {
        X509* const changed = X509_dup(SSL_CTX_get0_certificate(context_.native_handle()));
        X509_gmtime_adj(X509_getm_notBefore(changed), -120);
        X509_gmtime_adj(X509_getm_notAfter(changed), -60);
        X509_sign(changed, SSL_CTX_get0_privatekey(context_.native_handle()), EVP_sha256());
        BIO* const file = BIO_new_file(certificate().c_str(), "w");
        PEM_write_bio_X509(file, changed);
        BIO_free(file);
        X509_free(changed);
        context_.use_certificate_file(certificate(), ssl::context::pem);
    }

    [[nodiscard]] std::string key() const { return (directory_ / "key.pem").string(); }

    std::filesystem::path directory_;
    ssl::context context_{ssl::context::tls_server};
};

// Calls https://`host` at a receiver with this certificate. Both names lead to it.
OutboundResult call(Certificate& certificate, const std::string& host, const std::string& trusted) {
    Receiver receiver([](const std::string&) { return std::string("HTTP/1.1 204 Fine\r\n\r\n"); },
                      &certificate.context());
    const auto rules = OutboundRules::parse({"127.0.0.0/8"}).value();
    ListResolver resolver;
    resolver.answers["good.example"] = {"127.0.0.1"};
    resolver.answers["other.example"] = {"127.0.0.1"};
    Client client(rules, resolver, trusted);
    OutboundRequest request;
    request.url = "https://" + host + ':' + receiver.port() + '/';
    return send_now(client, request);
}

TEST(ClientTls, TalksToAHostWhoseCertificateIsGood) {
    Certificate certificate("DNS:good.example");
    const auto answer = call(certificate, "good.example", certificate.certificate());
    ASSERT_TRUE(answer.has_value()) << answer.error().sentence;
    EXPECT_EQ(answer->status, 204);
}

TEST(ClientTls, AcceptsAnAddressThatStandsInTheCertificate) {
    Certificate certificate("IP:127.0.0.1");
    EXPECT_TRUE(call(certificate, "127.0.0.1", certificate.certificate()).has_value());
}

struct Untrusted {
    std::string_view name;
    std::string alternative_name;
    std::string host;
    Certificate::Validity validity;
    bool authority_known;
};

class UntrustedHost : public testing::TestWithParam<Untrusted> {};

TEST_P(UntrustedHost, IsToldNothing) {
    const auto& [name, alternative_name, host, validity, authority_known] = GetParam();
    Certificate certificate(alternative_name, validity);
    const auto answer = call(certificate, host, authority_known ? certificate.certificate() : std::string());
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, Kind::untrusted) << answer.error().sentence;
    EXPECT_FALSE(answer.error().handed_over);
}

INSTANTIATE_TEST_SUITE_P(
    , UntrustedHost,
    testing::Values(Untrusted{"UnknownAuthority", "DNS:good.example", "good.example", Certificate::Validity::good,
                              false},
                    Untrusted{"OtherName", "DNS:good.example", "other.example", Certificate::Validity::good, true},
                    Untrusted{"AddressNotNamed", "DNS:good.example", "127.0.0.1", Certificate::Validity::good, true},
                    Untrusted{"RunOut", "DNS:good.example", "good.example", Certificate::Validity::run_out, true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ClientTls, RefusesAServerThatSpeaksPlainly) {
    Receiver receiver([](const std::string&) { return std::string("HTTP/1.1 200 OK\r\n\r\n"); });
    const auto rules = OutboundRules::parse({"127.0.0.1"}).value();
    ListResolver resolver;
    Client client(rules, resolver);
    OutboundRequest request;
    request.url = "https://127.0.0.1:" + receiver.port();
    request.total_limit = {500};
    const auto answer = send_now(client, request);
    ASSERT_FALSE(answer.has_value());
    EXPECT_FALSE(answer.error().handed_over);
}

}  // namespace
}  // namespace etapa::net
