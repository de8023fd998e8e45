// Issue 4, "It is done when": at least 10,000 random changes over evidence folders and databases,
// each noticed when it changes meaning.
//
//   tamper PLAY [CHANGES [SEED]]    PLAY is the folder of a play with one state, its keys in it or
//   beside it
//
// Exit 0: everything was noticed. 1: something was missed. 2: the run itself failed.
#include <cstdlib>
#include <string>

#include "tests/tamper/tamper.h"

int main(int argc, char** argv) {
  using namespace chancery;
  using namespace chancery::tamper;
  if (argc < 2) GiveUp("usage: tamper PLAY [CHANGES [SEED]]");
  namespace fs = std::filesystem;
  Story story;
  story.play = argv[1];
  const std::size_t changes = argc > 2 ? std::stoull(argv[2]) : 10'400;
  Random random(argc > 3 ? std::stoull(argv[3]) : 20160229);
  if (!fs::exists(story.play / "anchor"))
    GiveUp("no play in " + story.play.string() + ": run its test first");
  story.anchor = Must(ledger::ParseAnchor(ReadFile(story.play / "anchor")));
  story.ministry = *PartyCode::FromText("PAK");
  for (const auto& [party, key] : story.anchor.logs) {
    if (party != story.ministry) story.state = party;
  }
  const fs::path memory = "/dev/shm";
  std::error_code error;
  std::string pattern =
      ((fs::is_directory(memory, error) ? memory : fs::temp_directory_path()) / "tamperXXXXXX")
          .string();
  if (mkdtemp(pattern.data()) == nullptr) GiveUp("no scratch folder");
  story.scratch = pattern;

  Counts counts;
  // A change of a store takes a fraction of the time of one of a folder.
  const std::size_t of_folders = changes / 5;
  TamperWithEvidence(story, story.ministry, of_folders / 2, random, counts);
  TamperWithEvidence(story, story.state, of_folders - of_folders / 2, random, counts);
  const std::size_t of_stores = changes - of_folders;
  TamperWithStore(story, story.ministry, of_stores / 2, random, counts);
  TamperWithStore(story, story.state, of_stores - of_stores / 2, random, counts);
  fs::remove_all(story.scratch, error);
  counts.Print();
  if (counts.tried() < changes) GiveUp("fewer changes than asked for");
  return counts.missed() == 0 ? 0 : 1;
}
