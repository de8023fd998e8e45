// A stranger's verifier of Chancery's evidence folders: nothing in it comes from this project.
//
//	stranger ANCHOR FOLDER [FOLDER...]   verifies every party's folder, then the receipts against the ledger that gave them
//	stranger --receipt ANCHOR PROOF ENTRY   verifies one tlog-proof with its entry's bytes
//	stranger --proofs FOLDER <PROOFS     checks proofs that another program made of the tree in the folder
//
// It uses golang.org/x/mod's note and tlog, which read signed notes and RFC 6962 trees, and crypto/ed25519
// for the C2SP cosignatures, which they do not know. Exit 0: all of it holds. 1: the first thing that does not.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ---- keys

// A witness's key: C2SP tlog-cosignature v1, which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	if seconds > 1<<63-1 {
		return false
	}
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", seconds)), text...)
	return ed25519.Verify(c.key, signed, sig[8:])
}

// strict refuses base64 that other bytes of text would decode to as well.
var strict = base64.StdEncoding.Strict()

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("no verifier key: %s", vkey)
	}
	key, err := strict.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, fmt.Errorf("no cosigner's key: %s", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, fmt.Errorf("the key id is that of another key: %s", vkey)
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), key[1:]}, nil
}

// ---- what is known from elsewhere

type anchor struct {
	logs     map[string]string // verifier key of each party's ledger, by the ledger's origin
	witness  map[string]bool   // verifier keys
	policies map[string]string // party, by the digest of its policy
}

func readAnchor(path string) (anchor, error) {
	a := anchor{map[string]string{}, map[string]bool{}, map[string]string{}}
	text, err := os.ReadFile(path)
	if err != nil {
		return a, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Split(line, " ")
		if len(words) == 2 && words[0] == "always-on" {
			a.witness[words[1]] = true
		}
		if len(words) != 3 {
			continue
		}
		switch words[0] {
		case "log":
			a.logs[strings.SplitN(words[2], "+", 2)[0]] = words[2]
		case "witness":
			a.witness[words[2]] = true
		case "policy":
			a.policies[words[1]] = words[2]
		}
	}
	if len(a.logs) == 0 || len(a.policies) == 0 {
		return a, fmt.Errorf("%s is no anchor", path)
	}
	return a, nil
}

// ---- policy (C2SP tlog-policy)

type group struct {
	threshold int
	members   []string
}
type policy struct {
	log       note.Verifier
	witnesses map[string]note.Verifier
	groups    map[string]group
	quorum    string
}

func readPolicy(text []byte, a anchor) (policy, error) {
	p := policy{witnesses: map[string]note.Verifier{}, groups: map[string]group{}}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			return p, fmt.Errorf("policy: %q", line)
		}
		var err error
		switch words[0] {
		case "log":
			if a.logs[strings.SplitN(words[1], "+", 2)[0]] != words[1] {
				return p, fmt.Errorf("policy: the anchor does not know the log %s", words[1])
			}
			p.log, err = note.NewVerifier(words[1])
		case "witness":
			if !a.witness[words[2]] {
				return p, fmt.Errorf("policy: the anchor does not know the witness %s", words[2])
			}
			p.witnesses[words[1]], err = newCosigner(words[2])
		case "group":
			g := group{members: words[3:]}
			switch words[2] {
			case "all":
				g.threshold = len(g.members)
			case "any":
				g.threshold = 1
			default:
				g.threshold, err = strconv.Atoi(words[2])
			}
			p.groups[words[1]] = g
		case "quorum":
			p.quorum = words[1]
		default:
			err = fmt.Errorf("policy: %q", line)
		}
		if err != nil {
			return p, err
		}
	}
	if p.log == nil || p.quorum == "" {
		return p, fmt.Errorf("policy: no log or no quorum")
	}
	return p, nil
}

func (p policy) met(name string, signed map[string]bool) bool {
	if name == "none" {
		return true
	}
	if w, ok := p.witnesses[name]; ok {
		return signed[w.Name()]
	}
	met, g := 0, p.groups[name]
	for _, member := range g.members {
		if p.met(member, signed) {
			met++
		}
	}
	return g.threshold > 0 && met >= g.threshold
}

// ---- checkpoints

type head struct {
	origin string
	tree   tlog.Tree
}

