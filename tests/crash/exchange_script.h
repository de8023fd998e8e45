// An exchange between the ministry and one state, told step by step: founding, appointments, a
// procedure in force, applications, an answer lost on the way, another statement under a used id,
// officers' drafts and their approval, a new day, a withdrawal, keys destroyed, both programs ended
// and begun again, both books exported.
//
// A step may be begun again after a crash anywhere in it: who asked and got no answer asks again,
// under the same id. What stands in an answer that somebody outside a node was given is told to
// whoever listens, at the moment it leaves the node: whatever happens afterwards must keep it true.
//
// Threads: an Exchange belongs to one thread.
#ifndef CHANCERY_TESTS_CRASH_EXCHANGE_SCRIPT_H_
#define CHANCERY_TESTS_CRASH_EXCHANGE_SCRIPT_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/state_world.h"

namespace chancery::crash {

// What was told to somebody outside a node.
struct Told {
  enum class Kind : std::uint8_t {
    kDone,         // number: the step that is done
    kNote,         // bytes: a checkpoint, signed by the party's ledger key
    kCosignature,  // bytes: a line by the party's witness, of the other one's head of size `number`
    kAct,          // digest: of a statement that the ministry gave a receipt for
    kSealed,       // digest: of a statement that the state's desk accepted
    kEquivocation,  // digest: of a statement that was refused and kept
    kDraft,         // digest: of a statement that lies with the officers, or was recorded
    kForgotten,     // bytes: a matter whose keys the party destroyed
    kExported       // the party's book was exported
  };
  Kind kind = Kind::kDone;
  std::string party;
  std::uint64_t number = 0;
  Digest digest;
  std::string bytes;
};
std::string ToBytes(const Told& told);
Told ToldFrom(std::string_view bytes);

// What both sides' people know before anything begins, and still know after every crash.
struct Plan {
  Plan();

  std::vector<support::ExchangeWorld::AdmittedEnvelope> founding;
  MatterId cooperation;
  codec::Envelope second;  // another statement under the first application's id
  std::vector<StatementId> ids;
  std::vector<MatterId> matters;
};

class Exchange {
 public:
  using Tell = std::function<void(const Told&)>;

  // Both nodes begin from what lies in `folder`/ministry and `folder`/state.
  Exchange(const Plan& plan, std::filesystem::path folder, Tell tell);
  ~Exchange();

  static std::size_t Steps();
  static std::string_view NameOf(std::size_t step);
  void Do(std::size_t step);
  void DoFrom(std::size_t step);

  support::ExchangeWorld& ministry() { return *ministry_; }
  support::StateWorld* state() { return state_.get(); }

  static std::string MinistryStore(const std::filesystem::path& folder);
  static std::string StateStore(const std::filesystem::path& folder);

 private:
  friend struct Script;

  void StartState();
  std::string Application(std::size_t which) const;
  void HandIn(std::size_t which);
  void Send();
  void DoByOfficers(std::string_view act, const std::string& json, bool approve);
  void Export(const std::string& party);

  const Plan& plan_;
  const std::filesystem::path folder_;
  const Tell tell_;
  std::unique_ptr<support::ExchangeWorld> ministry_;
  std::unique_ptr<support::StateWorld> state_;
  std::uint64_t offered_ = 0;  // size of the state's head that was offered last
};

// How the party's exported book is read: its own key, and the other side's as witness.
Bytes PolicyOf(const support::ExchangeWorld& world, const std::string& party);

}  // namespace chancery::crash

#endif  // CHANCERY_TESTS_CRASH_EXCHANGE_SCRIPT_H_
