#pragma once
// The things of one organization that example requests speak of, each made through the API when it is first named.

#include "support/world.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace etapa::tests {

class Things {
public:
    Things(World& world, std::string key) : world_(world), key_(std::move(key)) {}

    // The id of the thing of this name: `step` is always the same one until renew().
    const std::string& id(std::string_view name);
    // Names mean fresh things from now on.
    void renew() { named_.clear(); }

    // Every id that was made.
    [[nodiscard]] const std::set<std::string>& all() const { return all_; }
    [[nodiscard]] const std::string& key() const { return key_; }

    // Everything that the organization's key shows, to be compared with what it shows later.
    [[nodiscard]] std::string dump() const;

private:
    std::string make(std::string_view name);
    std::string make_step(std::string_view members);
    std::string make_placed(std::string_view step);
    std::string make_described();
    std::string make_channel();
    std::string make_contact();
    std::string make_job();
    // Calls, expects success, and gives the member at `path` as text.
    std::string call(std::string_view method, std::string_view target, std::string_view body, std::string_view path);

    World& world_;
    std::string key_;
    std::map<std::string, std::string, std::less<>> named_;
    std::set<std::string> all_;
};

}  // namespace etapa::tests
