/** Arguments that several commands take: policies and sample requests. */
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { readPolicyFile } from "../../infra/policy-file.ts";
import type { Terminal } from "./command.ts";
import { resolveArgument } from "./files/argument-path.ts";
import { readInputWhole } from "./files/input-file.ts";
import { readSamples, type Sample } from "./samples/sample.ts";
import { readSentRequest } from "./samples/sent-request.ts";

/**
 * The compiled policy of the file that an argument names, with its public keys. Throws `policy_invalid` or
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

/** The options, for `parseArgs`, that describe a sample request. */
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

/** The part of a command's help that describes samples. */
export const sampleHelp = `A sample is a file, or - for standard input, with
  a CloudFront origin-request event, or several, as JSON or one a line
  a HAR file, as browsers save it
  a raw HTTP/1.1 request
or a request that these options describe:
  --method METHOD    default: POST with a body, else GET
  --path PATH        path and query
  --header LINE      "Name: value"; may be repeated
  --body FILE        the body, or - for standard input`;

/**
 * The samples that arguments name: those of files, then the one that options describe. Throws a TypeError if there is
 * none, and `request_invalid` for a file that holds none.
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
    throw new TypeError("--method, --header and --body also need --path.");
  }
  if (samples.length === 0) throw new TypeError("Expected at least one sample: a file, -, or --path.");
  return samples;
}

function parseHeader(line: string): readonly [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new TypeError('--header must have the form "Name: value".');
  return [name, value];
}
