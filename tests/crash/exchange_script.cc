#include "tests/crash/exchange_script.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "engine/exchange/collect_received.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/receipt.h"

namespace chancery::crash {

namespace fs = std::filesystem;
using procedure::ActKind;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;
using support::StateWorld;

namespace {

// Founded; of PAK its authority and three offices, of GRC its authority and one; three for 2016.
constexpr std::size_t kFoundingActs = 10;
constexpr std::size_t kApplications = 5;
// The application that names an attachment.
constexpr std::size_t kWithScan = 3;

std::string Scan() { return std::string(3'000, 's'); }

void MustBeOk(const absl::Status& status, std::string_view doing) {
  if (!status.ok())
    support::GiveUp(std::string(doing) + ": " + std::string(ToStd(status.message())));
}

}  // namespace

std::string ToBytes(const Told& told) {
  std::string bytes(1, static_cast<char>(told.kind));
  bytes += told.party.empty() ? "---" : told.party;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(told.number >> static_cast<unsigned>(shift)));
  bytes += told.digest.View();
  return bytes + told.bytes;
}

Told ToldFrom(std::string_view bytes) {
  Told told;
  told.kind = static_cast<Told::Kind>(bytes[0]);
  told.party = bytes.substr(1, 3);
  for (const char byte : bytes.substr(4, 8))
    told.number = told.number << 8U | static_cast<unsigned char>(byte);
  told.digest = *Digest::FromBytes(bytes.substr(12, Digest::kSize));
  told.bytes = bytes.substr(12 + Digest::kSize);
  return told;
}

Plan::Plan() {
  ExchangeWorld world;
  world.Begin();
  founding = world.admitted;
  if (founding.size() != kFoundingActs)
    support::GiveUp(std::to_string(founding.size()) + " founding acts");
  cooperation = world.cooperation;
  for (std::size_t i = 0; i < kApplications; ++i) {
    ids.push_back(NewStatementId(world.clock.Now(), world.entropy));
    matters.push_back(world.entropy.Make<MatterId>());
  }
  procedure::Act act = world.Application();
  act.id = ids[0];
  second = world.Sealed(act, {{"GRC", "return-authority"}}, ExchangeWorld{}.Particulars());
}

Bytes PolicyOf(const ExchangeWorld& world, const std::string& party) {
  ledger::PolicyParts parts;
  parts.logs.push_back({world.anchor.logs.at(Party(party)), ""});
  parts.witnesses.push_back(
      {"reader", world.anchor.witnesses.at(Party(party == "PAK" ? "GRC" : "PAK")), ""});
  parts.quorum = "reader";
  return Must(ledger::Policy::Make(std::move(parts))).Format();
}

std::string Exchange::MinistryStore(const fs::path& folder) {
  return (folder / "ministry" / "store.db").string();
}
std::string Exchange::StateStore(const fs::path& folder) {
  return (folder / "state" / "store.db").string();
}

Exchange::Exchange(const Plan& plan, fs::path folder, Tell tell)
    : plan_(plan), folder_(std::move(folder)), tell_(std::move(tell)) {
  ministry_ = std::make_unique<ExchangeWorld>(MinistryStore(folder_));
  ministry_->cooperation = plan_.cooperation;
  MustBeOk(ministry_->casework->Resume().status(), "the drafts that had all their seals");
  if (fs::exists(StateStore(folder_))) StartState();
}

Exchange::~Exchange() {
  state_.reset();
  ministry_.reset();
}

// Everything that leaves a node in either direction is told.
void Exchange::StartState() {
  state_ = std::make_unique<StateWorld>(*ministry_, "GRC", StateStore(folder_));
  support::FakeTransport& transport = state_->transport;
  transport.after_submit = [this](exchange::GivenReceipt& given) {
    const codec::Entry entry = Must(codec::DecodeEntry(given.entry));
    const Bytes& statement = std::get<codec::ActBody>(entry.body).statement;
    tell_({Told::Kind::kAct, "PAK", given.number, crypto::Sha256(statement), {}});
    tell_({Told::Kind::kNote, "PAK", 0, {}, Must(ledger::ParseReceipt(given.proof)).checkpoint});
    return absl::OkStatus();
  };
  transport.on_batch = [this](exchange::GivenBatch& batch) {
    tell_({Told::Kind::kNote, "PAK", 0, {}, batch.checkpoint});
    return absl::OkStatus();
  };
  transport.on_checkpoint = [this](Bytes& note) {
    tell_({Told::Kind::kNote, "PAK", 0, {}, note});
    return absl::OkStatus();
  };
  transport.on_cosignature = [this](std::uint64_t size, ByteView line) {
    tell_({Told::Kind::kCosignature, "GRC", size, {}, Bytes(line)});
  };
  transport.on_offer = [this](const ledger::CosignOffer& offer) {
    offered_ =
        Must(ledger::ParseCheckpoint(Must(ledger::ParseNote(offer.checkpoint)).text)).tree.size;
    tell_({Told::Kind::kNote, "GRC", 0, {}, offer.checkpoint});
  };
  transport.on_own_cosignature = [this](exchange::GivenCosignature& given) {
    if (!given.line.empty()) tell_({Told::Kind::kCosignature, "PAK", offered_, {}, given.line});
  };
}

std::string Exchange::Application(std::size_t which) const {
  std::string json =
      StateWorld::ApplicationJson("Invented " + std::string(1, static_cast<char>('A' + which)));
  if (which == kWithScan) {
    const std::string grade = R"("grade": "original")";
    json.insert(json.find(grade),
                R"("attachment": ")" + crypto::Sha256(Scan()).ToHexText() + "\", ");
  }
  return json.insert(1, "\"matter\": \"" + plan_.matters[which].ToHexText() + "\", ");
}

void Exchange::HandIn(std::size_t which) {
  if (which == kWithScan) {
    const std::string scan = Scan();
    Must(state_->outbox->attachments().Add({plan_.matters[which], crypto::Sha256(scan)},
                                           Party("GRC"), scan.size(), 0, scan));
  }
  const exchange::HandedIn handed =
      Must(state_->outbox->HandIn(Application(which), plan_.ids[which]));
  tell_({Told::Kind::kSealed, "GRC", handed.number, handed.digest, {}});
}

void Exchange::Send() { MustBeOk(state_->outbox->SendWaiting(), "sending what waits"); }

// Drafts the act unless the draft lies there or is recorded; then every officer who has not sealed
// it does.
void Exchange::DoByOfficers(std::string_view act, const std::string& json, bool approve) {
  const auto find = [&]() -> std::optional<exchange::Draft> {
    for (exchange::Draft& draft : Must(ministry_->casework->Drafts())) {
      if (procedure::FindAct(draft.act.kind)->name == act) return std::move(draft);
    }
    return std::nullopt;
  };
  std::optional<exchange::Draft> draft = find();
  if (!approve) {
    if (!draft) draft = Must(ministry_->casework->DraftAct(json));
    tell_({Told::Kind::kDraft, "PAK", 0, crypto::Sha256(draft->statement), {}});
    return;
  }
  for (; draft; draft = find()) {
    const crypto::Sealer sealer = RehearsalPki::Get().SealerOf("PAK", "registry", draft->seals + 1);
    const Instant now = ministry_->clock.Now();
    const Bytes seal = draft->seal.empty()
                           ? Must(sealer.Seal(draft->statement, now))
                           : Must(sealer.AddSeal(draft->statement, draft->seal, now));
    const exchange::Approved approved =
        Must(ministry_->casework->Approve(draft->id, seal, ministry_->Officer("registry")));
    if (!approved.receipt) continue;
    tell_(
        {Told::Kind::kAct, "PAK", approved.receipt->number, crypto::Sha256(draft->statement), {}});
    tell_({Told::Kind::kNote,
           "PAK",
           0,
           {},
           Must(ledger::ParseReceipt(approved.receipt->proof)).checkpoint});
  }
}

void Exchange::Export(const std::string& party) {
  exchange::EvidenceParts parts;
  parts.made_for = "the auditors of both sides";
  parts.policy = PolicyOf(*ministry_, party);
  parts.anchors = ministry_->trust.get();
  parts.authorities = RehearsalPki::Get().Authorities();
  parts.seals = RehearsalPki::Get().Seals().All();
  for (exchange::SealedBundle& bundle : ministry_->procedures->All())
    parts.procedures.push_back({std::move(bundle.bundle), std::move(bundle.seal)});
  const bool of_state = party == "GRC";
  if (of_state) {
    for (exchange::ReceivedEntry& received :
         Must(exchange::ListReceived(*state_->store, std::nullopt, 10'000)))
      parts.receipts.push_back({std::move(received.proof), std::move(received.entry)});
  }
  // Whoever got no answer takes away what is there: it may not be on the disk.
  const fs::path folder = folder_ / (of_state ? "state" : "ministry") / "exports" / "evidence";
  fs::remove_all(folder);
  Must(exchange::ExportEvidence(of_state ? *state_->store : *ministry_->store, parts, folder));
  tell_({Told::Kind::kExported, party, 0, {}, {}});
}

// ---- the steps

struct Script {
  struct Step {
    std::string name;
    std::function<void(Exchange&)> act;
    std::int64_t day = 0;
  };

  static const std::vector<Step>& Steps() {
    static const std::vector<Step> steps = Make();
    return steps;
  }

  // The founding acts are as many as the plan has; the story has one a step.
  static std::vector<Step> Make() {
    std::vector<Step> steps;
    const auto add = [&](std::string name, std::function<void(Exchange&)> act,
                         std::int64_t day = 0) {
      steps.push_back({std::move(name), std::move(act), day});
    };
    const auto round = [](Exchange& exchange) {
      MustBeOk(exchange.state_->cosigner->Round(), "a round of collecting and cosigning");
    };
    for (std::size_t i = 0; i < kFoundingActs; ++i) {
      add("founding act " + std::to_string(i), [i](Exchange& exchange) {
        const auto& [envelope, brought_in] = exchange.plan_.founding[i];
        const exchange::Peer peer = brought_in ? exchange::Peer{Party("PAK"), "ministry", true}
                                               : exchange::Peer{Party("PAK"), "daemon", false};
        const exchange::ActReceipt receipt =
            Must(exchange.ministry_->inbox->Submit(envelope, peer));
        if (!Must(exchange::RulingOf(receipt.entry)).admitted())
          support::GiveUp("a founding act was not admitted");
        exchange.tell_(
            {Told::Kind::kAct, "PAK", receipt.number, crypto::Sha256(envelope.statement), {}});
      });
    }
    add("the state begins", [](Exchange& exchange) {
      if (!exchange.state_) exchange.StartState();
    });
    add("the state collects",
        [](Exchange& exchange) { MustBeOk(exchange.state_->collector->CollectAll(), "collect"); });
    add("first application", [](Exchange& exchange) { exchange.HandIn(0); });
    add("it is sent", [](Exchange& exchange) { exchange.Send(); });
    add("both sides cosign", round);
    add("three applications at once", [](Exchange& exchange) {
      std::vector<std::thread> desks;
      for (std::size_t which = 1; which <= 3; ++which)
        desks.emplace_back([&exchange, which] { exchange.HandIn(which); });
      for (std::thread& desk : desks) desk.join();
    });
    add("an answer is lost", [](Exchange& exchange) {
      support::FakeTransport& transport = exchange.state_->transport;
      const auto tell = transport.after_submit;
      transport.after_submit = [&](exchange::GivenReceipt& given) {
        MustBeOk(tell(given), "tell");
        return Unavailable("the answer is lost");
      };
      const absl::Status lost = exchange.state_->outbox->SendWaiting();
      transport.after_submit = tell;
      if (!lost.ok() && !absl::IsUnavailable(lost)) MustBeOk(lost, "sending what waits");
      exchange.Send();
    });
    add("both sides read the scan", [](Exchange& exchange) {
      const std::string scan = Scan();
      const exchange::AttachmentName name{exchange.plan_.matters[kWithScan], crypto::Sha256(scan)};
      for (const exchange::Attachments& attachments :
           {exchange.state_->outbox->attachments(), exchange.state_->transport.Attachments()}) {
        const auto held = Must(attachments.ListOf(name.matter));
        const auto piece = Must(attachments.Read(name, Party("GRC"), 0));
        if (held.size() != 1 || piece.chunk.Reveal() != scan)
          support::GiveUp("the scan is not there, or not once");
      }
    });
    add("another statement under the first one's id", [](Exchange& exchange) {
      const absl::Status refused =
          exchange.ministry_->Submit(exchange.plan_.second, "GRC").status();
      if (ReasonOf(refused) != exchange::reason::kStatementIdReused)
        MustBeOk(refused.ok() ? Internal("it was taken") : refused, "an equivocation");
      exchange.tell_({Told::Kind::kEquivocation,
                      "PAK",
                      0,
                      crypto::Sha256(exchange.plan_.second.statement),
                      {}});
    });
    add("both sides cosign again", round);
    for (const bool approve : {false, true}) {
      add(
          approve ? "the verification is approved" : "a verification is drafted",
          [approve](Exchange& exchange) {
            exchange.DoByOfficers("verification",
                                  R"({"act": "verification", "addressee": "GRC", "matter": ")" +
                                      exchange.plan_.matters[0].ToHexText() +
                                      R"(", "facts": {"verification": "national"}})",
                                  approve);
          },
          1);
    }
    for (const bool approve : {false, true}) {
      add(
          approve ? "the reply is approved by two" : "a reply is drafted",
          [approve](Exchange& exchange) {
            const auto asked = Must(exchange.state_->outbox->Find(exchange.plan_.ids[0]));
            exchange.DoByOfficers(
                "reply",
                R"({"act": "reply", "addressee": "GRC", "matter": ")" +
                    exchange.plan_.matters[0].ToHexText() + R"(", "answers": ")" +
                    asked->digest.ToHexText() +
                    R"(", "facts": {"answer": "confirmed", "confirmation_id": "00112233445566778899aabbccddeeff"},)"
                    R"( "particulars": {"name": "Registered Specimen", "cnic": "35202-7654321-1"}})",
                approve);
          },
          1);
    }
    add("the state hears of it", round, 1);
    add(
        "a withdrawal",
        [](Exchange& exchange) {
          const exchange::HandedIn handed = Must(exchange.state_->outbox->HandIn(
              R"({"act": "withdrawal", "addressee": "PAK", "facts": {}, "matter": ")" +
                  exchange.plan_.matters[2].ToHexText() + R"("})",
              exchange.plan_.ids[4]));
          exchange.tell_({Told::Kind::kSealed, "GRC", handed.number, handed.digest, {}});
          exchange.Send();
        },
        2);
    add(
        "keys are destroyed",
        [](Exchange& exchange) {
          const MatterId matter = exchange.plan_.matters[2];
          store::Commit erasure;
          erasure.erasures.push_back(matter);
          MustBeOk(exchange.ministry_->keeper->Apply(erasure), "erasure");
          exchange.tell_({Told::Kind::kForgotten, "PAK", 0, {}, matter.ToHexText()});
          MustBeOk(exchange.state_->keeper->Apply(erasure), "erasure");
          exchange.tell_({Told::Kind::kForgotten, "GRC", 0, {}, matter.ToHexText()});
        },
        2);
    add(
        "both programs end and begin again",
        [](Exchange& exchange) {
          exchange.state_->Stop();
          exchange.ministry_->Stop();
          exchange.ministry_->Start();
          exchange.state_->Start();
        },
        2);
    add("both sides cosign once more", round, 3);
    add(
        "the ministry's book is exported", [](Exchange& exchange) { exchange.Export("PAK"); }, 3);
    add(
        "the state's book is exported", [](Exchange& exchange) { exchange.Export("GRC"); }, 3);
    return steps;
  }
};

std::size_t Exchange::Steps() { return Script::Steps().size(); }
std::string_view Exchange::NameOf(std::size_t step) { return Script::Steps()[step].name; }

void Exchange::Do(std::size_t step) {
  const Script::Step& what = Script::Steps()[step];
  const Instant begin = *ParseInstant("2016-09-01T06:00:00Z");
  // The founding acts are of that moment and name it.
  const auto minutes = static_cast<std::int64_t>(step < kFoundingActs ? 0 : step);
  ministry_->clock.Set({begin.ms + what.day * kMsPerDay + minutes * kMsPerMinute});
  what.act(*this);
  tell_({Told::Kind::kDone, {}, step, {}, {}});
}

void Exchange::DoFrom(std::size_t step) {
  for (; step < Steps(); ++step) Do(step);
}

}  // namespace chancery::crash
