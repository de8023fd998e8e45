#include "audit/verdict_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/words.h"
#include "engine/base/text.h"
#include "engine/base/time.h"

namespace chancery::audit {

using Json = nlohmann::ordered_json;

ExitCode ExitCodeOf(const Verdict& verdict) {
  if (!verdict.consistent()) return kExitWrong;
  return verdict.anchored ? kExitVerified : kExitUnanchored;
}

std::string ToText(const Verdict& verdict) {
  std::string text = verdict.origin.empty() ? "a ledger whose checkpoint cannot be read"
                                            : Printable(verdict.origin);
  if (verdict.realm == "rehearsal") text += "   REHEARSAL";
  if (!verdict.slice_for.IsNone()) text += "   the slice of " + verdict.slice_for.ToText();
  text += "\n  " + std::to_string(verdict.entries) + " of " + std::to_string(verdict.tree.size) +
          " entries read, root " + verdict.tree.root.ToHexText() + "\n";
  text += "  cosigned by:";
  for (const std::string& name : verdict.cosigned_by) text += " " + Printable(name);
  if (verdict.cosigned_by.empty()) text += " nobody that could be verified";
  text += "\n  " + std::to_string(verdict.statements) + " sealed statements with " +
          std::to_string(verdict.signatures) + " signatures verified, " +
          std::to_string(verdict.certificates) + " certificates, " +
          std::to_string(verdict.procedures) + " procedures\n";
  if (verdict.shared_seals > 0) {
    text += "  " + std::to_string(verdict.shared_seals) +
            " of these seals were verified already in another book of this run\n";
  }
  if (verdict.orders_acts && verdict.level >= Level::kReplay) {
    text += "  " + std::to_string(verdict.rulings) + " of " + std::to_string(verdict.acts) +
            " rulings replayed equal, " + std::to_string(verdict.inadmissible) +
            " of them inadmissible; " + std::to_string(verdict.streams) + " streams" +
            (verdict.consistent() ? " without a gap\n" : "\n");
  } else if (!verdict.orders_acts && verdict.level >= Level::kSeals) {
    text += "  " + std::to_string(verdict.receipts) + " receipts verified\n";
  }
  for (const ledger::Handover& handover : verdict.handovers) {
    text += "  keys of " + Printable(handover.origin) + " handed over, announced by entry " +
            std::to_string(handover.entry) + "; those before ended at " + ToText(handover.until) +
            "\n";
  }
  // Of many the last says the most.
  if (!verdict.stamps.empty()) {
    text += "  " + std::to_string(verdict.stamps.size()) + " time stamps; by the newest " +
            Printable(ToText(verdict.stamps.back())) + "\n";
  }
  if (verdict.times) {
    text += "  times: " + std::to_string(verdict.times->heads) +
            " cosignatures of heads; no entry " +
            (verdict.slice_for.IsNone() ? "" : "shown here ") + "from " +
            std::to_string(verdict.times->since_entry) +
            " on rested on its keeper's word alone for longer than " +
            LengthOf(verdict.times->longest_ms) + "\n";
  }
  for (const SliceStream& stream : verdict.slice_streams) {
    text += "  stream " + Printable(stream.name) + ": " + std::to_string(stream.entries) +
            " entries; none is withheld before its head of " +
            ToText(Instant{stream.head_day * kMsPerDay}).substr(0, 10) + ", entry " +
            std::to_string(stream.head_entry) + "\n";
  }
  for (std::size_t i = 0; i < std::min(verdict.suspects.size(), Verdict::kMaxNamed); ++i)
    text += "SUSPECT  " + Printable(ToText(verdict.suspects[i])) + "\n";
  if (verdict.suspects.size() > Verdict::kMaxNamed) {
    text += "SUSPECT  and " + std::to_string(verdict.suspects.size() - Verdict::kMaxNamed) +
            " more; --json names all\n";
  }
  for (const Finding& finding : verdict.findings) text += "WRONG  " + ToText(finding) + "\n";
  if (verdict.finding_count > verdict.findings.size()) {
    text +=
        "WRONG  and " + std::to_string(verdict.finding_count - verdict.findings.size()) + " more\n";
  }
  if (!verdict.consistent()) {
    text += "FALSE: " + std::to_string(verdict.finding_count) +
            (verdict.finding_count == 1 ? " thing is" : " things are") + " wrong.\n";
  } else if (!verdict.anchored) {
    text +=
        "CONSISTENT WITH ITSELF, TIED TO NOBODY: anybody could have made this folder with keys of "
        "their own. Give the "
        "anchor that reached you by another way: --anchor FILE.\n";
  } else {
    text += verdict.level == Level::kFull
                ? "VERIFIED: every signature, entry and ruling is what the anchor's keys and the "
                  "agreed procedure make it.\n"
                : "VERIFIED to level " + std::string(NameOf(verdict.level)) + ".\n";
  }
  for (const std::string& open : NotSaidBy(verdict)) text += "NOT SAID: " + open + ".\n";
  return text;
}

namespace {

Json JsonOf(const Verdict& verdict) {
  const ExitCode code = ExitCodeOf(verdict);
  Json json = {{"verdict", code == kExitVerified ? "verified"
                           : code == kExitWrong  ? "false"
                                                 : "unanchored"},
               {"exit_code", static_cast<int>(code)},
               {"level", NameOf(verdict.level)},
               {"not_said", NotSaidBy(verdict)},
               {"anchored", verdict.anchored},
               {"origin", verdict.origin},
               {"realm", verdict.realm},
               {"party", verdict.party.ToText()},
               {"orders_acts", verdict.orders_acts},
               {"slice_for", verdict.slice_for.ToText()},
               {"slice_streams", Json::array()},
               {"size", verdict.tree.size},
               {"root", verdict.tree.root.ToHexText()},
               {"entries", verdict.entries},
               {"acts", verdict.acts},
               {"inadmissible", verdict.inadmissible},
               {"rulings_equal", verdict.rulings},
               {"statements", verdict.statements},
               {"signatures", verdict.signatures},
               {"shared_seals", verdict.shared_seals},
               {"certificates", verdict.certificates},
               {"procedures", verdict.procedures},
               {"streams", verdict.streams},
               {"receipts", verdict.receipts},
               {"cosigned_by", verdict.cosigned_by},
               {"handovers", Json::array()},
               {"time_stamps", Json::array()},
               {"suspects", Json::array()},
               {"finding_count", verdict.finding_count},
               {"findings", Json::array()}};
  for (const ledger::Handover& handover : verdict.handovers) {
    json["handovers"].push_back({{"origin", handover.origin},
                                 {"entry", handover.entry},
                                 {"log", handover.log.ToText()},
                                 {"witness", handover.witness.ToText()},
                                 {"until", ToText(handover.until)}});
  }
  for (const Stamped& stamped : verdict.stamps) {
    Json row = {{"size", stamped.size},
                {"time", ToText(stamped.time)},
                {"accuracy_ms", stamped.accuracy_ms},
                {"authority", stamped.authority},
                {"certificate_ends", ToText(stamped.ends)},
                {"renewed", stamped.renewed}};
    if (stamped.covered_until) row["covered_until"] = ToText(*stamped.covered_until);
    json["time_stamps"].push_back(std::move(row));
  }
  if (verdict.times) {
    json["times"] = {{"cosignatures", verdict.times->heads},
                     {"since_entry", verdict.times->since_entry},
                     {"longest_ms", verdict.times->longest_ms}};
    if (verdict.times->window_ms) json["times"]["window_ms"] = *verdict.times->window_ms;
  }
  for (const Suspect& suspect : verdict.suspects) json["suspects"].push_back(JsonOf<Json>(suspect));
  for (const Finding& finding : verdict.findings) {
    Json row = {{"file", finding.file}, {"what", finding.what}};
    if (finding.entry) row["entry"] = *finding.entry;
    json["findings"].push_back(std::move(row));
  }
  for (const SliceStream& stream : verdict.slice_streams) {
    json["slice_streams"].push_back(
        {{"stream", stream.name},
         {"entries", stream.entries},
         {"head_entry", stream.head_entry},
         {"head_day", ToText(Instant{stream.head_day * kMsPerDay}).substr(0, 10)}});
  }
  return json;
}

std::string Text(const Json& json) {
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string ToJson(const Verdict& verdict) { return Text(JsonOf(verdict)); }

std::string ToJson(const std::vector<Verdict>& verdicts) {
  Json all = Json::array();
  for (const Verdict& verdict : verdicts) all.push_back(JsonOf(verdict));
  return Text(all);
}

}  // namespace chancery::audit
