// What is wrong with the papers of a procedure's folder beside its rules: the letters of its texts,
// articles.md, scenarios.sha256.
//
// Every function adds one line for each thing that is wrong, with file, line, what is wrong and
// what to do. Errors never repeat what stands in a scenario, which is about people.
//
// Safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_BUNDLE_PAPERS_H_
#define CHANCERY_ENGINE_CODEC_BUNDLE_PAPERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/codec/procedure_reader.h"

namespace chancery::codec {

// What is signed must be what is read: UTF-8 without controls and without characters that nobody
// sees or that turn the direction of reading. Line feeds end lines.
void CheckLetters(std::string_view file, ByteView content, std::vector<std::string>& errors);

// articles.md has a row for every article of the procedure; a row for another article says "not
// executable" and why; what a row names in `backticks` is there.
void CheckArticles(std::string_view file, std::string_view markdown, const ProcedureText& text,
                   std::vector<std::string>& errors);

// A line of scenarios.sha256.
struct ScenarioDigest {
  int line = 0;
  Digest digest;
  std::string path;  // "scenarios/one-case.scenario"
};
// Reads lines of a SHA-256, two spaces and a path, in byte order of the paths, as `sha256sum`
// writes them.
std::vector<ScenarioDigest> ReadScenarioDigests(std::string_view file, std::string_view content,
                                                std::vector<std::string>& errors);

// "scenarios/NAME.scenario" with a NAME of a-z, 0-9, "_" and "-".
bool IsScenarioPath(std::string_view path);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_BUNDLE_PAPERS_H_
