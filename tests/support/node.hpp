#pragma once
// A second node on the database of a world.

#include "support/world.hpp"

namespace etapa::tests {

struct Node {
    // Its clock is ahead of the world's, or behind.
    Node(World& world, Duration ahead) : clock(world.clock().now() + ahead), database(env, settings(world), alarm) {}

    static DatabaseSettings settings(const World& world) {
        DatabaseSettings settings;
        settings.url = world.url();
        settings.postgres_writers = 4;
        settings.postgres_readers = 1;
        return settings;
    }

    ManualClock clock;
    Metrics metrics;
    SeededRandom random{2};
    Env env{clock, Log::silent(), metrics, random};
    Alarm alarm{clock};
    Database database;
};

}  // namespace etapa::tests
