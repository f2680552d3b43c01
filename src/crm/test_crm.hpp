#pragma once
// A database with the real schema and one organization, for the tests of stores. For tests only.

#include "crm/organizations/store.hpp"
#include "db/test_database.hpp"

namespace etapa {

class CrmTest : public db::TestDatabase {
protected:
    CrmTest() {
        settings.migrations = db::migrations();
        store.keep_tables();
        write([](WriteTx& tx) { organizations::create(tx, {"Acme"}); });
    }

    // The same as seen by another organization.
    static Caller stranger() { return {{"stranger"}, {}, "test"}; }
};

}  // namespace etapa
