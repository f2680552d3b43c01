#include "base/crypto.hpp"
#include "base/problem.hpp"
#include "channels/channel.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace etapa::channels {
namespace {

std::string fixture() {
    std::ifstream file("src/channels/api/fixtures/said.json");
    return {std::istreambuf_iterator<char>(file), {}};
}

const Adapter& adapter() { return *adapter_of(Channel::api); }

TEST(ApiChannel, WhatAnotherSystemSaysIsHeard) {
    const auto report = *adapter().translate(fixture(), {});
    ASSERT_EQ(report.heard.size(), 2);
    const auto& heard = report.heard.front();
    EXPECT_EQ(heard.thread, "ticket 7");
    EXPECT_EQ(heard.external_id, "m1");
    EXPECT_EQ(heard.text, "Where is my parcel?");
    EXPECT_EQ(heard.end_user.first_name->value, "Ana");
    EXPECT_EQ(heard.end_user.email->value, "ana@x.example");
    EXPECT_EQ(heard.end_user.external_id->value, "u1");
    EXPECT_EQ(to_iso8601(*heard.sent_at), "2026-03-01T08:59:00.000Z");
    EXPECT_EQ(heard.metadata->value, R"({"page":"/orders"})");
}

TEST(ApiChannel, ADeliveryIsSignedOverItsBytes) {
    const ChannelSecrets secrets{"", "secret", ""};
    const auto good = "sha256=" + crypto::to_hex(crypto::hmac_sha256("secret", fixture()));
    EXPECT_TRUE(adapter().is_genuine(fixture(), good, secrets));
    EXPECT_FALSE(adapter().is_genuine(fixture() + ' ', good, secrets));
    EXPECT_FALSE(adapter().is_genuine(fixture(), "", secrets));
}

TEST(ApiChannel, EveryBadMemberIsNamed) {
    try {
        adapter().translate(R"({"messages":[{"id":"1","thread":7,"text":5}]})", {});
        FAIL() << "it was taken";
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.status(), 400);
        EXPECT_EQ(problem.fields().size(), 2);
    }
    EXPECT_THROW(adapter().translate(R"({"messages":[{"id":"","thread":"t","text":"Hi"}]})", {}), Problem);
}

}  // namespace
}  // namespace etapa::channels
