// What happened under the agreement, in sums and in one line a person: the figures both sides can
// check against their own.
#ifndef CHANCERY_AUDIT_REPORT_H_
#define CHANCERY_AUDIT_REPORT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/book.h"

namespace chancery::audit {

// Each counts persons (cases), once.
struct Sums {
  std::uint64_t applied = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t refused = 0;
  std::uint64_t other_nationality = 0;
  std::uint64_t deemed_agreed = 0;  // silence past the limit, no reply since
  std::uint64_t open = 0;           // inside the limit, no reply yet
  std::uint64_t withdrawn = 0;      // ended by the requesting state, whatever was replied before
  std::uint64_t documents_issued = 0;
  std::uint64_t listed = 0;
  std::uint64_t cleared = 0;
  std::uint64_t taken_off = 0;
  std::uint64_t boarded = 0;
  std::uint64_t admitted = 0;
  std::uint64_t returned = 0;  // refused on arrival
  std::uint64_t not_flown = 0;
};

struct HeadCounts {
  std::uint64_t returnees = 0;
  std::uint64_t escorts = 0;
  std::uint64_t monitors = 0;
  std::uint64_t medics = 0;
  std::uint64_t interpreters = 0;

  friend bool operator==(const HeadCounts&, const HeadCounts&) = default;
};

struct FlightReport {
  MatterId id;
  PartyCode organiser;
  std::string carrier;
  std::string stage;
  std::optional<HeadCounts> doors_closed;
  std::optional<HeadCounts>
      handover;  // as answered by the organiser, when it did; else as the border agency declared
  bool counts_agree() const { return doors_closed && handover && *doors_closed == *handover; }
};

struct InadmissibleAct {
  std::uint64_t entry = 0;
  Instant at;
  PartyCode author;
  std::string act;
  MatterId matter;
  std::string ground;
  std::string article;
  std::string sentence;
};

// An act sealed with a certificate that was later revoked as from before it (suspects.h).
struct SuspectAct {
  Suspect suspect;
  PartyCode author;
  std::string act;
  MatterId matter;
};

// A step from one act of a case to the next of another kind: how long it took, and whose days these
// were.
struct Step {
  std::string from;
  std::string to;
  PartyCode days_of;  // who did the later act
  std::uint64_t count = 0;
  double median_days = 0;
  double longest_days = 0;
};

struct PersonLine {
  MatterId id;
  PartyCode state;
  std::string category;
  std::string verification_class;  // "a" to "d", empty when never computed
  std::string stage;
  bool flown = false;
  std::string outcome;                  // "admitted", "stays"
  std::string reason;                   // why somebody stays, in a sentence
  std::vector<std::uint64_t> suspects;  // entries of the case's acts that are suspect
};

struct Report {
  std::string origin;
  std::string realm;
  std::uint64_t entries = 0;
  Instant at;
  std::uint64_t acts = 0;
  Sums sums;
  std::map<std::string, Sums> by_state;
  std::vector<FlightReport> flights;
  std::vector<InadmissibleAct> inadmissible;
  std::vector<SuspectAct> suspects;
  std::vector<Step> steps;
  std::vector<PersonLine> persons;
  Shown shown;  // of the ledger: what is not shown is not counted
};

// As of the book's last recorded moment.
Report ReportOn(const Book& book);

std::string ToText(const Report& report);
std::string ToJson(const Report& report);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_REPORT_H_
