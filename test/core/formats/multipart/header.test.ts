import { describe, expect, test } from "@jest/globals";
import { readDisposition, readFields, readHeader } from "../../../../core/formats/multipart/header.ts";
import { describeError } from "../../../support/codec.ts";

test.each<[why: string, header: string, expected: readonly (readonly [string, string])[] | string]>([
  [
    "names in lower case, values trimmed",
    "A:  x \t\r\nb:y",
    [
      ["a", "x"],
      ["b", "y"],
    ],
  ],
  ["a name twice", "a:x\r\nA:y", "body_ambiguous@7"],
  ["a folded line", "a:x\r\n y", "body_ambiguous@7"],
  ["a colon in a value", "a:x:y", [["a", "x:y"]]],
  ["a long name", "Abc-D:", [["abc-d", ""]]],
  ["no name", ":x", "body_ambiguous@7"],
  ["a blank in a name", "x a:y", "body_ambiguous@7"],
  ["no colon", "a", "body_ambiguous@7"],
  ["a blank before the colon", "a :x", "body_ambiguous@7"],
  ["a NUL", "a:x\u0000", "body_ambiguous@7"],
  ["a lone LF", "a:x\ny", "body_ambiguous@7"],
  ["no field", "", "body_ambiguous@7"],
])("%s", (_, header, expected) => {
  expect(describeError(() => [...readFields(header, 7)])).toEqual(expected);
});

test.each<[why: string, value: string, expected: readonly unknown[] | string]>([
  ["a name", 'form-data; name="a"', ["a", 27, false]],
  ["without quotes", "form-data; name=a", ["a", 26, false]],
  ["UTF-8", 'form-data; name="\xc3\xa9"', ["é", 27, false]],
  ["a file", 'form-data; name="a"; filename="f"', ["a", 27, true]],
  ["a file's other name", "form-data; filename*=UTF-8''f; name=a", ["a", 46, true]],
  ["no name", "form-data", "body_ambiguous@10"],
  ["another disposition", 'attachment; name="a"', "body_ambiguous@10"],
  ["a name twice", 'form-data; name="a"; name="b"', "body_ambiguous@10"],
  ["a name in another one", 'form-data; name="a"; filename="x;name=b"', "body_ambiguous@10"],
  ["a name in parts", 'form-data; name*0="a"', "body_ambiguous@10"],
  ["an extended name", "form-data; name*=UTF-8''a", "body_ambiguous@10"],
  ["an escape in the name", 'form-data; name="a\\"b"', "body_ambiguous@10"],
  ["a control character in the name", 'form-data; name="a\tb"', "body_ambiguous@10"],
  ["an encoded word", 'form-data; name="=?utf-8?q?a?="', "body_ambiguous@10"],
  ["not UTF-8", 'form-data; name="\xff"', "body_ambiguous@10"],
  ["text after the quotes", 'form-data; name="a"b', "body_ambiguous@10"],
  ["without a blank", "form-data;name=a", ["a", 25, false]],
  ["blanks and tabs", "form-data \t; \t name=a \t; \tx=1", ["a", 30, false]],
  ["a name of two characters", 'form-data; name="ab"; filename="a\\b"', ["ab", 27, true]],
  ["an escaped quote in another parameter", 'form-data; name="a"; filename="a\\"b"', "body_ambiguous@10"],
  ["an empty name", 'form-data; name=""', ["", 27, false]],
  ["a backslash in another parameter", 'form-data; name="a"; x="\\a"', ["a", 27, false]],
  ["another disposition that holds it", 'x-form-data; name="a"', "body_ambiguous@10"],
  ["a name with blanks in another one", 'form-data; name="a"; filename="x; name \t= b"', "body_ambiguous@10"],
  ["an extended name in another one", 'form-data; name="a"; filename="x; name * = b"', "body_ambiguous@10"],
  ["a word like a name in another one", 'form-data; name="a"; filename="names=b"', ["a", 27, true]],
  ["a file's name in a file's name", 'form-data; name="a"; filename="filename=b"', ["a", 27, true]],
  ["a parameter twice", 'form-data; name="a"; x=1; X=2', "body_ambiguous@10"],
])("%s", (_, value, expected) => {
  const read = (): readonly unknown[] => {
    const { name, file } = readDisposition(value, 10);
    return [name.text, name.start, file];
  };
  expect(describeError(read)).toEqual(expected);
});

describe("texts of header fields", () => {
  const read = (header: string): string[] =>
    [...readHeader(header, 0, header.length)].map(({ text, start }) => `${start}:${text}`);

  test.each([
    ["whole lines", 'A: "x"\r\nB: y', ['0:A: "x"', "8:B: y"]],
    [
      "of a disposition what is quoted, and between",
      'Content-Disposition: form-data; name="a"; filename="f"',
      ["0:Content-Disposition: form-data; name=", "38:a", "40:; filename=", "52:f"],
    ],
    ["nothing", "", []],
    ["a field that names the disposition", 'X: content-disposition: "a"', ['0:X: content-disposition: "a"']],
    [
      "an escaped quote",
      'Content-Disposition: form-data; name="a\\"b"; x=c',
      ["0:Content-Disposition: form-data; name=", '38:a\\"b', "43:; x=c"],
    ],
    ["several lines", "A: b\r\nC: d\r\nE: f", ["0:A: b", "6:C: d", "12:E: f"]],
  ])("%s", (_, header, texts) => {
    expect(read(header)).toEqual(texts);
  });

  test("only up to the end", () => {
    const texts = [...readHeader("A: b\r\nC: d\r\n\r\nE", 0, 12)].map(({ text, end }) => [text, end]);
    expect(texts).toEqual([
      ["A: b", 4],
      ["C: d", 10],
    ]);
    expect([...readHeader("A: bcd\r\n", 0, 4)].map(({ text }) => text)).toEqual(["A: b"]);
  });

  test("bytes that are not UTF-8 are refused", () => {
    expect(() => read("A: \xff")).toThrow(expect.objectContaining({ code: "body_not_utf8", facts: { offset: 0 } }));
  });

  test("within quotes, quotes and line ends are escaped; without quotes, nothing can be written", () => {
    const header = 'Content-Disposition: form-data; name="a"';
    const [plain, quoted] = readHeader(header, 0, header.length);
    expect(quoted?.encode('x"\r\né')).toBe("x%22%0D%0A\xc3\xa9");
    expect(() => plain?.encode("x")).toThrow(expect.objectContaining({ code: "value_unwritable" }));
  });
});
