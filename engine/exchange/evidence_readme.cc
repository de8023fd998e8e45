#include "engine/exchange/evidence_readme.h"

namespace chancery::exchange {
namespace {

constexpr std::string_view kHowTo = R"(
What is here
  policy            whose signatures a checkpoint of this ledger needs (C2SP tlog-policy)
  policy-now, keys/ only where keys were replaced: the policy with those that followed, and the signed note with which each
                    key handed over to the next. By hand take policy-now for policy, and check these notes as well.
  checkpoint        the ledger's size and root with those signatures (C2SP tlog-checkpoint, signed-note, tlog-cosignature)
  cosigned-heads    which earlier heads were cosigned, and when; it is not here when none was kept
  tile/             the tree over all entries; tile/entries/ holds the entries themselves (C2SP tlog-tiles)
  trust/roots/      root certificates; trust/authorities/ issuing authorities; trust/seals/ the certificates that sealed
                    something here. Each file is named by the SHA-256 of the certificate's DER. Revocations are acts in
                    the ministry's ledger, so that their time is evidence too.
  procedures/       the agreed procedures, named by the SHA-256 of the bundle; .p7s beside it is both sides' seal
  timestamps/       who else says when: RFC 3161 request and reply over the checkpoint beside them; the certificates
                    above the reply's are in trust/stamping/
  receipts/         what another party's ledger answered (C2SP tlog-proof) with the exact bytes of the entry beside it
This file is for people. Nothing vouches for it, and no program reads it.

Checking everything
  chancery-audit verify . --anchor FILE
FILE is the anchor: fingerprints of the roots and the keys of ledgers and witnesses. It must have reached you by another
way than this folder; a folder rebuilt with fresh keys is consistent with itself and proves nothing.

Checking by hand, with openssl and the usual tools
1. The checkpoint, under the ledger's key (compare the key with the anchor's line "log"):
     head -n 3 checkpoint > text
     sed -n 's/^log //p' policy | head -n 1 | cut -d ' ' -f 1 | cut -d + -f 3- | base64 -d | tail -c 32 > key
     { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat key; } > key.der
     sed -n 5p checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature
     openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature
   A witness's line is checked the same way over the lines "cosignature/v1", "time SECONDS" and the text.
2. A certificate, against its name here and the anchor's line "root":
     openssl x509 -in trust/roots/NAME.pem -outform DER | sha256sum
3. An agreed procedure and both sides' seal of it (SECONDS: when the first act under it was recorded):
     cat trust/seals/*.pem > seals.pem; cat trust/roots/*.pem trust/authorities/*.pem > ca.pem
     openssl cms -verify -inform DER -binary -cades -purpose any -content procedures/NAME.bundle \
       -in procedures/NAME.p7s -certfile seals.pem -CAfile ca.pem -attime SECONDS -out /dev/null
4. A time stamp (compare the root in trust/stamping/ with the anchor's line "tsa"):
     cat trust/stamping/*.pem > stamping.pem
     openssl ts -verify -data timestamps/NAME.checkpoint -in timestamps/NAME.tsr -CAfile stamping.pem
5. One act: chancery-audit entry . NUMBER --extract OUT writes the statement, its seal, the certificates and the openssl
   command. Without that program: an entry is two bytes of length and a protobuf message; protoc --decode_raw shows it.
   Put these commands' files elsewhere than into this folder: a surplus file makes the folder false.
)";

constexpr std::string_view kSliceHowTo = R"(
What is here
  streams           for whom this slice is, and how many entries each stream has that this reader may read
  slice/            those entries: slice/N holds, like tile/entries/N of C2SP tlog-tiles, 256 entries as two bytes of length
                    and the entry; the entries of others have the length 0. A bundle with nothing for the reader is not here.
  tile/             the hashes of the whole tree, of the others' entries too (C2SP tlog-tiles, hash tiles only)
  policy            whose signatures a checkpoint of this ledger needs (C2SP tlog-policy)
  policy-now, keys/ only where keys were replaced: the policy with those that followed, and the signed note with which each
                    key handed over to the next. By hand take policy-now for policy, and check these notes as well.
  checkpoint        the ledger's size and root with those signatures (C2SP tlog-checkpoint, signed-note, tlog-cosignature)
  cosigned-heads    which earlier heads were cosigned, and when; it is not here when none was kept
  timestamps/       who else says when: RFC 3161 request and reply over the checkpoint beside them; the certificates
                    above the reply's are in trust/stamping/
  trust/            root, issuing and sealing certificates, each named by the SHA-256 of its DER
  procedures/       the agreed procedures, named by the SHA-256 of the bundle; .p7s beside it is both sides' seal
This file is for people. Nothing vouches for it, and no program reads it.

Checking everything, with no network
  chancery-audit verify . --anchor FILE
FILE is the anchor: fingerprints of the roots and the keys of ledgers and witnesses. It must have reached you by another
way than this folder. docs/audit-guide.md, "A slice", says what is checked and how to write a verifier.

Checking by hand
1. The checkpoint's signature under the ledger's key, a certificate's name, a procedure's seal: as in a whole book.
     head -n 3 checkpoint > text
     sed -n 's/^log //p' policy | head -n 1 | cut -d ' ' -f 1 | cut -d + -f 3- | base64 -d | tail -c 32 > key
     { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; cat key; } > key.der
     sed -n 5p checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c 64 > signature
     openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature
2. The root: the leaf hashes are the 32-byte pieces of tile/0/; RFC 6962 makes the root of them.
3. An entry: the SHA-256 of a zero byte and its bytes is the leaf hash of its number.
4. A stream: its entries have the positions 0, 1, 2, ... without a gap, up to the number in the file streams.
   Put these commands' files elsewhere than into this folder: a surplus file makes the folder false.
)";

std::string Beginning(const ledger::Checkpoint& checkpoint, std::string_view title,
                      std::string_view made_for, bool rehearsal,
                      const std::vector<std::string>& without_chain) {
  std::string text(title);
  text += checkpoint.origin + "\n";
  text += rehearsal ? "REHEARSAL: these acts were played with invented persons. They bind nobody.\n"
                    : "LIVE: these acts count between the parties.\n";
  text += "Made for: " + std::string(made_for) + "\n";
  text += "Entries: " + std::to_string(checkpoint.tree.size) + ", root " +
          checkpoint.tree.root.ToHexText() + "\n";
  text +=
      "No personal particulars are in this folder: acts hold commitments and random identifiers "
      "only.\n";
  for (const std::string& name : without_chain) {
    text += "NOT PROVEN: " + name +
            " bears a seal whose certificate does not lead to a root in this folder.\n";
  }
  return text;
}

}  // namespace

std::string EvidenceReadme(const ledger::Checkpoint& checkpoint, std::string_view made_for,
                           bool rehearsal, const std::vector<std::string>& without_chain) {
  return Beginning(checkpoint, "Evidence of the ledger ", made_for, rehearsal, without_chain) +
         std::string(kHowTo);
}

std::string SliceReadme(const ledger::Checkpoint& checkpoint, const ledger::SliceStreams& streams,
                        bool rehearsal, const std::vector<std::string>& without_chain) {
  return Beginning(checkpoint, "A slice of the ledger ", streams.reader.view(), rehearsal,
                   without_chain) +
         std::string(kSliceHowTo);
}

}  // namespace chancery::exchange
