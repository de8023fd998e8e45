#include "tests/crash/disk_model.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <utility>

#include "tests/support/pki.h"

namespace chancery::crash {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSector = 512;

// splitmix64: the same draws on every machine.
std::uint64_t Draw(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Some sectors of a write, or all of it with garbage in one sector.
std::vector<std::pair<std::int64_t, std::string>> Torn(std::int64_t offset, std::string bytes,
                                                       std::uint64_t& random) {
  const std::int64_t end = offset + static_cast<std::int64_t>(bytes.size());
  std::vector<std::pair<std::int64_t, std::string>> sectors;
  for (std::int64_t at = offset; at < end;) {
    const std::int64_t next = std::min(end, (at / kSector + 1) * kSector);
    sectors.emplace_back(at, bytes.substr(static_cast<std::size_t>(at - offset),
                                          static_cast<std::size_t>(next - at)));
    at = next;
  }
  switch (Draw(random) % 3) {
    case 0: {  // a beginning of it, in sectors
      sectors.resize(Draw(random) % sectors.size());
      break;
    }
    case 1: {  // any of its sectors
      std::erase_if(sectors, [&](const auto&) { return Draw(random) % 2 == 0; });
      break;
    }
    default: {
      std::string& garbage = sectors[Draw(random) % sectors.size()].second;
      for (char& byte : garbage) byte = static_cast<char>(Draw(random));
    }
  }
  return sectors;
}

void Put(std::int64_t offset, std::string_view bytes, std::string& file) {
  const std::size_t at = static_cast<std::size_t>(offset);
  if (file.size() < at + bytes.size()) file.resize(at + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), file.begin() + offset);
}

}  // namespace

std::uint64_t Image::Digest() const {
  std::uint64_t digest = 0;
  for (const auto& [path, bytes] : files) {
    for (const std::size_t part :
         {std::hash<std::string>()(path), bytes ? std::hash<std::string>()(*bytes) : 1}) {
      digest ^= part;
      Draw(digest);
    }
  }
  return digest;
}

void Image::WriteTo(const fs::path& folder) const {
  fs::create_directories(folder);
  for (const auto& [path, bytes] : files) {
    if (bytes) {
      fs::create_directories((folder / path).parent_path());
      support::WriteFile(folder / path, *bytes);
    } else {
      fs::create_directories(folder / path);
    }
  }
}

Image Image::ReadFrom(const fs::path& folder) {
  Image image;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = fs::relative(entry.path(), folder).string();
    if (path.ends_with("-shm") || path.ends_with(".lock")) continue;
    image.files[path] =
        entry.is_directory() ? std::nullopt : std::optional(support::ReadFile(entry.path()));
  }
  return image;
}

Disk::Disk() {
  nodes_.push_back({.folder = true,
                    .synced = {},
                    .current = {},
                    .changes = {},
                    .synced_names = {},
                    .names = {},
                    .name_changes = {}});
}

int Disk::Find(const std::string& path) const {
  int node = 0;
  for (const fs::path& part : fs::path(path)) {
    const auto& names = nodes_[static_cast<std::size_t>(node)].names;
    const auto found = names.find(part.string());
    if (found == names.end()) support::GiveUp("disk model: no " + path);
    node = found->second;
  }
  return node;
}

int Disk::FolderOf(const std::string& path) const {
  return Find(fs::path(path).parent_path().string());
}

void Disk::Carry(const Change& change, std::string& bytes) {
  if (change.truncates) {
    bytes.resize(static_cast<std::size_t>(change.offset), '\0');
  } else {
    Put(change.offset, change.bytes, bytes);
  }
}

void Disk::Carry(const NameChange& change, std::map<std::string, int>& names) {
  if (!change.from.empty()) names.erase(change.from);
  if (change.node) {
    names[change.name] = *change.node;
  } else {
    names.erase(change.name);
  }
}

