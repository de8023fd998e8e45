#include "engine/procedure/expression.h"

#include <array>
#include <utility>

namespace chancery::procedure {

namespace {

struct HolderName {
  Holder holder;
  std::string_view name;
};
constexpr std::array kHolders = {
    HolderName{Holder::kAct, "act"},           HolderName{Holder::kCase, "case"},
    HolderName{Holder::kTransfer, "transfer"}, HolderName{Holder::kFlight, "flight"},
    HolderName{Holder::kLine, "line"},         HolderName{Holder::kListed, "listed"},
    HolderName{Holder::kLodged, "lodged"},     HolderName{Holder::kEarlier, "earlier"},
    HolderName{Holder::kEntry, "entry"}};

struct FieldName {
  Field field;
  std::string_view name;
};
constexpr std::array kFields = {
    FieldName{Field::kStage, "stage"},           FieldName{Field::kId, "id"},
    FieldName{Field::kRequesting, "requesting"}, FieldName{Field::kRequested, "requested"},
    FieldName{Field::kAuthor, "author"},         FieldName{Field::kAddressee, "addressee"},
    FieldName{Field::kDigest, "digest"},         FieldName{Field::kAnswers, "answers"},
    FieldName{Field::kCommitment, "commitment"}, FieldName{Field::kRecordedAt, "recorded_at"},
    FieldName{Field::kReceivedAt, "received_at"}};

struct CompareName {
  Condition::Compare compare;
  std::string_view sign;
};
constexpr std::array kCompares = {CompareName{Condition::Compare::kEqual, "=="},
                                  CompareName{Condition::Compare::kUnequal, "!="},
                                  CompareName{Condition::Compare::kLessEqual, "<="},
                                  CompareName{Condition::Compare::kGreaterEqual, ">="},
                                  CompareName{Condition::Compare::kLess, "<"},
                                  CompareName{Condition::Compare::kGreater, ">"}};

// The predicates that take one path.
struct PredicateName {
  Condition::Kind kind;
  std::string_view name;
  FactType type;
  std::string_view of;
};
constexpr std::array kPredicates = {
    PredicateName{Condition::Kind::kCarrierAccepted, "carrier_accepted", FactType::kCode,
                  "a carrier's code"},
    PredicateName{Condition::Kind::kMayTakePart, "may_take_part", FactType::kParty, "a party"},
    PredicateName{Condition::Kind::kAppointed, "appointed", FactType::kParty, "a party"}};

struct QuantifierName {
  Condition::Kind kind;
  std::string_view name;
};
constexpr std::array kQuantifiers = {QuantifierName{Condition::Kind::kSome, "some"},
                                     QuantifierName{Condition::Kind::kNo, "no"},
                                     QuantifierName{Condition::Kind::kEvery, "every"}};

struct Token {
  enum class Kind : std::uint8_t { kWord, kNumber, kDate, kSign, kEnd };
  Kind kind = Kind::kEnd;
  std::string_view text;
  std::size_t at = 0;
};

// Whether such a thing can be read there: a line has facts alone.
bool Has(Holder holder, Field field) {
  switch (holder) {
    case Holder::kAct:
      return field != Field::kStage && field != Field::kRequesting && field != Field::kRequested;
    case Holder::kCase:
    case Holder::kTransfer:
    case Holder::kFlight:
    case Holder::kEarlier:
      return field == Field::kStage || field == Field::kId || field == Field::kRequesting ||
             field == Field::kRequested;
    case Holder::kLine:
    case Holder::kListed:
    case Holder::kLodged:
    case Holder::kEntry:
      break;
  }
  return false;
}

bool IsWordLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The type of what a path reads, as far as the language distinguishes it.
FactType TypeOf(const Path& path) {
  switch (path.field) {
    case Field::kFact:
      return InfoOf(path.fact).type;
    case Field::kId:
      return FactType::kId;
    case Field::kRequesting:
    case Field::kRequested:
    case Field::kAuthor:
    case Field::kAddressee:
      return FactType::kParty;
    case Field::kDigest:
    case Field::kAnswers:
    case Field::kCommitment:
      return FactType::kDigest;
    case Field::kRecordedAt:
    case Field::kReceivedAt:
      return FactType::kInstant;
    case Field::kStage:
      break;
  }
  return FactType::kWord;
}

// A recursive-descent reader over one sentence. After the first error it only unwinds.
class Reader {
 public:
  explicit Reader(std::string_view sentence) : sentence_(sentence) { Advance(); }

  Condition ReadCondition() {
    Condition condition = ReadOneCondition();
    ExpectEnd();
    condition.text = std::string(sentence_);
    return condition;
  }

