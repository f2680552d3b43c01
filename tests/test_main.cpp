// Runs the tests of one binary on the database that the environment chooses (db/test_store.hpp). Suites that are about
// one database say so by the beginning of their names, and are left out on the other.
#include "db/test_store.hpp"

#include <gtest/gtest.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const std::string others = etapa::db::tests_use_postgres() ? "Sqlite*:*/Sqlite*" : "Postgres*:*/Postgres*";
    auto filter = testing::GTEST_FLAG(filter);
    filter += (filter.find('-') == std::string::npos ? '-' : ':') + others;
    testing::GTEST_FLAG(filter) = filter;
    return RUN_ALL_TESTS();
}
