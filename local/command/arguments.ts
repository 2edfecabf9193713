/** Arguments that several commands take: policies and sample requests. */
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { readPolicyFile } from "../../infra/policy-file.ts";
import type { Terminal } from "./command.ts";
import { resolveArgument } from "./files/argument-path.ts";
import { readInputWhole } from "./files/input-file.ts";
import { readSamples, type Sample } from "./samples/sample.ts";
import { readSentRequest } from "./samples/sent-request.ts";

/**
 * The compiled policy of a file that an argument names, with the public keys that it names. Throws `policy_invalid` or
 * `recipient_invalid`.
 */
export function readPolicy(file: string): CompiledPolicy {
  return readPolicyFile(resolveArgument(file));
}

/** The only argument of a command. Throws a TypeError, which names `what` is expected, unless there is exactly one. */
export function requireOne(args: readonly string[], what: string): string {
  const [first, ...others] = args;
  if (first === undefined || others.length > 0) throw new TypeError(`Expected one ${what}, got ${args.length}.`);
  return first;
}

/** The options of `parseArgs` from which a sample request is put together. */
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

/** What the help of a command says about samples. */
export const sampleHelp = `A sample is a file, or - for standard input, with
  a CloudFront origin-request event, or several, as JSON or one a line
  a HAR file, as browsers save it
  a raw HTTP/1.1 request
or a request put together from options:
  --method METHOD    GET, or POST where there is a body
  --path PATH        path and query
  --header LINE      "Name: value", as often as needed
  --body FILE        the body, or - for standard input`;

/**
 * The samples that arguments name: those of files, then the one that is put together from options. Throws a TypeError
 * where they name none, and `request_invalid` for a file that is no sample.
 */
export async function readSampleArguments(
  files: readonly string[],
  options: SampleOptions,
  terminal: Terminal,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const file of files) samples.push(...readSamples(await readInputWhole(file, terminal), file));
  const { method, path, header, body } = options;
  if (path !== undefined) {
    const content = body === undefined ? Buffer.alloc(0) : await readInputWhole(body, terminal);
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
