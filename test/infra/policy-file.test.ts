/** Policy files: the line and column of every mistake, in `fieldseal check` and in what a build throws. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { checkPolicyFile, readPolicyFile } from "../../infra/policy-file.ts";
import { check } from "../../local/command/check.ts";
import type { Paint } from "../../local/command/command.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "01.pem"), readFileSync(resolve(import.meta.dirname, "../../policy/keys/01.pem")));
writeFileSync(join(folder, "none.pem"), "hello");

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/1";
const right = `{
  "version": 1,
  "otherwise": "refuse",
  "recipients": [
    { "id": "01", "keyArn": "${keyArn}", "publicKeyFile": "01.pem", "prefix": "#01#", "suffix": "#10#" }
  ],
  "rules": [
    { "path": "/people", "recipient": "01", "body": ["$.a", "$[\\"b\\"][?@.c == 1]"] }
  ]
}
`;

let files = 0;

function write(text: string): string {
  const file = join(folder, `policy-${++files}.json`);
  writeFileSync(file, text);
  return file;
}

/** Replaces what stands once. */
function change(from: string, to: string): string {
  expect(right.split(from)).toHaveLength(2);
  return right.replace(from, () => to);
}

describe("lines and columns", () => {
  test.each<readonly [why: string, from: string, to: string, line: number, column: number, reason: RegExp]>([
    ["an unknown setting, at its name", '"path"', '"pth": 1, "path"', 8, 7, /Did you mean "path"/],
    ["a wrong value, at the value", '"refuse"', '"refuze"', 3, 16, /Did you mean "refuse"/],
    ["a missing setting, at the object", '"path": "/people", ', "", 8, 5, /"path" is missing/],
    ["a selector, where it ends to be one", '"$.a"', '"$.a["', 8, 59, /expected a name/],
    ["behind escapes", "@.c == 1", "@.c = 1", 8, 76, /expected/],
    ["an empty slice, at the slice", "[?@.c == 1]", "[5:2]", 8, 71, /slice is always empty/],
    ["a marker", '"#10#"', '"#1#"', 5, 131, /4 to 16/],
    ["a key's file that is not there", '"01.pem"', '"02.pem"', 5, 93, /Cannot read the file/],
    ["a key's file without a key", '"01.pem"', '"none.pem"', 5, 93, /RSA public key/],
    [
      "a setting twice, at the second",
      '"otherwise": "refuse",',
      '"otherwise": "refuse",\n  "otherwise": "pass",',
      3,
      3,
      /twice\. Remove one/,
    ],
    ["a comma too many", '"refuse",', '"refuse",,', 3, 25, /not JSON/],
    ["a comma at the end", '"#10#" }', '"#10#", }', 5, 139, /Remove the comma before it/],
    ["a comment", '"version"', '// one\n  "version"', 2, 3, /no comments/],
    ["single quotes", '"refuse"', "'refuse'", 3, 16, /double quotes/],
    ["a comma too few", '"version": 1,', '"version": 1', 3, 3, /comma may be missing/],
    ["an end too early", "  ]\n}\n", "", 9, 1, /too early/],
  ])("%s", (_, from, to, line, column, reason) => {
    const file = write(change(from, to));
    expect(checkPolicyFile(file).issues).toEqual([
      expect.objectContaining({ line, column, severity: "error", reason: expect.stringMatching(reason) }),
    ]);
    expect(() => readPolicyFile(file)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`:${line}:${column}: `) }),
    );
  });

  test("several, in the order of the file", () => {
    const text = right
      .replace('"version": 1', '"version": 3')
      .replace('"$.a"', '"$.a", "$.a"')
      .replace('"#01#"', '"01"');
    expect(checkPolicyFile(write(text)).issues.map(({ line }) => line)).toEqual([2, 5, 8]);
  });

  test("a file that is not there", () => {
    expect(() => checkPolicyFile(join(folder, "none.json"))).toThrow(/Cannot read the file .*none\.json/);
  });
});

test("warnings build, and are told", () => {
  const told: string[] = [];
  const file = write(change('"$.a"', '"$.a", "$.a.b"'));
  expect(readPolicyFile(file, (warning) => told.push(warning)).rules).toHaveLength(1);
  expect(told).toEqual([
    expect.stringMatching(/^policy-\d+\.json:8:61: warning at \$\.rules\[0\]\.body\[1\]: This has no effect/),
  ]);
});

describe("fieldseal check", () => {
  const same = (text: string): string => text;
  const paint: Paint = { bold: same, good: same, bad: same, faint: same };

  async function run(
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly output: string; readonly told: string }> {
    const [output, told]: [string[], string[]] = [[], []];
    const terminal = {
      readInput: () => Promise.resolve(Buffer.alloc(0)),
      readChunks: async function* () {},
      writeChunk: () => Promise.resolve(),
      write: (text: string | Uint8Array) => output.push(String(text)),
      tell: (message: string) => told.push(message),
      showProgress: () => undefined,
      paint,
    };
    return { code: await check.run(args, terminal), output: output.join(""), told: told.join("\n") };
  }

  test.each<readonly [string, string, readonly string[], number, RegExp, RegExp]>([
    ["a right policy", right, [], 0, /is valid: 1 rule\(s\), 1 recipient\(s\)\n$/, /^$/],
    ["a doubtful one", change('"$.a"', '"$.a", "$.a.b"'), [], 0, /1 warning\(s\)\n$/, /:8:61: warning/],
    [
      "a doubtful one, strictly",
      change('"$.a"', '"$.a", "$.a.b"'),
      ["--strict"],
      1,
      /1 warning\(s\)\n$/,
      /:8:61: warning/,
    ],
    [
      "a wrong one",
      right.replace('"otherwise"', '"otherwize"').replace("/people", "people"),
      [],
      1,
      /not valid: 3 error\(s\)/,
      /otherwize[^]*people/,
    ],
    ["a wrong one as JSON", change("/people", "people"), ["--json"], 1, /"valid": false[^]*"line": 8/, /^$/],
  ])("%s", async (_, text, options, code, output, told) => {
    const result = await run(write(text), ...options);
    expect(result).toEqual({ code, output: expect.stringMatching(output), told: expect.stringMatching(told) });
  });

  test("no file named", async () => {
    await expect(run()).rejects.toThrow(TypeError);
  });
});
