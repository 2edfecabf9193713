import { afterAll, describe, expect, test } from "@jest/globals";
import { makeFolder } from "../../support/policy-files.ts";
import { runFieldseal } from "../../support/terminal.ts";

const folder = makeFolder();
afterAll(folder.remove);

let cases = 0;

const body = '{"a":"1","b":{"c":"2","d":true},"mail":"to ada@example.com or bob@example.com"}';

interface Settings {
  readonly http?: string;
  readonly before?: object;
  readonly after?: object;
}

async function diff(before: readonly object[], after: readonly object[], settings: Settings = {}) {
  cases++;
  const http = settings.http ?? `POST /people?q=1 HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${body}`;
  const { code, output } = await runFieldseal([
    "diff",
    folder.writePolicy(`old-${cases}.json`, before, settings.before),
    folder.writePolicy(`new-${cases}.json`, after, settings.after),
    folder.write(`sample-${cases}.http`, http),
    "--json",
  ]);
  const { lost, samples } = JSON.parse(output);
  const changes: readonly { readonly kind: string; readonly path?: string }[] = samples[0].changes;
  return { code, lost, changes: changes.map(({ kind, path }) => (path === undefined ? kind : `${kind} ${path}`)) };
}

describe("nothing is lost: exit code 0", () => {
  test.each<[string, readonly object[], readonly object[], readonly string[], Settings?]>([
    ["the same", [{ body: ["$.a"] }], [{ body: ["$['a']"] }], []],
    ["more", [{ body: ["$.a"] }], [{ body: ["$.a", "$.b.c"] }], ["gained $.b.c"]],
    ["more of a field", [{ detect: ["email"] }], [{ body: ["$.mail"] }], ["gained $.mail"]],
    ["the same within a larger value", [{ body: ["$.b.c", "$.b.d"], token: "sealed" }], [{ body: ["$.b"] }], []],
    ["another recipient", [{ body: ["$.a"] }], [{ body: ["$.a"], recipient: "02" }], ["recipient $.a"]],
    ["another kind of token", [{ body: ["$.a"] }], [{ body: ["$.a"], token: "sealed" }], ["token $.a"]],
    ["a selector instead of a detector", [{ body: ["$.mail"] }], [{ fields: ["mail"] }], []],
    ["refused", [{ body: ["$.a"] }], [{ body: [{ select: "$.z", required: true }] }], ["refused"]],
    ["accepted, and protected", [{ body: ["$.b"], token: "direct" }], [{ body: ["$.b"] }], ["accepted"]],
    [
      "refused for another reason",
      [{ body: ["$.b"], token: "direct" }],
      [{ body: [{ select: "$.z", required: true }] }],
      ["code"],
    ],
    ["refused as before", [{ body: ["$.b"], token: "direct" }], [{ body: ["$.b"], token: "direct" }], []],
    ["a query parameter", [{ body: ["$.a"] }], [{ body: ["$.a"], query: ["q"] }], ["gained q"]],
  ])("%s", async (_, before, after, changes, settings = {}) => {
    expect(await diff(before, after, settings)).toEqual({ code: 0, lost: 0, changes });
  });
});

describe("protection is lost: exit code 1", () => {
  test.each<[string, readonly object[], readonly object[], readonly string[], Settings?]>([
    ["a field", [{ body: ["$.a", "$.b.c"] }], [{ body: ["$.a"] }], ["lost $.b.c"]],
    ["a field of a larger value", [{ body: ["$.b"] }], [{ body: ["$.b.c"], token: "sealed" }], ["lost $.b.d"]],
    ["a part of a field", [{ body: ["$.mail"] }], [{ detect: ["email"] }], ["lost $.mail"]],
    [
      "one of two parts",
      [{ detect: ["email"] }],
      [{ detect: [{ detector: "email", allow: ["bob@example.com"] }] }],
      ["lost $.mail"],
    ],
    ["one field, and another gained", [{ body: ["$.a"] }], [{ body: ["$.b.c"] }], ["lost $.a", "gained $.b.c"]],
    ["to report mode", [{ body: ["$.a"] }], [{ body: ["$.a"], mode: "report" }], ["lost $.a"]],
    ["to another path", [{ body: ["$.a"] }], [{ body: ["$.a"], path: "/persons" }], ["lost $.a"]],
    ["a query parameter", [{ query: ["q"] }], [{ body: ["$.none"] }], ["lost q"]],
    [
      "accepted, with nothing protected",
      [{ body: ["$.a"], path: "/x" }],
      [{ body: ["$.a"], path: "/x" }],
      ["accepted", "lost"],
      { before: { otherwise: "refuse" } },
    ],
    [
      "a number",
      [{ body: ["$[*]"] }],
      [{ body: ["$[0]"] }],
      ["lost $[1]"],
      { http: "POST /people HTTP/1.1\r\nContent-Type: application/json\r\n\r\n[1,2]" },
    ],
    [
      "an empty text",
      [{ body: ["$.x"] }],
      [{ body: ["$.y"] }],
      ["lost $.x"],
      { http: 'POST /people HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"x":""}' },
    ],
    [
      "a whole file",
      [{ fields: ["f"] }],
      [{ fields: ["g"] }],
      ["lost f"],
      {
        http:
          "POST /people HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n" +
          '--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n\u0000\u0001\r\n--b--',
      },
    ],
  ])("%s", async (_, before, after, changes, settings = {}) => {
    expect(await diff(before, after, settings)).toEqual({ code: 1, lost: 1, changes });
  });
});

test("as text, with equal changes of list elements on one line", async () => {
  const http = folder.write(
    "many.http",
    `POST /people HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${JSON.stringify([{ a: 1 }, { a: 2 }, { a: 3 }])}`,
  );
  const { code, output } = await runFieldseal([
    "diff",
    folder.writePolicy("text-old.json", [{ name: "r", body: ["$[*].a"] }]),
    folder.writePolicy("text-new.json", [{ name: "r", body: ["$[*].b"] }]),
    http,
  ]);
  expect(code).toBe(1);
  expect(output).toBe(
    [
      http,
      "  body $[*].a (3×) loses protection: sealed token for 01 (rule r, selector $[*].a) → in clear",
      "3 field(s) or request(s) lose protection. 1 sample(s).\n",
    ].join("\n"),
  );
});
