// The description of the API says what the routes are, says it completely, and is the one that is committed.
#include "api/openapi.hpp"

#include "support/examples.hpp"
#include "support/schema_check.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace etapa::tests {
namespace {

std::string file_text(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Adds the pointer of every object schema that does not say which members it may have.
void find_undescribed(const boost::json::value& value, const std::string& pointer, std::vector<std::string>& found) {
    if (const auto* object = value.if_object()) {
        const auto* type = object->if_contains("type");
        const bool is_object = type != nullptr && type->is_string() && type->get_string() == "object";
        if (is_object && !object->contains("properties") && !object->contains("additionalProperties")) {
            found.push_back(pointer);
        }
        for (const auto& [name, below] : *object) find_undescribed(below, pointer + '/' + std::string(name), found);
    }
    if (const auto* array = value.if_array()) {
        for (const auto& item : *array) find_undescribed(item, pointer + "/-", found);
    }
}

TEST(OpenApi, IsTheCommittedDocument) {
    const World world;
    EXPECT_TRUE(api::openapi_document(world.router()) == file_text("docs/openapi.json"))
        << "docs/openapi.json is not what the server says; refresh it: build/etapa openapi > docs/openapi.json";
}

TEST(OpenApi, IsServed) {
    World world;
    EXPECT_EQ(world.call_as("", "GET", "/openapi.json").body, api::openapi_document(world.router()));
}

TEST(OpenApi, DescribesEveryRouteAndEachHasAnExample) {
    const World world;
    const ApiDescription description(api::openapi_document(world.router()));
    for (const auto& route : world.router().routes()) {
        const auto method = net::name_of(route->method);
        EXPECT_NE(description.operation(method, route->path), nullptr) << method << ' ' << route->path;
        EXPECT_TRUE(std::ranges::any_of(
            examples(),
            [&](const Example& example) { return example.method == method && example.route == route->path; }))
            << "give " << method << ' ' << route->path << " an example in tests/support/examples.cpp";
    }
    for (const auto& example : examples()) {
        EXPECT_NE(description.operation(example.method, example.route), nullptr) << example.name() << " is no route";
    }
}

TEST(OpenApi, NamesEveryOperationOnceAndEveryResourceWithASentence) {
    const World world;
    const auto document = boost::json::parse(api::openapi_document(world.router()));
    std::set<std::string> names;
    for (const auto& [path, methods] : document.at("paths").as_object()) {
        for (const auto& [method, operation] : methods.as_object()) {
            const std::string name(operation.at("operationId").as_string());
            EXPECT_TRUE(names.insert(name).second) << name;
        }
    }
    for (const auto& tag : document.at("tags").as_array()) {
        EXPECT_FALSE(tag.at("description").as_string().empty()) << tag.at("name");
    }
}

TEST(OpenApi, SaysWhichMembersEveryObjectHas) {
    const World world;
    std::vector<std::string> found;
    find_undescribed(boost::json::parse(api::openapi_document(world.router())), "", found);
    EXPECT_EQ(found, std::vector<std::string>{});
}

}  // namespace
}  // namespace etapa::tests
