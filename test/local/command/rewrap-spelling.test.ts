/**
 * Tokens move in the spelling that a system gave them, and all other bytes stay.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { DecryptCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Decryptor, makeDirect, makeSealed, openDecryptor } from "../../support/decryptor.ts";
import { makeFolder } from "../../support/policy-files.ts";
import { runFieldseal } from "../../support/terminal.ts";

const folder = makeFolder();
let decryptor: Decryptor;
let reader: string;

beforeAll(async () => {
  decryptor = await openDecryptor();
  const endpoint = await decryptor.client.config.endpoint?.();
  process.env["AWS_ENDPOINT_URL_KMS"] = `http://${endpoint?.hostname}:${endpoint?.port}`;
  const recipients = decryptor.recipients.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix }));
  reader = folder.write("reader.json", JSON.stringify({ reader: "mover", recipients, open: [] }));
});

afterAll(async () => {
  delete process.env["AWS_ENDPOINT_URL_KMS"];
  folder.remove();
  await decryptor.close();
});

interface Spelling {
  readonly name: string;
  readonly type?: string;
  readonly write: (token: string) => string | Buffer;
  /** The token in the text again. */
  readonly read: (text: Buffer) => string;
}

const wrap = (text: string, width: number, end: string): string =>
  text.replace(new RegExp(`(.{${width}})(?=.)`, "gs"), `$1${end}`);
const between = (text: string, before: string, behind: string): string => {
  expect([text.startsWith(before), text.endsWith(behind)]).toEqual([true, true]);
  return text.slice(before.length, text.length - behind.length);
};
const text =
  (before: string, behind: string, decode: (spelt: string) => string): Spelling["read"] =>
  (bytes) =>
    decode(between(bytes.toString("utf8"), before, behind));
const same = (spelt: string): string => spelt;
const fromJson = (spelt: string): string => String(JSON.parse(`"${spelt}"`));
const unquote = (spelt: string): string => spelt.replace(/=\r\n/g, "").replaceAll("=3D", "=");

const spellings: readonly Spelling[] = [
  { name: "as it is", write: (token) => `α ${token} ω\r\n`, read: text("α ", " ω\r\n", same) },
  {
    name: "JSON, with other escapes beside it",
    type: "json",
    write: (token) => `{ "\\u0061":1.0,"s":"x\\/${token}\\u00e9" }`,
    read: text('{ "\\u0061":1.0,"s":"x\\/', '\\u00e9" }', same),
  },
  {
    name: "PHP's JSON",
    type: "json",
    write: (token) => `{"s":"${token.replaceAll("/", "\\/")}"}`,
    read: text('{"s":"', '"}', fromJson),
  },
  {
    name: "JSON with escapes for punctuation",
    type: "json",
    write: (token) => `{"s":"a ${token.replace(/[+#]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)}"}`,
    read: text('{"s":"a ', '"}', fromJson),
  },
  {
    name: "JSON in JSON in JSON",
    type: "ndjson",
    write: (token) => `${JSON.stringify({ a: JSON.stringify({ b: JSON.stringify([token]) }) })}\n`,
    read: (bytes) => JSON.parse(JSON.parse(JSON.parse(bytes.toString()).a).b)[0],
  },
  {
    name: "a URL",
    write: (token) => `GET /?q=${encodeURIComponent(token)}&x=%2f HTTP/1.1`,
    read: text("GET /?q=", "&x=%2f HTTP/1.1", decodeURIComponent),
  },
  {
    name: "a URL in a URL",
    write: (token) => `?u=${encodeURIComponent(encodeURIComponent(token))}`,
    read: text("?u=", "", (spelt) => decodeURIComponent(decodeURIComponent(spelt))),
  },
  {
    name: "a form",
    type: "form",
    write: (token) => `a=1+2&b=${encodeURIComponent(token)}&c=%7e`,
    read: text("a=1+2&b=", "&c=%7e", decodeURIComponent),
  },
  {
    name: "entities",
    write: (token) => `<p>&#233; ${token.replaceAll("#", "&#35;").replaceAll("+", "&#x2B;")}</p>`,
    read: text("<p>&#233; ", "</p>", (spelt) => spelt.replaceAll("&#35;", "#").replaceAll("&#x2B;", "+")),
  },
  {
    name: "XML",
    type: "xml",
    write: (token) => `<a b='1'>\n<c>${token}</c><!-- - --></a>`,
    read: text("<a b='1'>\n<c>", "</c><!-- - --></a>", same),
  },
  {
    name: "quoted CSV",
    type: "csv",
    write: (token) => `h,i\r\n"a ""b""\n${token}",2\r\n\r\n`,
    read: text('h,i\r\n"a ""b""\n', '",2\r\n\r\n', same),
  },
  {
    name: "lines of 64",
    write: (token) => `\n${wrap(token, 64, "\n")}\n`,
    read: text("\n", "\n", (spelt) => spelt.replaceAll("\n", "")),
  },
  {
    name: "lines of 76 that begin in the middle of one",
    type: "text",
    write: (token) => wrap(`Subject: ${token}`, 76, "\r\n"),
    read: text("Subject: ", "", (spelt) => spelt.replaceAll("\r\n", "")),
  },
  {
    name: "indented lines",
    type: "text",
    write: (token) => `k:\n  ${wrap(token, 60, "\n  ")}\nend`,
    read: text("k:\n  ", "\nend", (spelt) => spelt.replaceAll("\n  ", "")),
  },
  {
    name: "quoted-printable",
    type: "text",
    write: (token) => `${wrap(token.replaceAll("=", "=3D"), 75, "=\r\n").replace(/=(=\r\n)3D/g, "$1=3D")}\r\n`,
    read: text("", "\r\n", unquote),
  },
  {
    name: "base64 of JSON",
    type: "json",
    write: (token) => JSON.stringify({ data: Buffer.from(`{"s":"${token}"}\n`).toString("base64") }),
    read: (bytes) => JSON.parse(Buffer.from(JSON.parse(bytes.toString()).data, "base64").toString()).s,
  },
  {
    name: "gzip in base64",
    type: "json",
    write: (token) => JSON.stringify({ awslogs: { data: gzipSync(`{"message":"${token}"}`).toString("base64") } }),
    read: (bytes) =>
      JSON.parse(gunzipSync(Buffer.from(JSON.parse(bytes.toString()).awslogs.data, "base64")).toString()).message,
  },
  {
    name: "gzip",
    type: "ndjson",
    write: (token) => gzipSync(`["${token}"]\n`),
    read: (bytes) => JSON.parse(gunzipSync(bytes).toString())[0],
  },
  {
    name: "a log line with JSON",
    write: (token) => `2026-01-01T00:00:00Z INFO {"body":"{\\"s\\":\\"${token}\\"}"} #end`,
    read: text('2026-01-01T00:00:00Z INFO {"body":"{\\"s\\":\\"', '\\"}"} #end', same),
  },
];

