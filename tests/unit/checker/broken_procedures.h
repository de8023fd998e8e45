// Procedures with something broken, and stories that are played again.
#ifndef CHANCERY_TESTS_UNIT_CHECKER_BROKEN_PROCEDURES_H_
#define CHANCERY_TESTS_UNIT_CHECKER_BROKEN_PROCEDURES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "engine/checker/explore.h"
#include "engine/codec/bundle.h"

namespace chancery::checker {

using procedure::CheckedProcedure;
using procedure::Guard;
using procedure::Procedure;
using procedure::Rule;

inline std::shared_ptr<const CheckedProcedure> Load(const std::string& folder,
                                                    std::uint8_t number) {
  const auto bundle =
      codec::PackFolder(std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/" + folder);
  EXPECT_TRUE(bundle.ok()) << bundle.status();
  Digest digest;
  digest.raw()[0] = number;
  auto loaded = codec::LoadProcedure(*bundle, digest);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return *loaded;
}

class BrokenProcedures : public ::testing::Test {
 protected:
  // The procedure of 2016 with something broken.
  std::shared_ptr<const CheckedProcedure> Broken(const std::function<void(Procedure&)>& breaking) {
    Procedure terms = agreed_->terms();
    breaking(terms);
    Digest digest;
    digest.raw()[0] = 3;
    auto admitted = procedure::Admit(std::move(terms), digest);
    auto* whole = std::get_if<std::shared_ptr<const CheckedProcedure>>(&admitted);
    EXPECT_NE(whole, nullptr);
    return whole != nullptr ? *whole : nullptr;
  }

  static Rule& RuleNamed(Procedure& terms, std::string_view name) {
    return *std::find_if(terms.rules.begin(), terms.rules.end(),
                         [&](const Rule& rule) { return rule.name == name; });
  }
  // Those of the rule and of its lines; `saying` picks those whose sentence has these words.
  static void RemoveGuards(Procedure& terms, std::string_view rule, procedure::Ground ground,
                           std::string_view saying = {}) {
    Rule& one = RuleNamed(terms, rule);
    const auto is_it = [&](const Guard& guard) {
      return guard.ground == ground && guard.require.text.find(saying) != std::string::npos;
    };
    EXPECT_GT(std::erase_if(one.guards, is_it) + std::erase_if(one.line_guards, is_it), 0U);
  }

  static const Violation* Find(const Explored& explored, Property property) {
    for (const Violation& violation : explored.violations) {
      if (violation.breach.property == property) return &violation;
    }
    return nullptr;
  }

  // Every act of a story is admitted when it is stepped again, from nothing.
  void ExpectReplays(const CheckedProcedure& broken, const Violation& violation) {
    const auto borrow = [](const CheckedProcedure& one) {
      return std::shared_ptr<const CheckedProcedure>(std::shared_ptr<const CheckedProcedure>(),
                                                     &one);
    };
    procedure::ProcedureSet procedures(founding_->digest());
    procedures.Add(borrow(*founding_));
    procedures.Add(borrow(broken));
    World world = Beginning(*founding_, broken, false);
    procedure::Matters matters = world.AllMatters();
    std::size_t acts = 0;
    for (const Move& move : violation.story) {
      if (move.waited) continue;
      ++acts;
      procedure::Stepped stepped = procedure::Step(procedures, matters, move.act);
      EXPECT_TRUE(stepped.ruling.admitted());
      for (procedure::Matter& matter : stepped.changed) matters.Add(std::move(matter));
    }
    EXPECT_GT(acts, 0U);
  }

  const std::shared_ptr<const CheckedProcedure> founding_ = Load("founding", 1);
  const std::shared_ptr<const CheckedProcedure> agreed_ = Load("2016", 2);
};

}  // namespace chancery::checker

#endif  // CHANCERY_TESTS_UNIT_CHECKER_BROKEN_PROCEDURES_H_
