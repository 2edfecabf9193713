/** Labels that a token must have at its place, in every format. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { openCaller } from "../support/caller.ts";
import { makeDirect, makeSealed } from "../support/decryptor.ts";

const caller = openCaller();

describe("expected labels", () => {
  const labels = { "$.people[*].ssn": "ssn", card: "pan", "owner.name": "owner" };
  const part = (name: string, value: string): string =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--\r\n`;
  const seal = (label: string | undefined): string => makeSealed(caller.decryptor.recipients[0], '"1"', label);

  test.each<[why: string, contentType: string | undefined, body: () => string, code: string | undefined]>([
    ["right", "application/json", () => `{"people":[{"ssn":"${seal("ssn")}"}]}`, undefined],
    ["another label", "application/json", () => `{"people":[{"ssn":"${seal("pan")}"}]}`, "label_mismatch"],
    ["no label", "application/json", () => `{"people":[{"ssn":"${seal(undefined)}"}]}`, "label_mismatch"],
    [
      "a direct token",
      "application/json",
      () => `{"people":[{"ssn":"${makeDirect(caller.decryptor.recipients[0], "1")}"}]}`,
      "label_mismatch",
    ],
    ["in a longer string", "application/json", () => `{"people":[{"ssn":"x ${seal("pan")}"}]}`, "label_mismatch"],
    ["within the field", "application/json", () => `{"people":[{"ssn":{"a":["${seal("pan")}"]}}]}`, "label_mismatch"],
    [
      "in a JSON text within it",
      "application/json",
      () => JSON.stringify({ people: [{ ssn: JSON.stringify({ x: seal("pan") }) }] }),
      "label_mismatch",
    ],
    ["another place", "application/json", () => `{"ssn":"${seal("pan")}"}`, undefined],
    ["a name", "application/json", () => `{"a":[{"card":"${seal("ssn")}"}]}`, "label_mismatch"],
    [
      "NDJSON",
      "application/x-ndjson",
      () => `{"people":[]}\n{"people":[{"ssn":"${seal("pan")}"}]}\n`,
      "label_mismatch",
    ],
    [
      "NDJSON, right",
      "application/x-ndjson",
      () => `{"people":[]}\n{"people":[{"ssn":"${seal("ssn")}"}]}\n`,
      undefined,
    ],
    ["no content type", undefined, () => `{"people":[{"ssn":"${seal("pan")}"}]}`, "label_mismatch"],
    ["a log line", undefined, () => `INFO {"people":[{"ssn":"${seal("pan")}"}]}`, "label_mismatch"],
    [
      "JSON in JSON",
      "application/json",
      () => JSON.stringify({ message: `{"people":[{"ssn":"${seal("pan")}"}]}` }),
      "label_mismatch",
    ],
    [
      "JSON in JSON, right",
      "application/json",
      () => JSON.stringify({ message: `{"people":[{"ssn":"${seal("ssn")}"}]}` }),
      undefined,
    ],
    [
      "JSON in JSON, another place",
      "application/json",
      () => JSON.stringify({ people: `{"ssn":"${seal("pan")}"}` }),
      undefined,
    ],
    [
      "JSON in JSON with other escapes",
      "application/json",
      () => `{"m":"\\u007b\\"people\\":[{\\"ssn\\":\\"${seal("pan")}\\"}]}"}`,
      "label_mismatch",
    ],
    [
      "a log line in JSON",
      "application/json",
      () => JSON.stringify({ message: `INFO {"people":[{"ssn":"${seal("pan")}"}]}` }),
      "label_mismatch",
    ],
    ["JSON in CSV", "text/csv", () => `id,d\n1,"{""people"":[{""ssn"":""${seal("pan")}""}]}"\n`, "label_mismatch"],
    [
      "JSON in a form, by its path",
      "application/x-www-form-urlencoded",
      () => `x=${encodeURIComponent(`{"people":[{"ssn":"${seal("pan")}"}]}`)}`,
      "label_mismatch",
    ],
    [
      "JSON in a part",
      "multipart/form-data; boundary=b",
      () =>
        part("d", `{"people":[{"ssn":"${seal("pan")}"}]}`).replace(
          "\r\n\r\n",
          "\r\nContent-Type: application/json\r\n\r\n",
        ),
      "label_mismatch",
    ],
    [
      "base64 in the place",
      "application/json",
      () => `{"people":[{"ssn":"${Buffer.from(`x ${seal("pan")}`).toString("base64")}"}]}`,
      "label_mismatch",
    ],
    [
      "base64 in the place, right",
      "application/json",
      () => `{"people":[{"ssn":"${Buffer.from(`x ${seal("ssn")}`).toString("base64")}"}]}`,
      undefined,
    ],
    [
      "gzip in a field",
      "application/json",
      () => `{"card":["${gzipSync(JSON.stringify({ a: seal("ssn") })).toString("base64")}"]}`,
      "label_mismatch",
    ],
    [
      "base64 twice in a field of a form",
      "application/x-www-form-urlencoded",
      () => `card=${encodeURIComponent(Buffer.from(Buffer.from(seal("ssn")).toString("base64")).toString("base64"))}`,
      "label_mismatch",
    ],
    [
      "a form",
      "application/x-www-form-urlencoded",
      () => `user[card]=${encodeURIComponent(seal("ssn"))}`,
      "label_mismatch",
    ],
    ["a form, right", "application/x-www-form-urlencoded", () => `card=${encodeURIComponent(seal("pan"))}`, undefined],
    ["CSV", "text/csv", () => `id,card\r\n1,${seal("ssn")}\r\n`, "label_mismatch"],
    ["CSV, another column", "text/csv", () => `id,card\r\n${seal("ssn")},1\r\n`, undefined],
    ["XML", "text/xml", () => `<a><card>${seal("ssn")}</card></a>`, "label_mismatch"],
    ["an attribute", "text/xml", () => `<a card="${seal("ssn")}"/>`, "label_mismatch"],
    ["multipart", "multipart/form-data; boundary=b", () => part("card", seal("ssn")), "label_mismatch"],
    ["multipart, right", "multipart/form-data; boundary=b", () => part("card", seal("pan")), undefined],
    ["multipart, another part", "multipart/form-data; boundary=b", () => part("other", seal("ssn")), undefined],
    [
      "JSON in a form",
      "application/x-www-form-urlencoded",
      () => `x=${encodeURIComponent(`{"card":"${seal("ssn")}"}`)}`,
      "label_mismatch",
    ],
    [
      "JSON in the field of a form",
      "application/x-www-form-urlencoded",
      () => `card=${encodeURIComponent(`{"x":["${seal("ssn")}"]}`)}`,
      "label_mismatch",
    ],
    ["a path of names in JSON", "application/json", () => `{"owner":{"name":"${seal("pan")}"}}`, "label_mismatch"],
    [
      "a path of names in JSON, right",
      "application/json",
      () => `{"owner":{"name":"${seal("owner")}"},"name":"${seal("pan")}"}`,
      undefined,
    ],
    [
      "a path of names in a form",
      "application/x-www-form-urlencoded",
      () => `owner[name]=${encodeURIComponent(seal("pan"))}`,
      "label_mismatch",
    ],
    ["a path of names in XML", "text/xml", () => `<a><owner><name>${seal("pan")}</name></owner></a>`, "label_mismatch"],
    ["an escaped name", "application/json", () => `{"c\\u0061rd":"${seal("ssn")}"}`, "label_mismatch"],
    [
      "a direct token in a form",
      "application/x-www-form-urlencoded",
      () => `card=${encodeURIComponent(makeDirect(caller.decryptor.recipients[0], "1"))}`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, by the last name of the path",
      undefined,
      () => `INFO {"people":[{"ssn":"${seal("pan")}","x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, right",
      undefined,
      () => `INFO {"people":[{"ssn":"${seal("ssn")}","x":"${seal("x")}","y":"`,
      undefined,
    ],
    ["JSON that is cut off, by name", undefined, () => `{"card":"${seal("ssn")}","x":"`, "label_mismatch"],
    [
      "JSON that is cut off, by a path of names",
      undefined,
      () => `{"owner":{"a":{},"name":"${seal("ssn")}","x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, within the field",
      undefined,
      () => `{"people":[{"ssn":{"a":[{"b":"${seal("pan")}"}]},"x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, below the field",
      undefined,
      () => `{"card":{"a":[{"b":"${seal("ssn")}","x":"`,
      "label_mismatch",
    ],
    [
      "JSON that is cut off, behind the field",
      undefined,
      () => `{"card":{"a":1},"b":["${seal("ssn")}"],"x":"`,
      undefined,
    ],
    ["JSON without its beginning", undefined, () => `s","c\\u0061rd" : "${seal("ssn")}"}`, "label_mismatch"],
    [
      "JSON without its beginning, by the last name of the path",
      undefined,
      () => `1,"ssn":{"a":"${seal("pan")}"}}`,
      "label_mismatch",
    ],
    ["JSON that is cut off in the string", undefined, () => `{"card":"${seal("ssn")}`, "label_mismatch"],
    ["JSON in JSON that is cut off", undefined, () => `{"m":"{\\"ssn\\": \\"x ${seal("pan")}\\",\\"`, "label_mismatch"],
    [
      "JSON in an attribute of HTML",
      "text/html",
      () => `<p data-x="{&quot;a&quot;:1,&quot;card&quot;:&quot;${seal("ssn")}&quot;}">`,
      "label_mismatch",
    ],
    [
      "JSON in an attribute of HTML, right",
      "text/html",
      () => `<p data-x="{&quot;card&quot;:&quot;${seal("pan")}&quot;,&quot;a&quot;:&quot;${seal("a")}&quot;}">`,
      undefined,
    ],
    [
      "JSON in a URL in text",
      undefined,
      () => `GET /?q=${encodeURIComponent(`{"card": "${seal("ssn")}"}`)} HTTP/1.1`,
      "label_mismatch",
    ],
    [
      "base64 in the place, of JSON that is cut off",
      undefined,
      () => `{"card":"${Buffer.from(`x ${seal("ssn")}`).toString("base64")}","x":"`,
      "label_mismatch",
    ],
    [
      "two places, one wrong",
      "application/x-ndjson",
      () => `{"card":"${seal("pan")}"}\n{"card":"${seal("pan")}${seal("ssn")}"}\n`,
      "label_mismatch",
    ],
  ])("%s", async (_, contentType, body, code) => {
    const { error } = await caller.decryptor.call(
      { body: body(), ...(contentType === undefined ? {} : { contentType }) },
      { expect: labels },
    );
    expect(error).toBe(code);
  });

  test("a token that is not authentic is told as that", async () => {
    const token = seal("pan").replace(/.(~01~)$/, (end) =>
      end.startsWith("A") ? `Q${end.slice(1)}` : `A${end.slice(1)}`,
    );
    expect((await caller.decryptor.call({ body: `{"card":"${token}"}` }, { expect: labels })).error).toMatch(/^token_/);
  });

  test.each([
    { why: "items", item: '"#01#AAAAAAAAAAAAAAAAAAAA"' },
    { why: "members", item: '{"x":"#01#AAAAAAAAAAAAAAAAAAAA"}' },
    { why: "cut off", item: '{"x":"#01#AAAAAAAAAAAAAAAAAAAA"}', end: "" },
  ])(
    "many tokens within many fields, which would take a minute if each looked for each name from where it stands: $why",
    async ({ item, end = "}".repeat(980) }) => {
      const body = `${'{"a":'.repeat(980)}[${Array(8_000).fill(item).join()}]${end}`;
      const { result } = await caller.decryptor.call(
        { body, ...(end === "" ? {} : { contentType: "application/json" }), onFailure: "keep" },
        { expect: labels },
      );
      expect(result).toMatchObject({ found: 8_000, opened: 0 });
    },
    20_000,
  );

  test("kept where it stands, if asked for", async () => {
    const body = `{"card":"${seal("ssn")}","x":"${seal("ssn")}"}`;
    const { result } = await caller.decryptor.call({ body, onFailure: "keep" }, { expect: labels });
    expect(result).toMatchObject({ opened: 1, failed: [{ offset: 8, code: "label_mismatch" }] });
  });
});