const kinds = ["direct", "sealed"] as const;

test.each(spellings.flatMap((spelling) => kinds.map((kind) => ({ ...spelling, kind }))))(
  "$kind, $name",
  async ({ type, write, read, kind }) => {
    const [one, two] = decryptor.recipients;
    const args = [
      "rewrap",
      "--reader",
      reader,
      "--from",
      "01",
      "--to",
      "02",
      ...(type === undefined ? [] : ["--type", type]),
    ];
    const run = async (): Promise<{ readonly token: string; readonly bytes: Buffer; readonly moved: string }> => {
      const token = kind === "direct" ? makeDirect(one, "Zoë") : makeSealed(one, '"Zoë"', "name");
      const { code, bytes, messages } = await runFieldseal(args, { input: write(token) });
      expect([code, messages]).toEqual([
        0,
        expect.stringContaining(kind === "direct" ? "1 direct and 0 sealed" : "0 direct and 1 sealed"),
      ]);
      return { token, bytes, moved: read(bytes) };
    };
    // One base64 text of two hundred has no plus sign: nothing shows how one is spelt.
    const hasAll = (text: string): boolean => kind === "sealed" || (text.includes("+") && text.includes("/"));
    let { token, bytes, moved } = await run();
    while (!hasAll(token) || !hasAll(moved)) ({ token, bytes, moved } = await run());
    expect([moved.startsWith(two.prefix), moved.endsWith(two.suffix), moved.length]).toEqual([
      true,
      true,
      token.length,
    ]);
    const again = write(moved);
    if (Buffer.isBuffer(again)) expect(gunzipSync(bytes)).toEqual(gunzipSync(again));
    else expect(bytes.toString("utf8")).toBe(again);
    if (kind === "sealed") expect(moved.split(".").slice(2, 4)).toEqual(token.split(".").slice(2, 4));
    const ciphertext = Buffer.from(
      moved
        .slice(two.prefix.length, -two.suffix.length)
        .split(".")
        .at(kind === "direct" ? 0 : 1) ?? "",
      "base64",
    );
    const { Plaintext } = await decryptor.client.send(
      new DecryptCommand({ KeyId: two.keyArn, CiphertextBlob: ciphertext, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" }),
    );
    if (kind === "direct") expect(Buffer.from(Plaintext ?? []).toString("utf8")).toBe("Zoë");
    else expect(Plaintext).toHaveLength(32);
  },
);

test.each([
  {
    name: "HTML",
    write: (token: string) => `<p>${token.replaceAll("#", "&#35;")}`,
    restored: "<p>&#60;b&#62;&#38;&#34;&#10;",
  },
  { name: "a URL", write: (token: string) => `?a=${encodeURIComponent(token)}&b=`, restored: "?a=%3Cb%3E%26%22%0A&b=" },
  {
    name: "text with JSON's escapes",
    write: (token: string) => `x = "${token.replaceAll("#", "\\u0023")}"`,
    restored: 'x = "<b>&\\"\\n"',
  },
  {
    name: "text with solidi escaped alone",
    write: (token: string) => `x = "${token.replaceAll("/", "\\/").replaceAll("+", "\\u002b")}"`,
    restored: 'x = "<b>&\\"\\n"',
  },
  {
    name: "a URL in HTML",
    write: (token: string) => `<a href="?${encodeURIComponent(token).replaceAll("%", "&#37;")}">`,
    restored: '<a href="?&#37;3Cb&#37;3E&#37;26&#37;22&#37;0A">',
  },
])("in $name a hostile value is restored as before its token moved", async ({ write, restored }) => {
  const text = write(makeDirect(decryptor.recipients[0], '<b>&"\n'));
  const { output } = await runFieldseal(["rewrap", "--reader", reader, "--from", "01", "--to", "02"], { input: text });
  expect(output).not.toBe(text);
  for (const body of [text, output]) {
    const { result } = await decryptor.call({ body, contentType: "text/plain" });
    expect(String(result["body"]).replaceAll("&#37;", "%")).toBe(restored.replaceAll("&#37;", "%"));
  }
});
