# `cmake --install BUILD --prefix PREFIX` and `cpack`: the programs, the graphs, the manual. Programs find the graphs
# relative to themselves (base/installation.h), so a prefix may be moved.
#
#   cpack --config build/release/CPackConfig.cmake -G DEB    a Debian package in build/release/package

# A libtorch that is not the system's: installed programs have to find it where it was.
if(NOT TORCH_INSTALL_PREFIX MATCHES "^/usr/?$")
  set_target_properties(${CFO_PROGRAMS} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
endif()

install(TARGETS ${CFO_PROGRAMS} RUNTIME DESTINATION bin)
install(PROGRAMS scripts/make_demo_corpus.sh DESTINATION bin RENAME cfo-make-demo-corpus)
install(DIRECTORY graphs DESTINATION share/cfo)
install(FILES README.md LICENSE packaging/copyright DESTINATION share/doc/cfo)
install(DIRECTORY docs DESTINATION share/doc/cfo)

# Manual pages from --help, where help2man is at hand.
find_program(HELP2MAN help2man)
if(HELP2MAN)
  set(pages)
  foreach(program ${CFO_PROGRAMS})
    set(page ${CMAKE_BINARY_DIR}/man/${program}.1)
    add_custom_command(
      OUTPUT ${page}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
      COMMAND ${CMAKE_COMMAND} -E env OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
              ${HELP2MAN} --no-info --section 1 --manual CFO --output ${page} $<TARGET_FILE:${program}>
      DEPENDS ${program}
      COMMENT "Manual page of ${program}"
      VERBATIM)
    list(APPEND pages ${page})
  endforeach()
  add_custom_target(manual DEPENDS ${pages})
  add_dependencies(programs manual)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION share/man/man1 OPTIONAL)
endif()

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_PACKAGE_NAME cfo)
set(CPACK_PACKAGE_VENDOR "CFO")
set(CPACK_PACKAGE_CONTACT "CFO maintainers <maintainers@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "engine for codec-deepfake speech corpora and countermeasures")
set(CPACK_PACKAGE_DESCRIPTION
    "Passes bona fide speech through neural audio codecs, stores what comes out, trains\ncountermeasures on it and scores them on every codec, and draws tables and figures.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What no program is linked with: the figures' font, the certificates of the servers that have weights.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-dejavu-core, ca-certificates")
# A fast matrix product; the demo speech of cfo-make-demo-corpus.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
    "libopenblas0-pthread, ffmpeg, asterisk-core-sounds-en-g722, asterisk-core-sounds-es-g722, asterisk-core-sounds-fr-g722, asterisk-core-sounds-it-g722, asterisk-core-sounds-ru-g722")
include(CPack)
