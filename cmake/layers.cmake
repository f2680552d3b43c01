# etapa_layer(NAME LAYERS … LIBRARIES … [PRECOMPILED plain|net]): the library of src/NAME without its *_test.cpp.
#
# Two precompiled headers serve all layers: `plain` (standard library, Boost.JSON, Asio's coroutines) and `net`, which
# has Beast too. They are built once and shared, because building one costs as much as it saves in ten files.
include(cmake/precompiled.cmake)

function(etapa_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "PRECOMPILED" "LAYERS;LIBRARIES")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cpp")
    list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
    if(NOT sources)
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
        target_link_libraries(${name} INTERFACE ${layer_LAYERS} ${layer_LIBRARIES})
        return()
    endif()
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${name} PUBLIC ${layer_LAYERS} ${layer_LIBRARIES})
    if(NOT layer_PRECOMPILED)
        set(layer_PRECOMPILED plain)
    endif()
    etapa_precompiled(${name} ${layer_PRECOMPILED})
endfunction()
