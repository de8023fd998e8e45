// The first half of the long check (check_store.h): the entries in their order, and beside each
// what was committed with it.
//
// Threads: used by one.
#ifndef CHANCERY_ENGINE_EXCHANGE_CHECK_BOOK_H_
#define CHANCERY_ENGINE_EXCHANGE_CHECK_BOOK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/seal.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/check_store.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/outbox_record.h"
#include "engine/ledger/key_book.h"
#include "engine/procedure/replay.h"

namespace chancery::exchange {

// Where findings go.
class CheckFindings {
 public:
  explicit CheckFindings(CheckReport& report) : report_(report) {}
  void Tell(std::string_view table, std::string_view row, std::string_view what,
            std::string_view remedy = kRestore);

  static constexpr std::string_view kRestore = "restore the store from a backup";

 private:
  CheckReport& report_;
};

// Whether a note is a checkpoint of that origin with the log's own line, every line of a key known
// here, and nothing else; its tree.
absl::StatusOr<ledger::TreeHead> CheckKeptNote(ByteView note, std::string_view origin,
                                               const std::vector<ledger::NoteKey>& keys);

class BookCheck {
 public:
  BookCheck(store::Store& store, const CheckParts& parts, const ledger::KeyBook& key_book,
            CheckReport& report);

  absl::Status Run();

  // What the entries make of everything else.
  struct Expected {
    std::uint64_t statements = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t particulars = 0;
    std::map<std::string, std::uint64_t, std::less<>> papers;  // by kind, where it is known
    std::map<std::string, Digest> opened;                      // matter in hex, its procedure
    std::set<std::string> withheld;  // acts to this party without their particulars, in hex
    NamedAttachments named;
    struct Stream {  // of the ministry's ledger
      std::uint64_t last_position = 0;
      Digest last_leaf;
    };
    std::map<std::string, Stream> collected;  // by stream, the last entry with an act
    std::uint64_t collected_next = 0;
    std::map<std::uint64_t, Digest> proven_under;  // heads of what was received, by size
    std::optional<std::uint64_t> first_waiting;    // the first sealed entry without an answer
    Instant collected_at;
  };
  const Expected& expected() const { return expected_; }
  // Keys of the anchor and of every appointed authority.
  const std::vector<ledger::NoteKey>& keys() const { return keys_; }
  const ledger::KeyBook& key_book() const { return key_book_; }

 private:
  bool IsKeeper() const { return store_.identity().party == parts_.keeper; }
  std::string EntryRow(std::uint64_t number) const { return std::to_string(number); }
  void Tell(std::string_view table, std::string_view row, std::string_view what) {
    findings_.Tell(table, row, what);
  }

  absl::Status CheckEntry(const store::StoredEntry& stored);
  absl::Status CheckStreamHead(const store::StoredEntry& stored, const codec::StreamHeadBody& head);
  absl::Status CheckStatementRow(int use, PartyCode author, const StatementId& id,
                                 const Digest& digest, std::uint64_t number);
  // The statement of a sealed entry; nothing when it is wrong, which is told.
  std::optional<VerifiedStatement> Read(std::uint64_t number, ByteView statement, ByteView seal);
  // The ruling of an act made again.
  void Rule(std::string_view table, std::uint64_t number, const codec::Entry& entry,
            const VerifiedStatement& verified, const procedure::Ruling& ruling);
  absl::Status CheckOutbox(const store::StoredEntry& stored, const codec::Entry& entry,
                           const codec::SealedBody& sealed, const VerifiedStatement& verified);
  absl::Status CheckReceived(const store::StoredEntry& stored, const codec::ReceivedBody& received);
  void NoteNamed(const procedure::Act& act, Instant recorded_at);
  absl::Status CheckParticulars(const VerifiedStatement& verified, bool must_be_there,
                                bool on_its_way);
  absl::Status CheckMatters();
  absl::Status ReplayReceived();
  absl::Status CheckStreams();

  store::Store& store_;
  const CheckParts& parts_;
  CheckReport& report_;
  CheckFindings findings_;
  const crypto::SealVerifier seals_;
  const ledger::KeyBook& key_book_;
  procedure::Replayer replayer_;
  Expected expected_;
  std::vector<ledger::NoteKey> keys_;
  struct Stream {
    std::optional<std::int64_t> day;
    std::uint64_t position = 0;
    Digest leaf;
  };
  std::map<std::string, Stream> streams_;
  Instant last_recorded_;
  std::uint64_t last_sequence_ = 0;
  std::set<MatterId> erased_;
  // Particulars, by matter and row.
  std::vector<std::pair<MatterId, std::string>> missing_, kept_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_CHECK_BOOK_H_