// openCheckpoint verifies every line of a key in `known`; the log's own line must be one of them. x/mod
// is content with ANY known line, so that is asked for here. Returns the names that signed.
func openCheckpoint(text []byte, log note.Verifier, known ...note.Verifier) (head, map[string]bool, error) {
	opened, err := note.Open(text, note.VerifierList(append([]note.Verifier{log}, known...)...))
	if err != nil {
		return head{}, nil, err
	}
	signed := map[string]bool{}
	for _, sig := range opened.Sigs {
		if _, err := strict.DecodeString(sig.Base64); err != nil {
			return head{}, nil, fmt.Errorf("a signature line in another spelling: %v", err)
		}
		signed[sig.Name] = true
	}
	if len(opened.UnverifiedSigs) > 0 {
		return head{}, nil, fmt.Errorf("a line of a key nobody named: %s", opened.UnverifiedSigs[0].Name)
	}
	if !signed[log.Name()] {
		return head{}, nil, fmt.Errorf("the log's own line is missing")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != log.Name() {
		return head{}, nil, fmt.Errorf("no checkpoint of %s", log.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return head{}, nil, fmt.Errorf("no size: %q", lines[1])
	}
	root, err := strict.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return head{}, nil, fmt.Errorf("no root: %q", lines[2])
	}
	h := head{origin: lines[0], tree: tlog.Tree{N: size}}
	copy(h.tree.Hash[:], root)
	return h, signed, nil
}

// ---- receipts (C2SP tlog-proof)

type receipt struct {
	index      int64
	proof      tlog.RecordProof
	checkpoint []byte
}

func readReceipt(text []byte) (receipt, error) {
	var r receipt
	parts := bytes.SplitN(text, []byte("\n\n"), 2)
	if len(parts) != 2 {
		return r, fmt.Errorf("no empty line before the checkpoint")
	}
	lines := strings.Split(string(parts[0]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return r, fmt.Errorf("no tlog-proof")
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil || index < 0 || "index "+strconv.FormatInt(index, 10) != lines[1] {
		return r, fmt.Errorf("no index: %q", lines[1])
	}
	r.index, r.checkpoint = index, parts[1]
	for _, line := range lines[2:] {
		hash, err := hashOf(line)
		if err != nil {
			return r, err
		}
		r.proof = append(r.proof, hash)
	}
	return r, nil
}

func hashOf(line string) (tlog.Hash, error) {
	var hash tlog.Hash
	decoded, err := strict.DecodeString(line)
	if err != nil || len(decoded) != tlog.HashSize {
		return hash, fmt.Errorf("no hash: %q", line)
	}
	copy(hash[:], decoded)
	return hash, nil
}

// checkReceipt returns the head it was proven under.
func checkReceipt(a anchor, text, entry []byte) (head, int64, error) {
	r, err := readReceipt(text)
	if err != nil {
		return head{}, 0, err
	}
	origin := string(bytes.SplitN(r.checkpoint, []byte("\n"), 2)[0])
	log, err := note.NewVerifier(a.logs[origin])
	if err != nil {
		return head{}, 0, fmt.Errorf("no log %q in the anchor", origin)
	}
	var known []note.Verifier
	for vkey := range a.witness {
		w, err := newCosigner(vkey)
		if err != nil {
			return head{}, 0, err
		}
		known = append(known, w)
	}
	h, _, err := openCheckpoint(r.checkpoint, log, known...)
	if err != nil {
		return h, 0, err
	}
	if r.index >= h.tree.N {
		return h, 0, fmt.Errorf("entry %d is not in a tree of %d", r.index, h.tree.N)
	}
	return h, r.index, tlog.CheckRecord(r.proof, h.tree.N, h.tree.Hash, r.index, tlog.RecordHash(entry))
}

// ---- tiles (C2SP tlog-tiles)

const width = 256

func tilePath(kind string, index int64, w int) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if w < width {
		name += fmt.Sprintf(".p/%d", w)
	}
	return "tile/" + kind + "/" + name
}

func readBundle(data []byte, w int) ([][]byte, error) {
	var entries [][]byte
	for len(data) >= 2 && len(entries) < w {
		size := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+size {
			break
		}
		entries = append(entries, data[2:2+size])
		data = data[2+size:]
	}
	if len(entries) != w || len(data) != 0 {
		return nil, fmt.Errorf("not %d entries", w)
	}
	return entries, nil
}

// The tree of a folder, computed from the entries alone.
type tree struct {
	size    int64
	entries [][]byte
	hashes  []tlog.Hash // as tlog stores them
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("no hash %d", i)
		}
		hashes = append(hashes, t.hashes[i])
	}
	return hashes, nil
}

func (t *tree) root(n int64) (tlog.Hash, error) {
	if n == 0 { // x/mod v0.7.0 answers with zeros
		return sha256.Sum256(nil), nil
	}
	return tlog.TreeHash(n, t)
}

