import { expect, test } from "@jest/globals";
import { Lexer, LineMap, ScriptError, stringBytes } from "../../spec-tests/lexer.ts";

function tokens(source: string): string[] {
  const found: string[] = [];
  for (const lexer = new Lexer(source); !lexer.at("end"); lexer.next()) found.push(lexer.text());
  return found;
}

test.each([
  ["(a b)c", ["(", "a", "b", ")", "c"]],
  ["a ;; b\nc", ["a", "c"]],
  ["a ;; b\rc", ["a", "c"]],
  ["a (; b (; c ;) ;; d ;) e", ["a", "e"]],
  ["(;;) (;;;) a", ["a"]],
  ['("a;b" "(;" "\\"")', ["(", '"a;b"', '"(;"', '"\\""', ")"]],
  ['a"b"c', ["a", '"b"', "c"]],
  ['(@custom "x" (a) ) b', ["b"]],
  ["(@a (@b) ;; )\n , ] ) (c)", ["(", "c", ")"]],
  ["$id=0x1p-3;;", ["$id=0x1p-3"]],
  ["", []],
])("tokens of %j", (source, expected) => {
  expect(tokens(source)).toEqual(expected);
});

test.each([
  ['\n"abc', 2, "unclosed string"],
  ['"abc\n"', 1, "unclosed string"],
  ["a\n\n(; (; ;)", 3, "unclosed comment"],
  ["\n(@a (b)", 2, "unclosed annotation"],
])("%j fails on line %i: %s", (source, line, message) => {
  try {
    tokens(source);
  } catch (error) {
    expect(error).toBeInstanceOf(ScriptError);
    expect(error).toMatchObject({ line, message: `${message} (at line ${line})` });
    return;
  }
  throw new Error("the source has tokens");
});

test("skips a list with everything in it", () => {
  const source = '(a (b ")" (; ) ;) (@c )) ) d';
  const lexer = new Lexer(source);
  expect(source.slice(0, lexer.skipList())).toBe('(a (b ")" (; ) ;) (@c )) )');
  expect(lexer.text()).toBe("d");
});

test.each([
  ['"abc"', [0x61, 0x62, 0x63]],
  ['"\\t\\n\\r\\"\\\'\\\\"', [9, 10, 13, 34, 39, 92]],
  ['"\\00\\ff\\7F"', [0, 0xff, 0x7f]],
  ['"\\u{20ac}\\u{1_f600}"', [0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]],
  ['"\u20ac"', [0xe2, 0x82, 0xac]],
  ['"a\\00€b"', [0x61, 0, 0xe2, 0x82, 0xac, 0x62]],
])("bytes of %s", (literal, expected) => {
  expect([...stringBytes(literal)]).toEqual(expected);
});

test("maps offsets to lines", () => {
  const lines = new LineMap("a\nbc\n\nd");
  expect([0, 1, 2, 4, 5, 6].map((offset) => lines.lineOf(offset))).toEqual([1, 1, 2, 2, 3, 4]);
});
