#include "drafting/reading_commands.h"

#include <filesystem>
#include <iostream>
#include <system_error>

#include "drafting/bundle_seal.h"
#include "drafting/command.h"
#include "drafting/diagram.h"
#include "drafting/difference.h"
#include "drafting/procedure_text.h"
#include "engine/base/text.h"
#include "engine/crypto/sha256.h"

namespace chancery::drafting {
absl::StatusOr<ReadProcedure> ReadProcedureFrom(const std::string& path) {
  std::error_code failure;
  Bytes bytes;
  if (std::filesystem::is_regular_file(path, failure)) {
    CHANCERY_ASSIGN_OR_RETURN(bytes, ReadFile(path));
  } else {
    CHANCERY_ASSIGN_OR_RETURN(bytes, codec::PackFolder(path));
  }
  ReadProcedure read;
  read.digest = crypto::Sha256(bytes);
  CHANCERY_ASSIGN_OR_RETURN(read.procedure, codec::LoadProcedure(bytes, read.digest));
  CHANCERY_ASSIGN_OR_RETURN(read.bundle, codec::ReadBundle(bytes));
  for (const codec::BundleFile& file : read.bundle.files) {
    if (file.path == codec::kArticlesFile) read.notes = codec::ReadArticleNotes(file.content);
  }
  return read;
}

int RunShow(const ShowOptions& options) {
  const absl::StatusOr<ReadProcedure> read = ReadProcedureFrom(options.path);
  if (!read.ok()) return FailProcedure(read.status());
  const procedure::Procedure& terms = read->procedure->terms();
  if (options.article.empty()) {
    std::cout << (options.json ? ToJson(terms, read->digest, read->notes)
                               : ToText(terms, read->digest, read->notes));
    return kYes;
  }
  if (!KnowsArticle(terms, options.article, read->notes)) {
    std::string known;
    for (const std::string& article : terms.articles)
      known += (known.empty() ? "" : "; ") + Legible(article);
    Say("--article: neither the procedure nor its articles.md knows \"" + options.article +
        "\"; the procedure cites " + known);
    return kUsage;
  }
  std::cout << (options.json ? ArticleToJson(terms, options.article, read->notes)
                             : ArticleToText(terms, options.article, read->notes));
  return kYes;
}

int RunDiagram(const DiagramOptions& options) {
  const std::optional<procedure::MatterKind> matter = procedure::MatterKindNamed(options.matter);
  if (!matter) {
    Say("--matter: \"" + options.matter +
        "\" is no kind of matter; say case, flight, transfer or cooperation");
    return kUsage;
  }
  const absl::StatusOr<ReadProcedure> read = ReadProcedureFrom(options.path);
  if (!read.ok()) return FailProcedure(read.status());
  const procedure::Procedure& terms = read->procedure->terms();
  bool any = false;
  for (const procedure::StageRule& stage : terms.stages) any = any || stage.matter == *matter;
  if (!any) {
    Say("--matter: " + terms.id + " has no stages of a " + options.matter +
        (terms.founding ? "; it rules the cooperation" : ""));
    return kUsage;
  }
  std::string drawing = ToDot(terms, *matter);
  if (!options.dot) {
    absl::StatusOr<std::string> svg = Draw(drawing);
    if (!svg.ok()) {
      Say(ToStd(svg.status().message()));
      return absl::IsUnavailable(svg.status()) ? kUnavailable : kNo;
    }
    drawing = *std::move(svg);
  }
  if (options.out.empty()) {
    std::cout << drawing;
    return kYes;
  }
  if (const absl::Status written = WriteFile(options.out, drawing); !written.ok()) {
    Say(ToStd(written.message()));
    return kLocal;
  }
  std::cout << Legible(options.out) << '\n';
  return kYes;
}

int RunDiff(const DiffOptions& options) {
  const absl::StatusOr<ReadProcedure> before = ReadProcedureFrom(options.before);
  if (!before.ok()) return FailProcedure(before.status()) == kNo ? kUsage : kLocal;
  const absl::StatusOr<ReadProcedure> after = ReadProcedureFrom(options.after);
  if (!after.ok()) return FailProcedure(after.status()) == kNo ? kUsage : kLocal;
  const std::vector<Change> changes =
      Difference({before->procedure->terms(), before->notes, before->bundle},
                 {after->procedure->terms(), after->notes, after->bundle});
  std::cout << (options.json ? ToJson(changes) : ToText(changes));
  return changes.empty() ? kYes : kNo;
}

}  // namespace chancery::drafting
