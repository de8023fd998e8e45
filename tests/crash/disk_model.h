// What a disk may hold after the power went out, as a function of the calls made before.
//
// The model: what was synced is there. Of everything else any part may be there: each write and
// each change of a size by itself, whole or torn (some of its 512-byte sectors, or a sector of it
// with garbage, never a byte beside what was written); of the names in each folder a beginning of
// what was done to them (file systems keep the order of names in a folder). A file's name is synced
// by syncing its folder, its bytes by syncing the file. A sync that failed syncs nothing, and what
// it did not sync never will be: a later sync that succeeds says nothing about it.
//
// Threads: a Disk belongs to one thread.
#ifndef CHANCERY_TESTS_CRASH_DISK_MODEL_H_
#define CHANCERY_TESTS_CRASH_DISK_MODEL_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/crash/file_trace.h"

namespace chancery::crash {

struct Survival {
  enum class Kind : std::uint8_t {
    kKilled,  // the program ended, the machine did not: everything is there
    kSynced,  // nothing but what was synced
    kPart     // a part of the rest as well, drawn by the seed
  };
  Kind kind = Kind::kKilled;
  std::uint64_t seed = 0;
};

// The files and folders below one folder of the disk; a folder has no bytes.
struct Image {
  std::map<std::string, std::optional<std::string>> files;
  int torn = 0;     // writes of which a part is there
  int missing = 0;  // writes of which nothing is there

  // Of names and bytes; two images of one digest are taken for the same.
  std::uint64_t Digest() const;
  void WriteTo(const std::filesystem::path& folder) const;
  static Image ReadFrom(const std::filesystem::path& folder);
};

class Disk {
 public:
  Disk();

  // Does to the disk what the record says. Ends the test when the record says what cannot be.
  void Apply(const Record& record);
  // The folder `top` after the power went out now; empty when it was not made.
  Image After(const std::string& top, const Survival& survival) const;

 private:
  struct Change {  // of a file's bytes
    std::int64_t offset = 0;
    bool truncates = false;
    std::string bytes;
  };
  struct NameChange {  // in a folder: a name is given to a node, or taken
    std::string name;
    std::optional<int> node;
    std::string from;  // renamed from this name at the same moment
  };
  struct Node {
    bool folder = false;
    std::string synced, current;
    std::vector<Change> changes;  // since the last sync
    std::map<std::string, int> synced_names, names;
    std::vector<NameChange> name_changes;
  };

  static void Carry(const Change& change, std::string& bytes);
  static void Carry(const NameChange& change, std::map<std::string, int>& names);
  int Find(const std::string& path) const;
  int FolderOf(const std::string& path) const;
  void Rename(const NameChange& change, int folder);
  void Collect(int node, const std::string& path, const Survival& survival, Image& image,
               std::uint64_t& random) const;

  std::vector<Node> nodes_;
};

}  // namespace chancery::crash

#endif  // CHANCERY_TESTS_CRASH_DISK_MODEL_H_
