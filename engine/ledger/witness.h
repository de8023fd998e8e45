// The rule of a witness (C2SP tlog-witness v1.0.0), as a pure function of what it cosigned last and
// what it is shown now.
//
// A witness never cosigns two checkpoints of one origin that are not prefixes of one another, and
// never goes backwards. The consistency of a new head is checked against the STORED root, never
// against what the caller says.
//
// The caller keeps two promises: the new head is stored durably, by compare-and-swap on the old
// one, BEFORE the cosignature is made or shown; and everything refused with `keep_as_evidence` is
// kept. There is no trust on first use: an origin's first head comes with the appointment of its
// keeper.
#ifndef CHANCERY_ENGINE_LEDGER_WITNESS_H_
#define CHANCERY_ENGINE_LEDGER_WITNESS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

// What a log asks of a witness: tlog-witness's add-checkpoint.
struct CosignOffer {
  std::uint64_t old_size = 0;
  ProofHashes consistency_proof;  // at most 63
  Bytes checkpoint;               // the signed note

  friend bool operator==(const CosignOffer&, const CosignOffer&) = default;
};

// "old <size>\n", a line for each hash, an empty line, the note. Strict.
absl::StatusOr<CosignOffer> ParseCosignOffer(ByteView body);
Bytes FormatCosignOffer(const CosignOffer& offer);

// Why a witness did not sign; the numbers of tlog-witness's answers stand beside them.
enum class CosignRefusal {
  kNone,           // 200: cosign
  kMalformed,      // 400: no checkpoint, or old size above the new one
  kNotOurLog,      // 403: the log's own line is missing or fails, or another origin
  kStale,          // 409: old size is not the size cosigned last; the caller answers with that size
  kBackwards,      // 409: the log has signed a head smaller than the one cosigned last
  kFork,           // 422: same size with another root, or the consistency proof does not lead there
  kClockWentBack,  // our own clock is before our last cosignature of this origin
  // Not by the rule below, which is given one origin and no other times: by whoever asks it.
  kUnknownOrigin,  // 404: a ledger this witness was not given
  kNotFresh,       // the keeper's own line on it is not of this moment
  kClockAhead,     // our own clock leads what others stand for (kMostLeadSeconds)
};

// A word for events and evidence: "fork".
std::string_view ToText(CosignRefusal refusal);

// What the witness holds of an origin.
struct WitnessState {
  TreeHead tree;                 // cosigned last, or the first head from the appointment
  std::int64_t cosigned_at = 0;  // seconds; 0 when never

  friend bool operator==(const WitnessState&, const WitnessState&) = default;
};

struct CosignRuling {
  CosignRefusal refusal = CosignRefusal::kNone;
  // What to store before cosigning; only when refusal is kNone.
  WitnessState next;
  std::string checkpoint_text;  // what to cosign; only when refusal is kNone
  // The log has signed something it must answer for: keep the held note and the offer.
  bool keep_as_evidence = false;
};

// How a witness answers what it does not cosign, where the answer is a status: stable reasons.
inline constexpr std::string_view kOriginUnknown = "ORIGIN_UNKNOWN";
inline constexpr std::string_view kCheckpointRefused = "CHECKPOINT_REFUSED";
inline constexpr std::string_view kOfferNotFresh = "OFFER_NOT_FRESH";
inline constexpr std::string_view kWitnessClockBehind = "WITNESS_CLOCK_BEHIND";
inline constexpr std::string_view kWitnessClockAhead = "WITNESS_CLOCK_AHEAD";

// A witness whose clock leads by more than this the newest time that another party stands for does
// not sign: no later cosignature may bear an earlier time, so one wrong clock costs a day at most.
inline constexpr std::int64_t kMostLeadSeconds = 24 * 60 * 60;

// The newest time at which one of these witnesses cosigned the note; 0 when none did.
std::int64_t TimeTold(std::span<const NoteKey> witnesses, const Note& note);

// What a witness answers to an offer.
struct CosignAnswer {
  Bytes line;                    // one signature line; empty when nothing was cosigned
  std::uint64_t known_size = 0;  // the size cosigned last

  friend bool operator==(const CosignAnswer&, const CosignAnswer&) = default;
};

// A witness as those who call it know it. Nothing it answers is believed: lines and notes are
// verified by who asked.
//
// Errors: Unavailable and the like when it is away; PermissionDenied with CHECKPOINT_REFUSED for
// what it holds against the log; Unavailable with WITNESS_CLOCK_AHEAD or WITNESS_CLOCK_BEHIND;
// NotFound with ORIGIN_UNKNOWN. Threads: every method on any thread.
class CalledWitness {
 public:
  virtual ~CalledWitness() = default;

  virtual const NoteKey& key() const = 0;
  virtual absl::StatusOr<CosignAnswer> AddCheckpoint(const CosignOffer& offer) = 0;
  // The largest checkpoint of that origin it has cosigned, with its line; empty when it has
  // cosigned none since it was given the first head.
  virtual absl::StatusOr<Bytes> Latest(std::string_view origin) = 0;
};

// `logs` are the keys of this origin (two during a rotation); one of them must have signed, and all
// lines of them must verify.
CosignRuling JudgeOffer(std::string_view origin, std::span<const NoteKey> logs,
                        const WitnessState& held, const CosignOffer& offer,
                        std::int64_t now_seconds);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_WITNESS_H_
