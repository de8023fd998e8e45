// Which statements a book holds, by who made them under which id and by digest: 70 bytes or so for
// each, however long the book is.
#ifndef CHANCERY_AUDIT_KNOWN_STATEMENTS_H_
#define CHANCERY_AUDIT_KNOWN_STATEMENTS_H_

#include <cstdint>
#include <deque>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "engine/base/bytes.h"
#include "engine/base/party.h"

namespace chancery::audit {

struct KnownStatement {
  PartyCode author;
  StatementId id;
  Digest digest;
  std::uint64_t entry = 0;
};

// Used by one thread.
class KnownStatements {
 public:
  KnownStatements() = default;
  KnownStatements(const KnownStatements&) = delete;
  KnownStatements& operator=(const KnownStatements&) = delete;

  // False, and nothing is kept, when that author has used the id before.
  bool Add(const KnownStatement& statement);
  // Null when there is none; valid for ever.
  const KnownStatement* Find(PartyCode author, const StatementId& id) const;
  bool Holds(const Digest& digest) const { return by_digest_.contains(digest); }

 private:
  // The indexes hold numbers of `all_`.
  struct Id {
    PartyCode author;
    StatementId id;
    template <class H>
    friend H AbslHashValue(H h, const Id& one) {
      return H::combine(std::move(h), one.author.view(), one.id.View());
    }
    bool operator==(const Id&) const = default;
  };
  struct ById {
    using is_transparent = void;
    const std::deque<KnownStatement>* all;
    Id Of(const Id& id) const { return id; }
    Id Of(std::uint32_t number) const { return {(*all)[number].author, (*all)[number].id}; }
    template <class T>
    std::size_t operator()(const T& one) const {
      return absl::Hash<Id>()(Of(one));
    }
    template <class T, class U>
    bool operator()(const T& one, const U& other) const {
      return Of(one) == Of(other);
    }
  };
  struct ByDigest {
    using is_transparent = void;
    const std::deque<KnownStatement>* all;
    const Digest& Of(const Digest& digest) const { return digest; }
    const Digest& Of(std::uint32_t number) const { return (*all)[number].digest; }
    template <class T>
    std::size_t operator()(const T& one) const {
      return absl::Hash<ByteView>()(Of(one).View());
    }
    template <class T, class U>
    bool operator()(const T& one, const U& other) const {
      return Of(one) == Of(other);
    }
  };

  std::deque<KnownStatement> all_;
  absl::flat_hash_set<std::uint32_t, ById, ById> by_id_{0, ById{&all_}, ById{&all_}};
  absl::flat_hash_set<std::uint32_t, ByDigest, ByDigest> by_digest_{0, ByDigest{&all_},
                                                                    ByDigest{&all_}};
};

inline bool KnownStatements::Add(const KnownStatement& statement) {
  if (by_id_.contains(Id{statement.author, statement.id})) return false;
  const auto number = static_cast<std::uint32_t>(all_.size());
  all_.push_back(statement);
  by_id_.insert(number);
  by_digest_.insert(number);
  return true;
}

inline const KnownStatement* KnownStatements::Find(PartyCode author, const StatementId& id) const {
  const auto found = by_id_.find(Id{author, id});
  return found == by_id_.end() ? nullptr : &all_[*found];
}

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_KNOWN_STATEMENTS_H_