void Disk::Rename(const NameChange& change, int folder) {
  Node& node = nodes_[static_cast<std::size_t>(folder)];
  Carry(change, node.names);
  node.name_changes.push_back(change);
}

void Disk::Apply(const Record& record) {
  const std::string name = fs::path(record.path).filename().string();
  switch (record.op) {
    case Op::kMark:
      return;
    case Op::kCreate:
    case Op::kMakeFolder: {
      const int folder = FolderOf(record.path);
      Node node;
      node.folder = record.op == Op::kMakeFolder;
      nodes_.push_back(std::move(node));
      Rename({name, static_cast<int>(nodes_.size()) - 1, {}}, folder);
      return;
    }
    case Op::kWrite:
    case Op::kTruncate: {
      Node& node = nodes_[static_cast<std::size_t>(Find(record.path))];
      Change change{record.offset, record.op == Op::kTruncate, record.bytes};
      Carry(change, node.current);
      node.changes.push_back(std::move(change));
      return;
    }
    case Op::kSync: {
      Node& node = nodes_[static_cast<std::size_t>(Find(record.path))];
      for (const Change& change : node.changes) Carry(change, node.synced);
      node.changes.clear();
      return;
    }
    case Op::kSyncFailed:
      nodes_[static_cast<std::size_t>(Find(record.path))].changes.clear();
      return;
    case Op::kSyncFolder: {
      Node& node = nodes_[static_cast<std::size_t>(Find(record.path))];
      node.synced_names = node.names;
      node.name_changes.clear();
      return;
    }
    case Op::kRename: {
      const int folder = FolderOf(record.path);
      if (FolderOf(record.bytes) != folder)
        support::GiveUp("disk model: renamed into another folder");
      Rename({fs::path(record.bytes).filename().string(), Find(record.path), name}, folder);
      return;
    }
    case Op::kRemove:
      Rename({name, std::nullopt, {}}, FolderOf(record.path));
      return;
  }
}

void Disk::Collect(int at, const std::string& path, const Survival& survival, Image& image,
                   std::uint64_t& random) const {
  const Node& node = nodes_[static_cast<std::size_t>(at)];
  if (node.folder) {
    if (!path.empty()) image.files[path] = std::nullopt;
    std::map<std::string, int> names = node.synced_names;
    std::size_t kept = 0;
    if (survival.kind == Survival::Kind::kKilled) kept = node.name_changes.size();
    if (survival.kind == Survival::Kind::kPart)
      kept = Draw(random) % (node.name_changes.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) Carry(node.name_changes[i], names);
    for (const auto& [name, child] : names)
      Collect(child, path.empty() ? name : path + "/" + name, survival, image, random);
    return;
  }
  if (survival.kind == Survival::Kind::kKilled) {
    image.files[path] = node.current;
    return;
  }
  std::string bytes = node.synced;
  for (std::size_t i = 0; i < node.changes.size(); ++i) {
    const Change& change = node.changes[i];
    if (survival.kind == Survival::Kind::kSynced) {
      ++image.missing;
      continue;
    }
    // The last one is torn oftener: it is the one the disk was at.
    const bool last = i + 1 == node.changes.size();
    const std::uint64_t draw = Draw(random) % 8;
    if (draw < (last ? 2U : 4U)) {
      ++image.missing;
    } else if (!change.truncates && draw < (last ? 6U : 5U)) {
      ++image.torn;
      for (const auto& [offset, part] : Torn(change.offset, change.bytes, random))
        Put(offset, part, bytes);
    } else {
      Carry(change, bytes);
    }
  }
  image.files[path] = std::move(bytes);
}

Image Disk::After(const std::string& top, const Survival& survival) const {
  Image image;
  const auto found = nodes_[0].names.find(top);
  if (found == nodes_[0].names.end()) return image;
  std::uint64_t random = survival.seed;
  // The folder itself was there before anything began.
  Collect(found->second, "", survival, image, random);
  return image;
}

}  // namespace chancery::crash
