#include "crm/contacts/store.hpp"
#include "crm/test_crm.hpp"

namespace etapa::contacts {
namespace {

class Contacts : public CrmTest {
protected:
    static Contact person(std::optional<std::string> external_id, std::optional<std::string> email,
                          std::optional<std::string> phone_number) {
        Contact contact;
        if (external_id) contact.external_id = ShortText{*external_id};
        if (email) contact.email = Email{*email};
        if (phone_number) contact.phone_number = ShortText{*phone_number};
        return contact;
    }
    ContactId store(const Contact& contact) {
        return write([&](WriteTx& tx) { return insert(tx, contact).id; });
    }
    std::optional<ContactId> same(const Contact& wanted, const Caller& asking) {
        auto body = [&](WriteTx& tx) {
            const auto found = find_same(tx, wanted);
            return found ? std::optional(found->id) : std::nullopt;
        };
        return database().write_now(asking, body);
    }
};

TEST_F(Contacts, TheExternalIdDecidesBeforeTheAddressAndTheAddressBeforeTheNumber) {
    const auto by_number = store(person({}, {}, "+55 1"));
    const auto by_address = store(person({}, "ana@x.example", {}));
    const auto by_external_id = store(person("7", {}, {}));
    EXPECT_EQ(same(person("7", "ana@x.example", "+55 1"), caller), by_external_id);
    EXPECT_EQ(same(person("8", "ana@x.example", "+55 1"), caller), by_address);
    EXPECT_EQ(same(person({}, "bob@x.example", "+55 1"), caller), by_number);
}

TEST_F(Contacts, OfSeveralTheOldestIsTaken) {
    const auto oldest = store(person({}, {}, "+55 1"));
    store(person({}, {}, "+55 1"));
    EXPECT_EQ(same(person({}, {}, "+55 1"), caller), oldest);
}

TEST_F(Contacts, NobodyIsTheSameAsSomebodyWithoutMarks) {
    store(person("", {}, ""));
    EXPECT_EQ(same(person({}, {}, {}), caller), std::nullopt);
    EXPECT_EQ(same(person("", {}, ""), caller), std::nullopt);
}

TEST_F(Contacts, AnotherOrganizationHasOthers) {
    const auto id = store(person({}, "ana@x.example", {}));
    EXPECT_EQ(same(person({}, "ana@x.example", {}), stranger()), std::nullopt);
    auto find_one = [&](ReadTx& tx) { return find(tx, id).has_value() || !find_all(tx, {id}).empty(); };
    EXPECT_FALSE(database().read_now(stranger(), find_one));
    EXPECT_TRUE(read(find_one));
}

}  // namespace
}  // namespace etapa::contacts