// readTree reads every bundle and compares every file under tile/ with what the entries make.
func readTree(folder string, size int64) (*tree, error) {
	t := &tree{size: size}
	wanted := map[string]bool{}
	for first := int64(0); first < size; first += width {
		w := int(min(size-first, width))
		name := tilePath("entries", first/width, w)
		wanted[name] = true
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		entries, err := readBundle(data, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", name, err)
		}
		for _, entry := range entries {
			added, err := tlog.StoredHashesForRecordHash(int64(len(t.entries)), tlog.RecordHash(entry), t)
			if err != nil {
				return nil, err
			}
			t.entries, t.hashes = append(t.entries, entry), append(t.hashes, added...)
		}
	}
	for level, nodes := 0, size; nodes > 0; level, nodes = level+1, nodes/width {
		for first := int64(0); first < nodes; first += width {
			w := int(min(nodes-first, width))
			name := tilePath(strconv.Itoa(level), first/width, w)
			wanted[name] = true
			data, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				return nil, err
			}
			made, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: first / width, W: w}, t)
			if err != nil || !bytes.Equal(data, made) {
				return nil, fmt.Errorf("%s is not what the entries make (%v)", name, err)
			}
		}
	}
	return t, filepath.WalkDir(filepath.Join(folder, "tile"), func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(folder, path)
		if err == nil && !d.IsDir() && !wanted[name] {
			return fmt.Errorf("%s is no tile of this tree", name)
		}
		return err
	})
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// checkProofs has x/mod prove every entry, and every older tree, from this tree and checks what it proved.
func (t *tree) checkProofs() error {
	root, err := t.root(t.size)
	if err != nil {
		return err
	}
	for n := int64(0); n < t.size; n++ {
		p, err := tlog.ProveRecord(t.size, n, t)
		if err == nil {
			err = tlog.CheckRecord(p, t.size, root, n, tlog.RecordHash(t.entries[n]))
		}
		if err != nil {
			return fmt.Errorf("entry %d: %v", n, err)
		}
	}
	for n := int64(1); n <= t.size; n++ {
		old, err := t.root(n)
		if err != nil {
			return err
		}
		if err := t.checkExtends(head{tree: tlog.Tree{N: n, Hash: old}}, root); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) checkExtends(old head, root tlog.Hash) error {
	if old.tree.N > t.size {
		return fmt.Errorf("a head of size %d is newer than the ledger of %d", old.tree.N, t.size)
	}
	p, err := tlog.ProveTree(t.size, old.tree.N, t)
	if err == nil {
		err = tlog.CheckTree(p, t.size, root, old.tree.N, old.tree.Hash)
	}
	if err != nil {
		return fmt.Errorf("the head of size %d is not one of this ledger: %v", old.tree.N, err)
	}
	return nil
}

// ---- folders

type book struct {
	folder string
	head   head
	tree   *tree
	given  []head            // heads of receipts, of other ledgers
	proven map[string][]byte // entries of receipts, by "origin number"
}

func readBook(a anchor, folder string) (*book, error) {
	b := &book{folder: folder, proven: map[string][]byte{}}
	text, err := os.ReadFile(filepath.Join(folder, "policy"))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(text); a.policies[hex.EncodeToString(sum[:])] == "" {
		return nil, fmt.Errorf("the anchor does not name this policy")
	}
	p, err := readPolicy(text, a)
	if err != nil {
		return nil, err
	}
	checkpoint, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return nil, err
	}
	var known []note.Verifier
	for _, w := range p.witnesses {
		known = append(known, w)
	}
	var signed map[string]bool
	if b.head, signed, err = openCheckpoint(checkpoint, p.log, known...); err != nil {
		return nil, fmt.Errorf("checkpoint: %v", err)
	}
	if !p.met(p.quorum, signed) {
		return nil, fmt.Errorf("checkpoint: the quorum has not signed")
	}
	if b.tree, err = readTree(folder, b.head.tree.N); err != nil {
		return nil, err
	}
	root, err := b.tree.root(b.head.tree.N)
	if err != nil || root != b.head.tree.Hash {
		return nil, fmt.Errorf("the entries do not make the checkpoint's root (%v)", err)
	}
	if err := b.tree.checkProofs(); err != nil {
		return nil, err
	}
	return b, b.readReceipts(a)
}

func (b *book) readReceipts(a anchor) error {
	files, err := filepath.Glob(filepath.Join(b.folder, "receipts", "*"))
	if err != nil {
		return err
	}
	for _, path := range files {
		number := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if filepath.Ext(path) != ".tlog-proof" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		entry, err := os.ReadFile(filepath.Join(b.folder, "receipts", number+".entry"))
		if err != nil {
			return err
		}
		h, index, err := checkReceipt(a, text, entry)
		if err == nil && strconv.FormatInt(index, 10) != number {
			err = fmt.Errorf("it is of entry %d", index)
		}
		if err != nil {
			return fmt.Errorf("receipts/%s: %v", number, err)
		}
		b.given = append(b.given, h)
		b.proven[h.origin+" "+number] = entry
	}
	if len(files) != 2*len(b.given) {
		return fmt.Errorf("receipts: %d files for %d receipts", len(files), len(b.given))
	}
	return nil
}

