/** Texts without tokens. The decryptor searches each for tokens, and each is costly in another way. */
import { randomBytes } from "node:crypto";
import { makePeople } from "./bodies.ts";

const byteCount = 8_000_000;

function repeat(make: (index: number) => string): string {
  const lines: string[] = [];
  for (let length = 0; length < byteCount; length += lines.at(-1)?.length ?? 0) lines.push(make(lines.length));
  return lines.join("");
}

const base64 = (): string => randomBytes((byteCount / 4) * 3).toString("base64");
const record = (index: number): string =>
  JSON.stringify({ ...makePeople(1)[0], id: index, path: "C:\\temp\\x", note: 'a "quoted" word & more' });

/** Functions that make texts of about 8 MB, by the names of the texts. */
export const textsWithoutTokens: Readonly<Record<string, () => string>> = {
  "log lines": () =>
    repeat(
      (index) =>
        `2026-11-24T10:00:00Z [INFO] GET /people/${index}?sort=name%20asc 200 {"colour":"#ffcc00"} ${record(index)}\n`,
    ),
  "JSON in JSON": () => repeat((index) => `${JSON.stringify({ message: record(index) })}\n`),
  "JSON in XML": () =>
    repeat(
      (index) => `<m>${record(index).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")}</m>\n`,
    ),
  "URLs in URLs": () =>
    repeat((index) => {
      const inner = `https://example.com/find?q=${encodeURIComponent(`item #${index} & more`)}&page=2`;
      return `GET /login?next=${encodeURIComponent(inner)} 302\n`;
    }),
  HTML: () =>
    repeat(
      (index) => `<li><a href="/a?b=${index}&amp;c=d#top">Item&nbsp;${index} &#35; &mdash; &quot;x&quot;</a></li>\n`,
    ),
  "a form": () => encodeURIComponent(repeat(record).slice(0, byteCount / 2)),
  base64,
  "base64 in lines": () => base64().replace(/.{76}/g, "$&\r\n"),
  "base64 of text, in records": () =>
    repeat((index) => `${JSON.stringify({ data: Buffer.from(record(index)).toString("base64") })}\n`),
  "hexadecimal digits": () => randomBytes(byteCount / 2).toString("hex"),
  "signs of markers": () => "#0 # #01 ".repeat(byteCount / 9),
  Chinese: () => repeat((index) => `用户在系统中注册了一个新的账户，并且提交了订单。${index}`),
};
