#include "base/json_pretty.hpp"

#include <boost/json/serialize.hpp>

#include <string_view>

namespace etapa::json {
namespace {

constexpr std::size_t line_characters_max = 120;

class Printer {
public:
    void print(const boost::json::value& value) {
        auto on_one_line = boost::json::serialize(value);
        const bool is_leaf = !value.is_object() && !value.is_array();
        if (is_leaf || on_one_line.size() + column() <= line_characters_max) {
            out_ += on_one_line;
        } else if (value.is_object()) {
            print_object(value.get_object());
        } else {
            print_array(value.get_array());
        }
    }

    std::string take() { return std::move(out_) + '\n'; }

private:
    void print_object(const boost::json::object& object) {
        open('{');
        for (const auto& [name, value] : object) {
            start_line();
            out_ += boost::json::serialize(name) + ": ";
            print(value);
        }
        close('}');
    }

    void print_array(const boost::json::array& array) {
        open('[');
        for (const auto& item : array) {
            start_line();
            print(item);
        }
        close(']');
    }

    void open(char bracket) {
        out_ += bracket;
        ++depth_;
    }
    void close(char bracket) {
        --depth_;
        break_line();
        out_ += bracket;
    }
    // Each member and item begins its own line, with a comma after the one before.
    void start_line() {
        if (out_.back() != '{' && out_.back() != '[') out_ += ',';
        break_line();
    }
    void break_line() { out_ += '\n' + std::string(2 * depth_, ' '); }

    [[nodiscard]] std::size_t column() const {
        const auto line = out_.rfind('\n');
        return line == std::string::npos ? out_.size() : out_.size() - line - 1;
    }

    std::string out_;
    std::size_t depth_ = 0;
};

}  // namespace

std::string pretty(const boost::json::value& value) {
    Printer printer;
    printer.print(value);
    return printer.take();
}

}  // namespace etapa::json
