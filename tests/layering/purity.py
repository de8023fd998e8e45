#!/usr/bin/env python3
"""Shows from the symbols of compiled objects that code is a function of its arguments.

    purity.py OBJECT...           every undefined symbol must be on the list below
    --allow NAMESPACE::NAME       what else is itself pure, by the beginning of its name

Exit 0: pure. Exit 1: each refused symbol is named with what it would bring in. Exit 2: usage.
The list says what is allowed, so that a clock, file, socket, thread, random source, locale or environment nobody thought
of is refused too.
"""
import argparse
import re
import subprocess
import sys

# Mangled names. Containers and strings, memory, exceptions of the containers, run-time support of the language.
ALLOWED = [
    r"_ZNK?St7__cxx1112basic_stringI",       # std::string
    r"_ZNK?Ss",                              # its old form, as instantiated in the library
    r"_ZNKSt17basic_string_viewI",
    r"_ZSt\d+__throw_",                      # std::__throw_length_error and the like
    r"_ZSt2[01]__throw_bad_",
    r"_ZSt24__throw_out_of_range_fmt",
    r"_ZSt18_Rb_tree_\w+",                   # std::map and std::set
    r"_ZSt2[89]_Rb_tree_\w+",
    r"_ZNSt8__detail15_List_node_base",
    r"_ZNSt15__exception_ptr",
    r"_ZNK?St\d+(bad_|logic_error|length_error|out_of_range|runtime_error|exception)",
    r"_ZNK?St9exception",
    r"_ZT[IVS]St\d+(bad_|exception|logic_error|length_error|out_of_range)",
    r"_ZTVN10__cxxabiv1",
    r"_ZSt9terminatev$",
    r"_ZSt21__glibcxx_assert_fail",
    r"_ZSt7nothrow",
    r"_Zn[wa]m", r"_Zd[la]Pv",               # operator new and delete
    r"__cxa_", r"__gxx_personality_v0$", r"_Unwind_Resume$", r"__dso_handle$", r"_GLOBAL_OFFSET_TABLE_$",
    r"(__)?(memcpy|memmove|memset|memcmp|memchr|bcmp|strlen)(_chk)?$",
    r"strcmp$",                              # comparing type names, as std::function does
    r"__libc_single_threaded$",              # std::shared_ptr asks whether counting must be atomic
    r"_ZNK?SaI",                             # std::allocator
    r"__assert_fail$",                       # a failed assert ends the process, like a check
    r"__(popcount|clz|ctz|u?div|u?mod|mul)[dst]i[234]$",  # whole-number arithmetic of the compiler
    r"__stack_chk_(fail|guard)$",
    r"__(asan|ubsan|tsan|sanitizer|gcov)_", r"_ZN11__sanitizer",
]
# Values of engine/base: free functions and value types directly in namespace chancery. Its interfaces to the outside
# world (Clock, Entropy, Events and what takes one) are not values.
BASE_VALUE = re.compile(r"chancery::(?!Clock\b|Entropy\b|Events\b|NewStatementId\b)[A-Z]\w*(\[abi:\w+\])?(<|::|\()")

WHY = [
    (r"chrono|clock|gettimeofday|^time$|mktime|gmtime|localtime", "a clock: time is a value handed in"),
    (r"fstream|fopen|^open|^read$|^write$|filesystem|stat", "a file"),
    (r"ostream|istream|ios_base|iostream|printf|puts", "a stream"),
    (r"socket|connect|send|recv", "a socket"),
    (r"pthread|thread|mutex|condition_variable|future", "a thread or a lock"),
    (r"random|^s?rand|getrandom|arc4", "randomness"),
    (r"locale|setlocale|toupper|tolower|isalpha", "a locale"),
    (r"getenv|secure_getenv", "the environment"),
    (r"_Hash|_Prime_rehash", "an unordered container: its order is nobody's promise"),
    (r"^(pow|exp|log|sqrt|floor|ceil|round|sin|cos|strto[df]|ato)", "floating point"),
    (r"__tls_get_addr", "state kept between calls"),
]


def symbols(objects):
    """(undefined, defined) mangled names over all the objects together."""
    read = subprocess.run(["nm", "--format=posix", *objects], check=False, capture_output=True, text=True)
    if read.returncode != 0:
        sys.exit(f"purity.py: build first: {read.stderr.strip()}")
    text = read.stdout
    undefined, defined = set(), set()
    for line in text.splitlines():
        parts = line.split()
        if len(parts) < 2 or line.endswith(":"):
            continue
        name, kind = parts[0], parts[1]
        # Weak references ("w", "v") have no definition here either; "V" and "W" are definitions.
        (undefined if kind in {"U", "w", "v"} else defined).add(name)
    return undefined - defined, defined


def demangle(names):
    text = subprocess.run(["c++filt"], input="\n".join(names), check=True, capture_output=True, text=True).stdout
    return text.splitlines()


def refused(objects, allow):
    undefined, defined = symbols(objects)
    if not defined:
        return ["no symbol was read: are these object files?"]
    allowed = re.compile("|".join(f"(?:{pattern})" for pattern in ALLOWED))
    names = sorted(name for name in undefined if not allowed.match(name))
    problems = []
    for name, plain in zip(names, demangle(names)):
        ours = re.sub(r"^(?:typeinfo|vtable) for ", "", plain)
        ours = re.sub(r"\babsl::(debian|lts_)\d+::", "absl::", ours)  # the library's own name for its release
        if BASE_VALUE.match(ours + "(") or any(ours.startswith(one) for one in allow):
            continue
        why = next((why for pattern, why in WHY if re.search(pattern, name)), "not on the list of pure symbols")
        problems.append(f"{plain}: {why}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--allow", action="append", default=[])
    parser.add_argument("objects", nargs="+")
    arguments = parser.parse_args()
    problems = refused(arguments.objects, arguments.allow)
    for problem in problems:
        print(problem)
    print(f"{len(arguments.objects)} objects, {len(problems)} refused symbols")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
