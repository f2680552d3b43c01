#include "crm/agents/tools.hpp"

#include "base/json_write.hpp"
#include "crm/ids.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>

namespace etapa::agents {
namespace {

namespace boost_json = boost::json;

using ToolId = Id<struct Tool>;

std::string_view text_of(const boost_json::object& tool, std::string_view member) {
    const auto* value = tool.if_contains(member);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::vector<boost_json::object> parsed(const std::vector<JsonObject>& tools) {
    std::vector<boost_json::object> objects;
    objects.reserve(tools.size());
    for (const auto& tool : tools) objects.push_back(boost_json::parse(tool.value).as_object());
    return objects;
}

enum class Novelty : std::uint8_t { known, fresh };

void check(const boost_json::object& tool, Novelty novelty, const std::string& path, BadFields& bad) {
    const auto* config = tool.if_contains("config");
    if (config != nullptr && !config->is_object() && !config->is_null()) bad.add(path + ".config", "must be an object");
    if (novelty == Novelty::fresh && text_of(tool, "type").empty()) bad.add(path + ".type", "must name a type");
}

// Nulls are left out, because existing clients call methods on any `config`, `datastoreId` or `formId` that is there.
boost_json::object fresh(WriteTx& tx, const boost_json::object& wanted) {
    boost_json::object tool{{"id", tx.new_id<ToolId>().value}};
    for (const auto& [name, value] : wanted) {
        if (name != "id" && !value.is_null()) tool.emplace(name, value);
    }
    return tool;
}

}  // namespace

std::vector<JsonObject> merged_tools(WriteTx& tx, const std::vector<JsonObject>& stored,
                                     const std::vector<JsonObject>& wanted, BadFields& bad) {
    auto left = parsed(stored);
    std::vector<JsonObject> merged;
    for (const auto& item : parsed(wanted)) {
        const auto known = std::ranges::find_if(
            left, [&](const auto& tool) { return !tool.empty() && text_of(tool, "id") == text_of(item, "id"); });
        const bool is_known = known != left.end();
        check(item, is_known ? Novelty::known : Novelty::fresh, "tools." + std::to_string(merged.size()), bad);
        boost_json::object tool = is_known ? std::move(*known) : fresh(tx, item);
        if (is_known) {
            known->clear();  // a second item with the same id is another tool
            const auto* config = item.if_contains("config");
            if (config != nullptr && config->is_object()) tool["config"] = *config;
        }
        merged.push_back({boost_json::serialize(tool)});
    }
    return merged;
}

}  // namespace etapa::agents
