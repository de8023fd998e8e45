#include "edge/books/check_text.h"

namespace chancery::edge {

Shown ShowCheck(const std::string& origin, const exchange::CheckReport& report) {
  Json findings = Json::array();
  std::string text;
  for (const exchange::CheckFinding& finding : report.findings) {
    findings.push_back({{"table", finding.table},
                        {"row", finding.row},
                        {"what", finding.what},
                        {"remedy", finding.remedy}});
    text += "WRONG  " + exchange::ToText(finding) + "\n";
  }
  if (report.whole()) {
    text = "whole: " + origin + ", " + std::to_string(report.entries) + " entries, " +
           std::to_string(report.acts) + " acts ruled again and found equal, " +
           std::to_string(report.matters) + " matters, " + std::to_string(report.statements) +
           " statements, " + std::to_string(report.deliveries) + " deliveries, " +
           std::to_string(report.particulars) + " particulars (" +
           std::to_string(report.particulars_opened) + " opened), " +
           std::to_string(report.papers) + " papers, " + std::to_string(report.cosignatures) +
           " cosignatures";
  } else {
    text += std::to_string(report.finding_count) + " findings in the store of " + origin;
  }
  return {{{"origin", origin},
           {"whole", report.whole()},
           {"entries", report.entries},
           {"acts", report.acts},
           {"matters", report.matters},
           {"statements", report.statements},
           {"deliveries", report.deliveries},
           {"particulars", report.particulars},
           {"particulars_opened", report.particulars_opened},
           {"papers", report.papers},
           {"cosignatures", report.cosignatures},
           {"finding_count", report.finding_count},
           {"findings", findings}},
          text,
          report.whole() ? kExitYes : kExitFalse};
}

}  // namespace chancery::edge
