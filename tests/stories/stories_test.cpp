// Every file of tests/stories/*.story is told, story by story. A story begins with a line `# claim`.
#include "support/story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace etapa::tests {
namespace {

struct Told {
    std::string claim;
    std::string file;
    std::vector<std::pair<int, std::string>> lines;  // with their numbers
};

std::vector<Told> all_stories() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator("tests/stories")) {
        if (entry.path().extension() == ".story") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    std::vector<Told> stories;
    for (const auto& file : files) {
        std::ifstream in(file);
        std::string line;
        for (int number = 1; std::getline(in, line); ++number) {
            if (line.starts_with("# ")) stories.push_back({line.substr(2), file.filename().string(), {}});
            const auto text = std::string(trimmed(line));
            if (!text.empty() && !text.starts_with('#')) stories.back().lines.emplace_back(number, text);
        }
    }
    return stories;
}

class Stories : public testing::TestWithParam<Told> {};

TEST_P(Stories, Hold) {
    Story story;
    for (const auto& [number, line] : GetParam().lines) {
        SCOPED_TRACE(GetParam().file + ':' + std::to_string(number) + ": " + line);
        story.tell(line);
    }
}

INSTANTIATE_TEST_SUITE_P(, Stories, testing::ValuesIn(all_stories()), [](const auto& info) {
    std::string name = info.param.claim;
    std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace etapa::tests
