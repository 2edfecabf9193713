import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "@jest/globals";
import { listen } from "../../local/listen.ts";
import { parseCanary, runCanary } from "../../watch/canary.ts";

const settings = { body: '[{"ssn":"{{canary}}"}]', prefixes: ["#01#"] };
let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

/** A distribution that answers each request's body with `answer`. */
async function run(
  answer: (body: string) => string,
  restore: (text: string) => string,
  status = 200,
  readBack = false,
) {
  let last = "";
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      if (body !== "") last = body;
      response.writeHead(status).end(request.url === "/stored" || !readBack ? answer(last) : "{}");
    });
  });
  const listening = await listen(server, { part: "canary", host: undefined, port: 0 });
  close = () => listening.close();
  const lines: string[] = [];
  const canary = parseCanary({
    ...settings,
    url: listening.url,
    ...(readBack ? { readUrl: `${listening.url}/stored` } : {}),
  });
  const ok = await runCanary(canary, "n", {
    fetch,
    restore: (text) => Promise.resolve(restore(text)),
    log: (line) => lines.push(line),
  });
  return { ok, line: JSON.parse(lines[0] ?? "null"), lines };
}

const seal = (body: string): string =>
  body.replace(
    /"(fieldseal-canary-[^"]*)"/,
    (_, value: string) => `"#01#${Buffer.from(value).toString("base64")}#10#"`,
  );
const open = (text: string): string =>
  text.replace(/#01#(.*)#10#/, (_, value: string) => Buffer.from(value, "base64").toString());

test.each([
  ["tokens, restored", seal, open, 200, false, 1, "ok"],
  ["tokens, read back elsewhere", seal, open, 200, true, 1, "ok"],
  ["plaintext at the origin", (body: string) => body, open, 200, false, 0, "the origin saw plaintext"],
  ["plaintext beside tokens", (body: string) => body + seal(body), open, 200, false, 0, "the origin saw plaintext"],
  ["nothing stored", () => "{}", open, 200, false, 0, "the origin shows no token"],
  ["not restored", seal, (text: string) => text, 200, false, 0, "the reader did not restore the value"],
  ["refused", seal, open, 400, false, 0, "the distribution answered 400"],
  [
    "a reader that fails",
    seal,
    () => {
      throw new RangeError("secret");
    },
    200,
    false,
    0,
    "failed (RangeError)",
  ],
] as const)("%s", async (_, answer, restore, status, readBack, metric, says) => {
  const { ok, line, lines } = await run(answer, restore, status, readBack);
  expect(ok).toBe(metric === 1);
  expect(line).toMatchObject({ canary: metric, says });
  expect(lines.join()).not.toMatch(/fieldseal-canary|#01#|secret/);
});

test("a body without the mark is refused", () => {
  expect(() => parseCanary({ ...settings, url: "https://a.example", body: "{}" })).toThrow(/\{\{canary\}\}/);
});
