#pragma once
// Which release of the program this is. The number stands in CMakeLists.txt.

#include <string_view>

namespace etapa {

extern const std::string_view version;

}  // namespace etapa
