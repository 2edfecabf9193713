/** Measures the edge for each format: the handler's time relative to a well-known parser's on the same body. */
import { parse as parseCsv } from "csv-parse/sync";
import { XMLParser } from "fast-xml-parser";
import { allModules } from "../core/policy/all-modules.ts";
import { loadPolicy } from "../core/policy/policy.ts";
import { compilePolicy } from "../core/policy-check/check-policy.ts";
import { createHandler } from "../edge/handler.ts";
import type { BenchKey } from "./edge-bundle.ts";
import { makeEvent } from "./event.ts";
import { formatLines, formatMs, formatRatio, type Line } from "./report-lines.ts";
import { measureRounds, timeOf } from "./rounds.ts";

interface Sample {
  readonly format: string;
  readonly contentType: string;
  readonly parser: string;
  readonly parse: (body: string) => unknown;
  readonly start: string;
  readonly row: (index: number) => string;
  readonly end: string;
}

/** The row with the protected value. */
const hasSecret = (index: number): boolean => index === 6;
const secretOf = (index: number): string => (hasSecret(index) ? "078-05-1120" : "");
const nameOf = (index: number, other: string): string => (hasSecret(index) ? "ssn" : other);

const jsonRow = (index: number): string => {
  const secret = hasSecret(index) ? ',"ssn":"078-05-1120"' : "";
  return `{"id":${index},"title":"Field notes on the engine","price":1250.5${secret}}`;
};

/**
 * Rows of 9 KB. Each has a value in the protected column, and shorter rows would exceed the limit on a body with all
 * their tokens.
 */
const csvColumns = Array.from({ length: 250 }, (_, index) => index);

const samples: readonly Sample[] = [
  {
    format: "JSON",
    contentType: "application/json",
    parser: "JSON.parse",
    parse: (body) => JSON.parse(body),
    start: "[0",
    row: (index) => `,${jsonRow(index)}`,
    end: "]",
  },
  {
    format: "NDJSON",
    contentType: "application/x-ndjson",
    parser: "JSON.parse of each line",
    parse: (body) => body.split("\n").map((line) => (line === "" ? undefined : JSON.parse(line))),
    start: "",
    row: (index) => `${jsonRow(index)}\n`,
    end: "",
  },
  {
    format: "form",
    contentType: "application/x-www-form-urlencoded",
    parser: "URLSearchParams",
    parse: (body) => new URLSearchParams(body).size,
    start: "a=1",
    row: (index) => `&title${index}=Field+notes+on%20the%20engine&${nameOf(index, "price")}=${secretOf(index)}1250.5`,
    end: "",
  },
  {
    format: "multipart",
    contentType: "multipart/form-data; boundary=bnd",
    parser: "Response.formData (undici)",
    parse: (body) =>
      new Response(body, { headers: { "content-type": "multipart/form-data; boundary=bnd" } }).formData(),
    start: "",
    row: (index) =>
      `--bnd\r\nContent-Disposition: form-data; name="${nameOf(index, `title${index}`)}"\r\n\r\n` +
      `Field notes on the engine ${secretOf(index)}\r\n`,
    end: "--bnd--\r\n",
  },
  {
    format: "XML",
    contentType: "application/xml",
    parser: "fast-xml-parser",
    parse: (body) => new XMLParser({ ignoreAttributes: false }).parse(body),
    start: "<rows>",
    row: (index) => {
      const name = nameOf(index, "price");
      return `<row id="${index}"><title>Field notes on the engine</title><${name}>1250.5</${name}></row>`;
    },
    end: "</rows>",
  },
  {
    format: "CSV",
    contentType: "text/csv",
    parser: "csv-parse",
    parse: (body) => parseCsv(body),
    start: `id,ssn,${csvColumns.map((column) => `title${column},notes${column}`).join(",")}\n`,
    row: (index) => `${index},078-05-1120,${csvColumns.map(() => '"Field notes, on the engine",1250.5').join(",")}\n`,
    end: "",
  },
];

function makeBody({ start, row, end }: Sample, size: number): string {
  const rows = [start];
  for (let length = 0, index = 0; length < size; index++) {
    const next = row(index);
    rows.push(next);
    length += next.length;
  }
  return rows.join("") + end;
}

const sizes = [100_000, 900_000] as const;

/** The report's section on formats. */
export async function benchFormats({ publicKeyPem }: BenchKey, keyArn: string): Promise<string> {
  const recipient = { id: "01", keyArn, publicKeyFile: "-", prefix: "#01#", suffix: "#10#" };
  const rule = { path: "/people", recipient: "01", token: "sealed", fields: ["ssn"] };
  const compiled = compilePolicy(
    { version: 1, otherwise: "pass", recipients: [recipient], rules: [rule] },
    new Map([["01", publicKeyPem]]),
  );
  const handler = createHandler(loadPolicy(compiled, allModules), () => undefined);
  const lines: Line[] = [];
  for (const sample of samples) {
    for (const size of sizes) {
      const body = makeBody(sample, size);
      const event = makeEvent(body, sample.contentType);
      // A refusal takes little time, and would look like a good result.
      if ("status" in (await handler(event))) throw new Error(`The edge refused the body in ${sample.format}.`);
      const times = await measureRounds(
        [
          { name: "parser", run: () => sample.parse(body) },
          { name: "handler", run: () => handler(event) },
        ],
        15,
      );
      const what = `${sample.format}, ${size / 1000} KB`;
      lines.push(
        { what: `${what}: handler`, value: formatMs(timeOf(times, "handler")) },
        {
          what: `${what}: handler over ${sample.parser}`,
          value: formatRatio(timeOf(times, "handler") / timeOf(times, "parser")),
        },
      );
    }
  }
  return formatLines("Edge: formats, one value by its name", lines);
}
