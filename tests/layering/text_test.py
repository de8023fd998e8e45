#!/usr/bin/env python3
"""Shows that the text checks of tools/check find what they are for, and leave alone what is right."""
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tools")]
sys.dont_write_bytecode = True

import lib_text  # noqa: E402

RULES = lib_text.read_vocabulary((ROOT / "tools/vocabulary.txt").read_text(encoding="utf-8"))


class Vocabulary(unittest.TestCase):
    """Style section 4: one word per concept, in identifiers of the engine and the audit."""

    def judge(self, code, path="engine/procedure/step.cc"):
        return lib_text.vocabulary(path, code, RULES)

    def test_words_of_the_right_column_are_refused_in_every_spelling(self):
        for code in ["int deadline = 0;", "class TreeHead {};", "void ExecuteStep();", "int kMaxDeadline;",
                     "Reply reply_deadline_;", "using RNG = int;", "act.sender();",
                     "int side_effect;", "void Handle();", "struct HTTPRequest {};"]:
            with self.subTest(code):
                self.assertEqual(1, len(self.judge(code)), code)

    def test_words_inside_other_words_and_compounds_that_are_right_pass(self):
        for code in ["PersonHandle person_handle;", "int requesting = 0;", "template <class T>", "int acknowledged;",
                     "Organiser organiser;", "int back;", "Processed processed;"]:
            with self.subTest(code):
                self.assertEqual([], self.judge(code))

    def test_comments_texts_and_includes_are_not_identifiers(self):
        self.assertEqual([], self.judge("#include \"grpc/server.h\"\n// the deadline of a request\n"
                                        "/* payload\n client */ auto text = \"server\"; char c = 'x';\n"))

    def test_the_line_is_named_also_after_a_long_comment(self):
        self.assertTrue(self.judge("/* one\ntwo\n*/\nint deadline;")[0].startswith("engine/procedure/step.cc:4: "))

    def test_only_the_named_folders_are_read(self):
        self.assertEqual([], self.judge("class Server {};", "server/listener.cc"))
        self.assertEqual([], self.judge("int task;", "engine/exchange/inbox.cc"))
        self.assertEqual(1, len(self.judge("int task;", "engine/codec/text.cc")))


class Text(unittest.TestCase):
    """Style section 5, rules 23 and 30: nothing half, nothing of one machine, every test says what it holds."""

    def test_what_no_file_may_hold_is_named_with_its_line(self):
        for line in ["// TO" "DO: later", "# FIX" "ME", "see /ho" "me/me/x", "path=/ro" "ot/.cache",
                     "https://pro" "xy.corp.example/x", "-----BEGIN PRIVATE" " KEY-----", "<<<<<<< HEAD"]:
            with self.subTest(line):
                self.assertEqual(1, len(lib_text.refused_text("docs/x.md", ["fine", line])))
        self.assertEqual([], lib_text.refused_text("docs/x.md", ["a TLS session", "the network/workflow/x", "https://c2sp.org/x"]))

    def test_a_test_without_its_sentence_is_refused(self):
        bare = ["", "TEST(Time, Passes) {", "  EXPECT_TRUE(true);"]
        self.assertEqual(1, len(lib_text.code_rules("tests/unit/base/time_test.cc", bare)))
        self.assertEqual([], lib_text.code_rules("tests/unit/base/time_test.cc", ["// RFC 3339"] + bare[1:]))
        self.assertEqual([], lib_text.code_rules("tests/unit/base/time_test.cc", bare[:2] + ["  // RFC 3339"]))

    def test_disabled_tests_silent_suppressions_and_dead_code_are_refused(self):
        for line in ["TEST(A, DISABLED_B) {", "f();  // NOLINT", "f();  // NOLINT(bugprone-x)", "// store.Commit(group);",
                     "// return x;"]:
            with self.subTest(line):
                self.assertEqual(1, len(lib_text.code_rules("engine/store/x.cc", [line])))
        for line in ["f();  // NOLINT(bugprone-x): the library wants it", "// Commits the group (once).", "// what follows;"]:
            with self.subTest(line):
                self.assertEqual([], lib_text.code_rules("engine/store/x.cc", [line]))

    def test_white_space_is_mended(self):
        self.assertEqual("a\n  b\n", lib_text.white_space("a  \r\n\tb\n\n\n", False))
        self.assertEqual("\tb\n", lib_text.white_space("\tb", True))


if __name__ == "__main__":
    unittest.main()
