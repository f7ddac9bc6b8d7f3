# Every outside library, found once. All come from Debian (scripts/install_packages.sh); a newer libtorch may be
# given with -DCMAKE_PREFIX_PATH=/path/to/libtorch.
find_package(Torch REQUIRED)
find_package(TBB REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(Threads REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C CXX)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
pkg_check_modules(FLAC REQUIRED IMPORTED_TARGET flac)
pkg_check_modules(MPG123 REQUIRED IMPORTED_TARGET libmpg123)
pkg_check_modules(SOXR REQUIRED IMPORTED_TARGET soxr)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(RSVG REQUIRED librsvg-2.0 cairo-pdf)

# libtorch's headers are not ours to mend: SYSTEM keeps their warnings out.
add_library(cfo_torch INTERFACE)
target_include_directories(cfo_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(cfo_torch INTERFACE ${TORCH_LIBRARIES} Threads::Threads ${CMAKE_DL_LIBS} fmt::fmt)
separate_arguments(torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(cfo_torch INTERFACE ${torch_flags})
# libtorch is a release build; without NDEBUG some of its classes (at::RecordFunction) would have members here that they
# lack there. Every file that includes it agrees by this line, in every kind of build.
target_compile_definitions(cfo_torch INTERFACE NDEBUG)

add_library(cfo_hdf5 INTERFACE)
target_include_directories(cfo_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(cfo_hdf5 INTERFACE ${HDF5_CXX_LIBRARIES} ${HDF5_C_LIBRARIES})

add_library(cfo_audio INTERFACE)
target_link_libraries(cfo_audio INTERFACE PkgConfig::SNDFILE PkgConfig::SOXR PkgConfig::MPG123
                      PkgConfig::FLAC)

# Without the -pthread that pkg-config adds: the shared precompiled header is made without it.
add_library(cfo_drawing INTERFACE)
target_include_directories(cfo_drawing SYSTEM INTERFACE ${RSVG_INCLUDE_DIRS})
target_link_libraries(cfo_drawing INTERFACE ${RSVG_LINK_LIBRARIES})
