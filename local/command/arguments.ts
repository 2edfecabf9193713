/** Arguments that several commands take: policies and sample requests. */
import { readFileSync } from "node:fs";
import { FieldsealError } from "../../core/errors.ts";
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { readPolicyFile } from "../../infra/policy-file.ts";
import type { Terminal } from "./command.ts";
import { resolveArgument } from "./paths.ts";
import { readSamples, readSentRequest, type Sample } from "./sample.ts";

export function readPolicy(file: string): CompiledPolicy {
  return readPolicyFile(resolveArgument(file));
}

/** The content of a file, or of standard input for `-`. Throws `request_invalid` where there is none. */
export async function readInputFile(file: string, { readInput }: Pick<Terminal, "readInput">): Promise<Buffer> {
  if (file === "-") return await readInput();
  try {
    return readFileSync(resolveArgument(file));
  } catch {
    throw new FieldsealError("request_invalid", { reason: `The file ${file} cannot be read.` });
  }
}

export const sampleOptions = {
  method: { type: "string" },
  path: { type: "string" },
  header: { type: "string", multiple: true },
  body: { type: "string" },
} as const;

interface SampleOptions {
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly body?: string | undefined;
}

export const sampleHelp = `A sample is a file, or - for standard input, with
  a CloudFront origin-request event, or several, as JSON or one a line
  a HAR file, as browsers save it
  a raw HTTP/1.1 request
or a request put together from options:
  --method METHOD    GET, or POST where there is a body
  --path PATH        path and query
  --header LINE      "Name: value", as often as needed
  --body FILE        the body, or - for standard input`;

/** The samples that arguments name. Throws a TypeError where they name none. */
export async function readSampleArguments(
  files: readonly string[],
  options: SampleOptions,
  terminal: Terminal,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const file of files) samples.push(...readSamples(await readInputFile(file, terminal), file));
  const { method, path, header, body } = options;
  if (path !== undefined) {
    const content = body === undefined ? Buffer.alloc(0) : await readInputFile(body, terminal);
    const request = readSentRequest({
      method: method ?? (body === undefined ? "GET" : "POST"),
      target: path.startsWith("/") ? path : `/${path}`,
      headers: (header ?? []).map(parseHeader),
      body: content,
    });
    samples.push({ name: "options", request });
  } else if (method !== undefined || header !== undefined || body !== undefined) {
    throw new TypeError("A request put together from options needs --path.");
  }
  if (samples.length === 0) throw new TypeError("Name at least one sample.");
  return samples;
}

function parseHeader(line: string): readonly [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new TypeError('A header is written "Name: value".');
  return [name, value];
}