  Effect ReadEffect() {
    Effect effect;
    effect.text = std::string(sentence_);
    if (TakeWord("start")) {
      effect.kind = Effect::Kind::kStart;
      ReadLimitOf(effect);
      if (TakeWord("since")) effect.operand = ReadOperand(nullptr);
    } else if (TakeWord("stop")) {
      effect.kind = Effect::Kind::kStop;
      ReadLimitOf(effect);
    } else if (TakeWord("clear")) {
      effect.kind = Effect::Kind::kClear;
      effect.path = ReadPath();
    } else {
      effect.kind = Effect::Kind::kSet;
      effect.path = ReadPath();
      Expect("=");
      effect.operand = ReadOperand(&effect.path);
    }
    ExpectEnd();
    return effect;
  }

  const std::optional<ParseError>& error() const { return error_; }

 private:
  void Fail(std::size_t at, std::string message) {
    if (!error_) error_ = ParseError{at, std::move(message)};
  }

  void Advance() {
    while (next_ < sentence_.size() && (sentence_[next_] == ' ' || sentence_[next_] == '\n'))
      ++next_;
    const std::size_t at = next_;
    if (at >= sentence_.size()) {
      token_ = {Token::Kind::kEnd, {}, at};
      return;
    }
    const char first = sentence_[at];
    std::size_t end = at + 1;
    Token::Kind kind = Token::Kind::kSign;
    if (IsDigit(first)) {
      while (end < sentence_.size() && (IsDigit(sentence_[end]) || sentence_[end] == '-')) ++end;
      kind = end - at == 10 ? Token::Kind::kDate : Token::Kind::kNumber;
    } else if (IsWordLetter(first)) {
      while (end < sentence_.size() && IsWordLetter(sentence_[end])) ++end;
      kind = Token::Kind::kWord;
    } else if (end < sentence_.size() && sentence_[end] == '=' &&
               (first == '=' || first == '!' || first == '<' || first == '>')) {
      ++end;
    }
    token_ = {kind, sentence_.substr(at, end - at), at};
    next_ = end;
  }

  bool AtSign(std::string_view sign) const {
    return token_.kind == Token::Kind::kSign && token_.text == sign;
  }
  bool TakeSign(std::string_view sign) {
    if (!AtSign(sign)) return false;
    Advance();
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (token_.kind != Token::Kind::kWord || token_.text != word) return false;
    Advance();
    return true;
  }
  void Expect(std::string_view sign) {
    if (!TakeSign(sign)) Fail(token_.at, "expected \"" + std::string(sign) + "\"");
  }
  void ExpectEnd() {
    if (token_.kind != Token::Kind::kEnd) {
      Fail(token_.at,
           "the sentence should end here, but \"" + std::string(token_.text) + "\" follows");
    }
  }
  std::string TakeName(std::string_view what) {
    if (token_.kind != Token::Kind::kWord) {
      Fail(token_.at, "expected " + std::string(what));
      return {};
    }
    std::string name(token_.text);
    Advance();
    return name;
  }

  std::optional<Holder> ReadHolder() {
    const std::size_t at = token_.at;
    const std::string name =
        TakeName("act, case, transfer, flight, line, listed, lodged, earlier or entry");
    for (const HolderName& row : kHolders) {
      if (row.name == name) return row.holder;
    }
    Fail(at, "\"" + name +
                 "\" is not act, case, transfer, flight, line, listed, lodged, earlier or entry");
    return std::nullopt;
  }

  Path ReadPathAfter(Holder holder) {
    Path path;
    path.holder = holder;
    Expect(".");
    const std::size_t at = token_.at;
    const std::string name = TakeName("the name of a fact");
    for (const FieldName& row : kFields) {
      if (row.name == name) {
        path.field = row.field;
        if (!Has(holder, row.field))
          Fail(at, "nothing has a \"" + name + "\" there, so it would never be known");
        return path;
      }
    }
    const std::optional<Fact> fact = FactNamed(name);
    if (!fact) {
      Fail(at,
           "\"" + name + "\" is not a fact; the facts are listed in docs/procedure-language.md");
      return path;
    }
    path.fact = *fact;
    return path;
  }

  Path ReadPath() {
    const std::optional<Holder> holder = ReadHolder();
    return holder ? ReadPathAfter(*holder) : Path{};
  }

  void ReadLimitOf(Effect& effect) {
    const std::optional<Holder> holder = ReadHolder();
    if (!holder) return;
    effect.path.holder = *holder;
    Expect(".");
    effect.limit = TakeName("the name of a limit");
  }

