# Families of codecs and networks of detectors are found by listing their folders: the build writes the one function
# that names them all.
#
#   cfo_listing(TARGET NAMESPACE HEADER TYPE FUNCTION SUFFIX name...)
#
# adds to TARGET `const std::vector<TYPE>& FUNCTION()`, which HEADER declares: what name_SUFFIX() of every name gives.
function(cfo_listing target namespace header type function suffix)
  set(declarations)
  set(calls)
  foreach(name ${ARGN})
    string(APPEND declarations "std::vector<${type}> ${name}_${suffix}();\n")
    string(APPEND calls "    append(${name}_${suffix}());\n")
    target_link_libraries(${target} PUBLIC cfo_${namespace}_${name})
  endforeach()
  set(file ${CMAKE_BINARY_DIR}/listing/${function}.cpp)
  file(CONFIGURE OUTPUT ${file} CONTENT "// Written by cmake/listing.cmake.
#include \"${header}\"

#include <utility>

namespace cfo::${namespace} {

${declarations}
const std::vector<${type}>& ${function}() {
  static const std::vector<${type}> all = [] {
    std::vector<${type}> every;
    const auto append = [&every](std::vector<${type}> some) {
      for (auto& one : some) every.push_back(std::move(one));
    };
${calls}    return every;
  }();
  return all;
}

}  // namespace cfo::${namespace}
" @ONLY)
  target_sources(${target} PRIVATE ${file})
endfunction()
