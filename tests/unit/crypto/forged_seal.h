// Builds seals that OpenSSL would not write, for the tests of what the verifier must refuse: DER
// put together by hand, signed by the openssl command with a genuine key.
#ifndef CHANCERY_TESTS_UNIT_CRYPTO_FORGED_SEAL_H_
#define CHANCERY_TESTS_UNIT_CRYPTO_FORGED_SEAL_H_

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/crypto/der.h"
#include "tests/support/pki.h"

namespace chancery::crypto {

// One DER element.
inline Bytes Der(int tag, ByteView content) {
  Bytes out(1, static_cast<char>(tag));
  const std::size_t size = content.size();
  if (size >= 0x10000) support::GiveUp("element too large");
  if (size >= 0x100)
    out += {'\x82', static_cast<char>(size >> 8)};
  else if (size >= 0x80)
    out += '\x81';
  out += static_cast<char>(size);
  return out += content;
}

inline std::vector<Bytes> Elements(ByteView content) {
  std::vector<Bytes> elements;
  for (DerReader reader(content); !reader.AtEnd();) {
    const std::optional<DerElement> element = reader.Next();
    if (!element) support::GiveUp("not DER");
    elements.emplace_back(element->whole);
  }
  return elements;
}

inline Bytes ContentOf(ByteView element) { return Bytes(DerReader(element).Next()->content); }

inline Bytes Join(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) out += part;
  return out;
}

// A SignerInfo in its parts; each is a whole element unless said otherwise.
struct SignerParts {
  Bytes version, sid, digest_algorithm;
  std::optional<std::vector<Bytes>>
      attributes;  // signed ones, one by one, as they shall be written
  Bytes signature_algorithm;
  Bytes signature;            // content only
  Bytes unsigned_attributes;  // whole, or nothing

  static SignerParts From(ByteView signer_info) {
    const std::vector<Bytes> fields = Elements(ContentOf(signer_info));
    return {fields.at(0),
            fields.at(1),
            fields.at(2),
            Elements(ContentOf(fields.at(3))),
            fields.at(4),
            ContentOf(fields.at(5)),
            {}};
  }

  // What the signature is over: the attributes as a DER SET OF.
  Bytes Attested() const {
    std::vector<Bytes> sorted = *attributes;
    std::ranges::sort(sorted);
    return Der(0x31, Join(sorted));
  }

  // Signs anew with a key file.
  SignerParts& Sign(const std::string& key, ByteView over) {
    const support::TemporaryFolder folder;
    support::WriteFile(folder.path() / "in", over);
    const std::string out = (folder.path() / "out").string();
    const support::CommandResult signed_by =
        support::RunCommand("openssl dgst -sha256 -sign '" + key + "' -out '" + out + "' '" +
                            (folder.path() / "in").string() + "'");
    if (signed_by.exit_code != 0) support::GiveUp(signed_by.output);
    signature = support::ReadFile(out);
    return *this;
  }
  SignerParts& SignAttributes(const std::string& key) {
    std::ranges::sort(*attributes);
    return Sign(key, Attested());
  }

  Bytes Encode() const {
    Bytes out = version + sid + digest_algorithm;
    if (attributes) out += Der(0xa0, Join(*attributes));
    return Der(0x30, out + signature_algorithm + Der(0x04, signature) + unsigned_attributes);
  }
};

// The whole seal in its parts.
struct SealParts {
  Bytes version, digest_algorithms, encapsulated;
  Bytes inside;  // certificates and revocation lists: whole elements, or nothing
  std::vector<Bytes> signers;

  static SealParts From(ByteView seal) {
    const Bytes signed_data = ContentOf(ContentOf(Elements(ContentOf(seal)).at(1)));
    const std::vector<Bytes> fields = Elements(signed_data);
    return {fields.at(0), fields.at(1), fields.at(2), {}, Elements(ContentOf(fields.at(3)))};
  }

  Bytes Encode() const {
    const Bytes fields =
        version + digest_algorithms + encapsulated + inside + Der(0x31, Join(signers));
    const Bytes oid("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11);
    return Der(0x30, oid + Der(0xa0, Der(0x30, fields)));
  }
};

}  // namespace chancery::crypto

#endif  // CHANCERY_TESTS_UNIT_CRYPTO_FORGED_SEAL_H_