  // "act.lines", "transfer.lines", "flight.lines": whose lines are meant, as the holder their facts
  // are read from.
  Holder ReadLines() {
    const std::size_t at = token_.at;
    const std::optional<Holder> holder = ReadHolder();
    if (!holder) return Holder::kLine;
    Expect(".");
    if (TakeName("lines") != "lines")
      Fail(at, "expected act.lines, transfer.lines or flight.lines");
    switch (*holder) {
      case Holder::kAct:
        return Holder::kLine;
      case Holder::kTransfer:
        return Holder::kListed;
      case Holder::kFlight:
        return Holder::kLodged;
      default:
        Fail(at, "only act.lines, transfer.lines and flight.lines can be counted");
        return Holder::kLine;
    }
  }

  // Which of the lines are meant; all of them when nothing is said.
  void ReadWhere(Operand& operand) {
    if (!TakeWord("where")) return;
    do {
      operand.where.push_back(ReadOneCondition());
    } while (TakeWord("and"));
  }

  Operand ReadCall(const std::string& name) {
    Operand operand;
    Expect("(");
    if (name == "since") {
      operand.kind = Operand::Kind::kSince;
      operand.name = TakeName("the name of a limit");
    } else if (name == "limit") {
      operand.kind = Operand::Kind::kLimit;
      operand.name = TakeName("the name of a limit");
      if (TakeSign(",")) {
        operand.has_path = true;
        operand.path = ReadPath();
      }
    } else if (name == "day") {
      operand.kind = Operand::Kind::kDay;
      operand.path = ReadPath();
    } else if (name == "sum") {
      operand.kind = Operand::Kind::kSum;
      operand.path.holder = ReadLines();
      if (!TakeWord("of")) Fail(token_.at, "expected \"of\" and the name of a count");
      const std::size_t at = token_.at;
      const std::optional<Fact> fact = FactNamed(TakeName("the name of a count"));
      if (!fact || InfoOf(*fact).type != FactType::kCount) {
        Fail(at, "only a count can be summed");
      } else {
        operand.path.fact = *fact;
      }
      ReadWhere(operand);
    } else {
      operand.kind = Operand::Kind::kCount;
      operand.path.holder = ReadLines();
      ReadWhere(operand);
    }
    Expect(")");
    return operand;
  }

  // `typed_by` is the path on the other side: it tells which list a bare word belongs to.
  Operand ReadOperand(const Path* typed_by) {
    Operand operand;
    const Token start = token_;
    if (start.kind == Token::Kind::kNumber) {
      for (const char digit : start.text) {
        if (!IsDigit(digit) || operand.number > 1'000'000'000) {
          Fail(start.at, "\"" + std::string(start.text) + "\" is not a number");
          break;
        }
        operand.number = operand.number * 10 + (digit - '0');
      }
      Advance();
      return operand;
    }
    if (start.kind == Token::Kind::kDate) {
      const std::optional<CivilDate> date = ParseCivilDate(start.text);
      if (!date) {
        Fail(start.at, "\"" + std::string(start.text) + "\" is not a date");
      } else if (typed_by == nullptr || TypeOf(*typed_by) != FactType::kDate) {
        Fail(start.at, "a date can only be compared with a fact that is a date");
      } else {
        operand.number = DaysFromCivil(*date);
      }
      Advance();
      return operand;
    }
    if (start.kind != Token::Kind::kWord) {
      Fail(start.at, "expected a fact, a word or a number");
      return operand;
    }
    const std::string name(start.text);
    Advance();
    if (AtSign("(")) {
      if (name == "limit" || name == "since" || name == "sum" || name == "count")
        return ReadCall(name);
      if (name == "day") {
        operand = ReadCall(name);
        if (TakeSign("+")) operand.number = ReadOperand(nullptr).number;
        return operand;
      }
      Fail(start.at, "\"" + name + "\" is not limit, since, day, sum or count");
      return operand;
    }
    if (AtSign(".")) {
      for (const HolderName& row : kHolders) {
        if (row.name != name) continue;
        operand.kind = Operand::Kind::kPath;
        operand.path = ReadPathAfter(row.holder);
        if (TakeSign("+")) operand.number = ReadOperand(nullptr).number;
        return operand;
      }
      Fail(start.at, "\"" + name + "\" has no facts");
      return operand;
    }
    return ReadWord(name, start.at, typed_by);
  }

