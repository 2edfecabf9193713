/**
 * Random documents of every format, with canaries, pass through the edge and back. Mutated ones are protected or
 * refused.
 */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodePercent } from "../../core/text/percent.ts";
import { callEdge, makeEvent, makePolicy, openTokens } from "../support/edge.ts";

const canary = "CANARY";
const policy = makePolicy([{ name: "all", fields: ["secret"], body: ["$..hidden"], token: "sealed" }]);

const text = fc
  .array(
    fc.constantFrom(
      "a",
      "Z",
      " ",
      "é",
      "世",
      "🌍",
      "&",
      "<",
      ">",
      '"',
      "'",
      "=",
      ";",
      ",",
      "\n",
      "%",
      "+",
      "#",
      "\\",
      "]]>",
      "-",
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));
const secretText = text.map((around) => `${around}${canary}${around}`);
const plainName = fc.constantFrom("a", "b", "c-d", "e_f");

interface Sample {
  readonly contentType: string;
  readonly body: string;
  /** The values that readers of the format get, in order. */
  readonly read: (body: string) => unknown;
}

const member = fc.oneof(fc.tuple(plainName, text), fc.tuple(fc.constant("secret"), secretText));
const members = fc.array(member, { minLength: 1, maxLength: 6 });

const json = members.map(
  (list): Sample => ({
    contentType: "application/json",
    body: `{${list.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(" ,")}}`,
    read: (body) => body,
  }),
);
const ndjson = fc.array(members, { minLength: 1, maxLength: 4 }).map(
  (lines): Sample => ({
    contentType: "application/x-ndjson",
    body: lines.map((list) => JSON.stringify({ list: list.map(([name, value]) => ({ [name]: value })) })).join("\n"),
    read: (body) => body,
  }),
);
const form = members.map(
  (list): Sample => ({
    contentType: "application/x-www-form-urlencoded",
    body: list.map(([name, value]) => `${name}=${encodePercent(value).replaceAll("%20", "+")}`).join("&"),
    read: (body) => [...new URLSearchParams(body)],
  }),
);
const writePart = ([name, value]: readonly [string, string]): string =>
  `--bnd\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const multipart = members.map(
  (list): Sample => ({
    contentType: "multipart/form-data; boundary=bnd",
    body: `${list.map(writePart).join("")}--bnd--`,
    read: (body) => body,
  }),
);
const escapeXml = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&#60;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
/** XML reads an unescaped line end in an attribute as a space. */
const escapeAttribute = (value: string): string => escapeXml(value).replaceAll("\n", "&#10;");
const unescapeXml = (value: string): string =>
  value
    .replaceAll("&#60;", "<")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#10;", "\n")
    .replaceAll("&amp;", "&");
const writeElement = ([name, value]: readonly [string, string]): string =>
  `<${name}>${escapeXml(value)}</${name}><x ${name}="${escapeAttribute(value)}"/>`;
const xml = members.map(
  (list): Sample => ({
    contentType: "text/xml",
    body: `<root>${list.map(writeElement).join("\n")}</root>`,
    read: unescapeXml,
  }),
);
const csv = fc.array(fc.tuple(secretText, text, text), { minLength: 1, maxLength: 5 }).map((rows): Sample => {
  // A backslash before a quote is refused: to some readers it is an escape.
  const cell = (value: string): string => `"${value.replaceAll("\\", "/").replaceAll('"', '""')}"`;
  return {
    contentType: "text/csv",
    body: `secret,a,b\r\n${rows.map((row) => row.map(cell).join(",")).join("\r\n")}`,
    read: (body) => body,
  };
});

const samples = { json, ndjson, form, multipart, xml, csv };

async function send({ contentType, body }: { readonly contentType: string; readonly body: string | Buffer }) {
  return callEdge(policy, makeEvent({ body, headers: { "content-type": contentType } }));
}

describe.each(Object.entries(samples))("%s", (_, sample) => {
  test("is protected and restored", async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(sample, async (given) => {
        const { contentType, body, read } = given;
        const answer = await send(given);
        expect(answer.code).toBeUndefined();
        expect(answer.body).not.toContain(canary);
        expect(answer.lines.join()).not.toContain(canary);
        if (answer.body !== body) changed++;
        const opened = await openTokens({ body: answer.body, contentType });
        expect(read(opened.body)).toEqual(read(body));
        expect(opened.opened).toBe(opened.found);
      }),
      { numRuns: 120 },
    );
    expect(changed).toBeGreaterThan(20);
  });

  test("with mutations is protected or refused with a code, and no message quotes it", async () => {
    const mutation = fc.tuple(
      fc.nat(),
      fc.nat(3),
      fc.constantFrom(
        "",
        "<",
        ">",
        '"',
        "'",
        "&",
        "%",
        "=",
        ";",
        "\r",
        "\n",
        "\r\n",
        "\u0000",
        "#01#",
        "{",
        "}",
        "[",
        ",",
        "--bnd",
        "<!--",
        "]]>",
        "\\",
        "\ufeff",
        "é",
      ),
    );
    await fc.assert(
      fc.asyncProperty(sample, mutation, async (given, [at, length, inserted]) => {
        const place = at % (given.body.length + 1);
        const body = given.body.slice(0, place) + inserted + given.body.slice(place + length);
        const { status, code, lines, result } = await send({ contentType: given.contentType, body });
        if (status !== undefined) {
          expect(code).not.toBe("internal_error");
          expect(JSON.stringify(result)).not.toContain(canary);
        }
        expect(lines.join()).not.toContain(canary);
      }),
      { numRuns: 300 },
    );
  });

  test("cut off, or with bytes that are not UTF-8, never causes an internal error", async () => {
    await fc.assert(
      fc.asyncProperty(sample, fc.nat(), fc.nat(255), async (given, at, byte) => {
        const bytes = Buffer.from(given.body);
        bytes[at % bytes.length] = byte;
        for (const body of [bytes, bytes.subarray(0, at % bytes.length)]) {
          const { code, lines } = await send({ contentType: given.contentType, body });
          expect(code).not.toBe("internal_error");
          expect(lines.join()).not.toContain(canary);
        }
      }),
      { numRuns: 150 },
    );
  });
});
