// The one translation unit that compiles the sources of Asio's TLS streams (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/ssl/impl/src.hpp>
