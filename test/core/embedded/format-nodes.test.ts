import { describe, expect, test } from "@jest/globals";
import { attemptNodes, readNodes } from "../../../core/embedded/format-nodes.ts";
import { FieldsealError } from "../../../core/errors.ts";
import type { Format } from "../../../core/rule/formats.ts";

const options = { depth: 3, annotate: undefined };

test.each<[format: Format, text: string, texts: readonly string[]]>([
  ["json", '{"a":[1,"b"]}', ["a", "1", "b"]],
  ["ndjson", '["a"]\n["b"]\n', ["a", "b"]],
  ["form", "a=b%20c&d", ["a", "b c", "d"]],
  ["csv", 'a;b\n1;"2"\n', ["a", "b", "1", "2"]],
  ["xml", '<a b="c">d</a>', ["c", "d"]],
  ["text", "a b", ["a b"]],
])("%s", (format, text, texts) => {
  const nodes = readNodes(text, format, options);
  const read = (): readonly string[] => [...nodes()].map((node) => node.text);
  expect([read(), read()]).toEqual([texts, texts]);
});

test("a form in parts, by its boundary, and a part that is left as it is", () => {
  const text = ["a", "b"]
    .map(
      (content) =>
        `--x\r\nContent-Disposition: form-data; name="n"\r\nContent-Type: application/json\r\n\r\n["${content}"]\r\n`,
    )
    .join("");
  const nodes = readNodes(`${text}--x--`, "multipart", options, {
    mediaType: { essence: "multipart/form-data", parameters: new Map([["boundary", "x"]]) },
    tokens: { isWhole: (part) => part === '["b"]', mayHold: () => true },
  });
  const texts = [...nodes()].map((node) => node.text);
  expect(texts.filter((each) => /^(?:\["[ab]"\]|[ab])$/.test(each))).toEqual(["a", '["b"]']);
});

describe("where a text is not of a format", () => {
  test.each<[why: string, format: Format, text: string, code: string]>([
    ["malformed", "json", '{"a"', "body_malformed"],
    ["too deep", "json", "[[[[1]]]]", "too_deep"],
    ["too deep", "xml", "<a><a><a><a>b</a></a></a></a>", "too_deep"],
  ])("%s: %s", (_, format, text, code) => {
    const nodes = attemptNodes(text, format, options);
    expect(nodes).toBeInstanceOf(FieldsealError);
    expect(nodes).toMatchObject({ code });
    expect(() => readNodes(text, format, options)).toThrow(expect.objectContaining({ code }));
  });
});

test("nodes of JSON are annotated, also those of JSON in strings", () => {
  const seen: string[] = [];
  const nodes = readNodes('{"a":"{\\"b\\":1}"}', "json", {
    depth: 3,
    annotate: {
      document: function* (document, own) {
        seen.push(document.text);
        for (const node of own) yield { ...node, labels: [...(node.labels ?? []), document.text.slice(0, 4)] };
      },
      fragment: (node) => node,
    },
  });
  expect([...nodes()].map(({ text, labels }) => [text, labels])).toEqual([
    ["a", ['{"a"']],
    ["b", ['{"b"', '{"a"']],
    ["1", ['{"b"', '{"a"']],
  ]);
  expect(seen).toEqual(['{"a":"{\\"b\\":1}"}', '{"b":1}']);
});
