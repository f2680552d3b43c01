#include "base/version.hpp"

namespace etapa {

std::string_view version() { return ETAPA_VERSION; }

}  // namespace etapa
