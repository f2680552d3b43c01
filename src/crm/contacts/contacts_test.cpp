#include "base/fold.hpp"
#include "crm/contacts/store.hpp"
#include "crm/test_crm.hpp"
#include "db/sqlite.hpp"
#include "db/url.hpp"

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
    // A migration that changes rows and not tables, once more.
    void migrate_again(std::string_view name) {
        const auto all = db::migrations();
        const auto migration = std::ranges::find(all, name, &db::Migration::name);
        ASSERT_NE(migration, all.end());
        const std::string text(migration->text);
        if (db::tests_use_postgres()) {
            EXPECT_EQ(db::PqLink(settings.url).script(text).kind(), db::PqAnswer::Kind::done);
        } else {
            db::SqliteConnection(db::file_of(settings.url), db::Access::write).execute_script(text);
        }
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

TEST_F(Contacts, WhatWasFoldedWithLettersOfItsOwnIsFoldedOnceMore) {
    const auto id = store(person({}, {}, {}));
    const std::string before = "łodz æðøþđħıłœŧ 100%";
    write([&](WriteTx& tx) {
        tx.run("UPDATE contact SET search_text = $3 WHERE organization_id = $1 AND id = $2", tx.organization(), id,
               before);
    });
    migrate_again("0014_plain_letters");
    const auto after = read([&](ReadTx& tx) {
        return tx.one<std::string>("SELECT search_text FROM contact WHERE organization_id = $1 AND id = $2",
                                   tx.organization(), id);
    });
    EXPECT_EQ(after, fold(before));
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
