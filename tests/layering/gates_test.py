#!/usr/bin/env python3
"""Shows that every gate fails when it must: a checker that passes everything keeps nothing out."""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tools")]
sys.dont_write_bytecode = True

import includes  # noqa: E402
import lib_layers  # noqa: E402
import purity  # noqa: E402

COMPILER = "c++"

LAYERS = [
    {"name": "base", "folder": "engine/base", "uses": [], "links": []},
    {"name": "procedure", "folder": "engine/procedure", "uses": ["base"], "links": []},
    {"name": "codec", "folder": "engine/codec", "uses": ["base", "procedure", "proto"], "links": []},
    {"name": "crypto", "folder": "engine/crypto", "uses": ["base"], "links": []},
    {"name": "ledger", "folder": "engine/ledger", "uses": ["base", "crypto"], "links": []},
    {"name": "store", "folder": "engine/store", "uses": ["base", "ledger"], "links": []},
    {"name": "server", "folder": "server", "uses": ["base", "rpc"], "links": []},
    {"name": "audit", "folder": "audit", "uses": ["base", "ledger"], "links": []},
    {"name": "audit_watch", "folder": "audit/watch", "uses": ["base", "proto"], "links": []},
]


class Purity(unittest.TestCase):
    """Design section 3: the core has no clock, file, random, locale or thread, and `nm` shows it."""

    def judge(self, code):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "code.cc"
            source.write_text(code, encoding="utf-8")
            built = pathlib.Path(folder) / "code.o"
            subprocess.run([COMPILER, "-std=c++20", "-O1", f"-I{ROOT}", "-c", source, "-o", built], check=True)
            return purity.refused([str(built)], [])

    def test_containers_strings_and_base_values_are_pure(self):
        self.assertEqual([], self.judge("""
            #include <algorithm>
            #include <charconv>
            #include <functional>
            #include <list>
            #include <map>
            #include <memory>
            #include <optional>
            #include <set>
            #include <string>
            #include <variant>
            #include <vector>
            #include "engine/base/bytes.h"
            #include "engine/base/check.h"
            #include "engine/base/time.h"
            std::string Pure(std::map<std::string, int>& m, std::vector<std::string> v, std::function<int(int)> f,
                             std::variant<int, std::string> x, std::set<chancery::MatterId> s, std::list<int> l) {
              m["a"] = f(1);
              std::sort(v.begin(), v.end());
              s.erase(chancery::MatterId{});
              l.push_back(3);
              CHANCERY_CHECK(!v.empty());
              auto shared = std::make_shared<std::string>(v.at(0));
              return chancery::ToHex(*shared) + chancery::ToText(chancery::Instant{5}) + std::get<std::string>(x);
            }"""))

    def test_each_way_out_of_the_function_is_refused(self):
        ways = {
            "system clock": "#include <chrono>\nlong F() { return std::chrono::system_clock::now().time_since_epoch().count(); }",
            "steady clock": "#include <chrono>\nlong F() { return std::chrono::steady_clock::now().time_since_epoch().count(); }",
            "time": "#include <ctime>\nlong F() { return time(nullptr); }",
            "rand": "#include <cstdlib>\nint F() { return rand(); }",
            "random device": "#include <random>\nunsigned F() { return std::random_device{}(); }",
            "file": "#include <fstream>\nbool F() { return std::ifstream(\"/etc/passwd\").good(); }",
            "C file": "#include <cstdio>\nvoid* F() { return fopen(\"x\", \"r\"); }",
            "thread": "#include <pthread.h>\nint F() { pthread_t t; return pthread_create(&t, nullptr, nullptr, nullptr); }",
            "mutex": "#include <mutex>\nstd::mutex m; void F() { m.lock(); }",
            "socket": "#include <sys/socket.h>\nint F() { return socket(1, 1, 0); }",
            "environment": "#include <cstdlib>\nchar* F() { return getenv(\"HOME\"); }",
            "locale": "#include <cctype>\nint F(int c) { return toupper(c); }",
            "stream": "#include <iostream>\nvoid F() { std::cout << 1; }",
            "string stream": "#include <sstream>\nstd::string F(int i) { std::ostringstream s; s << i; return s.str(); }",
            "unordered map": "#include <unordered_map>\nint F(int i) { std::unordered_map<int, int> m; m[i] = 1; return m.begin()->first; }",
            "floating point": "#include <cmath>\ndouble F(double d) { return std::pow(d, d); }",
            "interface to the world": "#include \"engine/base/parts.h\"\nusing namespace chancery;\n"
                                      "StatementId F(Entropy& e) { return NewStatementId(Instant{}, e); }",
            "another layer": "namespace chancery::crypto { int Sign(); }\nint F() { return chancery::crypto::Sign(); }",
        }
        for name, code in ways.items():
            with self.subTest(name):
                self.assertNotEqual([], self.judge(code))


