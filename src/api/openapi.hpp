#pragma once
// The description of the API as an OpenAPI 3.1 document, made from the list of routes and the field tables: what the
// server does and what the document says cannot differ. Committed as docs/openapi.json.

#include "api/router.hpp"

#include <string>

namespace etapa::api {

// Indented JSON; the same routes always give the same text.
std::string openapi_document(const Router& router);

}  // namespace etapa::api
