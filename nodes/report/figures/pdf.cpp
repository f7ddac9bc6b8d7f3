#include "nodes/report/figures/pdf.h"

#include <cairo-pdf.h>
#include <librsvg/rsvg.h>

#include <memory>

#include "base/error.h"

namespace cfo::report {
namespace {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* held) const {
    release(held);
  }
};

using Handle = std::unique_ptr<RsvgHandle, Release<g_object_unref>>;
using Surface = std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>>;
using Context = std::unique_ptr<cairo_t, Release<cairo_destroy>>;
using Fault = std::unique_ptr<GError, Release<g_error_free>>;

cairo_status_t append(void* text, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

[[noreturn]] void fail(const Figure& figure, const GError* fault) {
  throw Error("{}: cannot be drawn as PDF: {}", figure.file,
              fault == nullptr ? "librsvg gave no reason" : fault->message);
}

Handle read(const Figure& figure) {
  const std::string svg = svg_document(figure);
  GError* fault = nullptr;
  Handle handle(rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(svg.data()), svg.size(), &fault));
  const Fault held(fault);
  if (handle == nullptr) fail(figure, fault);
  return handle;
}

}  // namespace

std::string pdf_document(const Figure& figure) {
  constexpr double points_a_pixel = 72.0 / 96.0;  // of CSS
  const Handle handle = read(figure);
  const double width = figure.width * points_a_pixel, height = figure.height * points_a_pixel;
  std::string pdf;
  const Surface surface(cairo_pdf_surface_create_for_stream(append, &pdf, width, height));
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, figure.description.c_str());
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                 "1970-01-01T00:00:00Z");  // else the time of drawing
  const Context context(cairo_create(surface.get()));
  const RsvgRectangle page = {0, 0, width, height};
  GError* fault = nullptr;
  const bool drawn = rsvg_handle_render_document(handle.get(), context.get(), &page, &fault) != 0;
  const Fault held(fault);
  if (!drawn) fail(figure, fault);
  cairo_surface_finish(surface.get());
  if (const auto status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS) {
    throw Error("{}: cannot be drawn as PDF: {}", figure.file, cairo_status_to_string(status));
  }
  return pdf;
}

}  // namespace cfo::report
