#include "crm/keys/store.hpp"
#include "crm/test_crm.hpp"

namespace etapa::keys {
namespace {

class Keys : public CrmTest {
protected:
    NewKey make(std::optional<Time> expires_at = {}) {
        return write([&](WriteTx& tx) { return create(tx, {"Key"}, expires_at); });
    }
    // As the server asks: without knowing the organization.
    std::optional<ApiKey> find(std::string_view token) {
        const Caller nobody;
        auto body = [&](ReadTx& tx) { return find_by_token(tx, token, tx.now()); };
        return database().read_now(nobody, body);
    }
    void use(const KeyId& id) {
        write([&](WriteTx& tx) { note_use(tx, id); });
    }
    std::optional<Time> last_use() {
        return read([](ReadTx& tx) { return list(tx).front().last_used_at; });
    }
};

TEST_F(Keys, ATokenOpensItsOrganization) {
    const auto made = make();
    const auto found = find(made.token);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, made.key.id);
    EXPECT_EQ(found->organization_id, caller.organization);
}

TEST_F(Keys, TheTokenIsNotStored) {
    const auto made = make();
    EXPECT_EQ(made.token.size(), 78);
    EXPECT_EQ(made.key.hash.find(made.token.substr(6, 64)), std::string::npos);
    EXPECT_EQ(json::to_text(made.key).find(made.key.hash), std::string::npos);
}

TEST_F(Keys, AMistypedTokenIsKnownAsSuch) {
    const auto token = make().token;
    for (std::size_t index = 0; index < token.size(); ++index) {
        auto mistyped = token;
        mistyped[index] = mistyped[index] == '0' ? '1' : '0';
        EXPECT_FALSE(find(mistyped)) << index;
    }
    for (const auto* text : {"", "etapa_", "c2Vzc2lvbg"}) EXPECT_FALSE(find(text)) << text;
    EXPECT_FALSE(find(token.substr(1)));
    EXPECT_FALSE(find(token + "0"));
}

TEST_F(Keys, ARevokedKeyOpensNothing) {
    const auto made = make();
    const auto revoked = write([&](WriteTx& tx) { return revoke(tx, made.key.id); });
    EXPECT_EQ(revoked.revoked_at, start);
    EXPECT_FALSE(find(made.token));
}

TEST_F(Keys, RevokingTwiceKeepsTheFirstTime) {
    const auto made = make();
    const auto twice = [&](WriteTx& tx) { return revoke(tx, made.key.id); };
    write(twice);
    clock.advance(seconds(5));
    EXPECT_EQ(write(twice).revoked_at, start);
}

TEST_F(Keys, AnExpiredKeyOpensNothing) {
    const auto token = make(start + seconds(60)).token;
    clock.advance(Duration{59'999});
    EXPECT_TRUE(find(token));
    clock.advance(Duration{1});
    EXPECT_FALSE(find(token));
}

TEST_F(Keys, AnotherOrganizationNeitherSeesNorRevokesIt) {
    const auto made = make();
    const auto other = stranger();
    auto listing = [](ReadTx& tx) { return list(tx); };
    auto revoking = [&](WriteTx& tx) { return revoke(tx, made.key.id); };
    EXPECT_TRUE(database().read_now(other, listing).empty());
    EXPECT_THROW(database().write_now(other, revoking), Problem);
    EXPECT_TRUE(find(made.token));
}

TEST_F(Keys, UseIsNotedOncePerMinute) {
    const auto id = make().key.id;
    use(id);
    EXPECT_EQ(last_use(), start);
    clock.advance(seconds(59));
    use(id);
    EXPECT_EQ(last_use(), start);
    clock.advance(seconds(1));
    use(id);
    EXPECT_EQ(last_use(), start + seconds(60));
}

}  // namespace
}  // namespace etapa::keys
