#include "base/version.hpp"

namespace etapa {

constinit const std::string_view version = ETAPA_VERSION;

}  // namespace etapa
