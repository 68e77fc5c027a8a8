"""The two generated tasks: one-line Python functions on strings, and sums of two-digit numbers in words.

Every problem has a key. A problem is held out if the SHA-256 of its key begins with a byte below HELD_OUT; training draws
only others. Problems that ask for the same thing in other words have the same key, and so have a + b and b + a.
"""

import hashlib
import json
import random
import re

# 26 of 256 problems are held out.
HELD_OUT = 26
END = "<|endoftext|>"

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def held_out(key):
    """Whether a problem is measured on and never trained on."""
    return hashlib.sha256(key.encode()).digest()[0] < HELD_OUT


def in_words(number):
    """Returns a number from 0 to 999 in words, such as "one hundred and five"."""
    if number < 20:
        return ONES.split()[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return TENS.split()[ten - 2] + (f"-{in_words(one)}" if one else "")
    hundred, rest = divmod(number, 100)
    return f"{in_words(hundred)} hundred" + (f" and {in_words(rest)}" if rest else "")


def sum_problem(rng):
    """Draws a sum or a difference of two numbers from 10 to 99; a difference is not negative."""
    a, b = rng.randint(10, 99), rng.randint(10, 99)
    sign = rng.choice(["plus", "minus"])
    if sign == "minus" and a < b:
        a, b = b, a
    result = a + b if sign == "plus" else a - b
    pair = sorted([in_words(a), in_words(b)]) if sign == "plus" else [in_words(a), in_words(b)]
    return {
        "key": f" {sign} ".join(pair),
        "prompt": f"Question: What is {in_words(a)} {sign} {in_words(b)}?\nAnswer:",
        "answer": f" {in_words(result)}",
    }


# Each step from a string to a string: its wordings, and the code after (or, with "{}", around) the code so far. N is a number
# from 2 to 6, W one from 6 to 12, X and Y are letters.
REPEAT = "({} * N)"
STEPS = [
    (["reverse it", "turn it around"], "[::-1]"),
    (["convert it to upper case", "make it upper case"], ".upper()"),
    (["convert it to lower case", "make it lower case"], ".lower()"),
    (["swap upper and lower case", "swap the case of every letter"], ".swapcase()"),
    (["capitalise the first letter", "make only the first letter upper case"], ".capitalize()"),
    (["strip spaces from both ends", "remove spaces at both ends"], ".strip()"),
    (["keep the first N characters", "take the first N characters"], "[:N]"),
    (["keep the last N characters", "take the last N characters"], "[-N:]"),
    (["drop the first N characters", "remove the first N characters"], "[N:]"),
    (["drop the last N characters", "remove the last N characters"], "[:-N]"),
    (["keep one of every N characters", "take one of every N characters"], "[::N]"),
    (["replace 'X' with 'Y'", "put 'Y' in place of 'X'"], ".replace('X', 'Y')"),
    (["remove every 'X'", "delete every 'X'"], ".replace('X', '')"),
    (["pad it on the left with 'X' to W characters"], ".rjust(W, 'X')"),
    (["pad it on the right with 'X' to W characters"], ".ljust(W, 'X')"),
    (["repeat it N times"], REPEAT),
    (["sort its characters", "put its characters in order"], "''.join(sorted({}))"),
]
# Each last step, to something that need not be a string.
LAST_STEPS = [
    (["count its characters", "return its length"], "len({})"),
    (["count 'X'", "return how often 'X' occurs"], ".count('X')"),
    (["find the position of 'X'", "return where 'X' first occurs"], ".find('X')"),
    (["split it at 'X'", "return the parts between 'X'"], ".split('X')"),
    (["tell whether it starts with 'X'", "check that it begins with 'X'"], ".startswith('X')"),
    (["tell whether it ends with 'X'", "check that it ends with 'X'"], ".endswith('X')"),
    (["tell whether it contains 'X'"], "'X' in {}"),
    (["list its characters"], "list({})"),
]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = "apple Banana cherry Delta echo foxtrot Golf hotel India juliet Kilo lima Mango november oscar Papa quebec Romeo sierra Tango".split()


def string_problem(rng):
    """Draws a function of one to three steps. The key is its body, whatever the wording."""
    steps = rng.sample(STEPS, rng.choice([1, 2, 2, 3]))
    if rng.random() < 0.4:
        steps[-1] = rng.choice(LAST_STEPS)
    phrases, code = [], "s"
    for wordings, template in steps:
        values = {
            "N": str(rng.randint(2, 6)),
            "W": str(rng.randint(6, 12)),
            **dict(zip("XY", rng.sample(LETTERS, 2))),
        }
        fill = lambda text: re.sub(r"\b[NWXY]\b", lambda found: values[found[0]], text)
        phrases.append(fill(rng.choice(wordings)))
        code = fill(template).replace("{}", code) if "{}" in template else code + fill(template)
    doc = ", then ".join(phrases)
    if steps[-1][1] == REPEAT:
        code = code[1:-1]
    return {
        "key": code,
        "prompt": f'def f(s):\n    """Take s, {doc}."""\n',
        "answer": f"    return {code}\n",
    }


PROBLEMS = {"strings": string_problem, "arithmetic": sum_problem}


def text_of(problem):
    """Returns a problem with its answer, as training and the measured text have it."""
    return problem["prompt"] + problem["answer"].rstrip("\n") + "\n" + END


def draws(kind, rng, held):
    """Yields problems without end, held out or not."""
    while True:
        problem = PROBLEMS[kind](rng)
        if held_out(problem["key"]) == held:
            yield problem


def distinct(kind, seed, held, count):
    """Returns so many problems with different keys."""
    found = {}
    for problem in draws(kind, random.Random(seed), held):
        found.setdefault(problem["key"], problem)
        if len(found) == count:
            return list(found.values())


def argument(rng, code):
    """Draws a string to call a function with: words, and letters that the function's code names."""
    parts = [rng.choice(WORDS) for _ in range(rng.randint(1, 3))]
    parts += [letter * rng.randint(1, 2) for letter in re.findall(r"'([a-z])'", code) if rng.random() < 0.7]
    rng.shuffle(parts)
    text = rng.choice(["", " "]).join(parts)
    return f"  {text} " if rng.random() < 0.3 else text


def telling_calls(problem, rng):
    """Returns six arguments and results that a function which returns its argument, or a constant, does not pass."""
    scope = {}
    exec(problem["prompt"] + problem["answer"], scope)
    for _ in range(200):
        arguments = [argument(rng, problem["key"]) for _ in range(6)]
        results = [scope["f"](text) for text in arguments]
        if any(result != results[0] for result in results) and results != arguments:
            return list(zip(arguments, results))
    return None


def string_tasks(seed, count):
    """Returns so many held-out problems in the form of HumanEval."""
    rng = random.Random(seed)
    tasks = []
    for problem in distinct("strings", seed, True, 2 * count):
        calls = telling_calls(problem, rng)
        if calls is None or len(tasks) == count:
            continue
        asserts = "".join(f"    assert candidate({text!r}) == {result!r}\n" for text, result in calls)
        tasks.append(
            {
                "task_id": f"strings/{len(tasks)}",
                "prompt": problem["prompt"],
                "entry_point": "f",
                "canonical_solution": problem["answer"],
                "test": f"def check(candidate):\n{asserts}",
            }
        )
    return tasks


def json_lines(items):
    """Returns items as JSON Lines."""
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
