# The texts of migrations/*.sql become part of the binary, so that one file is all there is to install.
file(GLOB migrations CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/migrations/*.sql")
get_target_property(db_type db TYPE)
if(db_type STREQUAL "STATIC_LIBRARY")
    set(embedded "${CMAKE_BINARY_DIR}/generated/embedded_migrations.cpp")
    add_custom_command(OUTPUT "${embedded}"
        COMMAND "${CMAKE_COMMAND}" "-DMIGRATIONS=${migrations}" "-DOUTPUT=${embedded}" -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
        DEPENDS ${migrations} "${CMAKE_SOURCE_DIR}/cmake/embed.cmake" COMMENT "Embedding migrations" VERBATIM)
    target_sources(db PRIVATE "${embedded}")
endif()
