// The one translation unit that compiles Asio's own sources (BOOST_ASIO_SEPARATE_COMPILATION). It stands in `base`
// because the database bridge and the network both use Asio and do not know each other.
#include <boost/asio/impl/src.hpp>