class Includes(unittest.TestCase):
    """Design section 3: a layer may include what its add_layer line declares, and nothing else."""

    def judge(self, path, line):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / path).parent.mkdir(parents=True)
            (root / path).write_text(line + "\n", encoding="utf-8")
            return includes.check(root, LAYERS)[0]

    def test_declared_includes_pass(self):
        for path, line in [
            ("engine/procedure/step.cc", "#include \"engine/base/time.h\""),
            ("engine/procedure/step.cc", "#include <vector>"),
            ("engine/procedure/step.cc", "// a float would round, says <chrono>"),
            ("engine/codec/statement.cc", "#include \"chancery/act/v1/statement.pb.h\""),
            ("engine/crypto/seal.cc", "#include <openssl/cms.h>"),
            ("engine/ledger/merkle/tree.cc", "#include \"engine/crypto/sha256.h\""),
            ("engine/store/sqlite/store.cc", "#include <sqlite3.h>"),
            ("server/listener.cc", "#include <grpcpp/grpcpp.h>"),
            ("server/listener.cc", "#include \"chancery/act/v1/exchange.grpc.pb.h\""),
            ("audit/watch/watch.cc", "#include <grpcpp/grpcpp.h>"),
        ]:
            with self.subTest(path=path, line=line):
                self.assertEqual([], self.judge(path, line))

    def test_undeclared_includes_fail(self):
        for path, line in [
            ("engine/base/bytes.cc", "#include \"engine/procedure/step.h\""),
            ("engine/procedure/step.cc", "#include \"engine/codec/statement.h\""),
            ("engine/procedure/step.cc", "#include \"engine/base/parts.h\""),
            ("engine/procedure/step.cc", "#include \"engine/base/status.h\""),
            ("engine/procedure/step.cc", "#include <chrono>"),
            ("engine/procedure/step.cc", "#include <unordered_map>"),
            ("engine/procedure/step.cc", "#include <unistd.h>"),
            ("engine/procedure/step.cc", "#include \"absl/strings/str_cat.h\""),
            ("engine/procedure/step.cc", "  double share = 0;"),
            ("engine/procedure/step.cc", "thread_local int calls = 0;"),
            ("engine/ledger/merkle/tree.cc", "#include <mutex>"),
            ("engine/ledger/merkle/tree.cc", "#include \"engine/crypto/seal.h\""),
            ("engine/ledger/log.cc", "#include \"engine/store/store.h\""),
            ("engine/ledger/log.cc", "#include \"chancery/act/v1/statement.pb.h\""),
            ("engine/codec/statement.cc", "#include \"chancery/act/v1/exchange.grpc.pb.h\""),
            ("engine/crypto/seal.h", "#include <openssl/cms.h>"),
            ("engine/ledger/log.cc", "#include <openssl/sha.h>"),
            ("engine/crypto/seal.cc", "#include <sqlite3.h>"),
            ("engine/store/store.h", "#include <sqlite3.h>"),
            ("engine/store/store.cc", "#include <grpcpp/grpcpp.h>"),
            ("engine/store/store.cc", "#include <spdlog/spdlog.h>"),
            ("engine/store/store.cc", "#include <boost/asio.hpp>"),
            ("audit/verify.cc", "#include \"engine/store/store.h\""),
            ("audit/verify.cc", "#include \"audit/watch/watch.h\""),
            ("audit/verify.cc", "#include <grpcpp/grpcpp.h>"),
            ("server/listener.cc", "#include \"tests/support/fake.h\""),
            ("server/listener.cc", "#include <engine/base/time.h>"),
        ]:
            with self.subTest(path=path, line=line):
                self.assertNotEqual([], self.judge(path, line))

    def test_a_line_that_declares_more_than_the_blueprint_allows_fails(self):
        def row(name, folder, uses):
            return {"name": name, "folder": folder, "uses": uses, "links": []}
        self.assertEqual([], includes.declared(LAYERS))
        for layer in [row("audit", "audit", ["base", "store"]), row("drafting", "drafting", ["exchange"]),
                      row("procedure", "engine/procedure", ["base", "codec"]), row("ledger", "engine/ledger", ["proto"]),
                      row("exchange", "engine/exchange", ["rpc"]), row("extra", "engine/extra", [])]:
            with self.subTest(layer["name"]):
                self.assertEqual(1, len(includes.declared([layer])))
        self.assertEqual([], includes.declared([row("support", "tests/support", ["exchange"])]))

    def test_a_header_is_named_by_its_path_from_the_root(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "server").mkdir()
            (root / "server/a.h").write_text("", encoding="utf-8")
            (root / "server/b.cc").write_text("#include \"a.h\"\n", encoding="utf-8")
            self.assertEqual(1, len(includes.check(root, LAYERS)[0]))

    def test_a_source_starts_with_its_own_header(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "server").mkdir()
            (root / "server/a.h").write_text("", encoding="utf-8")
            for text, problems in [("// What it is.\n#include \"server/a.h\"\n\n#include <string>\n", 0),
                                   ("#include <string>\n#include \"server/a.h\"\n", 1), ("int nothing;\n", 1)]:
                (root / "server/a.cc").write_text(text, encoding="utf-8")
                self.assertEqual(problems, len(includes.check(root, LAYERS)[0]), text)