  Operand ReadWord(const std::string& name, std::size_t at, const Path* typed_by) {
    Operand operand;
    if (typed_by == nullptr) {
      Fail(at,
           "the word \"" + name + "\" needs a fact on the left that says which list it is from");
      return operand;
    }
    if (typed_by->field == Field::kStage) {
      operand.kind = Operand::Kind::kStage;
      operand.name = name;
      return operand;
    }
    std::optional<std::int64_t> number;
    switch (TypeOf(*typed_by)) {
      case FactType::kWord:
      case FactType::kFlag:
        number = WordNumber(typed_by->fact, name);
        break;
      case FactType::kCode:
        number = PackCode(name);
        break;
      case FactType::kParty:
        if (const std::optional<PartyCode> party = PartyCode::FromText(name))
          number = PackParty(*party);
        break;
      default:
        break;
    }
    if (!number) {
      Fail(at, "\"" + name + "\" is not a word that the fact on the left can say");
      return operand;
    }
    operand.number = *number;
    return operand;
  }

  Condition ReadOneCondition() {
    Condition condition;
    const std::size_t at = token_.at;
    const std::size_t begin = at;
    if (TakeWord("suspended")) {
      condition.kind = Condition::Kind::kSuspended;
    } else if (TakeWord("families_together")) {
      condition.kind = Condition::Kind::kFamiliesTogether;
    } else if (TakeWord("not")) {
      condition.kind = Condition::Kind::kNotSuspended;
      if (!TakeWord("suspended")) Fail(token_.at, "only \"suspended\" can follow \"not\"");
    } else if (TakeWord("known") || TakeWord("unknown")) {
      condition.kind =
          sentence_.substr(at, 5) == "known" ? Condition::Kind::kKnown : Condition::Kind::kUnknown;
      Operand operand;
      operand.kind = Operand::Kind::kPath;
      operand.path = ReadPath();
      condition.operands.push_back(std::move(operand));
    } else if (!ReadQuantifier(condition) && !ReadPredicate(condition)) {
      ReadComparison(condition);
    }
    condition.text = std::string(sentence_.substr(begin, token_.at - begin));
    while (condition.text.ends_with(' ')) condition.text.pop_back();
    return condition;
  }

  bool ReadQuantifier(Condition& condition) {
    for (const QuantifierName& row : kQuantifiers) {
      if (!TakeWord(row.name)) continue;
      condition.kind = row.kind;
      condition.inner.push_back(ReadOneCondition());
      return true;
    }
    return false;
  }

  bool ReadPredicate(Condition& condition) {
    for (const PredicateName& row : kPredicates) {
      if (!TakeWord(row.name)) continue;
      condition.kind = row.kind;
      Operand operand;
      operand.kind = Operand::Kind::kPath;
      Expect("(");
      const std::size_t at = token_.at;
      operand.path = ReadPath();
      if (TypeOf(operand.path) != row.type)
        Fail(at, std::string(row.name) + " is asked of " + std::string(row.of));
      Expect(")");
      condition.operands.push_back(std::move(operand));
      return true;
    }
    return false;
  }

  void ReadComparison(Condition& condition) {
    condition.operands.push_back(ReadOperand(nullptr));
    if (error_) return;
    const Operand left = condition.operands.front();
    const bool typed = left.kind == Operand::Kind::kPath;
    if (TakeWord("in")) {
      condition.kind = Condition::Kind::kIn;
      Expect("{");
      do {
        condition.operands.push_back(ReadOperand(typed ? &left.path : nullptr));
      } while (!error_ && TakeSign(","));
      Expect("}");
      return;
    }
    condition.kind = Condition::Kind::kCompare;
    for (const CompareName& row : kCompares) {
      if (!TakeSign(row.sign)) continue;
      condition.compare = row.compare;
      condition.operands.push_back(ReadOperand(typed ? &left.path : nullptr));
      CheckTypes(condition);
      return;
    }
    Fail(token_.at, "expected ==, !=, <, <=, >, >= or \"in\"");
  }

  // Both sides of a comparison speak of the same type of thing.
  void CheckTypes(const Condition& condition) {
    const Operand& left = condition.operands[0];
    const Operand& right = condition.operands[1];
    if (left.kind != Operand::Kind::kPath || right.kind != Operand::Kind::kPath) return;
    const bool stages = left.path.field == Field::kStage || right.path.field == Field::kStage;
    if (stages ? left.path.field != right.path.field : TypeOf(left.path) != TypeOf(right.path)) {
      Fail(0, "the two facts are not of the same type and can never be equal");
    }
  }

  std::string_view sentence_;
  std::size_t next_ = 0;
  Token token_;
  std::optional<ParseError> error_;
};

}  // namespace

std::variant<Condition, ParseError> ParseCondition(std::string_view sentence) {
  Reader reader(sentence);
  Condition condition = reader.ReadCondition();
  if (reader.error()) return *reader.error();
  return condition;
}

std::variant<Effect, ParseError> ParseEffect(std::string_view sentence) {
  Reader reader(sentence);
  Effect effect = reader.ReadEffect();
  if (reader.error()) return *reader.error();
  return effect;
}

}  // namespace chancery::procedure
