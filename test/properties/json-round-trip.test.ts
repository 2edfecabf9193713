/**
 * Laws for every JSON body: only sensitive bytes change, everything comes back, and nothing sensitive is left.
 */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { scanTokens } from "../../core/token/grammar.ts";
import { callEdge, keys, makeEvent, makePolicy, openTokens } from "../support/edge.ts";

const canary = "CANARY";
const policy = makePolicy([
  { name: "sealed", token: "sealed", body: ["$..secret", "$..['~^']"] },
  { name: "auto", body: ["$[*].auto", "$..auto[0]"] },
  { name: "labelled", label: "a.b", contentKey: "field", body: ["$..labelled"] },
]);

const space = fc.constantFrom("", "", " ", "\n", "\t\r\n ");
const character = fc.constantFrom(
  "a",
  "Z",
  "0",
  "é",
  "世",
  "🌍",
  '\\"',
  "\\\\",
  "\\/",
  "\\n",
  "\\u0041",
  "\\u00e9",
  "\\ud83c\\udf0d",
  "\\ud800",
  "\\u0000",
  "\u007f",
  "{",
  "]",
  ":",
);
const string = fc.array(character, { maxLength: 6 }).map((parts) => `"${parts.join("")}"`);
const scalar = fc.oneof(
  string,
  fc.constantFrom("1.0", "12345678901234567890", "-0", "1E+2", "0.10", "1e-400", "true", "false", "null", '""'),
);
const name = fc.oneof(
  string,
  fc.constantFrom('"secret"', '"s\\u0065cret"', '"auto"', '"labelled"', '"~^"', '"__proto__"', '""', '"a.b"'),
);
const { text } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc
      .tuple(space, fc.array(tie("text"), { maxLength: 4 }))
      .map(([blank, items]) => `[${blank}${items.join(`${blank},`)}${blank}]`),
    fc
      .tuple(space, fc.array(fc.tuple(name, tie("text")), { maxLength: 5 }))
      .map(
        ([blank, members]) =>
          `{${blank}${members.map(([key, value]) => `${key}${blank}:${value}${blank}`).join(",")}${blank}}`,
      ),
  ),
}));

test("restore(protect(body)) is body, and every byte outside the tokens is the body's", async () => {
  let protectedBodies = 0;
  await fc.assert(
    fc.asyncProperty(space, text, async (blank, value) => {
      const body = `${blank}${value}${blank}`;
      const answer = await callEdge(policy, makeEvent({ body }));
      expect(answer.status).toBeUndefined();
      if (answer.body !== body) protectedBodies++;
      const { body: restored, found, opened } = await openTokens({ body: answer.body });
      expect(restored).toBe(body);
      expect(opened).toBe(found);
      let rest = body;
      let done = 0;
      for (const { start, end } of scanTokens(answer.body, keys)) {
        const before = answer.body.slice(done, start - 1);
        expect(rest.startsWith(before)).toBe(true);
        rest = rest.slice(before.length);
        done = end + 1;
        const after = answer.body.slice(done, answer.body.indexOf("#01#", done) - 1);
        rest = rest.slice(rest.indexOf(after));
      }
    }),
    { numRuns: 400 },
  );
  expect(protectedBodies).toBeGreaterThan(50);
});

test("a canary at a selected place is in no output, no log line and no refusal", async () => {
  const mutations = fc.tuple(fc.nat(), fc.constantFrom("", "", "", "{", '"', "}", "\\", ",", "#01#", "\u0000"));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom('"secret"', '"s\\u0065cret"', '"~^"', '"labelled"'),
      mutations,
      async (value, selected, [at, by]) => {
        const whole = `[${value},{${selected}:["${canary}",{"x":"${canary}"}],"auto":"${canary}"},${value}]`;
        const place = at % whole.length;
        const { result, lines } = await callEdge(
          policy,
          makeEvent({ body: whole.slice(0, place) + by + whole.slice(place) }),
        );
        const seen = JSON.stringify(result);
        const decoded = [...seen.matchAll(/"data":"([^"]*)"/g)]
          .map(([, data]) => Buffer.from(data ?? "", "base64").toString())
          .join();
        // An insertion may rename or end the very member that the selector names: then the body is another one.
        if (by === "") expect(decoded).not.toContain(canary);
        if (Object(result).status !== undefined) expect(seen).not.toContain(canary);
        expect(lines.join()).not.toContain(canary);
      },
    ),
    { numRuns: 400 },
  );
});