class Build(unittest.TestCase):
    """Style section 6: what one add_layer line makes stops a build that breaks it."""

    def build(self, files, *options):
        """(configured, built): a tree of its own with the project's functions and these files."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            good = {
                "CMakeLists.txt": "cmake_minimum_required(VERSION 3.25)\nproject(gates CXX)\n"
                                  f"list(APPEND CMAKE_MODULE_PATH {ROOT}/cmake)\ninclude(flags)\ninclude(layers)\n"
                                  "add_subdirectory(low)\nadd_subdirectory(side)\nadd_subdirectory(high)\n"
                                  "verify_tests_registered(${CMAKE_SOURCE_DIR}/tests)\n",
                "low/CMakeLists.txt": "add_layer(low)\n",
                "low/low.h": "#ifndef LOW_H_\n#define LOW_H_\nint Low();\n#endif\n",
                "low/low.cc": "#include \"low/low.h\"\nint Low() { return 1; }\n",
                "side/CMakeLists.txt": "add_layer(side)\n",
                "side/side.cc": "int Side();\nint Side() { return 2; }\n",
                "high/CMakeLists.txt": "add_layer(high USES low)\n",
                "high/high.cc": "#include \"low/low.h\"\nint High();\nint High() { return Low(); }\n",
            }
            for path, text in (good | files).items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            quiet = {"capture_output": True, "check": False}
            configured = subprocess.run(
                ["cmake", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={COMPILER}", *options, "-S", root, "-B", root / "build"],
                **quiet).returncode == 0
            built = configured and subprocess.run(
                ["cmake", "--build", root / "build", "--target", "layer_checks"], **quiet).returncode == 0
            return configured, built

    def test_a_sound_tree_builds(self):
        self.assertEqual((True, True), self.build({}))

    def test_a_header_that_needs_another_first_does_not_build(self):
        self.assertEqual((True, False), self.build({"low/needy.h": "#pragma once\nstd::string Needy();\n"}))

        with_source = {"low/needy.h": "#pragma once\nstd::string Needy();\n", "low/needy.cc": "#include \"low/needy.h\"\n"}
        self.assertEqual((True, False), self.build(with_source))

    def test_a_header_without_a_guard_does_not_build(self):
        self.assertEqual((True, False), self.build({"low/open.h": "struct Open {};\n"}))
        with_source = {"low/open.h": "struct Open {};\n", "low/open.cc": "#include \"low/open.h\"\n"}
        self.assertEqual((True, False), self.build(with_source))

    def test_an_undeclared_edge_does_not_link(self):
        self.assertEqual((True, False), self.build({
            "high/high.cc": "int Side();\nint High();\nint High() { return Side(); }\n"}))

    def test_a_layer_cannot_use_one_above_it(self):
        self.assertEqual((False, False), self.build({"low/CMakeLists.txt": "add_layer(low USES high)\n"}))

    def test_only_what_uses_grpc_is_left_out_without_it(self):
        edge = {"high/CMakeLists.txt": "add_layer(high USES low rpc)\nadd_program(top SOURCES main.cc USES high)\n"}
        self.assertEqual((False, False), self.build(edge))
        self.assertEqual((True, True), self.build(edge, "-DCHANCERY_ENGINE_ONLY=ON"))
        bad = {"low/open.h": "struct Open {};\n"}
        self.assertEqual((True, False), self.build(edge | bad, "-DCHANCERY_ENGINE_ONLY=ON"))

    def test_a_program_without_its_source_stops_the_configuration(self):
        program = {"high/CMakeLists.txt": "add_layer(high USES low)\nadd_program(top SOURCES main.cc USES high)\n"}
        self.assertEqual((False, False), self.build(program))
        self.assertEqual((True, True), self.build(program | {"high/main.cc": "int main() { return 0; }\n"}))

    def test_a_test_file_nobody_registered_stops_the_configuration(self):
        self.assertEqual((False, False), self.build({"tests/unit/low/low_test.cc": "int nothing;\n"}))


class Picture(unittest.TestCase):
    """Style section 6: the docs diagram comes from the add_layer lines, so it cannot lie."""

    def test_an_arrow_that_follows_from_others_is_left_out_of_the_picture(self):
        page = lib_layers.page(LAYERS)
        self.assertIn("  store --> ledger\n", page)
        self.assertNotIn("  store --> base\n", page)
        self.assertIn("| `engine/store` | `chancery_store` | base, ledger |", page)

    def test_another_use_is_another_page(self):
        changed = [dict(layer, uses=layer["uses"] + ["codec"]) if layer["name"] == "audit" else layer for layer in LAYERS]
        self.assertNotEqual(lib_layers.page(LAYERS), lib_layers.page(changed))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", default=COMPILER)
    known, rest = parser.parse_known_args()
    COMPILER = known.compiler
    unittest.main(argv=[sys.argv[0], *rest])