func verify(anchorPath string, folders []string) error {
	a, err := readAnchor(anchorPath)
	if err != nil {
		return err
	}
	books := map[string]*book{}
	for _, folder := range folders {
		b, err := readBook(a, folder)
		if err != nil {
			return fmt.Errorf("%s: %v", folder, err)
		}
		books[b.head.origin] = b
	}
	for _, b := range books {
		for _, h := range b.given {
			if keeper := books[h.origin]; keeper != nil {
				if err := keeper.tree.checkExtends(h, keeper.head.tree.Hash); err != nil {
					return fmt.Errorf("%s: a receipt of %s: %v", b.folder, h.origin, err)
				}
			}
		}
		for name, entry := range b.proven {
			origin, number := name[:strings.Index(name, " ")], name[strings.Index(name, " ")+1:]
			n, _ := strconv.ParseInt(number, 10, 64)
			keeper := books[origin]
			if keeper != nil && (n >= keeper.tree.size || !bytes.Equal(keeper.tree.entries[n], entry)) {
				return fmt.Errorf("%s: entry %s is another one in the book of %s", b.folder, number, origin)
			}
		}
	}
	var origins []string
	for origin := range books {
		origins = append(origins, origin)
	}
	sort.Strings(origins)
	for _, origin := range origins {
		b := books[origin]
		fmt.Printf("%s: %d entries, root %x, %d receipts\n", origin, b.tree.size, b.head.tree.Hash[:], len(b.given))
	}
	return nil
}

// checkForeignProofs reads lines "inclusion SIZE INDEX HASH..." and "consistency SIZE OLD HASH...", which
// another program made of the same tree, and holds each to x/mod's own verifier.
func checkForeignProofs(folder string) error {
	checkpoint, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	size, err := strconv.ParseInt(strings.SplitN(string(checkpoint), "\n", 3)[1], 10, 64)
	if err != nil {
		return err
	}
	t, err := readTree(folder, size)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Split(lines.Text(), " ")
		if len(words) < 3 {
			return fmt.Errorf("no proof: %q", lines.Text())
		}
		n, err1 := strconv.ParseInt(words[1], 10, 64)
		m, err2 := strconv.ParseInt(words[2], 10, 64)
		if err1 != nil || err2 != nil || n < 1 || n > size || m < 0 || m > n {
			return fmt.Errorf("no proof: %q", lines.Text())
		}
		var hashes []tlog.Hash
		for _, word := range words[3:] {
			hash, err := hashOf(word)
			if err != nil {
				return err
			}
			hashes = append(hashes, hash)
		}
		root, err := t.root(n)
		if err != nil {
			return err
		}
		switch words[0] {
		case "inclusion":
			err = tlog.CheckRecord(hashes, n, root, m, tlog.RecordHash(t.entries[m]))
		case "consistency":
			var old tlog.Hash
			if old, err = t.root(m); err == nil {
				err = tlog.CheckTree(hashes, n, root, m, old)
			}
		default:
			err = fmt.Errorf("no proof: %q", lines.Text())
		}
		if err != nil {
			return fmt.Errorf("%s %d %d: %v", words[0], n, m, err)
		}
		counts[words[0]]++
	}
	if counts["inclusion"] == 0 || counts["consistency"] == 0 {
		return fmt.Errorf("no proofs came")
	}
	fmt.Printf("%d inclusion proofs, %d consistency proofs\n", counts["inclusion"], counts["consistency"])
	return lines.Err()
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 2 && arguments[0] == "--proofs":
		return checkForeignProofs(arguments[1])
	case len(arguments) == 4 && arguments[0] == "--receipt":
		a, err := readAnchor(arguments[1])
		if err != nil {
			return err
		}
		text, err := os.ReadFile(arguments[2])
		if err != nil {
			return err
		}
		entry, err := os.ReadFile(arguments[3])
		if err != nil {
			return err
		}
		h, index, err := checkReceipt(a, text, entry)
		if err == nil {
			fmt.Printf("entry %d of %s, size %d\n", index, h.origin, h.tree.N)
		}
		return err
	case len(arguments) >= 2 && !strings.HasPrefix(arguments[0], "-"):
		return verify(arguments[0], arguments[1:])
	}
	return fmt.Errorf("usage: stranger ANCHOR FOLDER... | --receipt ANCHOR PROOF ENTRY | --proofs FOLDER")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "stranger:", err)
		os.Exit(1)
	}
}
