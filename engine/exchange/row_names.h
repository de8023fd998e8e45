// The names of rows in the store beside the ledger: papers and cursors of an exchange's node. Bytes
// are forever. A name that stands nowhere here is a finding of the long check (check_store.h).
#ifndef CHANCERY_ENGINE_EXCHANGE_ROW_NAMES_H_
#define CHANCERY_ENGINE_EXCHANGE_ROW_NAMES_H_

#include <string>
#include <string_view>

#include "engine/base/party.h"
#include "engine/ledger/note.h"

namespace chancery::exchange {

// Papers, by kind; what the id is.
inline constexpr std::string_view kCertificatePaper = "certificate";       // digest of the DER
inline constexpr std::string_view kBundlePaper = "procedure.bundle";       // digest of the bundle
inline constexpr std::string_view kProcedureSealPaper = "procedure.seal";  // the same
inline constexpr std::string_view kClaimPaper = "claim";                   // the matter
inline constexpr std::string_view kDraftPaper = "draft";                   // the draft, in hex
inline constexpr std::string_view kSentPaper = "sent";                     // the act, in hex
// What is held of an attachment: the matter and the digest, in hex.
inline constexpr std::string_view kAttachmentPaper = "attachment";
// The matter an act of this party opened, before the ministry's ledger is collected: the id is the
// matter's hex, the bytes are the procedure's digest.
inline constexpr std::string_view kOpenedPaper = "opened";
// An entry of the ministry's ledger and its receipt; the entry's number in 20 digits.
inline constexpr std::string_view kReceivedPaper = "received";
// An act to this party whose particulars did not come with it; its statement's digest, in hex.
inline constexpr std::string_view kWithheldPaper = "withheld";
inline constexpr std::string_view kStreamPaper = "stream";      // a stream of the ministry's ledger
inline constexpr std::string_view kLatePaper = "late";          // an entry's number, 20 digits
inline constexpr std::string_view kReliedPaper = "relied";      // a head's size, 20 digits
inline constexpr std::string_view kSeenPaper = "seen";          // an own head's size, 20 digits
inline constexpr std::string_view kCosignedPaper = "cosigned";  // the same (cosigned_history.h)
// The largest own checkpoint that is final for a reader; its party.
inline constexpr std::string_view kFinalPaper = "final";
// Of the ministry's ledger, kLatest: the largest checkpoint that is final for this party, and the
// newest that says when it was the largest.
inline constexpr std::string_view kKeeperFinalPaper = "ministry_final";
inline constexpr std::string_view kCorroboratedPaper = "corroborated";
inline constexpr std::string_view kLatest = "latest";
inline constexpr std::string_view kConvictionPaper = "conviction";  // 16 hex digits of its digest
// Time stamps, by the name of the stamp: what was asked, the cosigned note that was stamped, and
// what came back for it with the certificates above it.
inline constexpr std::string_view kStampQueryPaper = "stamp_query";
inline constexpr std::string_view kStampCheckpointPaper = "stamp_checkpoint";
inline constexpr std::string_view kStampReplyPaper = "stamp_reply";
inline constexpr std::string_view kStampAbovePaper = "stamp_above";  // PEM, the root last

// Cursors.
inline constexpr std::string_view kNextCursor = "collect/next";
inline constexpr std::string_view kForkCursor = "ministry/fork";
// The size of the largest own checkpoint that is final for everybody, and for one reader, beside
// the checkpoint itself.
inline constexpr std::string_view kFinalCursor = "final";
inline std::string FinalCursor(PartyCode reader) { return "final/" + reader.ToText(); }
inline constexpr std::string_view kKeeperFinalCursor = "ministry/final";  // size
inline constexpr std::string_view kCorroboratedSizeCursor = "ministry/corroborated_size";
inline constexpr std::string_view kCorroboratedTimeCursor = "ministry/corroborated_at";  // seconds
// The largest size of the own ledger that a party, or an always-on witness, cosigned.
inline std::string CosignedByCursor(PartyCode party) { return "cosigned_by/" + party.ToText(); }
inline std::string CosignedByCursor(const ledger::NoteKey& always_on) {
  return "cosigned_by/" + always_on.name();
}
// The own heads that are kept with their cosignatures: how many, the largest, the one before it.
inline constexpr std::string_view kCosignedKeptCursor = "cosigned/kept";
inline constexpr std::string_view kCosignedLastCursor = "cosigned/last";
inline constexpr std::string_view kCosignedBeforeCursor = "cosigned/before";
// The size of the head of that party's ledger that was cosigned here last, beside the head itself:
// a witness that lost the one still knows the other, and signs nothing.
inline std::string CosignedOfCursor(PartyCode party) { return "cosigned_of/" + party.ToText(); }

// The one kind of delivery: an act to the ministry.
inline constexpr int kDeliverAct = 1;

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_ROW_NAMES_H_
