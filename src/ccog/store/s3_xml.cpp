#include "ccog/store/s3_xml.h"

#include <fmt/format.h>

#include <charconv>
#include <pugixml.hpp>
#include <sstream>

#include "ccog/base/error.h"
#include "ccog/store/iso_time.h"

namespace ccog::s3_xml {

namespace {

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& one : node.children()) {
    if (local_name(one) == name) return one;
  }
  return {};
}

std::string text_of(const pugi::xml_node& node, std::string_view name) {
  return child(node, name).text().get();
}

// The document's element, if its name begins so; an empty node otherwise. What follows differs:
// S3 says ListPartsResult, moto ListPartsResponse.
pugi::xml_node load(pugi::xml_document& document, std::string_view text, std::string_view name) {
  if (!document.load_buffer(text.data(), text.size())) return {};
  const pugi::xml_node root = document.document_element();
  return local_name(root).starts_with(name) ? root : pugi::xml_node();
}

[[noreturn]] void bad(std::string_view name, const std::string& what) {
  throw Error(
      ErrorCode::kStore,
      fmt::format("the store's answer to {} {}; is the endpoint an S3 service?", name, what), true);
}

pugi::xml_node require(pugi::xml_document& document, std::string_view text, std::string_view name) {
  const pugi::xml_node root = load(document, text, name);
  if (!root) bad(name, "cannot be read");
  return root;
}

template <typename T>
T number(const pugi::xml_node& node, std::string_view root, std::string_view name) {
  const std::string text = text_of(node, name);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    bad(root, fmt::format("has the {} \"{}\"", name, text));
  }
  return value;
}

std::string required(const pugi::xml_node& node, std::string_view root, std::string_view name) {
  std::string text = text_of(node, name);
  if (text.empty()) bad(root, fmt::format("has no {}", name));
  return text;
}

}  // namespace

std::optional<ErrorBody> parse_error(std::string_view text) {
  pugi::xml_document document;
  const pugi::xml_node root = load(document, text, "Error");
  if (!root) return std::nullopt;
  return ErrorBody{text_of(root, "Code"), text_of(root, "Message"), text_of(root, "Region"),
                   text_of(root, "Endpoint")};
}

std::string parse_created(std::string_view text) {
  constexpr std::string_view kRoot = "InitiateMultipartUpload";
  pugi::xml_document document;
  return required(require(document, text, kRoot), kRoot, "UploadId");
}

std::string parse_completed(std::string_view text) {
  pugi::xml_document document;
  return text_of(require(document, text, "CompleteMultipartUpload"), "ETag");
}

PartsPage parse_parts(std::string_view text, std::string_view checksum) {
  constexpr std::string_view kRoot = "ListParts";
  pugi::xml_document document;
  const pugi::xml_node root = require(document, text, kRoot);
  PartsPage page;
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) != "Part") continue;
    page.parts.push_back({number<int>(node, kRoot, "PartNumber"),
                          number<std::uint64_t>(node, kRoot, "Size"),
                          required(node, kRoot, "ETag")});
    page.checksums.push_back(checksum.empty() ? ""
                                              : text_of(node, "Checksum" + std::string(checksum)));
  }
  page.truncated = text_of(root, "IsTruncated") == "true";
  page.next_marker = text_of(root, "NextPartNumberMarker");
  return page;
}

UploadsPage parse_uploads(std::string_view text) {
  constexpr std::string_view kRoot = "ListMultipartUploads";
  pugi::xml_document document;
  const pugi::xml_node root = require(document, text, kRoot);
  UploadsPage page;
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) != "Upload") continue;
    const std::string initiated = text_of(node, "Initiated");
    const auto time = parse_iso_time(initiated);
    if (!time) bad(kRoot, fmt::format("has the time \"{}\"", initiated));
    page.uploads.push_back({text_of(node, "Key"), required(node, kRoot, "UploadId"), *time});
  }
  page.truncated = text_of(root, "IsTruncated") == "true";
  page.next_key_marker = text_of(root, "NextKeyMarker");
  page.next_upload_id_marker = text_of(root, "NextUploadIdMarker");
  return page;
}

ObjectsPage parse_objects(std::string_view text) {
  constexpr std::string_view kRoot = "ListBucket";
  pugi::xml_document document;
  const pugi::xml_node root = require(document, text, kRoot);
  ObjectsPage page;
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) == "Contents") page.keys.push_back(required(node, kRoot, "Key"));
  }
  page.truncated = text_of(root, "IsTruncated") == "true";
  page.next_token = text_of(root, "NextContinuationToken");
  return page;
}

std::string build_complete(const std::vector<Part>& parts,
                           const std::vector<std::string>& checksums, std::string_view checksum) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  root.append_attribute("xmlns") = "http://s3.amazonaws.com/doc/2006-03-01/";
  const std::string checksum_element = "Checksum" + std::string(checksum);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    pugi::xml_node node = root.append_child("Part");
    node.append_child("PartNumber").text().set(parts[i].number);
    node.append_child("ETag").text().set(parts[i].etag.c_str());
    if (i < checksums.size() && !checksums[i].empty()) {
      node.append_child(checksum_element.c_str()).text().set(checksums[i].c_str());
    }
  }
  std::ostringstream out;
  document.save(out, "", pugi::format_raw);
  return out.str();
}

}  // namespace ccog::s3_xml
