#pragma once
// Which release of the program this is. The number stands in CMakeLists.txt.

#include <string_view>

namespace etapa {

std::string_view version();

}  // namespace etapa
